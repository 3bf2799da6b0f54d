//! Lists that come in pages, walked from one to the next.
//!
//! ```
//! # use std::borrow::Cow;
//! # use cloudbackup_core::de::{self, Lenient};
//! # use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts};
//! # use cloudbackup_core::{Validate, Validator};
//! # use cloudbackup_runtime::{Client, ClientBuilder, Service, ServiceClient};
//! use cloudbackup_core::paging::{Count, PageParts, Paged, Paging, Position};
//! use cloudbackup_runtime::paging::PageToken;
//!
//! # struct Example(Client);
//! # impl ServiceClient for Example {
//! #     const SERVICE: Service = Service::new("example");
//! #     fn from_runtime(client: Client) -> Self { Self(client) }
//! #     fn runtime(&self) -> &Client { &self.0 }
//! # }
//! // What a generated model holds: a call that lists, and how its list is walked.
//! #[derive(Clone, Default)]
//! struct ListBackupsInput { offset: Option<i64>, limit: Option<i64> }
//!
//! #[derive(serde::Deserialize)]
//! struct Backups { backups: Option<Vec<Backup>>, total_count: Option<i64> }
//!
//! #[derive(serde::Deserialize)]
//! struct Backup { id: Option<String>, name: Option<String> }
//! # impl Lenient for Backups {
//! #     fn lenient<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> { de::object(d) }
//! # }
//! # impl Validate for ListBackupsInput { fn validate(&self, _: &mut Validator) {} }
//! # impl Operation for ListBackupsInput {
//! #     const INFO: OperationInfo =
//! #         OperationInfo::new("example", "list_backups", Method::Get, "/v3/backups");
//! #     type Output = Backups;
//! #     fn encode(&self, request: &mut RequestParts) {
//! #         request.query("offset", &self.offset);
//! #         request.query("limit", &self.limit);
//! #     }
//! # }
//!
//! impl Paged for ListBackupsInput {
//!     type Item = Backup;
//!     const PAGING: Paging = Paging::offset().page_size(100);
//!
//!     fn position(&self) -> Option<Position> {
//!         self.offset.as_ref()?.to_count().map(Position::Offset)
//!     }
//!
//!     fn set_position(&mut self, position: &Position) {
//!         self.offset = position.as_offset().and_then(Count::from_count);
//!     }
//!
//!     fn page_size(&self) -> Option<u64> {
//!         self.limit.as_ref()?.to_count()
//!     }
//!
//!     fn set_page_size(&mut self, size: u64) {
//!         self.limit = Count::from_count(size);
//!     }
//!
//!     fn page(output: Backups) -> PageParts<Backup> {
//!         PageParts::new(output.backups).total(output.total_count)
//!     }
//!
//!     fn id(backup: &Backup) -> Option<Cow<'_, str>> {
//!         backup.id.as_deref().map(Cow::Borrowed)
//!     }
//! }
//!
//! // What callers do:
//! # let builder = ClientBuilder::<Example>::new().endpoint("http://127.0.0.1:9").token("t");
//! # let client = builder.build()?;
//! # let call = client.0.call();
//! # let (first, second, store) = (call.clone(), call, |_: String| ());
//! # let _ = async move {
//! let mut backups = first.items(ListBackupsInput::default());
//! while let Some(backup) = backups.next().await {
//!     println!("{:?}", backup?.name);
//!     // In case the program ends here:
//!     store(backups.token().to_string());
//! }
//! # let stored = String::new();
//!
//! // And on the next day:
//! let token: PageToken = stored.parse()?;
//! let rest = second.items(ListBackupsInput::default()).with_token(token);
//! let rest = rest.collect().await?;
//! # let _ = rest;
//! # Ok::<(), cloudbackup_runtime::Error>(())
//! # };
//! # Ok::<(), cloudbackup_runtime::Error>(())
//! ```
//!
//! # What is promised
//!
//! **Entries that are in the list from the first page to the last are yielded exactly once**, also
//! while others come and go between two pages, and across a [`PageToken`]. What comes or goes
//! meanwhile is yielded once or not at all. That takes three things:
//!
//! * Entries have ids, no two the same one. Lists without ids are walked from one page to the next
//!   and nothing more: what moves across the border of two pages while they are asked for is
//!   yielded twice, or not at all.
//! * The list keeps its order. An entry that moves, as one changed lately does in a list by time
//!   of change, may be missed; it is not yielded twice.
//! * The last 10,000 ids are enough. An entry that is met again after more than that is yielded
//!   again; that happens only where very many rows come or go during a walk.
//!
//! So a caller that goes on from an old token, or acts on an entry before its token is stored, has
//! each entry *at least* once, and does well to act on an id in a way that does no harm twice.
//!
//! How it is done, and what it costs:
//!
//! * **By offset**: each page begins with the last entry of the one before. If it does not, rows
//!   before it are gone, and the walk goes back until a page shows something that was seen. Pages of
//!   one entry are made pages of two.
//! * **By number**: pages of slightly different sizes share an entry where those of one size share
//!   none (after entries 0 to 99, page 1 of 99 each begins with entry 99), so that numbers are as
//!   good as offsets. The size stays between the one asked for and half of it. Where that cannot be
//!   done, because the service allows one size only, gives fewer entries than it is asked for or is
//!   asked for fewer than 8, two pages share nothing, and after each page the one before it is asked
//!   for again: there are twice as many requests. Rows that go between the first two of these three
//!   replies, and others that come between the last two, can make up for one another, and then an
//!   entry is missed: nothing in the replies tells of it. Lists in which rows only come, only go, or
//!   come at the end alone, are whole even so.
//! * **By the last id**: if its entry is gone, and the service refuses the id, answers with
//!   nothing or begins anew, the page before is asked for again and leads on. After the last page
//!   this is asked once more, since nothing after an entry is the end only if the entry is there.
//! * **By a marker or link of the reply**: as the server says. If it refuses its own marker, the
//!   walk goes back. Links are not followed: the one parameter is read from their query.
//!
//! A walk ends where a page says that it is the last one: it is empty, brings nothing but what two
//! pages share, or has no link or marker. A page that is shorter than what was asked for ends it if
//! the total agrees, or if it is shorter than the documented size of a page; else the next page is
//! asked for, since a server may give less than is documented. A total alone ends nothing. A place
//! beyond the end that is refused (400, 404) is the end after a page that was short, and an error
//! after a full one, since some services list so many entries and no further.
//!
//! Where a walk cannot go on, there is an error of the kind
//! [`Paging`](crate::ErrorKind::Paging), and never a list that is short in silence: see
//! [`PagingProblem`](crate::PagingProblem).

mod items;
mod lister;
mod pages;
mod token;
mod walk;

#[cfg(feature = "blocking")]
mod blocking;

#[cfg(feature = "blocking")]
pub use self::blocking::{BlockingItems, BlockingPages};
pub use self::items::Items;
pub use self::pages::{Page, Pages};
pub use self::token::PageToken;
