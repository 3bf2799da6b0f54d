//! Lists that come in pages, as data: the runtime walks them.

use std::borrow::Cow;

use crate::operation::Operation;

/// A call whose reply is one page of a list, implemented by its generated input type.
///
/// ```
/// use std::borrow::Cow;
///
/// use cloudbackup_core::de::{self, Lenient};
/// use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts};
/// use cloudbackup_core::paging::{Count, PageParts, Paged, Paging, Position};
/// use cloudbackup_core::{Validate, Validator};
/// use serde::Deserializer;
///
/// #[derive(Clone, Default)]
/// struct ListVaultsInput { offset: Option<i64>, limit: Option<i64> }
///
/// #[derive(serde::Deserialize)]
/// struct ListVaultsOutput { vaults: Option<Vec<Vault>>, count: Option<i64> }
///
/// #[derive(serde::Deserialize)]
/// struct Vault { id: Option<String> }
///
/// # impl Lenient for ListVaultsOutput {
/// #     fn lenient<'de, D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> { de::object(d) }
/// # }
/// # impl Validate for ListVaultsInput { fn validate(&self, _: &mut Validator) {} }
/// impl Operation for ListVaultsInput {
///     const INFO: OperationInfo =
///         OperationInfo::new("cbr", "list_vaults", Method::Get, "/v3/vaults");
///     type Output = ListVaultsOutput;
///
///     fn encode(&self, request: &mut RequestParts) {
///         request.query("offset", &self.offset);
///         request.query("limit", &self.limit);
///     }
/// }
///
/// impl Paged for ListVaultsInput {
///     type Item = Vault;
///     const PAGING: Paging = Paging::offset().page_size(1000);
///
///     fn position(&self) -> Option<Position> {
///         self.offset.as_ref()?.to_count().map(Position::Offset)
///     }
///
///     fn set_position(&mut self, position: &Position) {
///         self.offset = position.as_offset().and_then(Count::from_count);
///     }
///
///     fn page_size(&self) -> Option<u64> {
///         self.limit.as_ref()?.to_count()
///     }
///
///     fn set_page_size(&mut self, size: u64) {
///         self.limit = Count::from_count(size);
///     }
///
///     fn page(output: ListVaultsOutput) -> PageParts<Vault> {
///         PageParts::new(output.vaults).total(output.count)
///     }
///
///     fn id(item: &Vault) -> Option<Cow<'_, str>> {
///         item.id.as_deref().map(Cow::Borrowed)
///     }
/// }
///
/// let mut list = ListVaultsInput::default();
/// list.set_position(&Position::Offset(100));
/// assert_eq!(list.offset, Some(100));
/// ```
pub trait Paged: Operation + Clone {
    /// An entry of the list.
    type Item: Send + 'static;

    /// How the list is walked.
    const PAGING: Paging;

    /// Where the request itself asks to begin; `None` for the start of the list.
    fn position(&self) -> Option<Position>;

    /// Asks for the page at this place. A position of another kind than
    /// [`PAGING`](Self::PAGING) has asks for the start.
    fn set_position(&mut self, position: &Position);

    /// How many entries the request asks for, if it says so in a number.
    fn page_size(&self) -> Option<u64>;

    /// Asks for this many entries on a page.
    fn set_page_size(&mut self, size: u64);

    /// Takes a reply apart.
    fn page(output: Self::Output) -> PageParts<Self::Item>;

    /// What tells an entry from all others of the list; `None` if the entry or the list has nothing
    /// of that kind.
    fn id(item: &Self::Item) -> Option<Cow<'_, str>>;
}

/// How a list is walked, made in a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    style: PagingStyle,
    page_size: Option<u64>,
    least_page_size: u64,
    default_page_size: Option<u64>,
}

