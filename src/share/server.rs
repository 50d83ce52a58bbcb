//! The server's thread: one loop over the listener, every client's socket and the completions of every device.

mod alone;

use super::client::{Client, Phase};
use super::exports::Exports;
use super::handover::Handover;
use super::import::Import;
use super::message::{Greeting, Nonsense};
use super::visits::Visits;
use super::worker::{Done, Worker};
use super::{Options, Stop};
use crate::bus::usbip::protocol::{self, Common, REP_DEVLIST, REP_IMPORT, ST_DEV_BUSY, ST_ERROR, ST_NODEV, ST_OK};
use crate::bus::Event;
use crate::device::{Device, Patience};
use crate::error::{Error, Result, Status};
use crate::queue::{Finished, Queue};
use crate::sync::atomic::Ordering;
use crate::sys::{Listener, PollSet, Readiness, Ready, Wait};
use crate::watch::Watch;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub struct Server {
    listener: Listener,
    options: Options,
    exports: Arc<Exports>,
    stop: Arc<Stop>,
    visits: Arc<Visits>,
    poll: PollSet,
    queue: Arc<Queue>,
    clients: BTreeMap<u64, Client>,
    /// The threads of devices that are taken, by the client that took them.
    workers: BTreeMap<u64, JoinHandle<()>>,
    done: Arc<Handover<(u64, Done)>>,
    next: u64,
    watch: Arc<Watch>,
    /// When connections are accepted again after the system had no room for one.
    accept_again: Option<Instant>,
    /// Room for completions, until they are answered.
    finished: Vec<Finished>,
    /// The only client, if all that it has asked for is answered.
    asks_alone: Option<u64>,
    /// When the poll set was asked last.
    looked_at: Instant,
    /// How often the queue was ready for nothing, one time after the other.
    vain: u32,
}

const WAKE: u64 = 0;
const LISTENER: u64 = 1;
const QUEUE: u64 = 2;
const WATCH: u64 = 3;
const FIRST_CLIENT: u64 = 4;

/// Completions taken at once.
const BATCH: usize = 64;
/// Connections accepted at once.
const ACCEPTED: usize = 16;

const PAUSE: Duration = Duration::from_millis(100);
/// For a queue that stays ready while a device is being changed or taken away.
const BREATH: Duration = Duration::from_millis(1);
const VAIN: u32 = 8;

impl Server {
    pub fn new(
        listener: Listener,
        options: Options,
        exports: Arc<Exports>,
        stop: Arc<Stop>,
        visits: Arc<Visits>,
    ) -> Result<Server> {
        let (poll, queue) = (PollSet::new()?, Queue::new(Patience::Brief)?);
        poll.add(&stop.wake, Readiness::Read, WAKE)?;
        poll.add(&listener, Readiness::Read, LISTENER)?;
        queue.be_polled_by(&poll, QUEUE)?;
        let watch = exports.source.watch()?;
        watch.be_polled_by(&poll, WATCH)?;
        Ok(Server {
            listener,
            options,
            exports,
            stop,
            visits,
            poll,
            queue,
            clients: BTreeMap::new(),
            workers: BTreeMap::new(),
            done: Arc::default(),
            next: FIRST_CLIENT,
            watch,
            accept_again: None,
            finished: Vec::new(),
            asks_alone: None,
            looked_at: Instant::now(),
            vain: 0,
        })
    }

    pub fn run(mut self) {
        loop {
            if self.stop.ending.load(Ordering::SeqCst) || self.turn().is_err() {
                break;
            }
        }
        self.clients.clear();
        // Each lets its device go, and ends.
        for (_, worker) in std::mem::take(&mut self.workers) {
            let _ = worker.join();
        }
        self.queue.close();
        self.watch.close();
    }

    pub fn turn(&mut self) -> Result<()> {
        if self.serve_alone()? {
            return Ok(());
        }
        let ready = self.poll.wait(self.time_left())?;
        let now = Instant::now();
        (self.asks_alone, self.looked_at) = (None, now);
        if ready.keys().any(|key| key == QUEUE) {
            self.take_completions()?;
        }
        self.work(|server| server.handle(&ready, now))?;
        if self.accept_again.is_some_and(|again| again <= now) {
            self.accept_again = None;
            self.poll.change(&self.listener, true, false, LISTENER);
        }
        self.settle(now);
        self.note_who_asks_alone();
        Ok(())
    }

