//! What a sandbox is made with.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::SystemTime;

use crate::log::Log;
use crate::sandbox::Sandbox;
use crate::start;

/// What a sandbox is made with.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    pub(crate) address: IpAddr,
    pub(crate) first_port: u16,
    pub(crate) regions: Option<Vec<String>>,
    pub(crate) seed: Option<u64>,
    pub(crate) start_time: Option<SystemTime>,
    pub(crate) speed: u32,
    pub(crate) log: Option<Log>,
    pub(crate) state: Option<PathBuf>,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            first_port: 0,
            regions: None,
            seed: None,
            start_time: None,
            speed: 1,
            log: None,
            state: None,
        }
    }
}

impl SandboxBuilder {
    /// The address to listen at (default 127.0.0.1). Whoever reaches it may do everything, and what
    /// is sent there is not encrypted: leave it on loopback unless the network is your own.
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// The port of the control endpoint; IAM and the services have the next ones in the order of
    /// [`Sandbox::services`]. By default every one has a free port.
    pub fn first_port(mut self, port: u16) -> Self {
        self.first_port = port;
        self
    }

    /// The regions (default `eu-de` and `eu-nl`), each with one project. The first is the home
    /// region, where the [`Inventory`](crate::Inventory) is.
    pub fn regions(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions = Some(regions.into_iter().map(Into::into).collect());
        self
    }

    /// Where ids and secrets come from (default 0): the same seed makes the same ones.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What the clock shows at first (default: the real time).
    pub fn start_time(mut self, time: SystemTime) -> Self {
        self.start_time = Some(time);
        self
    }

    /// How many times as fast as the real one the clock runs (default 1; 0 is taken for 1).
    /// Signatures are judged by the real clock all the same.
    pub fn speed(mut self, speed: u32) -> Self {
        self.speed = speed.max(1);
        self
    }

    /// Writes a line for each request: when it came by the real clock, service, operation, status,
    /// duration and request id. No header, no body and no address is in it. What cannot be written
    /// is lost.
    pub fn log(mut self, log: impl Write + Send + 'static) -> Self {
        self.log = Some(Log::new(log));
        self
    }

    /// Keeps everything in this file, which a sandbox can be started with again: an answer is only
    /// sent when what it tells is saved. Faults that were asked for are forgotten. A file that is
    /// there goes on with its own seed, regions and clock; the clock has run all the while.
    ///
    /// Tokens of the sandbox are in the file, and a seed from which its passwords follow. On Unix
    /// only its owner may read it.
    #[cfg(feature = "state")]
    pub fn state(mut self, file: impl Into<PathBuf>) -> Self {
        self.state = Some(file.into());
        self
    }

    /// Starts it, within the tokio runtime of the caller.
    ///
    /// # Errors
    /// When there is not at least one region with a name of its own, when a port cannot be listened
    /// at, and when a state file cannot be used, or has another seed or other regions.
    pub async fn start(self) -> io::Result<Sandbox> {
        self.check_regions()?;
        start::start(&self).await
    }

    fn check_regions(&self) -> io::Result<()> {
        let Some(regions) = &self.regions else {
            return Ok(());
        };
        let mut names = regions.clone();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() || names.len() != regions.len() || names.iter().any(String::is_empty) {
            let message = "a sandbox needs regions, each with a name of its own";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(())
    }
}
