//! Who gets a token.

use cloudbackup_sandbox::Sandbox;
use serde_json::{Value, json};

use super::{assert_refused, assert_unauthorized, by_password, iam, log_in, status, token, user};

#[tokio::test]
async fn a_password_is_good_for_a_project_told_by_its_name_or_its_id() {
    let sandbox = Sandbox::start().await.unwrap();
    let credentials = sandbox.credentials();
    let id = sandbox.project_id("eu-nl").unwrap();
    for project in [
        json!({"name": "eu-nl"}),
        json!({"id": id}),
        json!({"id": id, "name": "eu-nl"}),
        json!({"name": "eu-nl", "domain": {"name": "sandbox"}}),
    ] {
        let scope = json!({"project": project});
        let reply = log_in(&sandbox, &by_password(&user(&sandbox), scope)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let body = reply.json();
        let told = &body["token"];
        let domain = json!({"id": credentials.domain_id, "name": credentials.domain_name});
        assert_eq!(
            told["project"],
            json!({"id": id, "name": "eu-nl", "domain": domain})
        );
        assert_eq!(told.get("domain"), None);
        assert_eq!(told["methods"], json!(["password"]));
        assert_eq!(told["user"]["name"], credentials.user_name.as_str());
        assert_eq!(told["user"]["domain"], domain);
        assert!(told["roles"].as_array().is_some_and(|it| !it.is_empty()));

        let token = reply.header("x-subject-token").unwrap();
        assert_eq!(status(&sandbox, token, "cbr", "eu-nl").await, 200);
        assert_eq!(status(&sandbox, token, "cbr", "eu-de").await, 403);
    }
}

#[tokio::test]
async fn a_password_is_good_for_the_account_with_and_without_saying_so() {
    let sandbox = Sandbox::start().await.unwrap();
    let credentials = sandbox.credentials();
    for scope in [
        Value::Null,
        json!({"domain": {"name": credentials.domain_name}}),
        json!({"domain": {"id": credentials.domain_id}}),
    ] {
        let reply = log_in(&sandbox, &by_password(&user(&sandbox), scope)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let body = reply.json();
        let domain = json!({"id": credentials.domain_id, "name": credentials.domain_name});
        assert_eq!(body["token"]["domain"], domain);
        assert_eq!(body["token"].get("project"), None);
        let token = reply.header("x-subject-token").unwrap();
        for region in ["eu-de", "eu-nl"] {
            assert_eq!(status(&sandbox, token, "cbr", region).await, 200);
        }
    }
}

#[tokio::test]
async fn a_user_may_be_told_by_id() {
    let sandbox = Sandbox::start().await.unwrap();
    let reply = log_in(&sandbox, &by_password(&user(&sandbox), Value::Null)).await;
    let body = reply.json();
    let id = &body["token"]["user"]["id"];
    let credentials = sandbox.credentials();
    let password = credentials.password.expose();
    let domain = json!({"id": credentials.domain_id});
    for user in [
        json!({"id": id, "password": password}),
        json!({"id": id, "name": credentials.user_name, "password": password}),
        json!({"name": credentials.user_name, "domain": domain, "password": password}),
    ] {
        let reply = log_in(&sandbox, &by_password(&user, Value::Null)).await;
        assert_eq!(reply.status, 201, "{user}");
    }
    for user in [
        json!({"id": id, "password": "wrong"}),
        json!({"id": id, "name": "other", "password": password}),
        json!({"id": id, "domain": {"name": "other"}, "password": password}),
        json!({"id": "0", "password": password}),
        json!({"id": "0", "name": credentials.user_name, "domain": domain, "password": password}),
        json!({"password": password}),
        json!({"domain": domain, "password": password}),
    ] {
        let reply = log_in(&sandbox, &by_password(&user, Value::Null)).await;
        assert_unauthorized(&reply);
    }
}

#[tokio::test]
async fn a_wrong_password_user_account_or_project_is_refused_in_the_shape_of_iam() {
    let sandbox = Sandbox::start().await.unwrap();
    let right = user(&sandbox);
    let password = right["password"].as_str().unwrap();
    let mut wrong = Vec::new();
    let passwords = [
        String::new(),
        "wrong".to_owned(),
        password[1..].to_owned(),
        format!("{password} "),
        password.to_uppercase(),
    ];
    for password in passwords {
        let mut user = right.clone();
        user["password"] = password.into();
        wrong.push((user, Value::Null));
    }
    for (member, value) in [
        ("name", json!("other")),
        ("name", json!("Tester")),
        ("name", Value::Null),
        ("domain", json!({"name": "other"})),
        ("domain", json!({"id": "other", "name": "sandbox"})),
        ("domain", json!({})),
        ("domain", Value::Null),
    ] {
        let mut user = right.clone();
        user[member] = value;
        wrong.push((user, Value::Null));
    }
    let id = sandbox.project_id("eu-de").unwrap();
    for scope in [
        json!({"project": {"name": "cn-north-4"}}),
        json!({"project": {"id": "0"}}),
        json!({"project": {"id": id, "name": "eu-nl"}}),
        json!({"project": {}}),
        json!({"domain": {"name": "other"}}),
        json!({"domain": {"id": "0"}}),
        json!({"domain": {}}),
    ] {
        wrong.push((right.clone(), scope));
    }
    for (user, scope) in wrong {
        let reply = log_in(&sandbox, &by_password(&user, scope)).await;
        assert_unauthorized(&reply);
    }
    let reply = log_in(&sandbox, &by_password(&right, Value::Null)).await;
    assert_eq!(reply.status, 201);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_not_repeated() {
    let sandbox = Sandbox::start().await.unwrap();
    let user = user(&sandbox);
    let password = user["password"].as_str().unwrap();
    let identity = |identity: Value| json!({"auth": {"identity": identity}}).to_string();
    let whole = by_password(&user, Value::Null).to_string();
    let bodies = [
        String::new(),
        " ".to_owned(),
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "[".repeat(10_000),
        json!(password).to_string(),
        json!({"auth": password}).to_string(),
        json!({"auth": {}}).to_string(),
        json!({"auth": {"identity": password}}).to_string(),
        identity(json!({})),
        identity(json!({"methods": password})),
        identity(json!({"methods": []})),
        identity(json!({"methods": [password]})),
        identity(json!({"methods": ["totp"], "password": {"user": user}})),
        identity(json!({"methods": ["password"]})),
        identity(json!({"methods": ["password"], "password": password})),
        identity(json!({"methods": ["password"], "password": {"user": password}})),
        identity(json!({"methods": ["password"], "password": {"user": {"name": "tester"}}})),
        identity(json!({"methods": ["password"], "password": {"user": {"password": [password]}}})),
        identity(json!({"methods": ["token"]})),
        identity(json!({"methods": ["token"], "token": {}})),
        by_password(&user, json!({})).to_string(),
        by_password(&user, json!(password)).to_string(),
        by_password(&user, json!({"project": password})).to_string(),
        whole[..whole.len() - 1].to_owned(),
        format!("{whole}{password}"),
        whole.replace(
            "\"methods\"",
            &format!("\"methods\":{},\"methods\"", json!([password])),
        ),
    ];
    for body in &bodies {
        let reply = iam(&sandbox, "POST", "/v3/auth/tokens", &[], body).await;
        assert_refused(&reply, 400, "Bad Request");
        let shown = format!("{:?} {}", reply.headers, reply.json());
        assert!(!shown.contains(password), "{shown}");
    }
}

#[tokio::test]
async fn a_token_gets_another_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let first = token(&sandbox, "eu-de").await;
    let by_token = |text: &str, scope: Option<&str>| {
        let mut body = json!({"auth": {"identity": {
            "methods": ["token"],
            "token": {"id": text},
        }}});
        if let Some(region) = scope {
            body["auth"]["scope"] = json!({"project": {"name": region}});
        }
        body
    };
    // For the same project, or for another one of the user.
    for (scope, good, bad) in [
        (None, "eu-de", "eu-nl"),
        (Some("eu-de"), "eu-de", "eu-nl"),
        (Some("eu-nl"), "eu-nl", "eu-de"),
    ] {
        let reply = log_in(&sandbox, &by_token(&first, scope)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        assert_eq!(reply.json()["token"]["project"]["name"], good);
        assert_eq!(reply.json()["token"]["methods"], json!(["token"]));
        let second = reply.header("x-subject-token").unwrap();
        assert_ne!(second, first);
        assert_eq!(status(&sandbox, second, "vbs", good).await, 200);
        assert_eq!(status(&sandbox, second, "vbs", bad).await, 403);
    }
    for wrong in ["", "sandbox-0", &first[1..]] {
        assert_unauthorized(&log_in(&sandbox, &by_token(wrong, None)).await);
    }
    let unknown = by_token(&first, Some("cn-north-4"));
    assert_unauthorized(&log_in(&sandbox, &unknown).await);
    sandbox.advance(std::time::Duration::from_secs(24 * 3600));
    assert_unauthorized(&log_in(&sandbox, &by_token(&first, None)).await);
}

#[tokio::test]
async fn no_reply_shows_a_password_or_a_secret_key() {
    let sandbox = Sandbox::start().await.unwrap();
    let credentials = sandbox.credentials();
    let right = by_password(&user(&sandbox), Value::Null);
    let mut wrong = right.clone();
    wrong["auth"]["scope"] = json!({"project": {"name": "cn-north-4"}});
    let first = log_in(&sandbox, &right).await;
    let token = first.header("x-subject-token").unwrap().to_owned();
    let headers = [
        ("X-Auth-Token", token.as_str()),
        ("X-Subject-Token", token.as_str()),
    ];
    let mut replies = vec![log_in(&sandbox, &wrong).await, first];
    for target in [
        "/",
        "/v3",
        "/v3/auth/tokens",
        "/v3/auth/catalog",
        "/v3/auth/projects",
        "/v3/auth/domains",
        "/v3/unknown",
    ] {
        replies.push(iam(&sandbox, "GET", target, &headers, "").await);
    }
    let control = sandbox.control_endpoint();
    replies.push(crate::support::call(&control, "GET", "/", &[], "").await);
    for reply in replies {
        let shown = format!("{:?} {}", reply.headers, reply.json());
        for secret in [
            &credentials.password,
            &credentials.secret_key,
            &credentials.temporary_secret_key,
            &credentials.security_token,
        ] {
            assert!(!shown.contains(secret.expose()), "{shown}");
        }
    }
}
