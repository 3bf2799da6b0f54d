//! The pages of a list, one after the other.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use cloudbackup_core::paging::Paged;
use futures_core::Stream;

use super::items::Items;
use super::lister::{Batch, Facts, Lister, Todo};
use super::token::PageToken;
use crate::call::{Call, SendingWithResponse};
use crate::error::Error;

/// The pages of a list, made by [`Call::pages`](crate::Call::pages) and the generated builders.
///
/// [`next`](Self::next) or the [`Stream`] gives one page after the other; the
/// [module](crate::paging) says what is promised. Each page is a call of its own with the settings
/// of the [`Call`](crate::Call): timeout, repetition, project. Nothing is sent before a page is
/// asked for, and nothing ahead of that.
///
/// After an error there is nothing more until [`resume`](Self::resume) is called. Dropping the
/// future of `next` loses nothing: the request that is on its way stays here, and the next call of
/// `next` waits for it. Dropping the walk ends it like any [`Sending`](crate::Sending).
#[must_use = "nothing is sent before a page is asked for"]
pub struct Pages<O: Paged> {
    lister: Lister<O>,
    flight: Option<SendingWithResponse<O::Output>>,
}

impl<O: Paged> Pages<O> {
    pub(crate) fn new(call: Call, input: O) -> Self {
        Self {
            lister: Lister::new(call, input),
            flight: None,
        }
    }

    /// Sets how many requests are made at most, those included that ask for a page again: 10,000
    /// unless set. With more to come, the next one is an error
    /// ([`PagingProblem::Limit`](crate::PagingProblem::Limit)), so that a list is never cut short in
    /// silence; [`resume`](Self::resume) allows as many again.
    pub fn with_max_pages(mut self, max: u64) -> Self {
        self.lister.set_max_pages(max);
        self
    }

    /// Sets how many entries are yielded at most: any number unless set. Beyond it there is an
    /// error as for [`with_max_pages`](Self::with_max_pages), after a page that may be shorter.
    pub fn with_max_items(mut self, max: u64) -> Self {
        self.lister.set_max_items(max);
        self
    }

    /// Goes on where the token was taken, instead of at the start. A token of another operation or
    /// request makes the first page an error of the kind
    /// [`Config`](crate::ErrorKind::Config).
    pub fn with_token(mut self, token: PageToken) -> Self {
        self.flight = None;
        self.lister.set_token(token);
        self
    }

    /// Where the walk has got to: after the last page that was yielded.
    #[must_use]
    pub fn token(&self) -> PageToken {
        self.lister.token()
    }

    /// Goes on after an error: the page that failed is asked for again, and the limits begin anew.
    /// Without an error nothing changes.
    pub fn resume(&mut self) {
        self.lister.resume();
    }

    /// The next page that brings something new; `None` at the end, and after an error. An empty
    /// list has one page without entries.
    pub async fn next(&mut self) -> Option<Result<Page<O::Item>, Error>> {
        poll_fn(|context| self.poll_page(context)).await
    }

    /// The entries of the pages, one by one.
    pub fn items(self) -> Items<O> {
        Items::new(self)
    }

    /// All entries of all pages that are left.
    ///
    /// # Errors
    /// The first error; the entries of the pages before it are dropped. Where they matter, collect
    /// page by page.
    pub async fn collect(mut self) -> Result<Vec<O::Item>, Error> {
        let mut items = Vec::new();
        while let Some(page) = self.next().await {
            items.extend(page?.into_items());
        }
        Ok(items)
    }

    #[cfg(feature = "blocking")]
    pub(super) fn lister(&mut self) -> &mut Lister<O> {
        &mut self.lister
    }

    /// Gives up a request that is on its way, which will be made again.
    #[cfg(feature = "blocking")]
    pub(super) fn ground(&mut self) {
        self.flight = None;
    }

    fn poll_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Page<O::Item>, Error>>> {
        self.poll_batch(context)
            .map(|next| next.map(|page| page.map(Page::new)))
    }

    pub(super) fn poll_batch(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Batch<O::Item>, Error>>> {
        loop {
            if let Some(flight) = &mut self.flight {
                let Poll::Ready(reply) = Pin::new(flight).poll(context) else {
                    return Poll::Pending;
                };
                self.flight = None;
                self.lister.answered(reply);
            }
            match self.lister.todo() {
                Todo::Ask(request) => self.flight = Some(request.send_with_response()),
                Todo::Give(batch) => return Poll::Ready(Some(Ok(*batch))),
                Todo::Fail(error) => return Poll::Ready(Some(Err(error))),
                Todo::Over => return Poll::Ready(None),
            }
        }
    }
}

/// What is polled inside is boxed.
impl<O: Paged> Unpin for Pages<O> {}

impl<O: Paged> Stream for Pages<O> {
    type Item = Result<Page<O::Item>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_page(context)
    }
}

impl<O: Paged> fmt::Debug for Pages<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("token", &self.token())
            .finish_non_exhaustive()
    }
}

/// What a page of a list has brought: the entries that were not yielded before, in their order.
pub struct Page<T> {
    items: Vec<T>,
    facts: Facts,
    token: PageToken,
}

impl<T> Page<T> {
    pub(super) fn new(batch: Batch<T>) -> Self {
        Self {
            token: PageToken::new(&batch.list, batch.after),
            items: batch.items,
            facts: batch.facts,
        }
    }

    /// The entries.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The entries, without the rest.
    #[must_use]
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// How many entries there are on all pages, as the reply says, and nobody has counted.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.facts.total
    }

    /// What to give the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.facts.request_id.as_deref()
    }

    /// When the server made the reply, by its own clock.
    #[must_use]
    pub fn date(&self) -> Option<SystemTime> {
        self.facts.date
    }

    /// To go on after this page.
    #[must_use]
    pub fn token(&self) -> PageToken {
        self.token.clone()
    }
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("items", &self.items.len())
            .field("total", &self.total())
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}
