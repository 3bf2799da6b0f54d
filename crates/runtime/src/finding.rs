//! Finding what a call has made whose reply was lost: it is looked for in a list, and never sent
//! again.
//!
//! ```
//! # use std::borrow::Cow;
//! # use cloudbackup_core::de::{self, Lenient};
//! # use cloudbackup_core::finding::Findable;
//! # use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts};
//! # use cloudbackup_core::paging::{PageParts, Paged, Paging, Position};
//! # use cloudbackup_core::{Timestamp, Validate, Validator};
//! # use cloudbackup_runtime::{Client, ClientBuilder, Service, ServiceClient};
//! use cloudbackup_runtime::finding::Made;
//!
//! # struct Example(Client);
//! # impl ServiceClient for Example {
//! #     const SERVICE: Service = Service::new("example");
//! #     fn from_runtime(client: Client) -> Self { Self(client) }
//! #     fn runtime(&self) -> &Client { &self.0 }
//! # }
//! # #[derive(Clone)]
//! # struct ListBackupsInput;
//! # #[derive(serde::Deserialize)]
//! # struct Backups { backups: Option<Vec<Backup>> }
//! # #[derive(Debug, serde::Deserialize)]
//! # struct Backup { id: Option<String>, name: Option<String>, created_at: Option<Timestamp> }
//! # impl Lenient for Backup {
//! #     fn lenient<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> { de::object(d) }
//! # }
//! # impl Lenient for Backups {
//! #     fn lenient<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> { de::object(d) }
//! # }
//! # impl Validate for ListBackupsInput { fn validate(&self, _: &mut Validator) {} }
//! # impl Operation for ListBackupsInput {
//! #     const INFO: OperationInfo =
//! #         OperationInfo::new("example", "list_backups", Method::Get, "/v3/backups");
//! #     type Output = Backups;
//! #     fn encode(&self, _: &mut RequestParts) {}
//! # }
//! # impl Paged for ListBackupsInput {
//! #     type Item = Backup;
//! #     const PAGING: Paging = Paging::whole();
//! #     fn position(&self) -> Option<Position> { None }
//! #     fn set_position(&mut self, _: &Position) {}
//! #     fn page_size(&self) -> Option<u64> { None }
//! #     fn set_page_size(&mut self, _: u64) {}
//! #     fn page(output: Backups) -> PageParts<Backup> { PageParts::new(output.backups) }
//! #     fn id(item: &Backup) -> Option<Cow<'_, str>> { item.id.as_deref().map(Cow::Borrowed) }
//! # }
//! // What a generated model holds: a call that makes something, and how to tell that it has.
//! struct CreateBackupInput { name: Option<String> }
//! # impl Validate for CreateBackupInput { fn validate(&self, _: &mut Validator) {} }
//! # impl Operation for CreateBackupInput {
//! #     const INFO: OperationInfo =
//! #         OperationInfo::new("example", "create_backup", Method::Post, "/v3/backups");
//! #     type Output = Backup;
//! #     fn encode(&self, request: &mut RequestParts) {
//! #         request.body().member("name", &self.name);
//! #     }
//! # }
//!
//! impl Findable for CreateBackupInput {
//!     type List = ListBackupsInput;
//!
//!     fn list(&self) -> Option<ListBackupsInput> {
//!         self.name.is_some().then_some(ListBackupsInput)
//!     }
//!
//!     fn is_match(&self, backup: &Backup) -> bool {
//!         backup.name == self.name
//!     }
//!
//!     fn created(backup: &Backup) -> Option<&Timestamp> {
//!         backup.created_at.as_ref()
//!     }
//! }
//!
//! // What callers do:
//! # let builder = ClientBuilder::<Example>::new().endpoint("http://127.0.0.1:9").token("t");
//! # let client = builder.build()?;
//! # let call = client.0.call();
//! # let _ = async move {
//! let nightly = CreateBackupInput { name: Some("nightly".into()) };
//! match call.send_or_find(nightly).await? {
//!     Made::Sent(backup) => println!("{:?}", backup.id),
//!     Made::Found(backup) => println!("{:?}, though the reply was lost", backup.id),
//! }
//! # Ok::<(), cloudbackup_runtime::Error>(())
//! # };
//! # Ok::<(), cloudbackup_runtime::Error>(())
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use cloudbackup_core::finding::Findable;
use cloudbackup_core::paging::Paged;

