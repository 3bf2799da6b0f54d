//! Walks over pages on a thread without an async runtime.

use cloudbackup_core::paging::Paged;

use super::items::Items;
use super::lister::{Batch, Todo};
use super::pages::{Page, Pages};
use super::token::PageToken;
use crate::error::Error;

/// The pages of a list as an iterator, for threads without an async runtime; made by
/// [`Pages::blocking`]. What is said of [`Pages`] holds here too, and what of `send_blocking`: on a
/// thread that belongs to an async runtime each page is an error.
#[derive(Debug)]
#[must_use = "nothing is sent before a page is asked for"]
pub struct BlockingPages<O: Paged>(Pages<O>);

/// The entries of a list as an iterator, for threads without an async runtime; made by
/// [`Items::blocking`] and [`BlockingPages::items`].
#[derive(Debug)]
#[must_use = "nothing is sent before an entry is asked for"]
pub struct BlockingItems<O: Paged>(Items<O>);

impl<O: Paged> Pages<O> {
    /// The same walk as an iterator, for a thread without an async runtime.
    pub fn blocking(mut self) -> BlockingPages<O> {
        self.ground();
        BlockingPages(self)
    }

    /// As `poll_batch`, and waits on this thread.
    fn wait_for_batch(&mut self) -> Option<Result<Batch<O::Item>, Error>> {
        loop {
            match self.lister().todo() {
                Todo::Ask(request) => {
                    let reply = request.send_blocking_with_response();
                    self.lister().answered(reply);
                }
                Todo::Give(batch) => return Some(Ok(*batch)),
                Todo::Fail(error) => return Some(Err(error)),
                Todo::Over => return None,
            }
        }
    }
}

impl<O: Paged> Items<O> {
    /// The same walk as an iterator, for a thread without an async runtime.
    pub fn blocking(mut self) -> BlockingItems<O> {
        self.pages().ground();
        BlockingItems(self)
    }
}

impl<O: Paged> BlockingPages<O> {
    /// The entries of the pages, one by one.
    pub fn items(self) -> BlockingItems<O> {
        BlockingItems(self.0.items())
    }

    /// Where the walk has got to: see [`Pages::token`].
    #[must_use]
    pub fn token(&self) -> PageToken {
        self.0.token()
    }

    /// Goes on after an error: see [`Pages::resume`].
    pub fn resume(&mut self) {
        self.0.resume();
    }
}

impl<O: Paged> BlockingItems<O> {
    /// Where the walk has got to: see [`Items::token`].
    #[must_use]
    pub fn token(&self) -> PageToken {
        self.0.token()
    }

    /// Goes on after an error: see [`Items::resume`].
    pub fn resume(&mut self) {
        self.0.resume();
    }
}

impl<O: Paged> Iterator for BlockingPages<O> {
    type Item = Result<Page<O::Item>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.0.wait_for_batch()?;
        Some(batch.map(Page::new))
    }
}

impl<O: Paged> Iterator for BlockingItems<O> {
    type Item = Result<O::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.0.at_hand() {
                return Some(Ok(item));
            }
            match self.0.pages().wait_for_batch()? {
                Ok(batch) => self.0.put(batch),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
