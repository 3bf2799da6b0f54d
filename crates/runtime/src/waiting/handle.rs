//! What it takes to wait on later, or in another program: as text, and without secrets.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use cloudbackup_core::waiting::Subject;
use serde::de::{self, Deserialize, Deserializer, Unexpected};
use serde::{Serialize, Serializer};

use crate::call::Call;
use crate::error::Error;

/// The layout that this crate writes and reads.
const VERSION: u64 = 1;
/// How the error about a later layout begins.
const NEWER: &str = "a newer release of this library";

/// What is being waited for, as something to keep: the operation, its subject (such as the id of a
/// job), the project and the region, and when it started. There is no secret in it.
///
/// `{}` prints it as one line of JSON, which [`str::parse`] reads; with `serde` it can be a member
/// of something larger. [`resume`](Self::resume) goes on waiting, with any client of the same
/// service, project and region. Of the same process or of another one, now or after a restart.
///
/// ```
/// # use cloudbackup_runtime::waiting::WaitHandle;
/// # struct RestoreBackupInput;
/// let kept = r#"{"version":1,"service":"cbr","operation":"restore_backup",
///     "subject":{"job_id":"j1"},"project_id":"p1","project_of_call":false,
///     "place":{"region":"eu-de"},"started":1760000000}"#;
/// let handle: WaitHandle<RestoreBackupInput> = kept.parse()?;
/// assert_eq!(handle.subject().get("job_id"), Some("j1"));
/// assert_eq!(handle.to_string().parse::<WaitHandle<RestoreBackupInput>>()?, handle);
///
/// let newer = kept.replace("\"version\":1", "\"version\":2");
/// let error = newer.parse::<WaitHandle<RestoreBackupInput>>().unwrap_err();
/// assert!(error.to_string().contains("at `version`"));
/// # Ok::<(), cloudbackup_runtime::Error>(())
/// ```
pub struct WaitHandle<O> {
    pub(super) stored: Stored,
    operation: PhantomData<fn() -> O>,
}

/// What a handle holds, in the order in which it is written: the version comes first, so that it is
/// read before anything that another version may have changed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Stored {
    version: Version,
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) subject: Subject,
    pub(super) project_id: Option<String>,
    /// Whether the call named a project of its own, instead of its client's.
    pub(super) project_of_call: bool,
    pub(super) place: Place,
    /// Unix seconds, by the clock of this program.
    started: u64,
}

/// Where the service was, in the words in which its client was told.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    Region(String),
    Endpoint(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Version;

impl Stored {
    pub(super) fn new(call: &Call, service: &str, operation: &str) -> Self {
        let client = &call.client;
        let named = call.project_id.as_deref();
        Self {
            version: Version,
            service: service.to_owned(),
            operation: operation.to_owned(),
            subject: Subject::new(),
            project_id: named.or(client.project_id()).map(str::to_owned),
            project_of_call: named.is_some_and(|named| Some(named) != client.project_id()),
            place: match client.region() {
                Some(region) => Place::Region(region.to_owned()),
                None => Place::Endpoint(client.endpoint().to_owned()),
            },
            started: unix_seconds(client.settings().clock.wall()),
        }
    }

    /// How long ago it started.
    pub(super) fn age(&self, now: SystemTime) -> Duration {
        Duration::from_secs(unix_seconds(now).saturating_sub(self.started))
    }
}

fn unix_seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

impl<O> WaitHandle<O> {
    pub(super) fn new(stored: Stored) -> Self {
        Self {
            stored,
            operation: PhantomData,
        }
    }

    /// The service, such as `cbr`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.stored.service
    }

    /// The operation that was called, by the name of its method.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.stored.operation
    }

    /// By what it is asked about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.stored.subject
    }

    /// The project that it belongs to, as far as it is known.
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        self.stored.project_id.as_deref()
    }
}

impl<O> fmt::Display for WaitHandle<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.stored).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// Reads what `{}` has printed.
///
/// The error is of the kind [`Config`](crate::ErrorKind::Config); it says where the text is wrong
/// and repeats nothing of it, since it may be anything.
impl<O> FromStr for WaitHandle<O> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let stored = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| unreadable(&error.path().to_string(), error.inner()))?;
        reader.end().map_err(|error| unreadable(".", &error))?;
        Ok(Self::new(stored))
    }
}

/// Says where, and nothing of what stands there: neither values nor names that are not ours.
fn unreadable(path: &str, reason: &serde_json::Error) -> Error {
    let place = match path.split('.').next() {
        None | Some("") => String::new(),
        Some(member) => format!(" at `{member}`"),
    };
    let words = reason.to_string();
    let is_ours = words.starts_with("missing field") || words.starts_with(NEWER);
    let words = match reason.is_data() && !is_ours {
        true => "that is not what a handle has there",
        false => words.split(" at line ").next().unwrap_or_default(),
    };
    let (line, column) = (reason.line(), reason.column());
    Error::config(format!(
        "this is no handle to wait with{place}: {words} (line {line}, column {column})"
    ))
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            VERSION => Ok(Self),
            0 => Err(de::Error::invalid_value(Unexpected::Unsigned(0), &"1")),
            newer => Err(de::Error::custom(format_args!(
                "{NEWER} has written version {newer}, and this one reads version {VERSION}"
            ))),
        }
    }
}

impl<O> Serialize for WaitHandle<O> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored.serialize(serializer)
    }
}

impl<'de, O> Deserialize<'de> for WaitHandle<O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer).map(Self::new)
    }
}

impl<O> Clone for WaitHandle<O> {
    fn clone(&self) -> Self {
        Self::new(self.stored.clone())
    }
}

impl<O> PartialEq for WaitHandle<O> {
    fn eq(&self, other: &Self) -> bool {
        self.stored == other.stored
    }
}

impl<O> Eq for WaitHandle<O> {}

impl<O> fmt::Debug for WaitHandle<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WaitHandle").field(&self.stored).finish()
    }
}
