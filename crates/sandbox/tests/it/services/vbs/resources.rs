//! Disks of VBS's policies.

use cloudbackup_runtime::Error;
use cloudbackup_vbs_client::{Client, model};
use model::{PolicyResourceId, ResourceType};

use super::super::{away, refused};
use super::{attach, attached, create, list, show, start, volumes};

async fn detached(
    client: &Client,
    policy: &str,
    volumes: &[&str],
) -> Result<model::DissociateBackupPolicyResourcesOutput, Error> {
    let resources = volumes
        .iter()
        .map(|id| PolicyResourceId::builder().resource_id(*id).build());
    let call = client.dissociate_backup_policy_resources(policy);
    call.resources(resources).send().await
}

/// Which disks are in a list of a reply.
fn ids(resources: Option<Vec<model::PolicyResource>>) -> Vec<String> {
    let resources = resources.unwrap().into_iter();
    resources.map(|it| it.resource_id.unwrap()).collect()
}

async fn count(client: &Client, policy: &str) -> Option<i64> {
    show(client, policy).await.policy_resource_count
}

#[tokio::test]
async fn disks_are_attached_to_one_policy_at_most_and_detached_again() {
    let (sandbox, client) = start().await;
    let volumes = volumes(&sandbox);
    let first = create(&client, "first").await.unwrap();
    let second = create(&client, "second").await.unwrap();
    let reply = attached(&client, &first, &volumes).await.unwrap();
    assert_eq!(reply.fail_resources, Some(Vec::new()));
    let there = reply.success_resources.unwrap();
    assert_eq!(there.len(), 3);
    assert_eq!(there[0].resource_id.as_deref(), Some(volumes[0]));
    assert_eq!(there[0].resource_type, Some(ResourceType::Volume));
    assert_eq!(there[0].availability_zone.as_deref(), Some("eu-de-01"));
    assert_eq!(there[0].os_vol_host_attr.as_deref(), Some("pod01.eu-de-01"));
    assert_eq!(count(&client, &first).await, Some(3));
    attach(&client, &first, &volumes).await;
    assert_eq!(count(&client, &first).await, Some(3), "attached already");

    attach(&client, &second, &volumes[..1]).await;
    assert_eq!(count(&client, &first).await, Some(2));
    assert_eq!(count(&client, &second).await, Some(1));

    let reply = detached(&client, &first, &volumes).await.unwrap();
    assert_eq!(ids(reply.success_resources), volumes[1..]);
    let left_out = reply.fail_resources.unwrap();
    assert!(left_out[0].code.is_some() && left_out[0].message.is_some());
    assert_eq!(
        ids(Some(left_out)),
        volumes[..1],
        "it is the other policy's"
    );
    assert_eq!(count(&client, &first).await, Some(0));
    let reply = detached(&client, &first, &volumes[1..]).await.unwrap();
    assert_eq!(ids(reply.fail_resources), volumes[1..], "a repeat");

    client.delete_backup_policy(&second).send().await.unwrap();
    attach(&client, &first, &volumes[..1]).await;
    assert_eq!(count(&client, &first).await, Some(1));
}

#[tokio::test]
async fn disk_that_cannot_be_attached_hinders_no_other() {
    let (sandbox, client) = start().await;
    let volume = sandbox.inventory().vbs_volume.as_str();
    let policy = create(&client, "policy").await.unwrap();
    let reply = attached(&client, &policy, &["none", volume, ""])
        .await
        .unwrap();
    assert_eq!(ids(reply.success_resources), [volume]);
    let left_out = reply.fail_resources.unwrap();
    for resource in &left_out {
        assert_eq!(resource.code.as_deref(), Some("AutoBackup.1400"));
        assert!(resource.message.is_some());
        assert_eq!(resource.resource_type, Some(ResourceType::Volume));
    }
    assert_eq!(ids(Some(left_out)), ["none", ""]);

    let elsewhere: Client = away(&sandbox);
    let other = create(&elsewhere, "other").await.unwrap();
    let reply = attached(&elsewhere, &other, &[volume]).await.unwrap();
    assert_eq!(ids(reply.fail_resources), [volume], "of another project");
    assert_eq!(count(&client, &policy).await, Some(1));
}

#[tokio::test]
async fn requests_for_no_disk_or_no_policy_are_refused() {
    let (sandbox, client) = start().await;
    let volume = sandbox.inventory().vbs_volume.as_str();
    let policy = create(&client, "policy").await.unwrap();
    let error = attached(&client, &policy, &[]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "AutoBackup.0207"));
    let error = detached(&client, &policy, &[]).await.unwrap_err();
    assert_eq!(refused(&error), (400, "AutoBackup.0207"));
    let elsewhere: Client = away(&sandbox);
    for (caller, policy) in [(&client, "none"), (&elsewhere, policy.as_str())] {
        let error = attached(caller, policy, &[volume]).await.unwrap_err();
        assert_eq!(refused(&error), (404, "AutoBackup.0205"));
        let error = detached(caller, policy, &[volume]).await.unwrap_err();
        assert_eq!(refused(&error), (404, "AutoBackup.0205"));
    }
    let folder = model::NewPolicyResource::builder()
        .resource_id(volume)
        .resource_type("folder");
    let call = client.associate_backup_policy_resources();
    let call = call.backup_policy_id(&policy).resources([folder.build()]);
    let error = call.with_validation(false).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "AutoBackup.0102"));
    assert_eq!(list(&client).await[0].policy_resource_count, Some(0));
}
