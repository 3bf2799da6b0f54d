//! GaussDB for MySQL.

mod backups;
#[rustfmt::skip]
mod generated;
mod jobs;
mod lists;
mod policy;
mod restore;
mod tables;

use std::sync::Arc;

use cloudbackup_core::server::{Route, Server};

use self::generated::Handlers;
use self::tables::Tables;
use crate::clock::Moment;
use crate::cloud::Cloud;
use crate::database::{INVALID, Store, Style};
use crate::gateway::{Behaviour, Call};
use crate::refusal::{ErrorShape, Refusal};
use crate::state::Archive;

/// The state of the service.
#[derive(Debug)]
pub(crate) struct GaussDbMySql {
    pub(crate) store: Store,
    tables: Tables,
}

impl Server for GaussDbMySql {
    type Call = Call;
    type Refusal = Refusal;
}

impl Behaviour for GaussDbMySql {
    const NAME: &'static str = "gaussdb-mysql";
    const ERRORS: ErrorShape = ErrorShape::Flat;
    const INVALID: &'static str = INVALID;

    fn new(cloud: &Arc<Cloud>) -> Self {
        // The documents know 400 and 500 only.
        let style = Style {
            instance_suffix: "in07",
            backup_suffix: "br07",
            engine: "gaussdb-mysql",
            version: "8.0",
            mode: "Cluster",
            // Not said of any instance.
            volume_type: "",
            increments_kept: None,
            only_bad_request: true,
        };
        Self {
            store: Store::new(cloud, style),
            tables: Tables::default(),
        }
    }

    fn routes() -> Vec<Route<Self>> {
        let handlers = Handlers {
            update_offsite_backup_policy: Some(policy::update_offsite_backup_policy),
            create_backup: Some(backups::create_backup),
            list_backups: Some(lists::list_backups),
            delete_backups: Some(backups::delete_backups),
            list_instance_backups: Some(lists::list_instance_backups),
            list_incremental_backups: Some(lists::list_incremental_backups),
            delete_backup: Some(backups::delete_backup),
            show_backup_policy: Some(policy::show_backup_policy),
            update_backup_policy: Some(policy::update_backup_policy),
            list_restore_times: Some(restore::list_restore_times),
            restore_instance: Some(restore::restore_instance),
            list_restorable_tables: Some(tables::list_restorable_tables),
            restore_tables: Some(tables::restore_tables),
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
        let Self { store, tables } = self;
        store.archive(archive);
        archive.value("tables", tables);
    }
}
