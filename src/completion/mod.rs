//! A transfer's life between its submission and the moment its owner hears that it is complete: the list of what is pending, where
//! completions arrive, who waits for them. It lies below devices, queues and streams, and above every bus.

mod completion_list;
mod completion_thread;
mod gate;
mod inbox;
mod pending;
mod pending_list;

pub use completion_list::{closed, Completed};
pub use gate::{Gate, Inside};
pub use inbox::{Counter, EventSource, Inbox, Pumped, Woken};
pub(crate) use pending::MOST_RUNNING;
pub use pending::{End, Life, Pending};
pub use pending_list::PendingList;
