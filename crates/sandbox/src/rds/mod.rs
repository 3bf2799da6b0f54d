//! Relational Database Service.

mod backups;
mod copies;
#[rustfmt::skip]
mod generated;
mod jobs;
mod new_instance;
mod policy;
mod restore;

use std::sync::Arc;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_rds_model as model;

use self::generated::Handlers;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::database::{INVALID, Identity, Store, Style};
use crate::gateway::{Behaviour, Call};
use crate::refusal::{ErrorShape, Refusal, faulty};
use crate::state::Archive;

/// The state of the service.
#[derive(Debug)]
pub(crate) struct Rds {
    pub(crate) store: Store,
}

impl Server for Rds {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for Rds {
    const NAME: &'static str = "rds";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = INVALID;

    fn new(cloud: &Arc<Cloud>) -> Self {
        let style = Style {
            instance_suffix: "in01",
            backup_suffix: "br01",
            engine: "MySQL",
            version: "8.0",
            mode: "Single",
            volume_type: "CLOUDSSD",
            increments_kept: None,
            only_bad_request: false,
        };
        Self {
            store: Store::new(cloud, style),
        }
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            list_offsite_backups: Some(copies::list_offsite_backups),
            show_offsite_backup_policy: Some(copies::show_offsite_backup_policy),
            update_offsite_backup_policy: Some(copies::update_offsite_backup_policy),
            list_backups: Some(backups::list_backups),
            create_backup: Some(backups::create_backup),
            delete_backup: Some(backups::delete_backup),
            delete_backups: Some(backups::delete_backups),
            stop_backup: Some(backups::stop_backup),
            show_backup_policy: Some(policy::show_backup_policy),
            update_backup_policy: Some(policy::update_backup_policy),
            list_backup_files: Some(backups::list_backup_files),
            list_restore_times: Some(restore::list_restore_times),
            list_offsite_backup_instances: Some(copies::list_offsite_backup_instances),
            list_offsite_restore_times: Some(restore::list_offsite_restore_times),
            restore_instance_v3: Some(restore::restore_instance_v3),
            restore_instance: Some(restore::restore_instance),
            restore_to_new_instance: Some(new_instance::restore_to_new_instance),
            show_job: Some(jobs::show_job),
            list_tasks: Some(jobs::list_tasks),
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
        let Self { store } = self;
        store.archive(archive);
    }
}

/// Engine and version of an instance.
fn datastore(instance: &Identity) -> Result<model::Datastore, Refusal> {
    let datastore = model::Datastore::builder().engine(instance.engine);
    datastore.version(instance.version).build().map_err(faulty)
}