use crate::call::{Call, Sending};
use crate::clock::{Clock, Deadline};
use crate::error::{Error, Outcome};
use crate::paging::Pages;
use crate::prepare::PreparedRequest;
use crate::retry;

/// For how long it is looked for.
const PATIENCE: Duration = Duration::from_secs(120);
/// The pause before the first look; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// How much earlier than its sending the work of a request may seem to be made, since the clocks of
/// a service differ.
const MARGIN: u64 = 30;
/// How much later than the present. Times without a zone are read as UTC, and one that lies further
/// ahead was of another zone: it does not tell what is new.
const AHEAD: u64 = 600;

/// What a call has made: its reply, or what was found in a list after the reply was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made<O, F> {
    /// The reply of the call.
    Sent(O),
    /// The reply was lost, and this entry of the list is what the call has made.
    Found(F),
}

impl<O, F> Made<O, F> {
    /// Whether the reply was lost.
    #[must_use]
    pub const fn is_found(&self) -> bool {
        matches!(self, Self::Found(_))
    }
}

/// An entry of the list in which a request's work is found.
type Item<O> = <<O as Findable>::List as Paged>::Item;
type End<O> = Result<Made<<O as cloudbackup_core::Operation>::Output, Item<O>>, Error>;

/// Sends the request, and looks for its work if its reply is lost.
pub(crate) fn send_or_find<O: Findable>(
    call: Call,
    input: O,
) -> Sending<Made<O::Output, <O::List as Paged>::Item>> {
    match PreparedRequest::new(call.clone(), &input) {
        Ok(request) => Sending::new(sent_or_found(call, request, input)),
        Err(error) => Sending::new(std::future::ready(Err(error))),
    }
}

/// The same on this thread.
#[cfg(feature = "blocking")]
pub(crate) fn send_or_find_blocking<O: Findable>(mut call: Call, input: O) -> End<O> {
    let client = call.client.clone();
    call.is_blocking = true;
    let request = PreparedRequest::new(call.clone(), &input)?;
    crate::blocking::run(&client, &O::INFO, sent_or_found(call, request, input))
}

async fn sent_or_found<O: Findable>(call: Call, request: PreparedRequest<O>, input: O) -> End<O> {
    let clock = Arc::clone(&call.client.settings().clock);
    let sent = clock.now();
    let error = match request.send().await {
        Ok(output) => return Ok(Made::Sent(output)),
        Err(error) => error,
    };
    if error.outcome() < Outcome::Unknown {
        return Err(error);
    }
    let Some(list) = input.list() else {
        let note = "not looked for, since nothing in the request tells what it makes from others";
        return Err(error.with_note(note));
    };
    let mut search = Search {
        call,
        input,
        list,
        clock,
        sent,
        looks: 0,
        failed: 0,
        seen: None,
        failure: None,
    };
    match search.run().await {
        Some(item) => Ok(Made::Found(item)),
        None => Err(error.with_note(search.note())),
    }
}

/// Looking for the work of a request, until it is found, cannot be told from others, or the time for
/// it is over.
struct Search<O: Findable> {
    call: Call,
    input: O,
    list: O::List,
    clock: Arc<dyn Clock>,
    sent: Instant,
    looks: u32,
    failed: u32,
    /// What the last look saw, of those that saw the whole list.
    seen: Option<Counts>,
    /// Why the last look failed that did.
    failure: Option<Error>,
}

/// How many matches a look has seen.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    new: u32,
    older: u32,
    timeless: u32,
}

/// Whether a match is the work of the request, by its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    New,
    Older,
    /// It has no time that tells.
    Unknown,
}

/// The times at which the work of the request can have been made, in Unix seconds of the server.
#[derive(Clone, Copy, Debug)]
struct Window {
    first: u64,
    last: u64,
}

