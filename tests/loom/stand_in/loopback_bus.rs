//! A device with one interface and a bulk endpoint in each direction, on the stand-in's node.

use crate::bus::{Handle, InFlight, Notice, Restored, Target, Wire};
use crate::error::{Error, Result, Status};
use crate::linux_usbfs::node::Node;
use crate::linux_usbfs::reaper::Reaper;
use crate::linux_usbfs::transfer;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sys::{Buffer, Descriptor, Memory, Readiness};
use crate::usb::{DeviceInfo, SetupPacket};
use std::sync::Arc;

#[rustfmt::skip]
const CONFIGURATION: [u8; 32] = [
    9, 2, 32, 0, 1, 1, 0, 0x80, 50,
    9, 4, 0, 0, 2, 0xff, 0, 0, 0,
    7, 5, 0x81, 2, 0, 2, 0,
    7, 5, 0x01, 2, 0, 2, 0,
];

pub const IN: u8 = 0x81;

pub struct LoopbackBus {
    info: Arc<DeviceInfo>,
    node: Arc<Node>,
    reaper: Arc<Reaper>,
    disturbed: AtomicBool,
}

impl LoopbackBus {
    pub fn new() -> Arc<LoopbackBus> {
        let node = Arc::new(Node::default());
        let reaper = Arc::new(Reaper::new(Arc::clone(&node), Wire::new(DeviceInfo::default(), Vec::new())));
        Arc::new(LoopbackBus { info: Arc::default(), node, reaper, disturbed: AtomicBool::new(false) })
    }

    /// The system takes the claim: nothing is to be submitted before it is restored.
    pub fn disturb(&self) {
        self.disturbed.store(true, Ordering::SeqCst);
    }

    pub fn node(&self) -> &Node {
        &self.node
    }
}

impl Handle for LoopbackBus {
    fn info(&self) -> &Arc<DeviceInfo> {
        &self.info
    }

    fn wire(&self) -> &Arc<Wire> {
        self.reaper.wire()
    }

    fn configuration(&self) -> Result<u8> {
        Ok(1)
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        Ok(vec![CONFIGURATION.to_vec()])
    }

    fn set_configuration(&self, _: u8) -> Result<()> {
        Ok(())
    }

    fn claim(&self, _: u8) -> Result<()> {
        Ok(())
    }

    /// What pulls the ground from under a transfer.
    fn release(&self, _: u8) -> Result<()> {
        assert!(self.node().is_idle(), "an interface was released that has something in flight");
        Ok(())
    }

    fn set_alt_setting(&self, _: u8, _: u8) -> Result<()> {
        Ok(())
    }

    fn kernel_driver(&self, _: u8) -> Result<Option<String>> {
        Ok(None)
    }

    fn detach_kernel_driver(&self, _: u8) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn attach_kernel_driver(&self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn clear_halt(&self, _: u8, _: &dyn Fn(SetupPacket) -> Result<()>) -> Result<()> {
        Ok(())
    }

    fn reset(&self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        transfer::submit(&self.reaper, target, buffer, length, notice)
    }

    fn is_disturbed(&self) -> bool {
        self.disturbed.load(Ordering::SeqCst)
    }

    fn restore(&self, held: &[(u8, u8)]) -> Restored {
        self.disturbed.store(false, Ordering::SeqCst);
        let detached = held.iter().map(|(interface, _)| vec![*interface]).collect();
        let regained = held.iter().map(|(interface, _)| (*interface, true)).collect();
        Restored { detached, regained, missing: Vec::new() }
    }

    fn descriptor(&self) -> Result<(Descriptor, Readiness)> {
        Ok((self.node().descriptor(), Readiness::Write))
    }

    fn pump(&self) -> bool {
        self.pump_some(usize::MAX)
    }

    fn pump_some(&self, most: usize) -> bool {
        self.reaper.pump(most)
    }

    fn memory(&self, _: usize) -> Result<Arc<Memory>> {
        Err(Error::new(Status::NotSupported, "the models have none"))
    }

    fn gone(&self) -> bool {
        false
    }

    fn max_transfer(&self) -> usize {
        512 * 1024
    }
}
