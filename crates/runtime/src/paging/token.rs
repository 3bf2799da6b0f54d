//! Where a walk over pages has got to, as text that can be stored.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;
use std::sync::Arc;

use cloudbackup_core::operation::RequestParts;
use cloudbackup_core::paging::{Paged, PagingStyle, Position};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::walk::{State, Walk};
use crate::call::Call;
use crate::error::Error;
use crate::text::{SHOWN_CHARS, printable};

/// The form in which tokens are written.
const VERSION: u32 = 1;

/// Where a walk over the pages of a list has got to.
///
/// It can be stored, as text by `{}` and [`FromStr`] or by serde, and given to
/// [`Pages::with_token`](super::Pages::with_token) by another process, which goes on there with the
/// same request. What it holds is a place in the list and the ids of the entries that were yielded,
/// some 10,000 at most, so it grows by some 40 bytes an entry. Both are as the service gave them;
/// nothing else is in it, and no credentials.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct PageToken {
    list: Arc<List>,
    state: State,
}

/// What a token is for: it fits no other request.
#[derive(Debug, PartialEq)]
pub(super) struct List {
    service: String,
    operation: String,
    /// Stands for the request without place and size.
    request: String,
}

/// A token as it is stored.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    version: u32,
    service: String,
    operation: String,
    request: String,
    #[serde(flatten)]
    state: State,
}

impl PageToken {
    pub(super) fn new(list: &Arc<List>, state: State) -> Self {
        Self {
            list: Arc::clone(list),
            state,
        }
    }

    /// The state, if the token is one of this list. If not, the error says why.
    pub(super) fn into_state<O: Paged>(self, list: &List) -> Result<State, String> {
        let Self { list: own, state } = self;
        if (&own.service, &own.operation) != (&list.service, &list.operation) {
            let name = format!("{} {}", own.service, own.operation);
            let name = printable(&name, SHOWN_CHARS);
            return Err(format!(
                "the page token is one of another operation, {name}"
            ));
        }
        if own.request != list.request {
            let text = "the page token is one of another request of this operation: other values, \
                        or another project";
            return Err(text.to_owned());
        }
        if !Walk::understands(&O::PAGING, &state) {
            let text = "the page token names places of another kind than this list has";
            return Err(text.to_owned());
        }
        Ok(state)
    }
}

impl List {
    pub(super) fn of<O: Paged>(call: &Call, input: &O) -> Self {
        Self {
            service: O::INFO.service().to_owned(),
            operation: O::INFO.name().to_owned(),
            request: fingerprint(call, input),
        }
    }
}

/// Stands for a request apart from the place in the list and the size of a page: a part of the
/// SHA-256 of everything else.
fn fingerprint<O: Paged>(call: &Call, input: &O) -> String {
    let mut input = input.clone();
    input.set_position(&match O::PAGING.style() {
        PagingStyle::Offset | PagingStyle::LinkOffset(_) => Position::Offset(0),
        PagingStyle::Number { first } => Position::Number(first),
        _ => Position::Marker(String::new()),
    });
    input.set_page_size(1);
    let mut parts = RequestParts::new();
    input.encode(&mut parts);

    let project = call.project_id.as_deref();
    let project = project.or(call.client.project_id()).unwrap_or_default();
    let mut hash = Sha256::new();
    // With its length, so that no two lists of texts look alike.
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for text in [O::INFO.method().as_str(), O::INFO.path(), project] {
        add(text.as_bytes());
    }
    for pairs in [parts.path_values(), parts.query_pairs(), parts.headers()] {
        add(&(pairs.len() as u64).to_be_bytes());
        for (name, value) in pairs {
            add(name.as_bytes());
            add(value.as_bytes());
        }
    }
    if !parts.query_text().is_empty() {
        add(parts.query_text().as_bytes());
    }
    add(parts.body_bytes().unwrap_or_default());
    let digest = hash.finalize();
    digest[..12].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl From<PageToken> for Written {
    fn from(token: PageToken) -> Self {
        Self {
            version: VERSION,
            service: token.list.service.clone(),
            operation: token.list.operation.clone(),
            request: token.list.request.clone(),
            state: token.state,
        }
    }
}

impl TryFrom<Written> for PageToken {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        if written.version != VERSION {
            return Err(format!(
                "page tokens of version {} are not known here",
                written.version
            ));
        }
        Ok(Self {
            list: Arc::new(List {
                service: written.service,
                operation: written.operation,
                request: written.request,
            }),
            state: written.state,
        })
    }
}

/// One line of JSON.
impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl FromStr for PageToken {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text)
            .map_err(|error| Error::config("this is no page token").with_source(error))
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageToken")
            .field("service", &self.list.service)
            .field("operation", &self.list.operation)
            .field("request", &self.list.request)
            .field("ids", &self.state.seen_count())
            // Markers are the service's own words.
            .finish_non_exhaustive()
    }
}
