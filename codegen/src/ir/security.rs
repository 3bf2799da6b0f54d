//! How a service knows its callers.

use crate::source::Span;

/// A way in which a service knows its callers.
#[derive(Clone, Debug)]
pub struct Scheme {
    /// What the document calls it.
    pub wire: String,
    /// The function that makes a credential for it.
    pub rust: String,
    /// Where the credential stands.
    pub kind: SchemeKind,
    /// What the document says of it.
    pub description: Option<String>,
    /// Place in the spec.
    pub at: Span,
}

/// Where a credential stands in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeKind {
    /// A key in this header.
    Header(String),
    /// A key in the query, by this name.
    Query(String),
    /// A key in this cookie.
    Cookie(String),
    /// A token behind `Bearer`.
    Bearer,
    /// User and password behind `Basic`.
    Basic,
}

/// Lists of schemes, by index, of which one list is needed; none if everybody may call.
pub type Alternatives = Vec<Vec<usize>>;

/// For operations that don't say what they ask for: what is given is sent.
pub fn whatever_is_given(schemes: &[Scheme]) -> Alternatives {
    let all: Vec<usize> = (0..schemes.len()).collect();
    let each = all.iter().map(|index| vec![*index]);
    let mut lists: Alternatives = each.collect();
    if lists.len() > 1 {
        lists.insert(0, all);
    }
    if !lists.is_empty() {
        lists.push(Vec::new());
    }
    lists
}
