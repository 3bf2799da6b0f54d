//! The entries of a list, one after the other.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cloudbackup_core::paging::Paged;
use futures_core::Stream;

use super::lister::Batch;
use super::pages::Pages;
use super::token::{List, PageToken};
use super::walk::{Id, State};
use crate::error::Error;

/// The entries of a list, made by [`Call::items`](crate::Call::items) and the generated builders.
///
/// As [`Pages`], which it walks over: the next page is asked for when the first of its entries is.
/// Its token is exact to the entry.
#[must_use = "nothing is sent before an entry is asked for"]
pub struct Items<O: Paged> {
    pages: Pages<O>,
    page: Option<Part<O::Item>>,
}

/// A page of which some entries were yielded.
pub(super) struct Part<T> {
    rest: std::vec::IntoIter<T>,
    ids: Vec<Option<Id>>,
    before: State,
    list: Arc<List>,
}

impl<T> Part<T> {
    pub(super) fn new(batch: Batch<T>) -> Self {
        Self {
            rest: batch.items.into_iter(),
            ids: batch.ids,
            before: batch.before,
            list: batch.list,
        }
    }

    /// Where the walk is, unless all was yielded.
    fn token(&self) -> Option<PageToken> {
        let left = self.rest.len();
        let yielded = self.ids.get(..self.ids.len() - left)?;
        (left > 0).then(|| PageToken::new(&self.list, self.before.within_page(yielded)))
    }
}

impl<O: Paged> Items<O> {
    pub(super) fn new(pages: Pages<O>) -> Self {
        Self { pages, page: None }
    }

    /// Sets how many requests are made at most: see [`Pages::with_max_pages`].
    pub fn with_max_pages(mut self, max: u64) -> Self {
        self.pages = self.pages.with_max_pages(max);
        self
    }

    /// Sets how many entries are yielded at most: see [`Pages::with_max_items`].
    pub fn with_max_items(mut self, max: u64) -> Self {
        self.pages = self.pages.with_max_items(max);
        self
    }

    /// Goes on where the token was taken: see [`Pages::with_token`].
    pub fn with_token(mut self, token: PageToken) -> Self {
        self.page = None;
        self.pages = self.pages.with_token(token);
        self
    }

    /// Where the walk has got to: after the last entry that was yielded. The page of that entry is
    /// asked for again by whoever goes on, and its other entries are yielded.
    #[must_use]
    pub fn token(&self) -> PageToken {
        let within_page = self.page.as_ref().and_then(Part::token);
        within_page.unwrap_or_else(|| self.pages.token())
    }

    /// Goes on after an error: see [`Pages::resume`].
    pub fn resume(&mut self) {
        self.pages.resume();
    }

    /// The next entry; `None` at the end, and after an error.
    pub async fn next(&mut self) -> Option<Result<O::Item, Error>> {
        poll_fn(|context| self.poll_item(context)).await
    }

    /// All entries that are left.
    ///
    /// # Errors
    /// The first error; the entries before it are dropped.
    pub async fn collect(mut self) -> Result<Vec<O::Item>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }

    /// An entry that is there already.
    pub(super) fn at_hand(&mut self) -> Option<O::Item> {
        self.page.as_mut()?.rest.next()
    }

    pub(super) fn put(&mut self, batch: Batch<O::Item>) {
        self.page = Some(Part::new(batch));
    }

    #[cfg(feature = "blocking")]
    pub(super) fn pages(&mut self) -> &mut Pages<O> {
        &mut self.pages
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<O::Item, Error>>> {
        loop {
            if let Some(item) = self.at_hand() {
                return Poll::Ready(Some(Ok(item)));
            }
            match self.pages.poll_batch(context) {
                Poll::Ready(Some(Ok(batch))) => self.put(batch),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// What is polled inside is boxed.
impl<O: Paged> Unpin for Items<O> {}

impl<O: Paged> Stream for Items<O> {
    type Item = Result<O::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(context)
    }
}

impl<O: Paged> fmt::Debug for Items<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("token", &self.token())
            .finish_non_exhaustive()
    }
}
