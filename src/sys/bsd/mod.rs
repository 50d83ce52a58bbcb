//! macOS and the BSDs: kqueue.
