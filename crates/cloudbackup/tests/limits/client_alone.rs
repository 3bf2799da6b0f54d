//! What the client does by itself: nothing is sent where a limit is broken, everything as it is
//! where the checks are off.

use cloudbackup::{gaussdb_mysql, gaussdb_opengauss, rds};

use crate::gaussdb_mysql::policy;
use crate::support::{PROJECT, Server, TOKEN, dry_client, json};
use crate::table::violations;

#[test]
fn everything_wrong_is_told_in_one_error() {
    let client: gaussdb_opengauss::Client = dry_client();
    let call = client.create_backup().instance_id("i").name("abc");
    let error = call.description("<").build().unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("breaks 2 rules") && shown.contains("/body/name"));
    assert!(shown.contains("/body/description") && shown.ends_with("(not sent)"));
}

#[tokio::test]
async fn refused_request_is_not_sent() {
    let server = Server::start([json(200, "{}")]);
    let client: gaussdb_mysql::Client = server.client();
    let call = client
        .update_offsite_backup_policy("i")
        .backup_policy(policy(0, true, true));
    assert_eq!(violations(call.clone().send().await).len(), 1);
    assert_eq!(violations(call.send_with_response().await).len(), 1);
    assert_eq!(server.requests().len(), 0);
}

/// Without the checks the same bytes go out that the prepared request shows.
#[tokio::test]
async fn request_is_sent_as_it_is_where_the_checks_are_off() {
    let server = Server::start([json(200, "{}")]);
    let client: gaussdb_mysql::Client = server.client();
    let call = client
        .update_offsite_backup_policy("i")
        .backup_policy(policy(0, false, true))
        .with_validation(false);
    call.send().await.unwrap();

    let body = concat!(
        r#"{"backup_policy":{"open_auto_backup":false,"open_incremental_backup":true,"#,
        r#""destination_project_id":"p","destination_region":"eu-nl","keep_days":0}}"#,
    );
    let target = format!("/v3/{PROJECT}/instances/i/backups/offsite-policy");
    let head = format!(
        "PUT {target} HTTP/1.1\r\n\
         user-agent: cloudbackup-gaussdb-mysql/{}\r\n\
         accept: application/json\r\n\
         content-type: application/json\r\n\
         x-auth-token: {TOKEN}\r\n\
         accept-encoding: gzip\r\n\
         host: {}\r\n\
         content-length: {}\r\n\r\n",
        env!("CARGO_PKG_VERSION"),
        server.url().trim_start_matches("http://"),
        body.len(),
    );
    assert_eq!(server.request().raw, head + body);

    let server = Server::start([json(200, "{}")]);
    let client: rds::Client = server.client();
    let call = client
        .list_offsite_backups()
        .instance_id("i")
        .backup_type("manual")
        .limit(101)
        .begin_time("not yet")
        .with_validation(false);
    call.send().await.unwrap();
    let query = "instance_id=i&backup_type=manual&limit=101&begin_time=not%20yet";
    assert_eq!(
        server.request().target,
        format!("/v3/{PROJECT}/offsite-backups?{query}")
    );
}
