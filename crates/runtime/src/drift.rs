//! What replies hold that the specification does not know: told to the caller's hook and to `tracing`.
//!
//! Decoding collects it on its way (`cloudbackup_core::de::drift`), if anybody wants to know.

use std::fmt;

use cloudbackup_core::de::drift::{DriftKind, Finding, watch};
use cloudbackup_core::operation::OperationInfo;
use tracing::{Level, debug, enabled};

use crate::client::Settings;
use crate::text::printable;

/// Longest path shown, in characters.
const PATH_CHARS: usize = 300;
/// Longest value shown; what was found is cut earlier, and masking can make it longer.
const VALUE_CHARS: usize = 100;

/// Something in a reply that the specification does not know: the service has changed, or its
/// document was never complete.
///
/// `{}` prints it on one line with the value and without the request id, so that the same finding
/// in another reply prints the same.
#[derive(Clone, Debug)]
pub struct Drift {
    service: &'static str,
    operation: &'static str,
    request_id: Option<String>,
    kind: DriftKind,
    type_name: Option<&'static str>,
    path: String,
    value: Option<String>,
}

impl Drift {
    /// The service called, such as `cbr`.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// The operation called, by the name of its method.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What to give the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What is unknown: a member, a value of an enum, or a variant of a union.
    #[must_use]
    pub fn kind(&self) -> DriftKind {
        self.kind
    }

    /// The generated type that does not know the member or the value, such as `BackupStatus`; for a
    /// union only the path tells.
    #[must_use]
    pub fn type_name(&self) -> Option<&'static str> {
        self.type_name
    }

    /// Where it stands, such as `backups[].status`: `[]` is any item of a list, `*` any key of a
    /// map. The name of an unknown member, which is the last, is as the server sent it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The unknown value of an enum as the server sent it, cut after 64 characters.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    fn new(
        finding: &Finding,
        info: &OperationInfo,
        request_id: Option<&str>,
        masked: &impl Fn(String) -> String,
    ) -> Self {
        Self {
            service: info.service(),
            operation: info.name(),
            request_id: request_id.map(Into::into),
            kind: finding.kind(),
            type_name: finding.type_name(),
            path: masked(finding.path().to_owned()),
            value: finding.value().map(|value| masked(value.to_owned())),
        }
    }

    fn shown_path(&self) -> String {
        printable(&self.path, PATH_CHARS)
    }

    /// An event, without the value: logs are read by more people than replies.
    fn trace(&self) {
        debug!(
            cloudbackup.service = self.service,
            cloudbackup.operation = self.operation,
            kind = noun(self.kind),
            type_name = self.type_name,
            path = self.shown_path(),
            "the reply holds what the specification does not know"
        );
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            self.service,
            self.operation,
            noun(self.kind)
        )?;
        if let Some(value) = &self.value {
            write!(f, " `{}`", printable(value, VALUE_CHARS))?;
        }
        match (self.kind, self.type_name) {
            (DriftKind::UnknownMember, Some(name)) => {
                write!(f, " `{}` of `{name}`", self.shown_path())
            }
            (_, Some(name)) => write!(f, " of `{name}` at `{}`", self.shown_path()),
            (_, None) => write!(f, " at `{}`", self.shown_path()),
        }
    }
}

fn noun(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::UnknownMember => "unknown member",
        DriftKind::UnknownValue => "unknown value",
        DriftKind::UnknownVariant => "unknown variant",
        DriftKind::UnreadableHeader => "unreadable header",
        _ => "difference",
    }
}

fn wanted(settings: &Settings) -> bool {
    settings.on_drift.is_some() || enabled!(Level::DEBUG)
}

