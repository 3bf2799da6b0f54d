//! The constant description of an operation.

use std::fmt;

use crate::validate::Validator;

/// Where and how an operation is sent, and what counts as success.
///
/// Made in a constant: [`new`](Self::new), then what differs from its defaults.
///
/// ```
/// use cloudbackup_core::operation::{ClientValue, Method, OperationInfo, RetrySafety, StatusRange};
///
/// const INFO: OperationInfo =
///     OperationInfo::new("vbs", "create_backup_policy", Method::Post, "/v2/{project_id}/backuppolicy")
///         .client_values(&[ClientValue::path("project_id", "project_id")])
///         .success(&[StatusRange::Code(200)])
///         .retry(RetrySafety::Never)
///         .document("Creating a Backup Policy");
///
/// assert!(INFO.is_success(200));
/// assert!(!INFO.is_success(202));
/// assert_eq!(INFO.document_title(), Some("Creating a Backup Policy"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OperationInfo {
    service: &'static str,
    name: &'static str,
    method: Method,
    path: &'static str,
    success: &'static [StatusRange],
    retry: RetrySafety,
    client_values: &'static [ClientValue],
    document: Option<&'static str>,
    errors_in_success: bool,
    secrets: &'static [&'static str],
    reply: ReplyFormat,
    accept: &'static str,
    security: Option<&'static [&'static [&'static str]]>,
}

/// Making one.
impl OperationInfo {
    /// An operation of this service (such as `vbs`) and Rust name, sent with
    /// this method to this path template (such as `/v3/{project_id}/backups`).
    ///
    /// Success is any status from 200 to 299. GET, HEAD, OPTIONS and TRACE
    /// may be sent again, everything else may not. An error body is an error even then.
    #[must_use]
    pub const fn new(
        service: &'static str,
        name: &'static str,
        method: Method,
        path: &'static str,
    ) -> Self {
        Self {
            service,
            name,
            method,
            path,
            success: &[StatusRange::Class(2)],
            retry: match method {
                Method::Get | Method::Head | Method::Options | Method::Trace => {
                    RetrySafety::Idempotent
                }
                _ => RetrySafety::Never,
            },
            client_values: &[],
            document: None,
            errors_in_success: true,
            secrets: &[],
            reply: ReplyFormat::Json,
            accept: "application/json",
            security: None,
        }
    }

    /// Sets the values that the client holds for all its calls.
    #[must_use]
    pub const fn client_values(mut self, values: &'static [ClientValue]) -> Self {
        self.client_values = values;
        self
    }

    /// Sets the statuses that count as success.
    #[must_use]
    pub const fn success(mut self, statuses: &'static [StatusRange]) -> Self {
        self.success = statuses;
        self
    }

    /// Says whether the call may be sent again when its fate is unknown.
    #[must_use]
    pub const fn retry(mut self, safety: RetrySafety) -> Self {
        self.retry = safety;
        self
    }

    /// Sets the title of the document that describes the operation.
    #[must_use]
    pub const fn document(mut self, title: &'static str) -> Self {
        self.document = Some(title);
        self
    }

    /// Says whether an error body under a success status is an error. Off
    /// where a reply has members of its own that look like one.
    #[must_use]
    pub const fn errors_in_success(mut self, on: bool) -> Self {
        self.errors_in_success = on;
        self
    }

    /// Sets the JSON pointers to what nobody may see in the body of a request, such as
    /// `/password`; `*` stands for each item of a list or value of a map, and `/**` at the end for
    /// all that is below.
    #[must_use]
    pub const fn secrets(mut self, pointers: &'static [&'static str]) -> Self {
        self.secrets = pointers;
        self
    }

    /// Sets what the body of a success is, and the media type that is asked for.
    #[must_use]
    pub const fn reply(mut self, format: ReplyFormat, accept: &'static str) -> Self {
        self.reply = format;
        self.accept = accept;
        self
    }

    /// Sets the lists of security schemes of which one is needed, for a service that has its own
    /// schemes. Everybody may call an operation without a list or with an empty one.
    #[must_use]
    pub const fn security(mut self, alternatives: &'static [&'static [&'static str]]) -> Self {
        self.security = Some(alternatives);
        self
    }
}

