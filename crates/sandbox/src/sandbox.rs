//! The sandbox as its users see it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use cloudbackup_core::Secret;
use cloudbackup_runtime::{ClientBuilder, Error, ServiceClient};

use crate::cbr::Cbr;
use crate::cloud::{Cloud, Region};
use crate::control::Control;
use crate::fault::Fault;
use crate::front::{Front, Service};
use crate::gateway::{Behaviour, Gateway};
use crate::gaussdb_mysql::GaussDbMySql;
use crate::gaussdb_opengauss::OpenGauss;
use crate::http::{Handle, Listener};
use crate::iam::{Credentials, Grant, IamService};
use crate::inventory::Inventory;
use crate::rds::Rds;
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
    cloud: Arc<Cloud>,
    inventory: Inventory,
    control: SocketAddr,
    /// They serve until they are dropped.
    _listeners: Vec<Listener>,
}

/// What a sandbox is made with.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    address: IpAddr,
    first_port: u16,
    regions: Vec<String>,
    seed: u64,
    start_time: Option<SystemTime>,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            first_port: 0,
            regions: vec!["eu-de".to_owned(), "eu-nl".to_owned()],
            seed: 0,
            start_time: None,
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
    /// region, where the [`Inventory`] is.
    pub fn regions(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions = regions.into_iter().map(Into::into).collect();
        self
    }

    /// Where ids and secrets come from: the same seed makes the same ones.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What the clock shows at first (default: the real time).
    pub fn start_time(mut self, time: SystemTime) -> Self {
        self.start_time = Some(time);
        self
    }

    /// Starts it, within the tokio runtime of the caller.
    ///
    /// # Errors
    /// When there is not at least one region with a name of its own, and when a port cannot be
    /// listened at.
    pub async fn start(self) -> io::Result<Sandbox> {
        self.check_regions()?;
        let cloud = Arc::new(Cloud::new(&self.regions, self.seed, self.start_time));
        let mut start = Start {
            builder: &self,
            cloud: &cloud,
            listeners: Vec::new(),
            addresses: BTreeMap::new(),
        };
        let control = Control::new(Arc::clone(&cloud), missing_operations());
        let control = start.listen(Arc::new(control)).await?;
        start.service(IamService::new(Arc::clone(&cloud))).await?;
        let inventory = start.services().await?;
        let Start {
            listeners,
            addresses,
            ..
        } = start;
        cloud.set_addresses(addresses);
        Ok(Sandbox {
            cloud,
            inventory,
            control,
            _listeners: listeners,
        })
    }
}

impl SandboxBuilder {
    fn check_regions(&self) -> io::Result<()> {
        let mut names = self.regions.clone();
        names.sort_unstable();
        names.dedup();
        if names.is_empty()
            || names.len() != self.regions.len()
            || names.iter().any(String::is_empty)
        {
            let message = "a sandbox needs regions, each with a name of its own";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(())
    }
}

/// A sandbox that is being started.
struct Start<'a> {
    builder: &'a SandboxBuilder,
    cloud: &'a Arc<Cloud>,
    listeners: Vec<Listener>,
    addresses: BTreeMap<&'static str, SocketAddr>,
}

impl Start<'_> {
    async fn services(&mut self) -> io::Result<Inventory> {
        let cbr = self.gateway::<Cbr, _>(|it| it.first().clone()).await?;
        let mysql = self.gateway::<GaussDbMySql, _>(|it| it.store.first_instances());
        let [gaussdb_mysql_instance, gaussdb_mysql_spare_instance] = mysql.await?;
        let opengauss = self.gateway::<OpenGauss, _>(|it| it.store.first_instances());
        let [gaussdb_opengauss_instance, gaussdb_opengauss_spare_instance] = opengauss.await?;
        let rds = self.gateway::<Rds, _>(|it| it.store.first_instances());
        let [rds_instance, rds_spare_instance] = rds.await?;
        let vbs = self.gateway::<Vbs, _>(|it| it.first()).await?;
        Ok(Inventory {
            gaussdb_mysql_instance,
            gaussdb_mysql_spare_instance,
            gaussdb_opengauss_instance,
            gaussdb_opengauss_spare_instance,
            rds_instance,
            rds_spare_instance,
            cbr_vault: cbr.vault,
            cbr_server: cbr.server,
            cbr_backup: cbr.backup,
            cbr_spare_server: cbr.spare_server,
            cbr_disk: cbr.disk,
            cbr_file_system: cbr.file_system,
            cbr_replication_vault: cbr.replication_vault,
            vbs_volume: vbs.volume,
            vbs_attached_volume: vbs.attached_volume,
            vbs_small_volume: vbs.small_volume,
            vbs_snapshot: vbs.snapshot,
            vbs_backup: vbs.backup,
        })
    }

    /// Starts a backup service, and tells something of its state.
    async fn gateway<B: Behaviour, T>(&mut self, tell: impl FnOnce(&mut B) -> T) -> io::Result<T> {
        let gateway = Gateway::<B>::new(Arc::clone(self.cloud));
        let told = gateway.with_state(tell);
        self.service(gateway).await?;
        Ok(told)
    }

    async fn service<S: Service>(&mut self, service: S) -> io::Result<()> {
        let name = service.name();
        let front = Front::new(Arc::clone(self.cloud), service);
        let address = self.listen(Arc::new(front)).await?;
        self.addresses.insert(name, address);
        Ok(())
    }

    async fn listen(&mut self, handle: Arc<dyn Handle>) -> io::Result<SocketAddr> {
        let taken = u16::try_from(self.listeners.len()).unwrap_or(u16::MAX);
        let port = match self.builder.first_port {
            0 => 0,
            first => first.saturating_add(taken),
        };
        let address = SocketAddr::new(self.builder.address, port);
        let listener = Listener::start(address, handle).await.map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen at {address}: {error}"))
        })?;
        let address = listener.address();
        self.listeners.push(listener);
        Ok(address)
    }
}

/// Operations for which the sandbox has no behaviour yet: `service operation`. They answer 501.
fn missing_operations() -> Vec<String> {
    [
        Gateway::<Cbr>::missing(),
        Gateway::<GaussDbMySql>::missing(),
        Gateway::<OpenGauss>::missing(),
        Gateway::<Rds>::missing(),
        Gateway::<Vbs>::missing(),
    ]
    .concat()
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
            "iam",
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
    /// none. Those that IAM answers with are valid for a day on the sandbox's clock.
    #[must_use]
    pub fn token(&self, region: &str) -> Option<Secret> {
        let grant = Grant::Project(self.project_id(region)?.to_owned());
        let now = self.cloud.clock.now();
        let token = self.cloud.iam().issue_lasting(&self.cloud.ids, grant, now);
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
        self.cloud.clock.advance(time);
    }

    /// Operations for which the sandbox has no behaviour yet, as `service operation`. They answer
    /// 501.
    #[must_use]
    pub fn missing_operations() -> Vec<String> {
        missing_operations()
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
