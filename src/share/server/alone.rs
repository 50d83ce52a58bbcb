//! The only client, while it makes one request after the other.

use super::Server;
use crate::error::Result;
use crate::share::client::Client;
use std::time::{Duration, Instant};

/// For so long the poll set is not asked while the only client asks.
const ALONE: Duration = Duration::from_millis(1);

impl Server {
    /// All others are told by the poll set: they are there, or not, when it was asked.
    pub(super) fn note_who_asks_alone(&mut self) {
        self.asks_alone = match self.clients.len() {
            1 => self.clients.iter().find(|(_, client)| client.is_idle()).map(|(number, _)| *number),
            _ => None,
        };
    }

    /// The only client has had all its answers, and its next request is likely to be the next that comes: it is waited for without the poll set,
    /// for a moment, which takes a system call less. False if the poll set is to be asked.
    pub(super) fn serve_alone(&mut self) -> Result<bool> {
        let (Some(number), now) = (self.asks_alone, Instant::now()) else { return Ok(false) };
        if now - self.looked_at >= ALONE {
            return Ok(false);
        }
        let Some(client) = self.clients.get_mut(&number) else { return Ok(false) };
        if !client.wait() {
            return Ok(false);
        }
        self.work(|server| server.answer(number))?;
        self.settle(now);
        Ok(self.clients.get(&number).is_some_and(Client::is_idle))
    }
}
