mod device;
mod inbox;
mod pending;
mod reaper;
mod registry;
