//! A small GET, over a transport that answers at once and by bare reqwest; shared by the test that
//! counts allocations and the bench that takes times.

use std::time::Duration;

use bytes::Bytes;
use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::operation::{ClientValue, Method, Operation, OperationInfo, RequestParts};
use cloudbackup_core::{Validate, Validator};
use cloudbackup_runtime::auth::{
    Credential, CredentialSource, Credentials, Issued, SourceError, Wish,
};
use cloudbackup_runtime::{
    BoxFuture, Client, ClientBuilder, ReplyBody, Service, ServiceClient, Transport, TransportError,
};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, USER_AGENT};
use serde::{Deserialize, Deserializer};

const BODY: &[u8] = br#"{"id":"t1","name":"nightly","status":"COMPLETED","size":2803}"#;
const TOKEN: &str = "MIIEogYJKoZIhvcNAQcCoIIEkzCCBI8CAQExDTALBglghkgBZQMEAgEwggKXBgkqhkiG9w0BBwG";

struct Wrapper(Client);

impl ServiceClient for Wrapper {
    const SERVICE: Service = Service::new("test");

    fn from_runtime(client: Client) -> Self {
        Self(client)
    }

    fn runtime(&self) -> &Client {
        &self.0
    }
}

fn builder() -> ClientBuilder<Wrapper> {
    ClientBuilder::new()
        .endpoint("http://127.0.0.1:9")
        .project_id("p1")
        .token(TOKEN)
}

/// A client that is answered at once.
pub(crate) fn answering_client() -> Client {
    builder().transport(Answering).build().unwrap().0
}

/// The same with a token that is watched for its end, as those of a password are.
pub(crate) fn renewing_client() -> Client {
    let builder = builder().credentials(Credentials::source(Issuing));
    builder.transport(Answering).build().unwrap().0
}

#[derive(Debug)]
struct Issuing;

impl CredentialSource for Issuing {
    fn issue<'a>(&'a self, _: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        let issued = Issued::new(Credential::Token(TOKEN.into()));
        let issued = issued.with_lifetime(Duration::from_secs(24 * 3600));
        Box::pin(std::future::ready(Ok(issued)))
    }
}

/// A client without TLS, ready to connect.
#[allow(dead_code, reason = "only the bench builds one")]
pub(crate) fn plain_client() -> Client {
    builder().build().unwrap().0
}

struct Answering;

impl Transport for Answering {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<ReplyBody>, TransportError>> {
        let mut response = http::Response::new(ReplyBody::from_bytes(BODY));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-request-id", HeaderValue::from_static("r-1"));
        Box::pin(std::future::ready(Ok(response)))
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Thing {
    #[allow(dead_code, reason = "decoded, which is what is measured")]
    id: String,
    #[serde(default)]
    #[allow(dead_code, reason = "decoded, which is what is measured")]
    name: Option<String>,
    #[serde(default)]
    #[allow(dead_code, reason = "decoded, which is what is measured")]
    size: Option<i64>,
}

impl Lenient for Thing {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

pub(crate) struct ShowThing {
    thing_id: Option<String>,
}

impl ShowThing {
    pub(crate) fn new(thing_id: &str) -> Self {
        Self {
            thing_id: Some(thing_id.into()),
        }
    }
}

impl Validate for ShowThing {
    fn validate(&self, v: &mut Validator) {
        v.place("path", |v| {
            v.member("thing_id", &self.thing_id)
                .required()
                .length(1..=64);
        });
    }
}

impl Operation for ShowThing {
    const INFO: OperationInfo = OperationInfo::new(
        "test",
        "show_thing",
        Method::Get,
        "/v3/{project_id}/things/{thing_id}",
    )
    .client_values(&[ClientValue::path("project_id", "project_id")]);
    type Output = Thing;

    fn encode(&self, request: &mut RequestParts) {
        request.path("thing_id", &self.thing_id);
    }
}

/// The same request and reply without this crate, and likewise without a network.
pub(crate) struct Bare {
    http: reqwest::Client,
}

impl Bare {
    pub(crate) fn new() -> Self {
        Self {
            http: reqwest::Client::builder()
                .tls_backend_preconfigured(
                    rustls::ClientConfig::builder_with_provider(
                        rustls::crypto::ring::default_provider().into(),
                    )
                    .with_safe_default_protocol_versions()
                    .unwrap()
                    .with_root_certificates(rustls::RootCertStore::empty())
                    .with_no_client_auth(),
                )
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn exchange(&self) -> (reqwest::Request, Thing) {
        let (project, thing) = ("p1", "t1");
        let request = self
            .http
            .get(format!("http://127.0.0.1:9/v3/{project}/things/{thing}"))
            .header(
                USER_AGENT,
                HeaderValue::from_static("cloudbackup-test/0.1.0"),
            )
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header("x-auth-token", HeaderValue::from_static(TOKEN))
            .build()
            .unwrap();
        (request, serde_json::from_slice(BODY).unwrap())
    }
}
