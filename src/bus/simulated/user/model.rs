//! The bus's side of a user's device.

use super::super::description::Description;
use super::super::model::{Answer, HostEvent, Model, Request};
use super::mailbox::Mailbox;
use crate::error::Status;
use crate::usb::{Endpoint, TransferType};
use std::sync::Arc;
use std::time::Instant;

pub struct UserModel {
    mailbox: Arc<Mailbox>,
}

impl UserModel {
    pub fn new(mailbox: Arc<Mailbox>, description: &Description) -> UserModel {
        let layouts = (0..description.configurations().len()).filter_map(|index| description.layout(index));
        mailbox.set_places(layouts.flat_map(|layout| layout.endpoints).map(|e| (e.interface, e.address)).collect());
        UserModel { mailbox }
    }
}

impl Model for UserModel {
    fn host(&mut self, event: HostEvent) {
        self.mailbox.host(event);
    }

    fn control(&mut self, request: &Request<'_>, _: Instant) -> Answer {
        self.mailbox.ask(request)
    }

    fn answers_standard_requests(&self) -> bool {
        self.mailbox.answers_standard_requests()
    }

    fn send(&mut self, endpoint: &Endpoint, packet: &mut [u8], now: Instant) -> Option<usize> {
        let address = endpoint.address;
        let is_isochronous = endpoint.transfer_type == TransferType::Isochronous;
        let mut contents = self.mailbox.contents();
        if contents.is_held(address) {
            if is_isochronous {
                contents.patience(address);
            }
            return None;
        }
        if let Some(sent) = contents.packets.get_mut(&address).and_then(|packets| packets.pop_front()) {
            let length = sent.len().min(packet.len());
            packet[..length].copy_from_slice(&sent[..length]);
            return Some(sent.len());
        }
        let sent = contents.send(address, packet);
        if sent.is_none() {
            if is_isochronous {
                contents.patience(address);
            }
            self.mailbox.want(&mut contents, address, is_isochronous.then_some(now));
        }
        sent
    }

    fn send_full(&mut self, endpoint: &Endpoint, packets: &mut [u8], _: Instant) -> usize {
        let mut contents = self.mailbox.contents();
        // Single packets come first.
        if contents.is_held(endpoint.address)
            || contents.packets.get(&endpoint.address).is_some_and(|it| !it.is_empty())
        {
            return 0;
        }
        contents.send_full(endpoint.address, endpoint.max_packet_size.into(), packets)
    }

    fn receive(&mut self, endpoint: &Endpoint, packet: &[u8]) -> bool {
        let address = endpoint.address;
        let is_short = packet.len() < usize::from(endpoint.max_packet_size);
        let mut contents = self.mailbox.contents();
        if contents.is_held(address) {
            return false;
        }
        if endpoint.transfer_type == TransferType::Isochronous {
            self.mailbox.want(&mut contents, address, None);
            return contents.add_packet(address, packet);
        }
        loop {
            let Some(transfer) = contents.transfers.get_mut(&address).and_then(|queue| queue.front_mut()) else {
                self.mailbox.want(&mut contents, address, None);
                return false;
            };
            let (moved, room) = (transfer.moved, transfer.buffer.len() - transfer.moved);
            let fits = packet.len() <= room;
            if fits {
                transfer.buffer.space()[moved..moved + packet.len()].copy_from_slice(packet);
                transfer.moved += packet.len();
            }
            // What does not fit is the next read's.
            if fits && !is_short && packet.len() < room {
                return true;
            }
            let Some(done) = contents.transfers.get_mut(&address).and_then(|queue| queue.pop_front()) else {
                return fits;
            };
            done.complete(if !fits && moved == 0 { Err(Status::Overflow) } else { Ok(()) });
            if fits {
                return true;
            }
        }
    }

    fn due(&self, endpoint: u8, now: Instant) -> Option<Instant> {
        self.mailbox.due(endpoint, now)
    }
}
