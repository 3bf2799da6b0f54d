//! The few calls of IAM that signing in takes, and where IAM is.

use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::operation::{
    Method, Operation, OperationInfo, RequestParts, RetrySafety, StatusRange,
};
use cloudbackup_core::validate::{Validate, Validator};
use cloudbackup_core::{Json, Timestamp};
use serde::{Deserialize, Deserializer};

use crate::service::Service;

/// IAM of each region, from the vendors' lists of endpoints.
pub(crate) const IAM: Service = Service::new("iam").regions(&[
    ("ae-ad-1", "https://iam.ae-ad-1.myhuaweicloud.com"),
    ("af-south-1", "https://iam.af-south-1.myhuaweicloud.com"),
    (
        "ap-southeast-1",
        "https://iam.ap-southeast-1.myhuaweicloud.com",
    ),
    (
        "ap-southeast-2",
        "https://iam.ap-southeast-2.myhuaweicloud.com",
    ),
    (
        "ap-southeast-3",
        "https://iam.ap-southeast-3.myhuaweicloud.com",
    ),
    (
        "ap-southeast-4",
        "https://iam.ap-southeast-4.myhuaweicloud.com",
    ),
    ("cn-east-2", "https://iam.cn-east-2.myhuaweicloud.com"),
    ("cn-east-3", "https://iam.cn-east-3.myhuaweicloud.com"),
    ("cn-east-4", "https://iam.cn-east-4.myhuaweicloud.com"),
    ("cn-east-5", "https://iam.cn-east-5.myhuaweicloud.com"),
    ("cn-north-1", "https://iam.cn-north-1.myhuaweicloud.com"),
    ("cn-north-12", "https://iam.cn-north-12.myhuaweicloud.com"),
    ("cn-north-2", "https://iam.cn-north-2.myhuaweicloud.com"),
    ("cn-north-4", "https://iam.cn-north-4.myhuaweicloud.com"),
    ("cn-north-9", "https://iam.cn-north-9.myhuaweicloud.com"),
    ("cn-south-1", "https://iam.cn-south-1.myhuaweicloud.com"),
    ("cn-south-2", "https://iam.cn-south-2.myhuaweicloud.com"),
    (
        "cn-southwest-2",
        "https://iam.cn-southwest-2.myhuaweicloud.com",
    ),
    ("eu-de", "https://iam.eu-de.otc.t-systems.com"),
    ("eu-nl", "https://iam.eu-nl.otc.t-systems.com"),
    ("eu-west-0", "https://iam.eu-west-0.myhuaweicloud.com"),
    ("la-north-2", "https://iam.la-north-2.myhuaweicloud.com"),
    ("la-south-2", "https://iam.la-south-2.myhuaweicloud.com"),
    ("me-east-1", "https://iam.me-east-1.myhuaweicloud.com"),
    (
        "my-kualalumpur-1",
        "https://iam.my-kualalumpur-1.myhuaweicloud.com",
    ),
    ("na-mexico-1", "https://iam.na-mexico-1.myhuaweicloud.com"),
    ("ru-moscow-1", "https://iam.ru-moscow-1.myhuaweicloud.com"),
    ("sa-brazil-1", "https://iam.sa-brazil-1.myhuaweicloud.com"),
    ("tr-west-1", "https://iam.tr-west-1.myhuaweicloud.com"),
]);

/// `POST /v3/auth/tokens`, with what identifies and what is wanted as JSON.
pub(crate) struct CreateToken {
    pub(crate) auth: Json,
}

impl Validate for CreateToken {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for CreateToken {
    // A second token does no harm: it neither costs anything nor voids the first.
    const INFO: OperationInfo =
        OperationInfo::new("iam", "create_token", Method::Post, "/v3/auth/tokens")
            .success(&[StatusRange::Code(201)])
            .retry(RetrySafety::Idempotent);
    type Output = TokenReply;

    fn encode(&self, request: &mut RequestParts) {
        request.query("nocatalog", &Some(true));
        request.body().member("auth", &Some(&self.auth));
    }
}

/// What the body says of the token; the token itself stands in a header.
#[derive(Deserialize)]
pub(crate) struct TokenReply {
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) token: Option<TokenBody>,
}

#[derive(Deserialize)]
pub(crate) struct TokenBody {
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) issued_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) expires_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) project: Option<Project>,
}

/// `GET /v3/projects?name=`
pub(crate) struct ListProjects {
    pub(crate) name: String,
}

impl Validate for ListProjects {
    fn validate(&self, _: &mut Validator) {}
}

impl Operation for ListProjects {
    const INFO: OperationInfo =
        OperationInfo::new("iam", "list_projects", Method::Get, "/v3/projects")
            .success(&[StatusRange::Code(200)]);
    type Output = ProjectsReply;

    fn encode(&self, request: &mut RequestParts) {
        request.query("name", &Some(self.name.as_str()));
    }
}

#[derive(Deserialize)]
pub(crate) struct ProjectsReply {
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) projects: Option<Vec<Project>>,
}

#[derive(Deserialize)]
pub(crate) struct Project {
    #[serde(default, deserialize_with = "de::lenient")]
    pub(crate) id: Option<String>,
}

// Not by `de::object`, which would tell of every member that is of no use here as drift.

impl Lenient for TokenReply {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl Lenient for TokenBody {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl Lenient for ProjectsReply {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl Lenient for Project {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}
