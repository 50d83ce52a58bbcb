mod device;
mod inbox;
mod line;
mod pending;
mod reaper;
mod registry;
