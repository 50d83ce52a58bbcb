//! The server's thread, turn by turn, with this library as the source of devices.

use super::exports::{Exports, Source};
use super::server::Server;
use super::visits::Visits;
use super::{Options, Stop};
use crate::bus::usbip::protocol::{Header, Message, HEADER};
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::library;
use crate::sync::atomic::AtomicBool;
use crate::sync::lock;
use crate::sys::{Event, Listener};
use crate::usb::{DeviceInfo, SetupPacket};
use crate::watch::{Filter, Watch};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

struct Simulated;

impl Source for Simulated {
    fn describe(&self, path: &str) -> Result<(DeviceInfo, Vec<u8>)> {
        let found = library::devices()?.into_iter().find(|info| info.path == path);
        let info = found.ok_or_else(|| Error::new(Status::NotFound, "no device"))?;
        Ok(((*info).clone(), library::descriptors(path)?))
    }

    fn open(&self, path: &str) -> Result<Device> {
        library::open_path(path)
    }

    fn watch(&self) -> Result<Arc<Watch>> {
        library::open_watch(Filter { vendor_id: 0, product_id: 0 })
    }
}

/// Asks for the device's descriptor.
fn question(sequence: u32) -> [u8; HEADER] {
    let setup = SetupPacket { request_type: 0x80, request: 6, value: 0x0100, index: 0, length: 18 };
    let message = Message::Submit { flags: 0, length: 18, start_frame: 0, packets: 0, interval: 0, setup };
    Header { sequence, device: 0, is_in: true, endpoint: 0, message }.bytes()
}

const ANSWER: usize = HEADER + 18;

/// A client that has sent many requests is not served before one that has sent few.
#[test]
fn clients_have_turns() {
    const MANY: u32 = 3000;
    let _alone = lock(&library::ALONE);
    let models: Vec<_> = (0..2).map(|_| library::open_virtual("acquisition", "TURNS").unwrap()).collect();
    let exports = Arc::new(Exports::new(Arc::new(Simulated)));
    for (model, busid) in models.iter().zip(["1-1", "1-2"]) {
        exports.add(&model.path().unwrap(), Some(busid)).unwrap();
    }
    let listener = Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address().unwrap();
    let stop = Arc::new(Stop { wake: Event::new().unwrap(), ending: AtomicBool::new(false) });
    let options = Options { allow: Vec::new(), clients: 8 };
    let (told, visits) = (Arc::clone(&stop), Arc::<Visits>::default());
    let mut server = Server::new(listener, options, exports, told, visits).unwrap();
    let mut turn = || {
        stop.wake.set(); // it does not wait
        server.turn().unwrap();
    };
    let mut clients: Vec<TcpStream> = Vec::new();
    for busid in ["1-1", "1-2"] {
        let mut client = TcpStream::connect(&address).unwrap();
        client.write_all(&[&b"\x01\x11\x80\x03\0\0\0\0"[..], busid.as_bytes(), &[0; 29]].concat()).unwrap();
        while arrived(&client, 320) < 320 {
            turn();
        }
        client.read_exact(&mut [0; 320]).unwrap();
        clients.push(client);
    }
    let many: Vec<u8> = (1..=MANY).flat_map(question).collect();
    clients[0].write_all(&many).unwrap();
    clients[1].write_all(&question(1)).unwrap();
    while arrived(&clients[1], ANSWER) < ANSWER {
        turn();
    }
    let answered = arrived(&clients[0], MANY as usize * ANSWER) / ANSWER;
    assert!(answered < MANY as usize / 10, "{answered} of {MANY} requests were answered before the other client's");
    // And all of them are, at last.
    let (mut missing, mut bytes) = (MANY as usize * ANSWER, vec![0; 64 << 10]);
    clients[0].set_nonblocking(true).unwrap();
    while missing > 0 {
        turn();
        missing -= clients[0].read(&mut bytes).unwrap_or(0);
    }
}

/// How many bytes have come, up to so many.
fn arrived(client: &TcpStream, most: usize) -> usize {
    client.set_nonblocking(true).unwrap();
    let count = client.peek(&mut vec![0; most]).unwrap_or(0);
    client.set_nonblocking(false).unwrap();
    count
}
