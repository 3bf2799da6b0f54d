//! Tools for testing programs that use a client: a transport that replays answers, and a clock that
//! a test moves. Behind the feature `test-util`.
//!
//! ```
//! use cloudbackup_runtime::testing::{Answer, ManualClock, ReplayTransport};
//! use cloudbackup_runtime::TransportFault;
//!
//! // The first attempt loses its connection, the second one is answered.
//! let replay = ReplayTransport::new([
//!     Answer::fault(TransportFault::Broken),
//!     Answer::json(200, r#"{"backups":[]}"#),
//! ]);
//! let clock = ManualClock::skipping();
//! // `Client::builder().transport(replay.clone()).clock(clock.clone())`, and after the call:
//! assert_eq!(replay.requests().len(), 0);
//! assert!(clock.slept().is_empty());
//! ```

mod clock;
mod replay;

pub use self::clock::ManualClock;
pub use self::replay::{Answer, RecordedRequest, ReplayTransport};
