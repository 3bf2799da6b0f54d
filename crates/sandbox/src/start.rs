//! How a sandbox comes to be: its services from the start or from a file, and their listeners.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::builder::SandboxBuilder;
use crate::cbr::Cbr;
use crate::clock::Clock;
use crate::cloud::{Cloud, Setup};
use crate::control::Control;
use crate::front::{Front, Service};
use crate::gateway::Gateway;
use crate::gaussdb_mysql::GaussDbMySql;
use crate::gaussdb_opengauss::OpenGauss;
use crate::http::{Handle, Listener};
use crate::iam::IamService;
use crate::inventory::Inventory;
use crate::rds::Rds;
use crate::sandbox::Sandbox;
#[cfg(feature = "state")]
use crate::state::Restart;
use crate::vbs::Vbs;

/// The regions where none are named.
const REGIONS: [&str; 2] = ["eu-de", "eu-nl"];

/// Starts a sandbox.
pub(crate) async fn start(builder: &SandboxBuilder) -> io::Result<Sandbox> {
    #[cfg(feature = "state")]
    let (cloud, services, inventory, keeper) = {
        let path = builder.state.as_deref();
        let restart = path.map(|path| Restart::open(path, builder)).transpose()?;
        let setup = match &restart {
            Some(restart) => restart.setup(setup(builder)),
            None => setup(builder),
        };
        let cloud = Arc::new(Cloud::new(setup));
        let services = Services::new(&cloud);
        let inventory = services.inventory();
        match restart {
            Some(restart) => {
                let (keeper, inventory) = restart.keep(&cloud, &services, inventory)?;
                (cloud, services, inventory, Some(keeper))
            }
            None => (cloud, services, inventory, None),
        }
    };
    #[cfg(not(feature = "state"))]
    let (cloud, services, inventory) = {
        let cloud = Arc::new(Cloud::new(setup(builder)));
        let services = Services::new(&cloud);
        let inventory = services.inventory();
        (cloud, services, inventory)
    };
    let mut start = Start {
        builder,
        cloud: &cloud,
        listeners: Vec::new(),
        addresses: BTreeMap::new(),
    };
    let control = Control::new(Arc::clone(&cloud), inventory.clone(), missing_operations());
    let control = start.listen(Arc::new(control)).await?;
    start.service(IamService::new(Arc::clone(&cloud))).await?;
    services.serve(&mut start).await?;
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
        #[cfg(feature = "state")]
        _keeper: keeper,
    })
}

/// What the shared part is made of where nothing was saved.
fn setup(builder: &SandboxBuilder) -> Setup {
    let regions = builder.regions.clone();
    Setup {
        regions: regions.unwrap_or_else(|| REGIONS.map(str::to_owned).to_vec()),
        seed: builder.seed.unwrap_or_default(),
        starts: 0,
        clock: Clock::new(builder.start_time, builder.speed),
        log: builder.log.clone(),
        progress: None,
    }
}

/// The backup services.
pub(crate) struct Services {
    pub(crate) cbr: Gateway<Cbr>,
    pub(crate) gaussdb_mysql: Gateway<GaussDbMySql>,
    pub(crate) gaussdb_opengauss: Gateway<OpenGauss>,
    pub(crate) rds: Gateway<Rds>,
    pub(crate) vbs: Gateway<Vbs>,
}

impl Services {
    fn new(cloud: &Arc<Cloud>) -> Self {
        Self {
            cbr: Gateway::new(Arc::clone(cloud)),
            gaussdb_mysql: Gateway::new(Arc::clone(cloud)),
            gaussdb_opengauss: Gateway::new(Arc::clone(cloud)),
            rds: Gateway::new(Arc::clone(cloud)),
            vbs: Gateway::new(Arc::clone(cloud)),
        }
    }

    /// What is in them as long as they are new.
    fn inventory(&self) -> Inventory {
        let cbr = self.cbr.look(|it| it.first().clone());
        let mysql = self.gaussdb_mysql.look(|it| it.store.first_instances());
        let [gaussdb_mysql_instance, gaussdb_mysql_spare_instance] = mysql;
        let opengauss = self.gaussdb_opengauss.look(|it| it.store.first_instances());
        let [gaussdb_opengauss_instance, gaussdb_opengauss_spare_instance] = opengauss;
        let [rds_instance, rds_spare_instance] = self.rds.look(|it| it.store.first_instances());
        let vbs = self.vbs.look(Vbs::first);
        Inventory {
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
        }
    }

    async fn serve(self, start: &mut Start<'_>) -> io::Result<()> {
        start.service(self.cbr).await?;
        start.service(self.gaussdb_mysql).await?;
        start.service(self.gaussdb_opengauss).await?;
        start.service(self.rds).await?;
        start.service(self.vbs).await
    }
}

/// The listeners of a sandbox that is being started.
struct Start<'a> {
    builder: &'a SandboxBuilder,
    cloud: &'a Arc<Cloud>,
    listeners: Vec<Listener>,
    addresses: BTreeMap<&'static str, SocketAddr>,
}

impl Start<'_> {
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
pub(crate) fn missing_operations() -> Vec<String> {
    [
        Gateway::<Cbr>::missing(),
        Gateway::<GaussDbMySql>::missing(),
        Gateway::<OpenGauss>::missing(),
        Gateway::<Rds>::missing(),
        Gateway::<Vbs>::missing(),
    ]
    .concat()
}
