//! Values as text in paths, queries and headers.

use std::borrow::Cow;

use crate::enums::OpenEnum;
use crate::time::Timestamp;

/// A value that can stand in a path, a query or a header.
///
/// The text is not percent-encoded yet. It is implemented for text, `i64`,
/// `f64`, `bool`, [`Timestamp`] and every [`OpenEnum`].
pub trait WireText {
    /// The value as it is spelt on the wire.
    fn wire_text(&self) -> Cow<'_, str>;
}

impl<T: OpenEnum> WireText for T {
    fn wire_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

impl WireText for String {
    fn wire_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl WireText for &str {
    fn wire_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

impl WireText for i64 {
    fn wire_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl WireText for f64 {
    fn wire_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl WireText for bool {
    fn wire_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(if *self { "true" } else { "false" })
    }
}

impl WireText for Timestamp {
    fn wire_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }
}

/// How a query carries a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListStyle {
    /// One pair for each item: `id=a&id=b`.
    Repeated,
    /// One pair for all: `id=a,b`.
    Comma,
}
