//! What all services of the sandbox share: clock, ids, faults, accounts, regions.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use http::uri::Authority;

use crate::clock::Clock;
use crate::fault::Faults;
use crate::http::Request;
use crate::iam::{Grant, Iam};
use crate::ids::Ids;
use crate::log::Log;
use crate::state::Progress;

/// The accounts, as a part of the state.
pub(crate) const IAM: &str = "iam";
/// What belongs to no service, as a part of the state: the clock.
pub(crate) const SHARED: &str = "shared";

/// The shared part of the sandbox.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    /// Ids of requests, so that those of things do not depend on how often one looks at them.
    pub(crate) request_ids: Ids,
    pub(crate) faults: Faults,
    pub(crate) regions: Vec<Region>,
    iam: Mutex<Iam>,
    /// Known once all listeners have their ports.
    addresses: OnceLock<BTreeMap<&'static str, SocketAddr>>,
    /// How far the saving has got, where there is a state file.
    progress: Option<Arc<Progress>>,
    log: Option<Log>,
}

/// What the shared part is made of.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) regions: Vec<String>,
    pub(crate) seed: u64,
    /// How often a sandbox was started with the same state.
    pub(crate) starts: u64,
    pub(crate) clock: Clock,
    pub(crate) log: Option<Log>,
    pub(crate) progress: Option<Arc<Progress>>,
}

/// A region, which here has one project.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) project_id: String,
}

impl Cloud {
    pub(crate) fn new(setup: Setup) -> Self {
        let ids = Ids::new(setup.seed);
        let regions: Vec<Region> = setup
            .regions
            .iter()
            .map(|name| Region {
                name: name.clone(),
                project_id: ids.hex(32),
            })
            .collect();
        Self {
            clock: setup.clock,
            faults: Faults::default(),
            iam: Mutex::new(Iam::new(&ids, &regions)),
            ids,
            // Another stream than that of any seed that is likely to be given.
            request_ids: Ids::new(!setup.seed ^ (setup.starts << 32)),
            regions,
            addresses: OnceLock::new(),
            progress: setup.progress,
            log: setup.log,
        }
    }

    /// One with these regions and nothing around it.
    #[cfg(test)]
    pub(crate) fn in_memory(regions: &[String], origin: Option<std::time::SystemTime>) -> Self {
        Self::new(Setup {
            regions: regions.to_vec(),
            seed: 0,
            starts: 0,
            clock: Clock::new(origin, 1),
            log: None,
            progress: None,
        })
    }

    pub(crate) fn iam(&self) -> MutexGuard<'_, Iam> {
        self.iam.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a service is for who sent this request. One that listens at all addresses, as in a
    /// container, is where the request went.
    pub(crate) fn base(&self, service: &str, request: &Request) -> Option<String> {
        let address = self.addresses().get(service)?;
        let asked = request.header("host").and_then(|host| host.parse().ok());
        let host: Option<Authority> = asked.filter(|_| address.ip().is_unspecified());
        Some(match host {
            Some(host) => format!("http://{}:{}", host.host(), address.port()),
            None => format!("http://{address}"),
        })
    }

    /// Moves the clock ahead.
    pub(crate) fn advance(&self, time: Duration) {
        self.clock.advance(time);
        self.mark(SHARED);
    }

    /// A lasting token for the project of a region: with a state file the one that there is, if it
    /// was not revoked.
    pub(crate) fn token(&self, region: &Region) -> String {
        let grant = Grant::Project(region.project_id.clone());
        let now = self.clock.now();
        let mut iam = self.iam();
        let known = iam.lasting(&grant).filter(|_| self.progress.is_some());
        match known {
            Some(token) => token.to_owned(),
            None => iam.issue_lasting(&self.ids, grant, now),
        }
    }

    /// Says that the state of a service has changed; its lock must be held.
    pub(crate) fn mark(&self, service: &'static str) {
        if let Some(progress) = &self.progress {
            progress.mark(service);
        }
    }

    /// Waits until everything is saved that an answer of a service may tell of.
    pub(crate) async fn saved(&self, service: &'static str) -> Result<(), Arc<str>> {
        match self.to_save() {
            Some(progress) => progress.saved(&[service, IAM]).await,
            None => Ok(()),
        }
    }

    /// As `saved`, of what is changed without a request. Whoever does that has no use for a
    /// failure: it is told by every request from then on.
    pub(crate) fn saved_blocking(&self, service: &'static str) {
        if let Some(progress) = self.to_save() {
            let _ = progress.saved_blocking(&[service, IAM]);
        }
    }

    /// Where there is a state file: how far it is saved, with the accounts marked if they changed.
    fn to_save(&self) -> Option<&Progress> {
        let progress = self.progress.as_deref()?;
        let mut iam = self.iam();
        if iam.has_changed() {
            progress.mark(IAM);
        }
        Some(progress)
    }

    /// Where requests are logged, if they are.
    pub(crate) fn log(&self) -> Option<&Log> {
        self.log.as_ref()
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
