//! Signed requests over the wire: what is signed is accepted, and nothing else is.

mod altered;
mod forged;
mod ours;
mod signer;
mod time;

use std::time::Duration;

use cloudbackup_sandbox::Sandbox;
use serde_json::json;

use self::signer::{Draft, Signed, Signer};
use crate::iam::reading_calls;
use crate::support::{Reply, exchange};

/// How long a key is locked.
const LOCK: Duration = Duration::from_secs(5 * 60);

const POLICY: &str = r#"{"backup_policy_name": "nightly", "scheduled_policy": {
    "remain_first_backup_of_curMonth": "N", "rentention_num": 3, "frequency": 1,
    "start_time": "12:00", "status": "ON"}}"#;

/// Sends a signed request to a service.
async fn send(sandbox: &Sandbox, service: &str, signed: &Signed) -> Reply {
    let endpoint = sandbox.endpoint(service).unwrap();
    let reply = exchange(&endpoint, &signed.bytes()).await;
    reply.unwrap_or_else(|ended| panic!("{signed:?}: {ended:?}"))
}

/// A request to CBR that answers 200, whatever is in its query.
fn list_backups(sandbox: &Sandbox) -> Draft {
    let project = sandbox.project_id("eu-de").unwrap();
    let path = format!("/v3/{project}/backups");
    Draft::new(&sandbox.endpoint("cbr").unwrap(), "GET", &path)
}

/// A request to CBR whose path ends as the test likes; the next segment is the id of a backup.
fn show_backup(sandbox: &Sandbox, id: &str) -> Draft {
    list_backups(sandbox).segment(id)
}

/// The signature is good: the service itself has judged the request.
async fn assert_accepted(sandbox: &Sandbox, signed: &Signed) {
    let reply = send(sandbox, "cbr", signed).await;
    let answered = [200, 202, 400, 404].contains(&reply.status);
    let code = reply.json()["error_code"].to_string();
    let by_gateway = code.starts_with("\"APIG.");
    assert!(answered && !by_gateway, "{signed:?}: {reply:?}");
}

/// The credentials are not good. The clock is moved on, so that no key stays locked for the next
/// request.
async fn assert_refused(sandbox: &Sandbox, signed: &Signed) {
    let reply = send(sandbox, "cbr", signed).await;
    assert_eq!(reply.status, 401, "{signed:?}: {reply:?}");
    sandbox.advance(LOCK);
}

#[tokio::test]
async fn every_service_accepts_signed_calls_with_either_key_and_with_or_without_a_project_header() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut calls = vec![("iam", "/v3/auth/domains".to_owned())];
    calls.extend(reading_calls(&sandbox, "eu-de"));
    let names: Vec<&str> = calls.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, Sandbox::services());
    let keys = [Signer::lasting(&sandbox), Signer::temporary(&sandbox)];
    for (service, target) in &calls {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut draft = Draft::new(&sandbox.endpoint(service).unwrap(), "GET", path);
        if let Some((name, value)) = query.split_once('=') {
            draft = draft.pair(name, value);
        }
        for key in &keys {
            for key in [key.clone(), key.clone().with_project(None)] {
                let reply = send(&sandbox, service, &key.sign(&draft)).await;
                assert_eq!(reply.status, 200, "{service}: {reply:?}");
            }
        }
        let unsigned = keys[0].sign(&draft).without("authorization");
        let reply = send(&sandbox, service, &unsigned).await;
        assert_eq!(reply.status, 401, "{service}: {reply:?}");
    }
}

#[tokio::test]
async fn signed_bodies_take_effect_and_changed_ones_do_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    let project = sandbox.project_id("eu-de").unwrap();
    let path = format!("/v2/{project}/backuppolicy");
    let vbs = sandbox.endpoint("vbs").unwrap();
    let draft = Draft::new(&vbs, "POST", &path).with_header("Content-Type", "application/json");
    let create = key.sign(&draft.body(POLICY));
    let other = create.clone().with_body(&POLICY.replace("12:00", "13:00"));
    assert_eq!(send(&sandbox, "vbs", &other).await.status, 401);
    let reply = send(&sandbox, "vbs", &create).await;
    assert_eq!(reply.status, 200, "{reply:?}");

    let list = key.sign(&Draft::new(&vbs, "GET", &path));
    let policies = send(&sandbox, "vbs", &list).await.json();
    let policies = policies["backup_policies"].as_array().unwrap();
    let names = policies.iter().map(|it| &it["backup_policy_name"]);
    assert_eq!(names.collect::<Vec<_>>(), [&json!("nightly")]);
}

