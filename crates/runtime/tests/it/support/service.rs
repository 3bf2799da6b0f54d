//! A service written by hand in the shape of the generated ones.

use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::operation::{
    ClientValue, ListStyle, Method, Operation, OperationInfo, RequestParts, RetrySafety,
    StatusRange,
};
use cloudbackup_core::{Validate, Validator};
use cloudbackup_runtime::testing::ManualClock;
use cloudbackup_runtime::{Client, ClientBuilder, RetryConfig, Service, ServiceClient};
use serde::{Deserialize, Deserializer};

use super::{Server, TOKEN};

#[derive(Clone, Debug)]
pub(crate) struct TestClient(pub(crate) Client);

impl ServiceClient for TestClient {
    const SERVICE: Service = Service::new("test").regions(&[
        ("eu-de", "https://test.eu-de.example.com"),
        ("eu-nl", "https://test.eu-nl.example.com"),
    ]);

    fn from_runtime(client: Client) -> Self {
        Self(client)
    }

    fn runtime(&self) -> &Client {
        &self.0
    }
}

impl TestClient {
    pub(crate) fn builder() -> ClientBuilder<Self> {
        super::logs::start();
        ClientBuilder::new()
    }
}

/// A client of the server that makes one attempt, with the planted token.
pub(crate) fn client_of(server: &Server) -> Client {
    builder_of(server)
        .retry(RetryConfig::none())
        .build()
        .unwrap()
        .0
}

/// A client of the server that makes three attempts, on a clock that skips the waits in between.
pub(crate) fn retrying_client_of(server: &Server) -> Client {
    builder_of(server)
        .clock(ManualClock::skipping())
        .build()
        .unwrap()
        .0
}

/// What both start from.
pub(crate) fn builder_of(server: &Server) -> ClientBuilder<TestClient> {
    TestClient::builder()
        .endpoint(server.url())
        .project_id("p1")
        .token(TOKEN)
}

#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Thing {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) size: Option<i64>,
    #[serde(default)]
    pub(crate) password: Option<String>,
}

impl Lenient for Thing {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

/// A write with everything that a request can have.
#[derive(Clone, Debug, Default)]
pub(crate) struct CopyThing {
    pub(crate) thing_id: Option<String>,
    pub(crate) begin_time: Option<String>,
    pub(crate) ids: Option<Vec<String>>,
    pub(crate) flag: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) keep_days: Option<i64>,
}

impl CopyThing {
    pub(crate) fn new(thing_id: &str, name: &str) -> Self {
        Self {
            thing_id: Some(thing_id.into()),
            name: Some(name.into()),
            ..Self::default()
        }
    }
}

impl Validate for CopyThing {
    fn validate(&self, v: &mut Validator) {
        v.place("path", |v| {
            v.member("thing_id", &self.thing_id).required();
        });
        v.place("query", |v| {
            v.member("begin_time", &self.begin_time).prefix("2");
        });
        v.place("body", |v| {
            v.member("name", &self.name).required().length(1..=64);
            v.member("keep_days", &self.keep_days).range(1..=30);
        });
    }
}

impl Operation for CopyThing {
    const INFO: OperationInfo = OperationInfo::new(
        "test",
        "copy_thing",
        Method::Post,
        "/v3/{project_id}/things/{thing_id}/copies",
    )
    .client_values(&[
        ClientValue::path("project_id", "project_id"),
        ClientValue::header("language", "X-Language"),
    ])
    // Most tests answer 200, which the document does not list.
    .success(&[StatusRange::Code(202)]);
    type Output = Thing;

    fn encode(&self, request: &mut RequestParts) {
        request.path("thing_id", &self.thing_id);
        request.query("begin_time", &self.begin_time);
        request.query_list("id", &self.ids, ListStyle::Repeated);
        request.header("X-Flag", &self.flag);
        request
            .body()
            .member("name", &self.name)
            .member("keep_days", &self.keep_days);
    }
}

/// A read.
#[derive(Clone, Debug)]
pub(crate) struct ShowThing {
    pub(crate) thing_id: Option<String>,
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
    .client_values(&[ClientValue::path("project_id", "project_id")])
    .errors_in_success(false);
    type Output = Thing;

    fn encode(&self, request: &mut RequestParts) {
        request.path("thing_id", &self.thing_id);
    }
}

/// A write whose reply holds nothing.
#[derive(Clone, Debug)]
pub(crate) struct DeleteThing;

#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct DeleteThingOutput {}

impl Lenient for DeleteThingOutput {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

impl Validate for DeleteThing {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for DeleteThing {
    const INFO: OperationInfo =
        OperationInfo::new("test", "delete_thing", Method::Delete, "/v3/things");
    type Output = DeleteThingOutput;

    fn encode(&self, _: &mut RequestParts) {}
}

/// A write that can be repeated: what it makes has a name given by the caller.
#[derive(Clone, Debug)]
pub(crate) struct PutThing;

impl Validate for PutThing {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for PutThing {
    const INFO: OperationInfo = OperationInfo::new("test", "put_thing", Method::Put, "/v3/things")
        .retry(RetrySafety::Idempotent);
    type Output = Thing;

    fn encode(&self, _: &mut RequestParts) {}
}

/// A deletion that can be repeated.
#[derive(Clone, Debug)]
pub(crate) struct RemoveThing;

impl Validate for RemoveThing {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for RemoveThing {
    const INFO: OperationInfo =
        OperationInfo::new("test", "remove_thing", Method::Delete, "/v3/things")
            .retry(RetrySafety::Idempotent);
    type Output = DeleteThingOutput;

    fn encode(&self, _: &mut RequestParts) {}
}
