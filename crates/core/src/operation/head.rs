//! What the head of a reply says, for outputs that have members for it.

use std::fmt;

use super::text::FromWireText;
use crate::de::drift;

/// The headers of a reply.
///
/// ```
/// use cloudbackup_core::operation::ReplyHead;
///
/// let value_of = |name: &str| (name == "X-Left").then_some("7");
/// let head = ReplyHead::new(&value_of);
/// assert_eq!(head.value("X-Left"), Some(7));
/// assert_eq!(head.value::<String>("ETag"), None);
/// ```
pub struct ReplyHead<'a> {
    value_of: &'a dyn Fn(&str) -> Option<&'a str>,
}

impl<'a> ReplyHead<'a> {
    /// A head of which this gives the value of a header by its name, whose case does not matter.
    #[must_use]
    pub fn new(value_of: &'a dyn Fn(&str) -> Option<&'a str>) -> Self {
        Self { value_of }
    }

    /// The value of a header; `None` where there is none. One that can't be read is `None` too, and
    /// is told to those who [`watch`](drift::watch).
    #[must_use]
    pub fn value<T: FromWireText>(&self, name: &str) -> Option<T> {
        let text = (self.value_of)(name)?;
        let read = T::from_wire_text(text.trim());
        if read.is_err() {
            drift::unreadable_header(name);
        }
        read.ok()
    }
}

impl fmt::Debug for ReplyHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyHead").finish_non_exhaustive()
    }
}