#[tokio::test]
async fn odd_paths_queries_headers_and_bodies_are_accepted_as_they_are_signed() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    let list = || list_backups(&sandbox);
    let drafts = [
        show_backup(&sandbox, "备份 é 😀"),
        show_backup(&sandbox, "a+b%2Fc~d*e?f#g&h=i"),
        show_backup(&sandbox, "nightly/1"),
        show_backup(&sandbox, ".."),
        list().pair("x", "Grüße 😀").pair("ключ", "value"),
        list().pair("x", "").pair("y", "").pair("", "z"),
        list()
            .pair("x", "2")
            .pair("x", "1")
            .pair("x", "10")
            .pair("a", "b"),
        list()
            .pair("x", "10+08:00 & more=less;100%,/?#")
            .pair("X", "a"),
        list().with_header("X-Empty", ""),
        list().with_header("x-inner", "  several   blanks\t inside  "),
        list().with_header("X-LOUD", "LOUD"),
        list()
            .with_header("x_underscore", "not signed")
            .leaving_out("x_underscore"),
        list()
            .with_header("User-Agent", "tests")
            .leaving_out("user-agent"),
        list().body("a body where none is expected"),
        show_backup(&sandbox, "a").body("{\"备份\": \"é 😀\"}"),
    ];
    for draft in &drafts {
        assert_accepted(&sandbox, &key.sign(draft)).await;
    }
}

#[tokio::test]
async fn the_temporary_key_is_good_with_its_signed_token_only() {
    let sandbox = Sandbox::start().await.unwrap();
    let (lasting, temporary) = (Signer::lasting(&sandbox), Signer::temporary(&sandbox));
    let draft = list_backups(&sandbox);
    assert_accepted(&sandbox, &temporary.sign(&draft)).await;

    let token = temporary.security_token.clone().unwrap();
    let without = Signer {
        security_token: None,
        ..temporary.clone()
    };
    assert_refused(&sandbox, &without.sign(&draft)).await;
    let unsigned = draft.clone().leaving_out("x-security-token");
    assert_refused(&sandbox, &temporary.sign(&unsigned)).await;
    let added = without.sign(&draft).adding("X-Security-Token", &token);
    assert_refused(&sandbox, &added).await;
    let removed = temporary.sign(&draft).without("x-security-token");
    assert_refused(&sandbox, &removed).await;
    for wrong in ["", "x", &token[1..], &format!("{token}x")] {
        let wrong = Signer {
            security_token: Some(wrong.to_owned()),
            ..temporary.clone()
        };
        assert_refused(&sandbox, &wrong.sign(&draft)).await;
    }
    // The lasting key has no such token.
    let with_token = Signer {
        security_token: Some(token),
        ..lasting.clone()
    };
    assert_refused(&sandbox, &with_token.sign(&draft)).await;
    assert_accepted(&sandbox, &temporary.sign(&draft)).await;
    assert_accepted(&sandbox, &lasting.sign(&draft)).await;
}

#[tokio::test]
async fn a_signature_is_for_the_project_and_the_account_that_its_headers_name() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = Signer::lasting(&sandbox);
    let draft = list_backups(&sandbox);
    let foreign = sandbox.project_id("eu-nl").unwrap();
    for other in [foreign, "unknown", ""] {
        let signed = key.clone().with_project(Some(other)).sign(&draft);
        let reply = send(&sandbox, "cbr", &signed).await;
        assert_eq!(reply.status, 403, "{other}: {reply:?}");
    }
    // Without the header the key is good for each of the account's projects, and for no other.
    let all = key.clone().with_project(None);
    let endpoint = sandbox.endpoint("cbr").unwrap();
    for (project, status) in [(foreign, 200), ("unknown", 403)] {
        let draft = Draft::new(&endpoint, "GET", &format!("/v3/{project}/backups"));
        let reply = send(&sandbox, "cbr", &all.sign(&draft)).await;
        assert_eq!(reply.status, status, "{project}: {reply:?}");
    }
    // The headers bind: neither added, taken away nor left unsigned.
    let project = sandbox.project_id("eu-de").unwrap();
    let added = all.sign(&draft).adding("X-Project-Id", project);
    assert_refused(&sandbox, &added).await;
    let removed = key.sign(&draft).without("x-project-id");
    assert_refused(&sandbox, &removed).await;
    let unsigned = draft.clone().leaving_out("x-project-id");
    assert_refused(&sandbox, &key.sign(&unsigned)).await;

    let account = sandbox.credentials().domain_id;
    for (id, status) in [(account.as_str(), 200), (project, 403), ("", 403)] {
        let draft = draft.clone().with_header("X-Domain-Id", id);
        let reply = send(&sandbox, "cbr", &all.sign(&draft)).await;
        assert_eq!(reply.status, status, "{id}: {reply:?}");
        let unsigned = all.sign(&draft.leaving_out("x-domain-id"));
        assert_refused(&sandbox, &unsigned).await;
    }
}

#[tokio::test]
async fn nothing_shows_a_secret_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let credentials = sandbox.credentials();
    let secrets = [
        &credentials.password,
        &credentials.secret_key,
        &credentials.temporary_secret_key,
        &credentials.security_token,
    ];
    let mut shown = vec![format!(
        "{sandbox:?} {credentials:?} {:?}",
        Sandbox::builder()
    )];
    let draft = list_backups(&sandbox);
    for key in [Signer::lasting(&sandbox), Signer::temporary(&sandbox)] {
        let right = key.sign(&draft);
        for signed in [right.clone().with_query("x=1"), right] {
            shown.push(format!("{:?}", send(&sandbox, "cbr", &signed).await));
        }
    }
    for secret in secrets {
        assert!(secret.expose().len() >= 16);
        for text in &shown {
            assert!(!text.contains(secret.expose()), "{text}");
        }
    }
}
