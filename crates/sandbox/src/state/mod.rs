//! What a sandbox keeps in a file, so that it survives its end, whenever that comes.
//!
//! A service lists the members of its state once, in `archive`, for both directions. What changed
//! is marked under the lock of the state; one thread saves it, many changes in one commit, and an
//! answer waits until what it has seen is saved.

mod archive;
#[cfg(feature = "state")]
mod file;
#[cfg(feature = "state")]
mod guard;
#[cfg(feature = "state")]
mod keeper;
mod progress;
#[cfg(feature = "state")]
mod restart;
#[cfg(feature = "state")]
mod rows;
mod words;

pub(crate) use self::archive::{Archive, Rows};
#[cfg(feature = "state")]
pub(crate) use self::keeper::Keeper;
pub(crate) use self::progress::Progress;
#[cfg(feature = "state")]
pub(crate) use self::restart::Restart;
#[cfg(feature = "state")]
pub(crate) use self::rows::{Known, Loader, Part};
pub(crate) use self::words::{Word, optional_word, word};
