//! GaussDB (openGauss).

mod backups;
#[rustfmt::skip]
mod generated;
mod jobs;
mod new_instance;
mod policy;
mod restore;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_gaussdb_opengauss_model as model;

use self::generated::Handlers;
use self::policy::Settings;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::database::{INVALID, Identity, Store, Style};
use crate::gateway::{Behaviour, Call};
use crate::refusal::{ErrorShape, Refusal, faulty};
use crate::state::Archive;

/// The state of the service.
#[derive(Debug)]
pub(crate) struct OpenGauss {
    pub(crate) store: Store,
    /// How backups are made, by instance; those of which nothing stands here have the defaults.
    settings: BTreeMap<String, Settings>,
}

impl Server for OpenGauss {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for OpenGauss {
    const NAME: &'static str = "gaussdb-opengauss";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = INVALID;

    fn new(cloud: &Arc<Cloud>) -> Self {
        let style = Style {
            instance_suffix: "in14",
            backup_suffix: "br14",
            engine: "GaussDB",
            version: "8.102",
            mode: "Ha",
            volume_type: "ULTRAHIGH",
            // There may be a hundred a day for a hundred years, and no list has them.
            increments_kept: Some(Duration::from_secs(24 * 3600)),
            only_bad_request: false,
        };
        Self {
            store: Store::new(cloud, style),
            settings: BTreeMap::new(),
        }
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            create_backup: Some(backups::create_backup),
            list_backups: Some(backups::list_backups),
            delete_backup: Some(backups::delete_backup),
            stop_backup: Some(backups::stop_backup),
            show_backup_policy: Some(policy::show_backup_policy),
            update_backup_policy: Some(policy::update_backup_policy),
            list_restore_times: Some(restore::list_restore_times),
            list_restorable_instances: Some(restore::list_restorable_instances),
            restore_instance: Some(restore::restore_instance),
            restore_to_new_instance: Some(new_instance::restore_to_new_instance),
            list_backup_files: Some(backups::list_backup_files),
            list_tasks: Some(jobs::list_tasks),
            delete_job: Some(jobs::delete_job),
            show_job: Some(jobs::show_job),
        };
        handlers.into_routes()
    }

    fn settle(&mut self, now: Moment) {
        self.store.settle(now);
    }

    fn is_due(&self, now: Moment) -> bool {
        self.store.is_due(now)
    }

    fn archive(&mut self, archive: &mut impl Archive) {
        let Self { store, settings } = self;
        store.archive(archive);
        archive.rows("settings", settings);
    }
}

/// Engine and version of an instance.
fn datastore(instance: &Identity) -> Result<model::Datastore, Refusal> {
    let datastore = model::Datastore::builder().r#type(instance.engine);
    datastore.version(instance.version).build().map_err(faulty)
}
