//! The control endpoint: everything that can be asked of it, and everything that cannot.

use cloudbackup_core::Timestamp;
use cloudbackup_rds_client as rds;
use cloudbackup_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{Ended, Reply, call, exchange, request};

async fn control(sandbox: &Sandbox, method: &str, target: &str, body: &str) -> Reply {
    call(&sandbox.control_endpoint(), method, target, &[], body).await
}

async fn overview(sandbox: &Sandbox) -> Value {
    let reply = control(sandbox, "GET", "/", "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    reply.json()
}

/// A 400 with words, which hold these.
fn assert_bad(reply: &Reply, words: &str, body: &str) {
    assert_eq!(reply.status, 400, "{body}: {reply:?}");
    let told = reply.json();
    let message = told["error_msg"].as_str().unwrap();
    assert!(message.contains(words), "{body}: {message}");
    assert!(!told["error_code"].as_str().unwrap().is_empty());
}

/// A list of backups, with a token that nobody else has.
async fn listed(sandbox: &Sandbox) -> Result<Reply, Ended> {
    let project = sandbox.project_id("eu-de").unwrap();
    let instance = &sandbox.inventory().rds_instance;
    let target = format!("/v3/{project}/backups?instance_id={instance}");
    let token = sandbox.token("eu-de").unwrap();
    let list = request("GET", &target, &[("X-Auth-Token", token.expose())], "");
    exchange(&sandbox.endpoint("rds").unwrap(), &list).await
}

#[tokio::test]
async fn credentials_and_inventory_can_be_asked_for() {
    let sandbox = Sandbox::start().await.unwrap();
    let told = overview(&sandbox).await;
    let inventory = serde_json::to_value(sandbox.inventory()).unwrap();
    assert_eq!(told["inventory"], inventory);
    let reply = control(&sandbox, "GET", "/credentials", "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let (told, known) = (reply.json(), sandbox.credentials());
    assert_eq!(told["user_name"], known.user_name);
    assert_eq!(told["password"], known.password.expose());
    assert_eq!(told["access_key"], known.access_key);
    assert_eq!(told["secret_key"], known.secret_key.expose());
    let rds = sandbox.configure::<rds::Client>();
    let rds = rds.token(told["tokens"]["eu-de"].as_str().unwrap());
    let instance = &sandbox.inventory().rds_instance;
    let listed = rds.build().unwrap().list_backups().instance_id(instance);
    listed.send().await.unwrap();
}

/// As in a container, whose own address means nothing outside.
#[tokio::test]
async fn who_listens_everywhere_is_where_it_was_asked() {
    let everywhere = std::net::Ipv4Addr::UNSPECIFIED.into();
    let sandbox = Sandbox::builder()
        .address(everywhere)
        .start()
        .await
        .unwrap();
    let port = |endpoint: &str| endpoint.rsplit_once(':').unwrap().1.to_owned();
    let here = format!("http://127.0.0.1:{}", port(&sandbox.control_endpoint()));
    let get = "GET / HTTP/1.1\r\nHost: sandbox.test:4000\r\n\r\n";
    let reply = exchange(&here, get.as_bytes()).await.unwrap();
    let rds = port(&sandbox.endpoint("rds").unwrap());
    let told = reply.json()["endpoints"]["rds"].clone();
    assert_eq!(told, format!("http://sandbox.test:{rds}"));

    let iam = format!(
        "http://127.0.0.1:{}",
        port(&sandbox.endpoint("iam").unwrap())
    );
    let token = sandbox.token("eu-de").unwrap();
    let get = format!(
        "GET /v3/auth/catalog HTTP/1.1\r\nHost: sandbox.test\r\nX-Auth-Token: {}\r\n\r\n",
        token.expose()
    );
    let catalog = exchange(&iam, get.as_bytes()).await.unwrap().json();
    let services = catalog["catalog"].as_array().unwrap();
    assert_eq!(services.len(), Sandbox::services().len());
    for service in services {
        let url = service["endpoints"][0]["url"].as_str().unwrap();
        assert!(url.starts_with("http://sandbox.test:"), "{url}");
    }
}

#[tokio::test]
async fn overview_tells_where_everything_is() {
    let regions = ["north", "south", "west"];
    let sandbox = Sandbox::builder().regions(regions).start().await.unwrap();
    let told = overview(&sandbox).await;
    let mut endpoints = json!({});
    for service in Sandbox::services() {
        endpoints[service] = sandbox.endpoint(service).unwrap().into();
    }
    assert_eq!(told["endpoints"], endpoints);
    let mut projects = json!({});
    for region in regions {
        projects[region] = sandbox.project_id(region).unwrap().into();
    }
    assert_eq!(told["projects"], projects);
    assert_eq!(told["faults"], json!([]));
    assert_eq!(
        told["without_behaviour"],
        json!(Sandbox::missing_operations())
    );
    assert!(clock(&told) > 0);
}

/// What the clock shows, in seconds.
fn clock(overview: &Value) -> i64 {
    let text = overview["clock"].as_str().unwrap();
    Timestamp::from(text).unix_seconds().unwrap()
}

#[tokio::test]
async fn every_fault_can_be_asked_for_by_its_name() {
    let sandbox = Sandbox::start().await.unwrap();
    for (fault, told, seen) in [
        (r#""latency", "seconds": 0.001"#, "latency of 1 ms", "200"),
        (
            r#""too_many_requests", "seconds": 3"#,
            "429, retry after 3 s",
            "429 after 3",
        ),
        (r#""unavailable""#, "503", "503"),
        (
            r#""reset_before_effect""#,
            "reset before the effect",
            "nothing",
        ),
        (
            r#""reset_after_effect""#,
            "reset after the effect",
            "nothing",
        ),
        (r#""truncated_body""#, "truncated body", "HTTP/1.1 200 OK"),
        (r#""expired_token""#, "expired token", "401"),
        (
            r#""clock_skew", "seconds": 1e300"#,
            "clock skew of 9223372036854775807 s",
            "200",
        ),
        (
            r#""clock_skew", "seconds": -90.0"#,
            "clock skew of -90 s",
            "200",
        ),
        (r#""failed_job""#, "failed job", "200"),
    ] {
        let body = format!("{{\"fault\": {fault}}}");
        let reply = control(&sandbox, "POST", "/faults", &body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let expected = json!([format!("{told}, once")]);
        assert_eq!(reply.json()["faults"], expected);
        assert_eq!(overview(&sandbox).await["faults"], expected);
        let found = match listed(&sandbox).await {
            Ok(reply) => match reply.header("retry-after") {
                Some(wait) => format!("{} after {wait}", reply.status),
                None => reply.status.to_string(),
            },
            Err(ended) if ended.bytes.is_empty() => "nothing".to_owned(),
            Err(ended) => {
                let text = String::from_utf8(ended.bytes).unwrap();
                text.lines().next().unwrap().to_owned()
            }
        };
        assert_eq!(found, seen, "{fault}");
        assert_eq!(overview(&sandbox).await["faults"], json!([]));
    }
}

#[tokio::test]
async fn faults_can_be_limited_and_forgotten() {
    let sandbox = Sandbox::start().await.unwrap();
    for body in [
        r#"{"fault": "unavailable", "service": "rds", "operation": "list_backups", "times": 2, "skip": 1}"#,
        r#"{"service": "vbs", "fault": "failed_job", "seconds": 5, "operation": null, "times": 4294967295}"#,
    ] {
        let reply = control(&sandbox, "POST", "/faults", body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let expected = json!([
        "503 on rds list_backups, 2 times, after 1 requests",
        "failed job on vbs, 4294967295 times"
    ]);
    assert_eq!(overview(&sandbox).await["faults"], expected);
    for status in [200, 503] {
        assert_eq!(listed(&sandbox).await.unwrap().status, status);
    }
    let reply = control(&sandbox, "DELETE", "/faults", "").await;
    assert_eq!((reply.status, &reply.json()["faults"]), (200, &json!([])));
    assert_eq!(listed(&sandbox).await.unwrap().status, 200);
}

#[tokio::test]
async fn faults_that_make_no_sense_are_refused_in_words() {
    let sandbox = Sandbox::start().await.unwrap();
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for (body, words) in [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("null", "cannot be read"),
        (r#"["unavailable"]"#, "cannot be read"),
        (
            r#"["unavailable", null, null, null, 1, 0]"#,
            "cannot be read",
        ),
        (&deep, "cannot be read"),
        ("{}", "`fault`"),
        (r#"{"fault": null}"#, "null"),
        (r#"{"fault": 503}"#, "503"),
        (r#"{"fault": ["latency"]}"#, "sequence"),
        (
            r#"{"fault": "earthquake\n"}"#,
            "there is no fault `earthquake\\n`",
        ),
        (
            r#"{"fault": "Unavailable"}"#,
            "there is no fault `Unavailable`",
        ),
        (
            r#"{"fault": "unavailable", "time": 3}"#,
            "unknown field `time`",
        ),
        (r#"{"fault": "latency"}"#, "`latency` needs `seconds`"),
        (
            r#"{"fault": "too_many_requests"}"#,
            "`too_many_requests` needs `seconds`",
        ),
        (r#"{"fault": "clock_skew"}"#, "`clock_skew` needs `seconds`"),
        (r#"{"fault": "latency", "seconds": -1}"#, "not negative"),
        (r#"{"fault": "latency", "seconds": 1e300}"#, "seconds"),
        (r#"{"fault": "latency", "seconds": 1e400}"#, "out of range"),
        (r#"{"fault": "latency", "seconds": "3"}"#, "\"3\""),
        (r#"{"fault": "unavailable", "times": -1}"#, "-1"),
        (r#"{"fault": "unavailable", "times": 1.5}"#, "1.5"),
        (
            r#"{"fault": "unavailable", "times": 4294967296}"#,
            "4294967296",
        ),
        (r#"{"fault": "unavailable", "skip": "1"}"#, "\"1\""),
        (r#"{"fault": "unavailable", "service": 1}"#, "1"),
        (
            r#"{"fault": "unavailable", "operation": "list_backups"}"#,
            "`service`",
        ),
    ] {
        let reply = control(&sandbox, "POST", "/faults", body).await;
        assert_bad(&reply, words, body);
    }
    assert_eq!(overview(&sandbox).await["faults"], json!([]));
}

#[tokio::test]
async fn unknown_paths_are_404_and_other_methods_405() {
    let sandbox = Sandbox::start().await.unwrap();
    for (method, target, status) in [
        ("GET", "/nothing", 404),
        ("GET", "/faults/", 404),
        ("GET", "//", 404),
        ("POST", "/Faults", 404),
        ("OPTIONS", "*", 404),
        ("GET", "/%66aults", 404),
        ("POST", "/", 405),
        ("GET", "/faults", 405),
        ("PUT", "/faults", 405),
        ("GET", "/clock", 405),
        ("DELETE", "/clock", 405),
    ] {
        let reply = control(&sandbox, method, target, "").await;
        assert_eq!(reply.status, status, "{method} {target}");
        assert!(reply.json()["error_msg"].is_string(), "{reply:?}");
    }
    assert_eq!(
        control(&sandbox, "GET", "/?any=query", "").await.status,
        200
    );
}

async fn moved(sandbox: &Sandbox, seconds: &str) -> Value {
    let body = format!("{{\"advance_seconds\": {seconds}}}");
    let reply = control(sandbox, "POST", "/clock", &body).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

#[tokio::test]
async fn clock_moves_ahead_and_brings_about_what_was_due() {
    let sandbox = Sandbox::start().await.unwrap();
    let client: rds::Client = sandbox.client().unwrap();
    let instance = sandbox.inventory().rds_instance.as_str();
    let create = client.create_backup().instance_id(instance).name("made");
    let id = create.send().await.unwrap().backup.unwrap().id.unwrap();
    let status = async || {
        let list = client.list_backups().instance_id(instance);
        let list = list.backup_id(id.as_str()).send().await.unwrap();
        list.backups.unwrap().remove(0).status.unwrap()
    };
    assert_eq!(status().await, rds::model::BackupStatus::Building);
    moved(&sandbox, "10").await;
    assert_eq!(status().await, rds::model::BackupStatus::Building);
    moved(&sandbox, "89.5").await;
    assert_eq!(status().await, rds::model::BackupStatus::Completed);
}

#[tokio::test]
async fn clock_shows_what_it_was_moved_by() {
    let sandbox = Sandbox::start().await.unwrap();
    let start = clock(&overview(&sandbox).await);
    assert!(clock(&moved(&sandbox, "0").await) >= start);
    let hour = clock(&moved(&sandbox, "3600").await);
    assert!(hour >= start + 3600);
    // It stops where what it shows could hardly be written any more.
    for _ in 0..80 {
        moved(&sandbox, "1e10").await;
    }
    let last = overview(&sandbox).await;
    let text = last["clock"].as_str().unwrap();
    assert!(
        text.starts_with("9000-01-01T") && text.len() == 27,
        "{text}"
    );
    assert!(clock(&last) > hour);
    for service in ["cbr", "gaussdb-mysql", "rds"] {
        let project = sandbox.project_id("eu-de").unwrap();
        let instance = &sandbox.inventory().rds_instance;
        let target = match service {
            "rds" => format!("/v3/{project}/backups?instance_id={instance}"),
            _ => format!("/v3/{project}/backups"),
        };
        let token = sandbox.token("eu-de").unwrap();
        let headers = [("X-Auth-Token", token.expose())];
        let endpoint = sandbox.endpoint(service).unwrap();
        let reply = call(&endpoint, "GET", &target, &headers, "").await;
        assert_eq!(reply.status, 200, "{service}: {reply:?}");
    }
}

#[tokio::test]
async fn times_that_make_no_sense_do_not_move_the_clock() {
    let sandbox = Sandbox::start().await.unwrap();
    for (body, words) in [
        ("", "cannot be read"),
        ("60", "cannot be read"),
        ("[60]", "cannot be read"),
        ("{}", "`advance_seconds`"),
        (r#"{"advance_seconds": null}"#, "null"),
        (r#"{"advance_seconds": "60"}"#, "\"60\""),
        (r#"{"advance_seconds": -1}"#, "not negative"),
        (r#"{"advance_seconds": 1e300}"#, "seconds"),
        (r#"{"advance_seconds": 1e400}"#, "out of range"),
        (
            r#"{"advance_seconds": 86400, "advance_days": 1}"#,
            "advance_days",
        ),
    ] {
        let before = clock(&overview(&sandbox).await);
        let reply = control(&sandbox, "POST", "/clock", body).await;
        assert_bad(&reply, words, body);
        // The smallest of the wrong moves is a minute, and the test does not take one.
        assert!(clock(&overview(&sandbox).await) < before + 60, "{body}");
    }
}
