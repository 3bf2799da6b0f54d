//! What the stories of CBR begin with.

use cloudbackup_cbr_client::{Client, model};
use cloudbackup_runtime::Error;
use cloudbackup_sandbox::{Inventory, Sandbox};

use super::super::{AWAY, away, project, sandbox};

/// A sandbox with clients in both of its regions.
pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) home: Client,
    pub(super) away: Client,
    pub(super) there: Inventory,
}

impl World {
    pub(super) async fn new() -> Self {
        let sandbox = sandbox().await;
        Self {
            home: sandbox.client().unwrap(),
            away: away(&sandbox),
            there: sandbox.inventory().clone(),
            sandbox,
        }
    }

    pub(super) async fn vault(&self, id: &str) -> model::Vault {
        show_vault(&self.home, id).await.unwrap()
    }

    pub(super) async fn backup(&self, id: &str) -> model::Backup {
        super::show(&self.home, id).await.unwrap()
    }

    /// Backs up all of the first vault.
    pub(super) async fn back_up(&self) -> model::Checkpoint {
        back_up(&self.home, &self.there.cbr_vault, |_| {})
            .await
            .unwrap()
    }

    /// The backups of the home region, the newest first.
    pub(super) async fn backups(&self) -> Vec<model::Backup> {
        super::list(&self.home).await
    }

    /// The tasks of the home region of this kind, the newest first.
    pub(super) async fn tasks(&self, kind: &str) -> Vec<model::OperationLog> {
        let call = self.home.list_operation_logs().operation_type(kind);
        call.send().await.unwrap().operation_logs.unwrap()
    }

    /// The newest task of this kind.
    pub(super) async fn task(&self, kind: &str) -> model::OperationLog {
        self.tasks(kind).await.remove(0)
    }

    /// What backups can be copied to in the other region.
    pub(super) fn target(&self, vault: &str) -> model::CheckpointReplicationTarget {
        model::CheckpointReplicationTarget::builder()
            .destination_project_id(project(&self.sandbox, AWAY))
            .destination_region(AWAY)
            .destination_vault_id(&self.there.cbr_replication_vault)
            .vault_id(vault)
            .build()
    }
}

pub(super) async fn show_vault(client: &Client, id: &str) -> Result<model::Vault, Error> {
    Ok(client.show_vault(id).send().await?.vault.unwrap())
}

/// A vault for backups of this kind of resource, of this size.
pub(super) fn new_vault(name: &str, kind: &str, size: i64) -> model::NewVault {
    let billing = model::NewVaultBilling::builder()
        .consistent_level("crash_consistent")
        .object_type(kind)
        .protect_type("backup")
        .size(size);
    model::NewVault::builder()
        .name(name)
        .billing(billing.build())
        .resources(Vec::<model::Resource>::new())
        .build()
}

pub(super) async fn create_vault(
    client: &Client,
    vault: model::NewVault,
) -> Result<model::Vault, Error> {
    let reply = client.create_vault().vault(vault).send().await?;
    Ok(reply.vault.unwrap())
}

/// The id of an empty vault for backups of this kind of resource, of this size.
pub(super) async fn vault_id(client: &Client, kind: &str, size: i64) -> String {
    let vault = create_vault(client, new_vault("another", kind, size)).await;
    vault.unwrap().id.unwrap()
}

pub(super) fn resource(kind: &str, id: &str) -> model::Resource {
    model::Resource::builder().r#type(kind).id(id).build()
}

pub(super) fn server(id: &str) -> model::Resource {
    resource("OS::Nova::Server", id)
}

pub(super) fn disk(id: &str) -> model::Resource {
    resource("OS::Cinder::Volume", id)
}

pub(super) async fn add(
    client: &Client,
    vault: &str,
    resources: &[model::Resource],
) -> Result<Vec<String>, Error> {
    let call = client.add_vault_resources(vault);
    let reply = call.resources(resources.to_vec()).send().await?;
    Ok(reply.add_resource_ids.unwrap())
}

/// Backs up a vault as its parameters say.
pub(super) async fn back_up(
    client: &Client,
    vault: &str,
    change: impl FnOnce(&mut model::CheckpointParameters),
) -> Result<model::Checkpoint, Error> {
    let mut parameters = model::CheckpointParameters::builder().build();
    change(&mut parameters);
    let wanted = model::NewCheckpoint::builder().vault_id(vault);
    let wanted = wanted.parameters(parameters).build();
    let reply = client.create_checkpoint().checkpoint(wanted).send();
    Ok(reply.await?.checkpoint.unwrap())
}

/// A backup policy by these rules, which keeps everything.
pub(super) fn new_policy(patterns: &[&str]) -> model::NewPolicy {
    model::NewPolicy::builder()
        .name("nightly")
        .operation_type("backup")
        .operation_definition(model::OperationDefinition::builder().build())
        .trigger(trigger(patterns))
        .build()
}

pub(super) fn trigger(patterns: &[&str]) -> model::NewPolicyTrigger {
    let patterns = patterns.iter().copied();
    let properties = model::NewTriggerProperties::builder().pattern(patterns);
    model::NewPolicyTrigger::builder()
        .properties(properties.build())
        .build()
}

/// A rule for once a day on the hour.
pub(super) fn daily(hour: u32) -> String {
    format!("FREQ=DAILY;INTERVAL=1;BYHOUR={hour};BYMINUTE=00")
}

/// A rule for every hour on the hour.
pub(super) fn hourly() -> String {
    let hours: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    format!("FREQ=DAILY;BYHOUR={};BYMINUTE=00", hours.join(","))
}

pub(super) async fn create_policy(
    client: &Client,
    policy: model::NewPolicy,
) -> Result<model::Policy, Error> {
    let reply = client.create_policy().policy(policy).send().await?;
    Ok(reply.policy.unwrap())
}

/// Makes a policy and applies it to a vault.
pub(super) async fn apply(client: &Client, vault: &str, policy: model::NewPolicy) -> String {
    let policy = create_policy(client, policy).await.unwrap().id.unwrap();
    let call = client.associate_vault_policy(vault).policy_id(&policy);
    call.send().await.unwrap();
    policy
}