impl Window {
    /// From the sending of a request that is so old, at a time of the server, until that time.
    fn new(now: SystemTime, age: Duration) -> Self {
        let now = now.duration_since(SystemTime::UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs();
        let partly = u64::from(age.subsec_nanos() > 0);
        let age = age.as_secs().saturating_add(partly);
        Self {
            first: now.saturating_sub(age).saturating_sub(MARGIN),
            last: now.saturating_add(AHEAD),
        }
    }

    fn age(self, created: Option<i64>) -> Age {
        match created.map(u64::try_from) {
            Some(Ok(time)) if time < self.first => Age::Older,
            Some(Ok(time)) if time <= self.last => Age::New,
            _ => Age::Unknown,
        }
    }
}

impl<O: Findable> Search<O> {
    async fn run(&mut self) -> Option<Item<O>> {
        let end = Deadline::after(&*self.clock, PATIENCE);
        let mut pause = FIRST_PAUSE;
        loop {
            let sleeping = self.clock.sleep(pause);
            sleeping.await;
            self.looks += 1;
            match self.look().await {
                Ok((item, Counts { new: 1, .. })) => return item,
                Ok((_, counts)) => {
                    self.seen = Some(counts);
                    // More looks make no fewer of them.
                    if counts.new > 1 {
                        return None;
                    }
                }
                Err(error) => {
                    self.failed += 1;
                    let may_pass = retry::may_pass_later(&error);
                    self.failure = Some(error);
                    if !may_pass {
                        return None;
                    }
                }
            }
            let left = end.remaining(&*self.clock);
            if left.is_zero() {
                return None;
            }
            pause = (pause * 2).min(left);
        }
    }

    /// Looks through the list once: one of the new matches, and how many there are.
    async fn look(&mut self) -> Result<(Option<Item<O>>, Counts), Error> {
        let mut pages = Pages::new(self.call.clone(), self.list.clone());
        let mut counts = Counts::default();
        let mut found = None;
        while let Some(page) = pages.next().await {
            let page = page?;
            let now = page.date().unwrap_or_else(|| self.clock.wall());
            let age = self.clock.now().saturating_duration_since(self.sent);
            let window = Window::new(now, age);
            for item in page.into_items() {
                if !self.input.is_match(&item) {
                    continue;
                }
                let created = O::created(&item).and_then(|time| time.unix_seconds());
                match window.age(created) {
                    Age::New => {
                        counts.new += 1;
                        found = Some(item);
                    }
                    Age::Older => counts.older += 1,
                    Age::Unknown => counts.timeless += 1,
                }
            }
        }
        Ok((found, counts))
    }

    /// What came of looking, for the error of the call.
    fn note(&self) -> String {
        let mut text = format!("looked for {}", times(self.looks));
        if let Some(counts) = self.seen {
            text.push_str(", ");
            text.push_str(&counts.words());
        }
        match &self.failure {
            Some(error) if self.seen.is_some() => {
                text + &format!("; {} in vain: {error}", times(self.failed))
            }
            Some(error) => text + &format!(" in vain: {error}"),
            None => text,
        }
    }
}

impl Counts {
    fn words(self) -> String {
        let Self {
            new,
            older,
            timeless,
        } = self;
        match (new, older, timeless) {
            (0, 0, 0) => "found nothing like it".to_owned(),
            (0, older, 0) => format!("found {older} like it that are older"),
            (0, 0, timeless) => format!("found {timeless} like it without a time that tells"),
            (0, older, timeless) => format!(
                "found {older} like it that are older and {timeless} without a time that tells"
            ),
            (new, ..) => format!("found {new} like it, of which any may be it"),
        }
    }
}

fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn window_reaches_from_the_sending_to_the_present_with_its_margins() {
        let now = SystemTime::UNIX_EPOCH + 10_000 * SECOND;
        let window = Window::new(now, 100 * SECOND);
        for (time, age) in [
            (0, Age::Older),
            (9_869, Age::Older),
            (9_870, Age::New),
            (10_000, Age::New),
            (10_600, Age::New),
            (10_601, Age::Unknown),
            (-1, Age::Unknown),
        ] {
            assert_eq!(window.age(Some(time)), age, "{time}");
        }
        assert_eq!(window.age(None), Age::Unknown);
    }

    #[test]
    fn window_begins_no_later_than_the_sending() {
        let now = SystemTime::UNIX_EPOCH + 10_000 * SECOND;
        let window = Window::new(now, SECOND / 2);
        assert_eq!(window.first, 9_969);
        assert_eq!(Window::new(now, Duration::MAX).first, 0);
    }

    #[test]
    fn words_tell_what_was_found() {
        let words = |new, older, timeless| {
            let counts = Counts {
                new,
                older,
                timeless,
            };
            counts.words()
        };
        assert_eq!(words(0, 0, 0), "found nothing like it");
        assert_eq!(words(0, 3, 0), "found 3 like it that are older");
        assert_eq!(words(0, 0, 2), "found 2 like it without a time that tells");
        assert_eq!(
            words(0, 1, 2),
            "found 1 like it that are older and 2 without a time that tells"
        );
        assert_eq!(words(2, 1, 1), "found 2 like it, of which any may be it");
    }
}
