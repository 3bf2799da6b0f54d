//! The sandbox as its users see it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cloudbackup_core::Secret;
use cloudbackup_runtime::{ClientBuilder, Error, ServiceClient};

use crate::builder::SandboxBuilder;
use crate::cbr::Cbr;
use crate::cloud::{Cloud, IAM, Region, SHARED};
use crate::fault::Fault;
use crate::gateway::Behaviour;
use crate::gaussdb_mysql::GaussDbMySql;
use crate::gaussdb_opengauss::OpenGauss;
use crate::http::Listener;
use crate::iam::Credentials;
use crate::inventory::Inventory;
use crate::rds::Rds;
use crate::start;
#[cfg(feature = "state")]
use crate::state::Keeper;
use crate::vbs::Vbs;

/// A cloud of its own: the five backup services and IAM, on loopback, until it is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use cloudbackup_sandbox::Sandbox;
///
/// let sandbox = Sandbox::start().await?;
/// let endpoint = sandbox.endpoint("vbs").ok_or("a sandbox has all services")?;
/// assert!(endpoint.starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
///
/// With a client of one of the services, `sandbox.client::<vbs::Client>()?` is ready to be called.
pub struct Sandbox {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) inventory: Inventory,
    pub(crate) control: SocketAddr,
    /// They serve until they are dropped.
    pub(crate) _listeners: Vec<Listener>,
    /// Saves until it is dropped, after the listeners.
    #[cfg(feature = "state")]
    pub(crate) _keeper: Option<Keeper>,
}

impl Sandbox {
    /// A sandbox as it comes: two regions, free ports on loopback.
    ///
    /// # Errors
    /// When no port can be listened at.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Sets a sandbox up.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// The names of the services, IAM included.
    #[must_use]
    pub fn services() -> [&'static str; 6] {
        [
            IAM,
            Cbr::NAME,
            GaussDbMySql::NAME,
            OpenGauss::NAME,
            Rds::NAME,
            Vbs::NAME,
        ]
    }

    /// Where a service is, such as `http://127.0.0.1:40123`; `None` for a name that is none.
    #[must_use]
    pub fn endpoint(&self, service: &str) -> Option<String> {
        let address = self.cloud.addresses().get(service)?;
        Some(format!("http://{address}"))
    }

    /// Where the control endpoint is, for those who cannot call this type.
    #[must_use]
    pub fn control_endpoint(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The names of the regions, the home region first.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.cloud.regions.iter().map(|region| region.name.as_str())
    }

    /// The project of a region; `None` for a name that is none.
    #[must_use]
    pub fn project_id(&self, region: &str) -> Option<&str> {
        let region = self.cloud.region(region)?;
        Some(&region.project_id)
    }

    /// What is there from the start.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// What can be signed in with.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        self.cloud.iam().credentials().clone()
    }

    /// A token for the project of a region, valid until it is revoked; `None` for a name that is
    /// none. With a state file it is the same one every time, else each time another. Those that
    /// IAM answers with are valid for a day on the sandbox's clock.
    #[must_use]
    pub fn token(&self, region: &str) -> Option<Secret> {
        let token = self.cloud.token(self.cloud.region(region)?);
        self.cloud.saved_blocking(IAM);
        Some(Secret::new(token))
    }

    /// A client of a service in the home region, ready to be called.
    ///
    /// # Errors
    /// When the service is none of the sandbox's.
    pub fn client<C: ServiceClient>(&self) -> Result<C, Error> {
        self.configure().build()
    }

    /// What [`client`](Self::client) is built from, to be changed before.
    pub fn configure<C: ServiceClient>(&self) -> ClientBuilder<C> {
        let home = self.cloud.regions.first();
        self.configured(home)
    }

    /// As [`configure`](Self::configure), for another region; `None` for a name that is none.
    #[must_use]
    pub fn configure_in<C: ServiceClient>(&self, region: &str) -> Option<ClientBuilder<C>> {
        let region = self.cloud.region(region)?;
        Some(self.configured(Some(region)))
    }

    fn configured<C: ServiceClient>(&self, region: Option<&Region>) -> ClientBuilder<C> {
        let mut builder = ClientBuilder::new();
        if let Some(endpoint) = self.endpoint(C::SERVICE.name()) {
            builder = builder.endpoint(endpoint);
        }
        if let Some(region) = region {
            builder = builder.project_id(region.project_id.as_str());
            if let Some(token) = self.token(&region.name) {
                builder = builder.token(token);
            }
        }
        builder
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.cloud.faults.add(fault);
    }

    /// Forgets the faults that have not happened yet.
    pub fn clear_faults(&self) {
        self.cloud.faults.clear();
    }

    /// Moves the sandbox's clock ahead, by a century at most and never beyond the year 9000. What
    /// was due until then has happened when the next call looks. Signatures are judged by the real
    /// clock all the same.
    pub fn advance(&self, time: Duration) {
        self.cloud.advance(time);
        self.cloud.saved_blocking(SHARED);
    }

    /// Operations for which the sandbox has no behaviour yet, as `service operation`. They answer
    /// 501.
    #[must_use]
    pub fn missing_operations() -> Vec<String> {
        start::missing_operations()
    }
}

/// Addresses and regions, no secrets.
impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("endpoints", self.cloud.addresses())
            .field("regions", &self.cloud.regions)
            .finish_non_exhaustive()
    }
}
