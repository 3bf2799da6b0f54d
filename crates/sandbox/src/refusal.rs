//! What a service says when it does not do what it is asked, and the shape in which it says it.

use cloudbackup_core::Violations;
use serde_json::{Value, json};

/// A refusal, before it has the shape of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// A call without valid credentials, as the gateway before all services refuses it.
    pub(crate) fn unauthorized(message: &str) -> Self {
        let message = format!("Incorrect IAM authentication information: {message}");
        Self::new(401, "APIG.0301", message)
    }

    /// An address that there is not.
    pub(crate) fn no_such_api() -> Self {
        Self::new(404, "APIG.0101", "the API does not exist")
    }

    /// A known address with another method.
    pub(crate) fn no_such_method() -> Self {
        Self::new(405, "APIG.0106", "the API does not know this method")
    }

    /// A request whose path, query or headers are no text.
    pub(crate) fn unreadable(what: &str) -> Self {
        Self::new(400, "APIG.0201", format!("the {what} is not UTF-8"))
    }

    /// Every limit that a request breaks, under the service's own code for bad requests.
    pub(crate) fn invalid(code: &str, violations: &Violations) -> Self {
        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
        Self::new(400, code, lines.join("; "))
    }
}

/// The shape of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorShape {
    /// `{"error_code": …, "error_msg": …}`
    Flat,
    /// `{"error": {"code": …, "message": …}}`
    Nested,
    /// `{"error": {"code": 401, "message": …, "title": …}}`, where the code is the status.
    Titled,
    /// `{"itemNotFound": {"code": 404, "message": …}}`: under a name that goes with the status, as
    /// the native calls of OpenStack have it. Documented are a number as the code of this one and
    /// text in `badRequest`, so that all others have text.
    Named,
}

impl ErrorShape {
    /// The body of a refusal.
    pub(crate) fn body(self, refusal: &Refusal) -> Value {
        let Refusal {
            status,
            code,
            message,
        } = refusal;
        match self {
            Self::Flat => json!({"error_code": code, "error_msg": message}),
            Self::Nested => json!({"error": {"code": code, "message": message}}),
            Self::Titled => {
                let title = http::StatusCode::from_u16(*status).ok();
                let title = title.and_then(|status| status.canonical_reason());
                json!({"error": {"code": status, "message": message, "title": title}})
            }
            Self::Named => {
                let code = match status {
                    404 => json!(status),
                    _ => json!(code),
                };
                json!({fault_name(*status): {"code": code, "message": message}})
            }
        }
    }
}

/// What OpenStack calls a failure of this status.
fn fault_name(status: u16) -> &'static str {
    match status {
        400 => "badRequest",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "itemNotFound",
        405 => "badMethod",
        406 => "notAcceptable",
        409 => "conflictingRequest",
        413 | 429 => "overLimit",
        501 => "notImplemented",
        503 => "serviceUnavailable",
        _ => "computeFault",
    }
}

/// A reply that could not be made: a fault of the sandbox.
pub(crate) fn faulty(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(500, "Sandbox.0500", error.to_string())
}
