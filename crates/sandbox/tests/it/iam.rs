//! IAM: signing in by password and by token, what a token is good for, and how to find one's way.

mod login;
mod tokens;

use cloudbackup_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{Reply, call};

/// A call that reads something of each service in a region, and answers 200 there.
pub(crate) fn reading_calls(sandbox: &Sandbox, region: &str) -> [(&'static str, String); 5] {
    let project = sandbox.project_id(region).unwrap();
    let instance = &sandbox.inventory().rds_instance;
    [
        ("cbr", format!("/v3/{project}/backups")),
        ("gaussdb-mysql", format!("/v3/{project}/backups")),
        ("gaussdb-opengauss", format!("/v3.2/{project}/backups")),
        (
            "rds",
            format!("/v3/{project}/backups?instance_id={instance}"),
        ),
        ("vbs", format!("/v2/{project}/backuppolicy")),
    ]
}

/// A request to IAM.
async fn iam(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let endpoint = sandbox.endpoint("iam").unwrap();
    call(&endpoint, method, target, headers, body).await
}

/// The sandbox's user, as a login names it.
fn user(sandbox: &Sandbox) -> Value {
    let credentials = sandbox.credentials();
    json!({
        "name": credentials.user_name,
        "password": credentials.password.expose(),
        "domain": {"name": credentials.domain_name},
    })
}

/// The body of a login by password.
fn by_password(user: &Value, scope: Value) -> Value {
    let mut body = json!({"auth": {"identity": {
        "methods": ["password"],
        "password": {"user": user},
    }}});
    if !scope.is_null() {
        body["auth"]["scope"] = scope;
    }
    body
}

async fn log_in(sandbox: &Sandbox, body: &Value) -> Reply {
    let json = [("Content-Type", "application/json;charset=utf8")];
    iam(sandbox, "POST", "/v3/auth/tokens", &json, &body.to_string()).await
}

/// A token for the project of a region, got as a client gets it.
async fn token(sandbox: &Sandbox, region: &str) -> String {
    let scope = json!({"project": {"name": region}});
    let reply = log_in(sandbox, &by_password(&user(sandbox), scope)).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.header("x-subject-token").unwrap().to_owned()
}

/// What a service answers to a token in a region.
async fn status(sandbox: &Sandbox, token: &str, service: &str, region: &str) -> u16 {
    let calls = reading_calls(sandbox, region);
    let (_, target) = calls.iter().find(|(name, _)| *name == service).unwrap();
    let endpoint = sandbox.endpoint(service).unwrap();
    let headers = [("X-Auth-Token", token)];
    call(&endpoint, "GET", target, &headers, "").await.status
}

/// IAM says no in its own shape.
fn assert_refused(reply: &Reply, status: u16, title: &str) {
    let shown = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, status, "{shown}");
    assert_eq!(reply.header("x-subject-token"), None);
    let body = reply.json();
    let message = body["error"]["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "{shown}");
    let shape = json!({"error": {"code": status, "message": message, "title": title}});
    assert_eq!(body, shape);
}

fn assert_unauthorized(reply: &Reply) {
    assert_refused(reply, 401, "Unauthorized");
}

#[tokio::test]
async fn versions_are_told_to_everyone() {
    let sandbox = Sandbox::start().await.unwrap();
    let reply = iam(&sandbox, "GET", "/", &[], "").await;
    assert_eq!(reply.status, 300);
    let versions = reply.json();
    let versions = versions["versions"]["values"].as_array().unwrap();
    let [version] = &versions[..] else {
        panic!("{versions:?}");
    };
    assert!(version["id"].as_str().unwrap().starts_with("v3"));
    assert_eq!(version["status"], "stable");
    assert_eq!(version["links"][0]["rel"], "self");
    // The link leads to the same version.
    let link = version["links"][0]["href"].as_str().unwrap();
    let endpoint = sandbox.endpoint("iam").unwrap();
    let target = link.strip_prefix(&endpoint).unwrap();
    for target in [target, "/v3"] {
        let reply = iam(&sandbox, "GET", target, &[], "").await;
        assert_eq!(reply.status, 200, "{target}");
        assert_eq!(reply.json(), json!({"version": version}));
    }
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_refused_in_the_shape_of_iam() {
    let sandbox = Sandbox::start().await.unwrap();
    for target in ["/v2.0", "/v3/", "/v3/auth", "/v3/auth/tokens/x", "/V3"] {
        let reply = iam(&sandbox, "GET", target, &[], "").await;
        if target == "/v3/" {
            assert_eq!(reply.status, 200);
        } else {
            assert_refused(&reply, 404, "Not Found");
        }
    }
    for (method, target) in [("POST", "/"), ("PUT", "/v3/auth/tokens"), ("DELETE", "/v3")] {
        let reply = iam(&sandbox, method, target, &[], "").await;
        assert_refused(&reply, 405, "Method Not Allowed");
    }
}

#[tokio::test]
async fn a_catalog_leads_to_every_service_in_the_project_of_the_token() {
    let sandbox = Sandbox::start().await.unwrap();
    for region in ["eu-de", "eu-nl"] {
        let scope = json!({"project": {"name": region}});
        let reply = log_in(&sandbox, &by_password(&user(&sandbox), scope)).await;
        let token = reply.header("x-subject-token").unwrap();
        let headers = [("X-Auth-Token", token)];
        let body = reply.json();
        let catalog = body["token"]["catalog"].as_array().unwrap();
        // What to append to the URL of a service to have it answer.
        let wanted = [
            ("identity", "/auth/projects"),
            ("cbr", "/backups"),
            ("gaussdb", "/backups"),
            ("gaussdb-opengauss", "/jobs?id=none"),
            ("rdsv3", "/backups?instance_id=none"),
            ("vbs", "/backuppolicy"),
        ];
        assert_eq!(catalog.len(), wanted.len());
        for (name, end) in wanted {
            let entry = catalog.iter().find(|entry| {
                let is_named = |member| entry[member] == name;
                is_named("name") || is_named("type")
            });
            let entry = entry.unwrap_or_else(|| panic!("{name}: {catalog:?}"));
            let mut endpoints = entry["endpoints"].as_array().unwrap().clone();
            if name == "identity" {
                // The same everywhere, and not bound to a project.
                assert_eq!(endpoints.len(), 2, "{endpoints:?}");
                endpoints.retain(|endpoint| endpoint["region"] == region);
            }
            assert_eq!(endpoints.len(), 1, "{endpoints:?}");
            assert_eq!(endpoints[0]["region"], region);
            assert_eq!(endpoints[0]["interface"], "public");
            let url = endpoints[0]["url"].as_str().unwrap();
            let path = url.strip_prefix("http://").unwrap().find('/').unwrap();
            let (endpoint, path) = url.split_at(path + "http://".len());
            let reply = call(endpoint, "GET", &format!("{path}{end}"), &headers, "").await;
            // None of these instances and jobs is there: the service says so, and not the gateway.
            let is_found = reply.status == 200 || !reply.json().to_string().contains("APIG");
            let is_permitted = ![401, 403, 405].contains(&reply.status);
            assert!(is_found && is_permitted, "{url}: {reply:?}");
        }
        let again = iam(&sandbox, "GET", "/v3/auth/catalog", &headers, "").await;
        assert_eq!(again.json(), json!({"catalog": catalog}));
    }
}

#[tokio::test]
async fn the_catalog_of_an_account_has_all_regions() {
    let sandbox = Sandbox::start().await.unwrap();
    let reply = log_in(&sandbox, &by_password(&user(&sandbox), Value::Null)).await;
    let body = reply.json();
    for entry in body["token"]["catalog"].as_array().unwrap() {
        let endpoints = entry["endpoints"].as_array().unwrap();
        let regions: Vec<&Value> = endpoints.iter().map(|it| &it["region"]).collect();
        assert_eq!(regions, [&json!("eu-de"), &json!("eu-nl")], "{entry}");
    }
}

#[tokio::test]
async fn nocatalog_with_any_text_leaves_the_catalog_out() {
    let sandbox = Sandbox::start().await.unwrap();
    let body = by_password(&user(&sandbox), Value::Null).to_string();
    for (query, is_there) in [
        ("?nocatalog=true", false),
        ("?nocatalog=1", false),
        ("?a=b&nocatalog=%20", false),
        ("", true),
        ("?nocatalog=", true),
        ("?nocatalog", true),
        ("?x-nocatalog=true", true),
        ("?a=nocatalog=true", true),
    ] {
        let target = format!("/v3/auth/tokens{query}");
        let reply = iam(&sandbox, "POST", &target, &[], &body).await;
        assert_eq!(reply.status, 201, "{query}");
        let token = &reply.json()["token"];
        assert_eq!(token.get("catalog").is_some(), is_there, "{query}");
        assert!(token["expires_at"].is_string(), "{query}");
    }
}

#[tokio::test]
async fn projects_and_the_account_are_listed() {
    let sandbox = Sandbox::start().await.unwrap();
    let account = sandbox.credentials();
    let token = token(&sandbox, "eu-de").await;
    let headers = [("X-Auth-Token", token.as_str())];
    for (query, names) in [
        ("", vec!["eu-de", "eu-nl"]),
        ("?name=eu-de", vec!["eu-de"]),
        ("?name=eu-nl", vec!["eu-nl"]),
        ("?name=eu%2Dnl&enabled=true", vec!["eu-nl"]),
        ("?name=cn-north-4", vec![]),
        ("?name=", vec![]),
    ] {
        for path in ["/v3/projects", "/v3/auth/projects"] {
            let reply = iam(&sandbox, "GET", &format!("{path}{query}"), &headers, "").await;
            assert_eq!(reply.status, 200, "{path}{query}");
            let body = reply.json();
            let found = body["projects"].as_array().unwrap();
            assert_eq!(found.len(), names.len(), "{path}{query}: {found:?}");
            for (project, name) in found.iter().zip(&names) {
                assert_eq!(project["name"], *name);
                assert_eq!(project["id"], sandbox.project_id(name).unwrap());
                assert_eq!(project["domain_id"], account.domain_id);
                assert_eq!(project["enabled"], true);
            }
        }
    }
    let reply = iam(&sandbox, "GET", "/v3/auth/domains", &headers, "").await;
    assert_eq!(reply.status, 200);
    let body = reply.json();
    let domains = body["domains"].as_array().unwrap();
    assert_eq!(domains.len(), 1);
    assert_eq!(domains[0]["id"], account.domain_id);
    assert_eq!(domains[0]["name"], account.domain_name);
}

#[tokio::test]
async fn what_needs_credentials_refuses_those_that_are_none() {
    let sandbox = Sandbox::start().await.unwrap();
    for (method, target) in [
        ("GET", "/v3/auth/tokens"),
        ("DELETE", "/v3/auth/tokens"),
        ("GET", "/v3/auth/catalog"),
        ("GET", "/v3/auth/projects"),
        ("GET", "/v3/projects?name=eu-de"),
        ("GET", "/v3/auth/domains"),
    ] {
        let headers: [&[(&str, &str)]; 5] = [
            &[],
            &[("X-Auth-Token", "")],
            &[("X-Auth-Token", "sandbox-0")],
            &[("Authorization", "Bearer x")],
            &[("Authorization", "SDK-HMAC-SHA256 Access=x")],
        ];
        for headers in headers {
            assert_unauthorized(&iam(&sandbox, method, target, headers, "").await);
        }
    }
}

#[tokio::test]
async fn each_service_refuses_missing_and_wrong_credentials_in_its_own_shape() {
    let sandbox = Sandbox::start().await.unwrap();
    for (service, target) in reading_calls(&sandbox, "eu-de") {
        let endpoint = sandbox.endpoint(service).unwrap();
        let headers: [&[(&str, &str)]; 4] = [
            &[],
            &[("X-Auth-Token", "")],
            &[("X-Auth-Token", "sandbox-0")],
            &[("Authorization", "SDK-HMAC-SHA256 Access=x")],
        ];
        for headers in headers {
            let reply = call(&endpoint, "GET", &target, headers, "").await;
            assert_eq!(reply.status, 401, "{service}: {reply:?}");
            let body = reply.json();
            let (code, message) = match service {
                "vbs" => (&body["error"]["code"], &body["error"]["message"]),
                _ => (&body["error_code"], &body["error_msg"]),
            };
            for text in [code, message] {
                assert!(text.as_str().is_some_and(|it| !it.is_empty()), "{body}");
            }
            let shape = match service {
                "vbs" => json!({"error": {"code": code, "message": message}}),
                _ => json!({"error_code": code, "error_msg": message}),
            };
            assert_eq!(body, shape, "{service}");
        }
    }
}
