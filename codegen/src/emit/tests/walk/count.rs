//! How many requests a walk makes of a list that stands still.
//!
//! This is what the runtime promises, counted page by page: pages that skip
//! entries share one with the page before, and the end is believed when the total,
//! the default size of a page or an empty page says so. Of numbered pages each is
//! asked for twice at most; there are shorter ways, which are the runtime's own.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{COUNT, largest};
use crate::ir::{Paging, PagingStyle};

/// The check of how many there were.
pub(super) fn check(paging: &Paging) -> TokenStream {
    let count = Literal::u64_unsuffixed(requests(paging));
    match paging.style {
        PagingStyle::Number { .. } if !paging.id.is_empty() => {
            quote!(assert!(service.requests() <= #count);)
        }
        _ => quote!(assert_eq!(service.requests(), #count);),
    }
}

fn requests(paging: &Paging) -> u64 {
    let size = largest(paging);
    let pages = COUNT.div_ceil(size);
    match paging.style {
        PagingStyle::Whole => 1,
        PagingStyle::Marker | PagingStyle::LinkMarker(_) => pages,
        PagingStyle::Offset | PagingStyle::LinkOffset(_) => by_offset(paging, size),
        PagingStyle::Number { .. } => {
            let all = pages + u64::from(!is_believed(paging, COUNT - (pages - 1) * size));
            match paging.id.is_empty() {
                true => all,
                false => 2 * all - 1,
            }
        }
        // Nothing comes after the last entry, and then it is looked for again.
        PagingStyle::LastId => {
            let last = COUNT - (pages - 1) * size;
            let is_over = by_default(paging, last) || (pages == 1 && is_believed(paging, last));
            pages + if is_over { 0 } else { 2 }
        }
    }
}

fn by_offset(paging: &Paging, size: u64) -> u64 {
    let shared = u64::from(!paging.id.is_empty());
    let (mut reached, mut requests) = (0_u64, 0);
    loop {
        let from = reached.saturating_sub(shared);
        let got = size.min(COUNT - from);
        let brought = from + got - reached;
        (reached, requests) = (from + got, requests + 1);
        let is_over = match paging.style {
            PagingStyle::LinkOffset(_) => reached == COUNT,
            _ => brought == 0 || (reached == COUNT && is_believed(paging, got)),
        };
        // A page of one entry brings nothing that the one before has not.
        if is_over || size <= shared {
            return requests;
        }
    }
}

/// Whether the page at the end says that it is the last one.
fn is_believed(paging: &Paging, got: u64) -> bool {
    let asked = paging.page_size.or(paging.default_page_size);
    let is_short = asked.is_some_and(|size| got < size);
    is_short && (paging.total.is_some() || by_default(paging, got))
}

/// Whether it has fewer entries than a page has that nobody gave a size.
fn by_default(paging: &Paging, got: u64) -> bool {
    paging.default_page_size.is_some_and(|size| got < size)
}