/// Reading it.
impl OperationInfo {
    /// The short name of the service, such as `cbr`.
    #[must_use]
    pub const fn service(&self) -> &'static str {
        self.service
    }

    /// The Rust name of the operation, such as `replicate_backup`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// JSON pointers to what nobody may see in the body of a request.
    #[must_use]
    pub const fn secret_members(&self) -> &'static [&'static str] {
        self.secrets
    }

    /// What the body of a success is.
    #[must_use]
    pub const fn reply_format(&self) -> ReplyFormat {
        self.reply
    }

    /// The media type that is asked for.
    #[must_use]
    pub const fn accepts(&self) -> &'static str {
        self.accept
    }

    /// The lists of security schemes of which one is needed; `None` where the service has no
    /// schemes of its own.
    #[must_use]
    pub const fn security_schemes(&self) -> Option<&'static [&'static [&'static str]]> {
        self.security
    }

    /// The HTTP method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The path with its parameters in braces, such as
    /// `/v3/{project_id}/backups/{backup_id}`.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The statuses that count as success.
    #[must_use]
    pub const fn success_statuses(&self) -> &'static [StatusRange] {
        self.success
    }

    /// Whether this status counts as success.
    #[must_use]
    pub fn is_success(&self, status: u16) -> bool {
        self.success.iter().any(|range| range.contains(status))
    }

    /// Whether the call may be sent again when its fate is unknown.
    #[must_use]
    pub const fn retry_safety(&self) -> RetrySafety {
        self.retry
    }

    /// The values that the client holds for all its calls.
    #[must_use]
    pub const fn values_from_client(&self) -> &'static [ClientValue] {
        self.client_values
    }

    /// Reports the values of the client that the document does not list.
    pub fn validate_client_values(
        &self,
        v: &mut Validator,
        mut value_of: impl FnMut(&ClientValue) -> Option<String>,
    ) {
        for held in self
            .client_values
            .iter()
            .filter(|held| !held.values.is_empty())
        {
            let place = match held.place {
                Place::Path => "path",
                Place::Header => "header",
            };
            let value = value_of(held);
            v.place(place, |v| {
                v.member(held.wire, &value).one_of(held.values);
            });
        }
    }

    /// The title of the document that describes the operation.
    #[must_use]
    pub const fn document_title(&self) -> Option<&'static str> {
        self.document
    }

    /// Whether an error body under a success status is an error.
    #[must_use]
    pub const fn looks_for_errors_in_success(&self) -> bool {
        self.errors_in_success
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// `TRACE`
    Trace,
}

impl Method {
    /// The method in capitals, as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the body of a success is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplyFormat {
    /// JSON, which becomes the output by its members.
    Json,
    /// Text in UTF-8, which is the output.
    Text,
    /// Bytes, which are the output.
    Bytes,
    /// Nothing that is described: whatever comes is passed over.
    Nothing,
}

/// One status or a hundred of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusRange {
    /// Exactly this status, such as 202.
    Code(u16),
    /// A class by its first digit: 2 stands for 200 to 299.
    Class(u8),
}

impl StatusRange {
    /// Whether the status is meant.
    #[must_use]
    pub const fn contains(self, status: u16) -> bool {
        match self {
            Self::Code(code) => code == status,
            Self::Class(class) => status / 100 == class as u16,
        }
    }
}

/// Whether a call may be sent again when it is unknown whether it took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetrySafety {
    /// Twice has the same effect as once.
    Idempotent,
    /// A second one may do harm, such as a second paid object.
    Never,
}

/// A value of the client that an operation sends, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientValue {
    held: &'static str,
    place: Place,
    wire: &'static str,
    values: &'static [&'static str],
}

impl ClientValue {
    /// A value that fills a parameter of the path template.
    #[must_use]
    pub const fn path(held: &'static str, wire: &'static str) -> Self {
        Self {
            held,
            place: Place::Path,
            wire,
            values: &[],
        }
    }

