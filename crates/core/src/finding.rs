//! Finding what a call has made whose reply was lost, as data: the runtime looks.

use crate::paging::Paged;
use crate::time::Timestamp;

/// A call that makes something which a list shows afterwards, implemented by its generated input
/// type.
pub trait Findable: crate::operation::Operation {
    /// The call that lists such things.
    type List: Paged;

    /// The question; `None` where the request has nothing to recognise its work by, such as a name.
    fn list(&self) -> Option<Self::List>;

    /// Whether an entry of the list is what this request asked for.
    fn is_match(&self, item: &<Self::List as Paged>::Item) -> bool;

    /// When the entry was made; without a time it cannot be told from an older namesake.
    fn created(item: &<Self::List as Paged>::Item) -> Option<&Timestamp>;
}
