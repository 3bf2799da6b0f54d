//! Pages, waiting and finding again, through the generated calls and the generated server: no
//! socket and no second passes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod finding;
mod local;
mod paging;
mod waiting;
