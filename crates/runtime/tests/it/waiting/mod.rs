//! Waiting beyond its faults, which are in `faults::waiting`: handles, what is told on the way, and
//! what errors say.

#[cfg(feature = "blocking")]
mod blocking;
mod errors;
mod handle;
mod progress;
mod started;
