//! Devices whose behaviour is a user's program. It pulls what happens and answers from outside, without a lock of the library's.

mod contents;
mod mailbox;
mod model;
mod transfer;

pub use contents::Happening;
pub use mailbox::Mailbox;
pub use model::UserModel;
pub use transfer::{send_packets, take_packet, transfer};
