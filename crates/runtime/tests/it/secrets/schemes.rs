//! Credentials of security schemes: in nothing that is printed, whatever a server does with them.

use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts};
use cloudbackup_core::validate::{Validate, Validator};
use cloudbackup_runtime::auth::{Scheme, SchemeCredential};
use cloudbackup_runtime::testing::{Answer, ReplayTransport};
use cloudbackup_runtime::{Client, ClientBuilder, Service, ServiceClient};
use serde::Deserializer;

const KEY: &str = "planted/scheme-key";
const ENCODED: &str = "planted%2Fscheme-key";

struct Keyed(Client);

impl ServiceClient for Keyed {
    const SERVICE: Service = Service::new("keyed")
        .endpoint("http://127.0.0.1:9")
        .schemes(&[Scheme::query("key", "key"), Scheme::basic("login")]);

    fn from_runtime(client: Client) -> Self {
        Self(client)
    }

    fn runtime(&self) -> &Client {
        &self.0
    }
}

#[derive(Debug)]
struct Show;

#[derive(Debug, serde::Deserialize)]
struct Shown {}

impl Lenient for Shown {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

impl Validate for Show {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for Show {
    const INFO: OperationInfo =
        OperationInfo::new("keyed", "show", Method::Get, "/show").security(&[&["key", "login"]]);
    type Output = Shown;

    fn encode(&self, _: &mut RequestParts) {}
}

#[tokio::test]
async fn credential_of_a_scheme_is_in_nothing_that_is_printed() {
    let echo =
        format!(r#"{{"message":"{KEY} {ENCODED} cGxhbnRlZC11c2VyOnBsYW50ZWQtcGFzc3dvcmQ="}}"#);
    let replay = ReplayTransport::new([Answer::json(403, echo)]);
    let key = SchemeCredential::key("key", KEY);
    let login = SchemeCredential::login("login", "planted-user", "planted-password");
    let builder = ClientBuilder::<Keyed>::new().transport(replay.clone());
    let builder = builder.security(key.clone()).security(login.clone());
    let mut printed = format!("{key:?} {login:?} {builder:?}");
    let client = builder.build().unwrap().0;
    let request = client.call().prepare(Show).unwrap();
    printed += &format!("{client:?} {request} {request:?}");
    let error = request.send().await.unwrap_err();
    printed += &format!("{error} {error:?} {replay:?}");
    let unexpected = client.call().send(Show).await.unwrap_err();
    printed += &format!("{unexpected} {unexpected:?} {replay:?}");
    // What was searched for was there to be found.
    let sent = replay.requests();
    assert_eq!(sent[0].path_and_query(), format!("/show?key={ENCODED}"));
    assert!(sent[0].headers.contains_key("authorization"));
    for secret in [KEY, ENCODED, "planted-password", "cGxhbnRlZC11c2Vy"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
