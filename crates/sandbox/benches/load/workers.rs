//! What a client does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cloudbackup_cbr_client as cbr;
use cloudbackup_gaussdb_mysql_client as mysql;
use cloudbackup_gaussdb_opengauss_client as opengauss;
use cloudbackup_rds_client as rds;
use cloudbackup_runtime::Error;
use cloudbackup_vbs_client as vbs;

use super::account::Account;

/// Between two looks at what is not over yet.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) enum Worker {
    Vaults(Vaults),
    Disks(Disks),
    Rds(Databases<rds::Client>),
    MySql(Databases<mysql::Client>),
    OpenGauss(Databases<opengauss::Client>),
}

pub(crate) struct Vaults(pub(crate) cbr::Client);

pub(crate) struct Disks {
    pub(crate) client: vbs::Client,
    pub(crate) volume: String,
}

pub(crate) struct Databases<C> {
    pub(crate) client: C,
    pub(crate) instance: String,
}

/// The steps in the life of a thing.
trait Life {
    const SERVICE: &'static str;

    /// Makes one of this name. Refused with 4xx where another client is faster.
    async fn create(&self, name: &str) -> Result<String, Error>;
    /// How many there are of it, and whether it is complete.
    async fn look(&self, id: &str, name: &str) -> Result<(usize, bool), Error>;
    async fn delete(&self, id: &str) -> Result<(), Error>;
}

/// Lives one life after the other until the time is over; the service, and how many there were.
pub(crate) async fn work(
    worker: Worker,
    number: usize,
    until: Instant,
    account: Arc<Account>,
) -> (&'static str, usize) {
    match worker {
        Worker::Vaults(it) => lives(it, number, until, &account).await,
        Worker::Disks(it) => lives(it, number, until, &account).await,
        Worker::Rds(it) => lives(it, number, until, &account).await,
        Worker::MySql(it) => lives(it, number, until, &account).await,
        Worker::OpenGauss(it) => lives(it, number, until, &account).await,
    }
}

async fn lives<L: Life>(
    it: L,
    number: usize,
    until: Instant,
    account: &Account,
) -> (&'static str, usize) {
    let mut count = 0;
    for turn in 0.. {
        if Instant::now() >= until {
            break;
        }
        let name = format!("load-{number}-{turn}");
        let created = account
            .timed((L::SERVICE, "create"), it.create(&name))
            .await;
        let Ok(id) = created else {
            // Someone else has the disk or instance now: a look at the list meanwhile.
            let _ = account
                .timed((L::SERVICE, "list"), it.look("none", "none"))
                .await;
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        match one_life(&it, &id, &name, account).await {
            Ok(()) => count += 1,
            Err(error) => account.note(format!("{name}: {error}")),
        }
    }
    (L::SERVICE, count)
}

async fn one_life<L: Life>(it: &L, id: &str, name: &str, account: &Account) -> Result<(), Error> {
    loop {
        let (found, is_complete) = account
            .timed((L::SERVICE, "list"), it.look(id, name))
            .await?;
        if found != 1 {
            account.note(format!("{name} {id} is there {found} times"));
        }
        if is_complete || found == 0 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    account.timed((L::SERVICE, "delete"), it.delete(id)).await?;
    for _ in 0..600 {
        let (found, _) = account
            .timed((L::SERVICE, "list"), it.look(id, name))
            .await?;
        if found == 0 {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    account.note(format!("{name} {id} is never gone"));
    Ok(())
}

impl Life for Vaults {
    const SERVICE: &'static str = "cbr";

    async fn create(&self, name: &str) -> Result<String, Error> {
        let billing = cbr::model::NewVaultBilling::builder()
            .consistent_level("crash_consistent")
            .object_type("disk")
            .protect_type("backup")
            .size(10)
            .build();
        let vault = cbr::model::NewVault::builder().billing(billing).name(name);
        let vault = vault.resources(Vec::<cbr::model::Resource>::new()).build();
        let reply = self.0.create_vault().vault(vault).send().await?;
        Ok(reply.vault.unwrap().id.unwrap())
    }

    async fn look(&self, _: &str, name: &str) -> Result<(usize, bool), Error> {
        let reply = self.0.list_vaults().name(name).send().await?;
        let vaults = reply.vaults.unwrap();
        Ok((vaults.len(), !vaults.is_empty()))
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.0.delete_vault(id).send().await.map(|_| ())
    }
}

impl Life for Disks {
    const SERVICE: &'static str = "vbs";

    async fn create(&self, name: &str) -> Result<String, Error> {
        let backup = vbs::model::NewBackup::builder();
        let backup = backup.volume_id(self.volume.as_str()).name(name).build();
        self.client.create_backup().backup(backup).send().await?;
        // Its id is in the list; a job tells it when it is over.
        let reply = self.client.list_backups().name(name).send().await?;
        let backup = reply.backups.unwrap().into_iter().next().unwrap();
        Ok(backup.id.unwrap())
    }

    async fn look(&self, _: &str, name: &str) -> Result<(usize, bool), Error> {
        let reply = self.client.list_backup_details().name(name).send().await?;
        let backups = reply.backups.unwrap();
        let is_complete =
            |it: &vbs::model::Backup| it.status == Some(vbs::model::BackupStatus::Available);
        Ok((backups.len(), backups.iter().all(is_complete)))
    }

    async fn delete(&self, id: &str) -> Result<(), Error> {
        self.client.delete_backup(id).send().await.map(|_| ())
    }
}

macro_rules! database {
    ($service:ident, $name:literal) => {
        impl Life for Databases<$service::Client> {
            const SERVICE: &'static str = $name;

            async fn create(&self, name: &str) -> Result<String, Error> {
                let call = self.client.create_backup();
                let reply = call
                    .instance_id(self.instance.as_str())
                    .name(name)
                    .send()
                    .await?;
                Ok(reply.backup.unwrap().id.unwrap())
            }

            async fn look(&self, id: &str, _: &str) -> Result<(usize, bool), Error> {
                let call = self.client.list_backups();
                let call = call.instance_id(self.instance.as_str()).backup_id(id);
                let backups = call.send().await?.backups.unwrap();
                let is_complete = |it: &$service::model::Backup| {
                    it.status
                        .as_ref()
                        .is_some_and(|it| it.as_str() == "COMPLETED")
                };
                Ok((backups.len(), backups.iter().all(is_complete)))
            }

            async fn delete(&self, id: &str) -> Result<(), Error> {
                self.client.delete_backup(id).send().await.map(|_| ())
            }
        }
    };
}

database!(rds, "rds");
database!(mysql, "gaussdb-mysql");
database!(opengauss, "gaussdb-opengauss");