/// What leads from one page to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagingStyle {
    /// The request says how many entries are skipped.
    Offset,
    /// The request says which page it wants; the first one has this number.
    Number {
        /// 0 or 1.
        first: u64,
    },
    /// The request repeats the id of the last entry of the page before.
    LastId,
    /// The request repeats a marker that the reply of the page before has named.
    Marker,
    /// The reply holds a link to the next page. Links are not followed: the parameter of this name
    /// is read from it and sent as a marker.
    LinkMarker(&'static str),
    /// The same for a link whose parameter says how many entries are skipped.
    LinkOffset(&'static str),
    /// The reply holds the whole list.
    Whole,
}

impl Paging {
    const fn new(style: PagingStyle) -> Self {
        Self {
            style,
            page_size: None,
            least_page_size: 1,
            default_page_size: None,
        }
    }

    /// The request says how many entries are skipped.
    #[must_use]
    pub const fn offset() -> Self {
        Self::new(PagingStyle::Offset)
    }

    /// The request says which page it wants, counted from `first`.
    #[must_use]
    pub const fn number(first: u64) -> Self {
        Self::new(PagingStyle::Number { first })
    }

    /// The request repeats the id of the last entry.
    #[must_use]
    pub const fn last_id() -> Self {
        Self::new(PagingStyle::LastId)
    }

    /// The request repeats a marker of the reply.
    #[must_use]
    pub const fn marker() -> Self {
        Self::new(PagingStyle::Marker)
    }

    /// The reply holds a link in which this parameter is a marker.
    #[must_use]
    pub const fn link_marker(parameter: &'static str) -> Self {
        Self::new(PagingStyle::LinkMarker(parameter))
    }

    /// The reply holds a link in which this parameter counts skipped entries.
    #[must_use]
    pub const fn link_offset(parameter: &'static str) -> Self {
        Self::new(PagingStyle::LinkOffset(parameter))
    }

    /// The reply holds the whole list.
    #[must_use]
    pub const fn whole() -> Self {
        Self::new(PagingStyle::Whole)
    }

    /// Sets the page size to ask for where the caller names none: the largest documented one.
    #[must_use]
    pub const fn page_size(mut self, size: u64) -> Self {
        self.page_size = Some(size);
        self
    }

    /// Sets the smallest page that can be asked for: one entry unless set.
    #[must_use]
    pub const fn least_page_size(mut self, size: u64) -> Self {
        self.least_page_size = size;
        self
    }

    /// Sets the documented size of a page for requests that name none.
    #[must_use]
    pub const fn default_page_size(mut self, size: u64) -> Self {
        self.default_page_size = Some(size);
        self
    }

    /// What leads from one page to the next.
    #[must_use]
    pub const fn style(&self) -> PagingStyle {
        self.style
    }

    /// The page size to ask for where the caller names none.
    #[must_use]
    pub const fn preferred_page_size(&self) -> Option<u64> {
        self.page_size
    }

    /// The smallest page that can be asked for.
    #[must_use]
    pub const fn smallest_page_size(&self) -> u64 {
        self.least_page_size
    }

    /// The size of a page for requests that name none.
    #[must_use]
    pub const fn documented_default(&self) -> Option<u64> {
        self.default_page_size
    }
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Position {
    /// After this many entries.
    Offset(u64),
    /// The page of this number.
    Number(u64),
    /// After what this marker stands for.
    Marker(String),
}

impl Position {
    /// How many entries come before it.
    #[must_use]
    pub fn as_offset(&self) -> Option<u64> {
        match self {
            Self::Offset(count) => Some(*count),
            _ => None,
        }
    }

    /// The number of the page.
    #[must_use]
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The marker.
    #[must_use]
    pub fn as_marker(&self) -> Option<&str> {
        match self {
            Self::Marker(marker) => Some(marker),
            _ => None,
        }
    }
}

/// A type in which requests write a count: a number, or a number in text.
pub trait Count: Sized {
    /// The count; `None` where the value is no count.
    fn to_count(&self) -> Option<u64>;

    /// The value for a count; `None` where the type is too small for it.
    fn from_count(count: u64) -> Option<Self>;
}

impl Count for i64 {
    fn to_count(&self) -> Option<u64> {
        u64::try_from(*self).ok()
    }

    fn from_count(count: u64) -> Option<Self> {
        Self::try_from(count).ok()
    }
}

impl Count for String {
    fn to_count(&self) -> Option<u64> {
        self.parse().ok()
    }

    fn from_count(count: u64) -> Option<Self> {
        Some(count.to_string())
    }
}

/// What a reply says of its page, and the entries on it.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct PageParts<T> {
    items: Vec<T>,
    total: Option<i64>,
    next: Option<String>,
}

impl<T> PageParts<T> {
    /// A page with these entries; a list that is absent is empty.
    pub fn new(items: Option<Vec<T>>) -> Self {
        Self {
            items: items.unwrap_or_default(),
            total: None,
            next: None,
        }
    }

    /// Sets how many entries the reply says that there are on all pages.
    pub fn total(mut self, total: Option<i64>) -> Self {
        self.total = total;
        self
    }

    /// Sets what the reply says of the next page: a marker or a link.
    pub fn next(mut self, next: Option<String>) -> Self {
        self.next = next;
        self
    }

    /// The entries.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// How many entries there are on all pages, if the reply says so and says no nonsense.
    #[must_use]
    pub fn total_count(&self) -> Option<u64> {
        self.total.and_then(|total| u64::try_from(total).ok())
    }

    /// The marker of the next page, or the link to it.
    #[must_use]
    pub fn next_page(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_written() {
        assert_eq!(7_i64.to_count(), Some(7));
        assert_eq!((-1_i64).to_count(), None);
        assert_eq!(i64::from_count(u64::MAX), None);
        assert_eq!("07".to_owned().to_count(), Some(7));
        assert_eq!("seven".to_owned().to_count(), None);
        assert_eq!(String::from_count(12).as_deref(), Some("12"));
    }

    #[test]
    fn total_below_zero_is_none() {
        let page = |total| PageParts::<()>::new(None).total(total).total_count();
        assert_eq!(
            (page(Some(-1)), page(None), page(Some(3))),
            (None, None, Some(3))
        );
    }
}
