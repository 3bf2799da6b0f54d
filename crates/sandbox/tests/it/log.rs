//! The log of requests: a line for each, with nothing in it that a caller has written.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use cloudbackup_sandbox::{Fault, Sandbox};
use serde_json::json;

use crate::support::{call, exchange, request};

/// A log that can be read.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn each_request_is_logged_without_what_was_sent() {
    let lines = Lines::default();
    let sandbox = Sandbox::builder().log(lines.clone()).start().await.unwrap();
    let known = sandbox.credentials();
    let token = sandbox.token("eu-de").unwrap();
    let (iam, vbs) = (
        sandbox.endpoint("iam").unwrap(),
        sandbox.endpoint("vbs").unwrap(),
    );
    let project = sandbox.project_id("eu-de").unwrap();

    let user = json!({
        "name": known.user_name, "password": known.password.expose(),
        "domain": {"name": known.domain_name},
    });
    let login =
        json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}});
    let login = login.to_string();
    let signed_in = call(&iam, "POST", "/v3/auth/tokens", &[], &login).await;
    let policies = format!("/v2/{project}/backuppolicy");
    let sent = "Bearer-of-a-secret";
    let headers = [("X-Auth-Token", token.expose()), ("X-Secret", sent)];
    let listed = call(
        &vbs,
        "GET",
        &format!("{policies}?secret={sent}"),
        &headers,
        "",
    )
    .await;
    let nowhere = call(&vbs, "GET", &format!("/{sent}"), &headers, "").await;
    let refused = call(
        &vbs,
        "POST",
        &policies,
        &headers,
        &json!({"secret": sent}).to_string(),
    )
    .await;
    sandbox.fault(Fault::reset_before_effect());
    exchange(&vbs, &request("GET", &policies, &headers, ""))
        .await
        .unwrap_err();
    let two_hosts = request("GET", &policies, &[("Host", sent)], "");
    exchange(&vbs, &two_hosts).await.unwrap();
    let clock = r#"{"advance_seconds": 1}"#;
    call(&sandbox.control_endpoint(), "POST", "/clock", &[], clock).await;

    let text = lines.text();
    let id = |reply: &crate::support::Reply| reply.header("x-request-id").unwrap().to_owned();
    let expected = [
        ("iam create_token 201", id(&signed_in)),
        ("vbs list_backup_policies 200", id(&listed)),
        ("vbs - 404", id(&nowhere)),
        ("vbs create_backup_policy 400", id(&refused)),
        ("vbs list_backup_policies reset", String::new()),
        ("vbs - 400", "-".to_owned()),
        ("control advance_clock 200", "-".to_owned()),
    ];
    assert_eq!(text.lines().count(), expected.len(), "{text}");
    for (line, (what, id)) in text.lines().zip(expected) {
        let (time, rest) = line.split_once(' ').unwrap();
        assert_eq!(time.len(), "2024-05-21T10:00:00.000Z".len(), "{line}");
        assert!(time.ends_with('Z'), "{line}");
        let rest = rest
            .strip_prefix(what)
            .unwrap_or_else(|| panic!("{line}: {what}"));
        let (took, logged) = rest.trim_start().split_once("ms ").unwrap();
        took.parse::<f64>().unwrap();
        assert!(logged.len() == 32 || logged == "-", "{line}");
        assert!(id.is_empty() || logged == id, "{line}");
    }
    let token = token.expose();
    let issued = signed_in.header("x-subject-token").unwrap();
    for secret in [sent, known.password.expose(), token, issued, project] {
        assert!(!text.contains(secret), "{text}");
    }
}