    /// What is complete at once is answered in this turn.
    fn work(&mut self, work: impl FnOnce(&mut Server)) -> Result<()> {
        let (queue, mut finished) = (Arc::clone(&self.queue), std::mem::take(&mut self.finished));
        let taken = queue.take_after(BATCH, || work(self), |_, one, _| finished.push(one));
        finished.drain(..).for_each(|one| self.finish(&one));
        self.finished = finished;
        taken.map(|_| ())
    }

    fn handle(&mut self, ready: &Ready, now: Instant) {
        let behind: Vec<u64> = self.behind().collect();
        for key in ready.keys() {
            match key {
                WAKE => self.stop.wake.clear(),
                LISTENER => self.accept(now),
                QUEUE => {}
                WATCH => self.see_off(),
                client => self.serve(client, ready.hung_up(client)),
            }
        }
        behind.into_iter().for_each(|client| self.answer(client));
        while let Some((client, done)) = self.done.take() {
            self.hear(client, done);
        }
    }

    /// Clients whose turn it is without a word of theirs.
    fn behind(&self) -> impl Iterator<Item = u64> + '_ {
        self.clients.iter().filter(|(_, client)| client.is_behind()).map(|(number, _)| *number)
    }

    fn time_left(&self) -> Option<Duration> {
        if self.behind().next().is_some() {
            return Some(Duration::ZERO);
        }
        let deadlines = self.clients.values().filter_map(Client::deadline).chain(self.accept_again);
        deadlines.min().map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn accept(&mut self, now: Instant) {
        for _ in 0..ACCEPTED {
            let (socket, peer) = match self.listener.accept() {
                Ok(Some(accepted)) => accepted,
                Ok(None) => return,
                Err(_) => {
                    // The system has no descriptor left; the connection waits.
                    self.accept_again = Some(now + PAUSE);
                    self.poll.change(&self.listener, false, false, LISTENER);
                    return;
                }
            };
            let allow = &self.options.allow;
            let may = peer.map_or(true, |peer| allow.is_empty() || allow.iter().any(|network| network.contains(peer)));
            if !may || self.clients.len() >= self.options.clients {
                continue;
            }
            let number = self.next;
            if self.poll.add(&socket, Readiness::Read, number).is_ok() {
                self.next += 1;
                self.clients.insert(number, Client::new(socket, peer, now));
            }
        }
    }

    fn take_completions(&mut self) -> Result<()> {
        let (queue, mut finished) = (Arc::clone(&self.queue), std::mem::take(&mut self.finished));
        let taken = queue.wait(BATCH, Wait::Not, |_, one, _| finished.push(one));
        finished.drain(..).for_each(|one| self.finish(&one));
        self.finished = finished;
        self.vain = if taken? == 0 { self.vain + 1 } else { 0 };
        if self.vain > VAIN {
            std::thread::sleep(BREATH);
        }
        Ok(())
    }

    fn finish(&mut self, finished: &Finished) {
        let (number, sequence) = (finished.user_data >> 32, finished.user_data as u32);
        if let Some(Client { phase: Phase::Imported(import), output, .. }) = self.clients.get_mut(&number) {
            import.finished(sequence, finished, output);
        }
    }

    /// Lets go of devices that were unplugged: their clients hear of it by the end of the connection.
    fn see_off(&mut self) {
        while let Ok(Some(change)) = self.watch.next(Wait::Not) {
            if change.event == Event::Arrived {
                continue;
            }
            for client in self.clients.values_mut() {
                if let Phase::Imported(import) = &mut client.phase {
                    import.has_left(&change.info.path);
                }
            }
        }
    }

    /// Takes what a client has sent.
    fn serve(&mut self, number: u64, hung_up: bool) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        if hung_up {
            return self.drop_client(number);
        }
        if !client.is_behind() {
            client.read();
            self.answer(number);
        }
    }

    fn answer(&mut self, number: u64) {
        let Some(client) = self.clients.get_mut(&number) else { return };
        let taken = match client.greeting() {
            Ok(Some(Greeting::Import(busid))) => return self.import(number, &busid),
            Ok(Some(Greeting::List)) => {
                list(&self.exports, client);
                client.phase = Phase::Leaving;
                Ok(())
            }
            Ok(None) => client.requests(&self.queue),
            Err(nonsense) => Err(nonsense),
        };
        if let Err(Nonsense) = taken {
            self.drop_client(number);
        }
    }

    fn import(&mut self, number: u64, busid: &str) {
        let owner = self.exports.owner(busid);
        if owner.is_some_and(|owner| !self.clients.contains_key(&owner)) {
            if let Some(client) = self.clients.get_mut(&number) {
                client.phase = Phase::Waiting(busid.to_owned());
            }
            return;
        }
        let taken = self.exports.take(busid, number).and_then(|(path, exported)| {
            let (told, stop) = (Arc::clone(&self.done), Arc::clone(&self.stop));
            let tell = move |done| {
                told.give((number, done));
                stop.wake.set();
            };
            match Worker::start(Arc::clone(&self.exports.source), path, tell) {
                Ok((worker, thread)) => {
                    self.workers.insert(number, thread);
                    Ok(Phase::Opening(worker, Box::new(exported)))
                }
                Err(_) => {
                    self.exports.give_back(number);
                    Err(ST_ERROR)
                }
            }
        });
        let Some(client) = self.clients.get_mut(&number) else { return };
        match taken {
            Ok(phase) => client.phase = phase,
            Err(status) => refuse(client, status),
        }
    }

    /// What a device's thread has to say.
    fn hear(&mut self, number: u64, done: Done) {
        match done {
            Done::Opened(Ok(device)) => self.opened(number, device),
            Done::Opened(Err(error)) => {
                self.closed(number);
                if let Some(client) = self.clients.get_mut(&number) {
                    refuse(client, refusal(&error));
                }
            }
            Done::Carried(status) => {
                let client = self.clients.get_mut(&number);
                if let Some(Client { phase: Phase::Imported(import), output, .. }) = client {
                    import.carried(status, &self.queue, output);
                    self.answer(number);
                }
            }
            Done::Closed => self.closed(number),
        }
    }

    fn opened(&mut self, number: u64, device: Arc<Device>) {
        // Gone meanwhile, it has dropped its worker, which closes the device.
        let Some(client) = self.clients.get_mut(&number) else { return };
        match std::mem::replace(&mut client.phase, Phase::Leaving) {
            Phase::Opening(worker, exported) => {
                client.output.add(&Common { code: REP_IMPORT, status: ST_OK }.bytes());
                client.output.add(&exported.bytes());
                let moved = self.visits.begin(number, client.from, &exported.busid);
                client.phase = Phase::Imported(Import::new(device, worker, number, moved));
            }
            other => client.phase = other,
        }
        self.answer(number);
    }

    /// The device is free.
    fn closed(&mut self, number: u64) {
        self.exports.give_back(number);
        self.visits.end(number);
        if let Some(worker) = self.workers.remove(&number) {
            let _ = worker.join();
        }
        let waiting = self.clients.iter().filter_map(|(number, client)| match &client.phase {
            Phase::Waiting(busid) => Some((*number, busid.clone())),
            _ => None,
        });
        for (number, busid) in waiting.collect::<Vec<_>>() {
            self.import(number, &busid);
        }
    }

    /// Writes what there is to write, and lets those go that are done, gone or too slow.
    fn settle(&mut self, now: Instant) {
        let mut over = Vec::new();
        for (number, client) in &mut self.clients {
            if matches!(&client.phase, Phase::Imported(import) if import.is_gone()) {
                client.phase = Phase::Leaving;
            }
            if !client.flush(now) || client.deadline().is_some_and(|deadline| deadline <= now) {
                over.push(*number);
                continue;
            }
            let wants = client.wants();
            if wants != client.polled {
                client.polled = wants;
                self.poll.change(&client.socket, wants.0, wants.1, *number);
            }
        }
        over.into_iter().for_each(|number| self.drop_client(number));
    }

    fn drop_client(&mut self, number: u64) {
        if let Some(client) = self.clients.remove(&number) {
            self.poll.remove(&client.socket);
        }
    }
}

fn list(exports: &Exports, client: &mut Client) {
    let described = exports.described();
    client.output.add(&Common { code: REP_DEVLIST, status: ST_OK }.bytes());
    client.output.add(&(described.len() as u32).to_be_bytes());
    for (exported, interfaces) in described {
        client.output.add(&exported.bytes());
        interfaces.iter().for_each(|interface| client.output.add(interface));
    }
}

fn refuse(client: &mut Client, status: u32) {
    client.output.add(&Common { code: REP_IMPORT, status }.bytes());
    client.phase = Phase::Leaving;
}

fn refusal(error: &Error) -> u32 {
    match error.status {
        Status::Busy => ST_DEV_BUSY,
        Status::NotFound | Status::NoDevice => ST_NODEV,
        Status::Access => protocol::ST_NA,
        _ => protocol::ST_DEV_ERR,
    }
}
