//! What all services of the sandbox share: clock, ids, faults, accounts, regions.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use crate::clock::Clock;
use crate::fault::Faults;
use crate::iam::Iam;
use crate::ids::Ids;

/// The shared part of the sandbox.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) faults: Faults,
    pub(crate) regions: Vec<Region>,
    iam: Mutex<Iam>,
    /// Known once all listeners have their ports.
    addresses: OnceLock<BTreeMap<&'static str, SocketAddr>>,
}

/// A region, which here has one project.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) project_id: String,
}

impl Cloud {
    pub(crate) fn new(regions: &[String], seed: u64, origin: Option<SystemTime>) -> Self {
        let ids = Ids::new(seed);
        let regions: Vec<Region> = regions
            .iter()
            .map(|name| Region {
                name: name.clone(),
                project_id: ids.hex(32),
            })
            .collect();
        Self {
            clock: Clock::new(origin),
            faults: Faults::default(),
            iam: Mutex::new(Iam::new(&ids, &regions)),
            ids,
            regions,
            addresses: OnceLock::new(),
        }
    }

    pub(crate) fn iam(&self) -> MutexGuard<'_, Iam> {
        self.iam.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The region of a project.
    pub(crate) fn region_of(&self, project_id: &str) -> Option<&Region> {
        let mut regions = self.regions.iter();
        regions.find(|region| region.project_id == project_id)
    }

    pub(crate) fn region(&self, name: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.name == name)
    }

    pub(crate) fn set_addresses(&self, addresses: BTreeMap<&'static str, SocketAddr>) {
        // Called once; a second call would change nothing.
        let _ = self.addresses.set(addresses);
    }

    /// Where each service listens, by its name.
    pub(crate) fn addresses(&self) -> &BTreeMap<&'static str, SocketAddr> {
        static NONE: BTreeMap<&str, SocketAddr> = BTreeMap::new();
        self.addresses.get().unwrap_or(&NONE)
    }
}
