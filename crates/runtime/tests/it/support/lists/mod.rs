//! Lists that come in pages: an operation for each way of walking, and a server in memory whose
//! rows come and go.

mod answers;
mod calls;
mod edits;
mod server;

pub(crate) use self::answers::{Answers, Behind, named, page};
pub(crate) use self::calls::{
    ByLastId, ByLinkMarker, ByLinkOffset, ByMarker, ByNumber, ByOffset, ByTextOffset, Entry,
    FixedNumber, FromZero, Kind, ListRows, PlainNumber, PlainOffset, Whole, WithDefault,
};
pub(crate) use self::edits::Edits;
pub(crate) use self::server::{Gone, ListServer, Row, Rules, Total};