    /// A value that goes into a header.
    #[must_use]
    pub const fn header(held: &'static str, wire: &'static str) -> Self {
        Self {
            held,
            place: Place::Header,
            wire,
            values: &[],
        }
    }

    /// Sets the values that the document lists for it.
    #[must_use]
    pub const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = values;
        self
    }

    /// What the client holds: `project_id` or `language`.
    #[must_use]
    pub const fn held(&self) -> &'static str {
        self.held
    }

    /// Where the value goes.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// The name there: a parameter of the path or a header.
    #[must_use]
    pub const fn wire(&self) -> &'static str {
        self.wire
    }
}

/// Where a value of the client goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// A parameter of the path template.
    Path,
    /// A header.
    Header,
}

#[cfg(test)]
mod tests {
    use super::{ClientValue, Method, OperationInfo, Place, RetrySafety, StatusRange};

    #[test]
    fn methods_are_written_as_they_are_sent() {
        let table = [
            (Method::Get, "GET"),
            (Method::Head, "HEAD"),
            (Method::Post, "POST"),
            (Method::Put, "PUT"),
            (Method::Patch, "PATCH"),
            (Method::Delete, "DELETE"),
            (Method::Options, "OPTIONS"),
            (Method::Trace, "TRACE"),
        ];
        for (method, text) in table {
            assert_eq!(method.as_str(), text);
            assert_eq!(method.to_string(), text);
        }
        assert_eq!(format!("[{:6}]", Method::Get), "[GET   ]");
    }

    #[test]
    fn ranges() {
        let table = [
            (StatusRange::Class(2), 200, true),
            (StatusRange::Class(2), 299, true),
            (StatusRange::Class(2), 300, false),
            (StatusRange::Class(2), 199, false),
            (StatusRange::Code(202), 202, true),
            (StatusRange::Code(202), 200, false),
        ];
        for (range, status, expected) in table {
            assert_eq!(range.contains(status), expected, "{range:?} {status}");
        }
    }

    #[test]
    fn only_reads_are_retried_unless_said() {
        for (method, expected) in [
            (Method::Get, RetrySafety::Idempotent),
            (Method::Head, RetrySafety::Idempotent),
            (Method::Post, RetrySafety::Never),
            (Method::Put, RetrySafety::Never),
            (Method::Patch, RetrySafety::Never),
            (Method::Delete, RetrySafety::Never),
            (Method::Options, RetrySafety::Idempotent),
            (Method::Trace, RetrySafety::Idempotent),
        ] {
            let info = OperationInfo::new("s", "o", method, "/");
            assert_eq!(info.retry_safety(), expected, "{method}");
        }
        let info = OperationInfo::new("s", "o", Method::Put, "/").retry(RetrySafety::Idempotent);
        assert_eq!(info.retry_safety(), RetrySafety::Idempotent);
    }

    #[test]
    fn defaults_and_changes() {
        const PLAIN: OperationInfo = OperationInfo::new("rds", "list", Method::Get, "/v3");
        assert_eq!((PLAIN.service(), PLAIN.name()), ("rds", "list"));
        assert_eq!((PLAIN.method(), PLAIN.path()), (Method::Get, "/v3"));
        assert_eq!(PLAIN.success_statuses(), [StatusRange::Class(2)]);
        assert!(PLAIN.looks_for_errors_in_success());
        assert!(PLAIN.values_from_client().is_empty());
        assert_eq!(PLAIN.document_title(), None);

        const FULL: OperationInfo = PLAIN
            .client_values(&[
                ClientValue::path("project_id", "project_id"),
                ClientValue::header("language", "X-Language"),
            ])
            .success(&[StatusRange::Code(202), StatusRange::Code(204)])
            .errors_in_success(false);
        assert_eq!(
            [200, 202, 204].map(|status| FULL.is_success(status)),
            [false, true, true]
        );
        assert!(!FULL.looks_for_errors_in_success());
        let [project, language] = FULL.values_from_client() else {
            panic!("two values")
        };
        assert_eq!(
            (project.held(), project.place()),
            ("project_id", Place::Path)
        );
        assert_eq!(
            (language.wire(), language.place()),
            ("X-Language", Place::Header)
        );
    }
}