/// Decodes a reply; where somebody wants to know, tells what it holds beyond its specification.
///
/// A reply that cannot be decoded has an error that says more.
pub(crate) fn observed<T, E>(
    settings: &Settings,
    request_id: Option<&str>,
    info: &OperationInfo,
    decode: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    if !wanted(settings) {
        return decode();
    }
    let (decoded, findings) = watch(decode);
    if decoded.is_ok() {
        for finding in &findings {
            let drift = Drift::new(finding, info, request_id, &|text| settings.masked(text));
            drift.trace();
            if let Some(hook) = &settings.on_drift {
                hook(&drift);
            }
        }
    }
    decoded
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use cloudbackup_core::de::{self, Lenient, Read};
    use cloudbackup_core::enums::{self, OpenEnum, UnknownJson, UnknownValue};
    use cloudbackup_core::operation::Method;
    use serde::{Deserialize, Deserializer};

    use super::*;
    use crate::builder::ClientBuilder;
    use crate::client::Client;
    use crate::service::{Service, ServiceClient};

    const INFO: OperationInfo = OperationInfo::new("test", "list_backups", Method::Get, "/backups");
    const TOKEN: &str = "MIIEogYJKoZIhvcNAQcC";

    struct Example(Client);

    impl ServiceClient for Example {
        const SERVICE: Service = Service::new("test");

        fn from_runtime(client: Client) -> Self {
            Self(client)
        }

        fn runtime(&self) -> &Client {
            &self.0
        }
    }

    struct Status(UnknownValue);

    impl OpenEnum for Status {
        const VALUES: &'static [&'static str] = &["READY"];

        fn from_text(text: String) -> Self {
            Self(UnknownValue::new(text))
        }

        fn as_str(&self) -> &str {
            self.0.as_str()
        }
    }

    impl Lenient for Status {
        fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            enums::deserialize(deserializer)
        }
    }

    #[derive(Deserialize)]
    struct Backup {
        #[serde(rename = "status", default, deserialize_with = "de::lenient")]
        _status: Option<Status>,
        #[serde(rename = "origin", default)]
        _origin: Option<UnknownJson>,
    }

    impl Lenient for Backup {
        fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            de::object(deserializer)
        }
    }

    fn builder() -> ClientBuilder<Example> {
        ClientBuilder::new()
            .endpoint("http://127.0.0.1:1")
            .token(TOKEN)
    }

    /// Decodes this body as a client would that was built so.
    fn observe(builder: ClientBuilder<Example>, body: &str) -> bool {
        let client = builder.build().unwrap().0;
        observed(client.settings(), Some("req-1"), &INFO, || {
            serde_json::from_str::<Read<Vec<Backup>>>(body)
        })
        .is_ok()
    }

    /// What the hook is told about this body.
    fn hooked(body: &str) -> Vec<Drift> {
        let told = Arc::new(Mutex::new(Vec::new()));
        let hook = {
            let told = Arc::clone(&told);
            move |drift: &Drift| told.lock().unwrap().push(drift.clone())
        };
        observe(builder().on_drift(hook), body);
        let mut told = told.lock().unwrap();
        std::mem::take(&mut *told)
    }

    #[test]
    fn hook_is_told_each_finding_once() {
        let body = r#"[{"new": 1}, {"status": "GONE", "new": 2, "origin": 7}, {"status": "GONE"}]"#;
        let told = hooked(body);
        let lines: Vec<_> = told.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "test list_backups: unknown member `[].new` of `Backup`",
                "test list_backups: unknown value `GONE` of `Status` at `[].status`",
                "test list_backups: unknown variant at `[].origin`",
            ]
        );
        let value = &told[1];
        assert_eq!(
            (value.service(), value.operation(), value.request_id()),
            ("test", "list_backups", Some("req-1"))
        );
        assert_eq!(
            (value.kind(), value.type_name(), value.path(), value.value()),
            (
                DriftKind::UnknownValue,
                Some("Status"),
                "[].status",
                Some("GONE")
            )
        );
        assert_eq!(
            (told[0].type_name(), told[0].value()),
            (Some("Backup"), None)
        );
    }

    #[test]
    fn failed_decoding_is_left_to_its_error() {
        assert!(hooked(r#"[{"new": 1}, 7]"#).is_empty());
        assert!(!observe(builder(), "[7]"));
    }

    #[test]
    fn token_and_server_text_are_made_safe() {
        let body = format!(
            r#"[{{"status": "{TOKEN}", "{TOKEN}": 1}}, {{"a\nb": 1, "status": "\u202e{}"}}]"#,
            "x".repeat(5000)
        );
        let told = hooked(&body);
        for drift in &told {
            let (shown, debug) = (drift.to_string(), format!("{drift:?}"));
            for text in [&shown, &debug] {
                assert!(!text.contains(&TOKEN[..8]), "{text}");
                assert!(!text.contains(['\n', '\u{202e}']), "{text}");
                assert!(text.len() < 400, "{text}");
            }
        }
        assert_eq!(told[0].value(), Some("[redacted]"));
        assert_eq!(told[1].path(), "[].[redacted]");
        assert_eq!(told[2].path(), "[].a\nb");
        assert!(told[3].to_string().contains(r"`\u{202e}xxx"));
    }
}
