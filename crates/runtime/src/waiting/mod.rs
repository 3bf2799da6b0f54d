//! Waiting for what a call has started: asking again and again, politely, until it is over.
//!
//! A call that starts something gives a [`Started`]: its reply, and what it takes to wait. A call
//! that tells how far something has got is waited on directly. Either way there is a [`Waiter`],
//! which is awaited:
//!
//! ```
//! # use std::borrow::Cow;
//! # use cloudbackup_core::de::{self, Lenient};
//! # use cloudbackup_core::operation::{Method, Operation, OperationInfo, RequestParts};
//! # use cloudbackup_core::waiting::{MissingValue, Starts, Subject, Waiting, Waits, Watches};
//! # use cloudbackup_core::{Validate, Validator};
//! # use cloudbackup_runtime::{Call, Client, ClientBuilder, Service, ServiceClient};
//! use cloudbackup_runtime::waiting::{WaitHandle, WaitProblem};
//!
//! # struct Example(Client);
//! # impl ServiceClient for Example {
//! #     const SERVICE: Service = Service::new("example");
//! #     fn from_runtime(client: Client) -> Self { Self(client) }
//! #     fn runtime(&self) -> &Client { &self.0 }
//! # }
//! # #[derive(Clone, Debug, serde::Deserialize)]
//! # struct Job { job_id: Option<String>, status: Option<String>, progress: Option<String> }
//! # impl Lenient for Job {
//! #     fn lenient<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> { de::object(d) }
//! # }
//! // What a generated model holds: the call that starts a restore …
//! struct RestoreBackupInput {}
//!
//! impl Operation for RestoreBackupInput {
//!     const INFO: OperationInfo =
//!         OperationInfo::new("example", "restore_backup", Method::Post, "/v3/restores");
//!     type Output = Job;
//!
//!     fn encode(&self, request: &mut RequestParts) {
//!         request.body().always();
//!     }
//! }
//!
//! impl Starts for RestoreBackupInput {
//!     fn subject(&self, reply: &Job) -> Result<Subject, MissingValue> {
//!         Subject::new().with("job_id", reply.job_id.as_deref())
//!     }
//! }
//!
//! // … and how to ask about it.
//! impl Waits for RestoreBackupInput {
//!     type Probe = ShowJobInput;
//!     type Observed = Job;
//!     type Done = Job;
//!     const WAITING: Waiting = Waiting::until(&["SUCCESS"]).failed(&["FAIL"]).every_secs(10);
//!
//!     fn probe(subject: &Subject) -> ShowJobInput {
//!         ShowJobInput { job_id: subject.get("job_id").map(str::to_owned) }
//!     }
//!
//!     fn observe(_: &Subject, answer: Job) -> Option<Job> {
//!         Some(answer)
//!     }
//!
//!     fn state(observed: &Job) -> Option<Cow<'_, str>> {
//!         observed.status.as_deref().map(Cow::Borrowed)
//!     }
//!
//!     fn progress(observed: &Job) -> Option<Cow<'_, str>> {
//!         observed.progress.as_deref().map(Cow::Borrowed)
//!     }
//!
//!     fn done(last: Option<Job>) -> Option<Job> {
//!         last
//!     }
//! }
//!
//! struct ShowJobInput { job_id: Option<String> }
//! # impl Validate for RestoreBackupInput { fn validate(&self, _: &mut Validator) {} }
//! # impl Validate for ShowJobInput { fn validate(&self, _: &mut Validator) {} }
//! # impl Operation for ShowJobInput {
//! #     const INFO: OperationInfo =
//! #         OperationInfo::new("example", "show_job", Method::Get, "/v3/jobs/{job_id}");
//! #     type Output = Job;
//! #     fn encode(&self, request: &mut RequestParts) { request.path("job_id", &self.job_id); }
//! # }
//!
//! // What callers do:
//! # let builder = ClientBuilder::<Example>::new().endpoint("http://127.0.0.1:9").token("t");
//! # let client = builder.build()?;
//! # let call = client.0.call();
//! # let _ = async move {
//! let started = call.start(RestoreBackupInput {}).await?;
//! let kept = started.handle().to_string();
//! let waiter = started.wait().on_progress(|progress| {
//!     println!("{:?} % after {:?}", progress.percent(), progress.elapsed());
//! });
//! match waiter.await {
//!     Ok(job) => println!("{job:?}"),
//!     Err(error) if error.problem() == WaitProblem::Failed => println!("{:?}", error.reason()),
//!     // It goes on at the service. Tomorrow, in another program:
//!     Err(_) => {
//!         let handle: WaitHandle<RestoreBackupInput> = kept.parse()?;
//!         let waiter = handle.resume(&client)?;
//!         # drop(waiter);
//!     }
//! }
//! # Ok::<(), cloudbackup_runtime::Error>(())
//! # };
//! # Ok::<(), cloudbackup_runtime::Error>(())
//! ```
//!
//! Nothing runs between two polls: a [`Waiter`] that is dropped asks no more.

mod error;
mod handle;
mod pace;
mod progress;
mod resume;
mod started;
mod waiter;
mod watch;

pub use self::error::{WaitError, WaitProblem};
pub use self::handle::WaitHandle;
pub use self::progress::Progress;
pub use self::started::Started;
pub use self::waiter::Waiter;

pub(crate) use self::started::start;
#[cfg(feature = "blocking")]
pub(crate) use self::started::start_blocking;
pub(crate) use self::waiter::watch;

/// The value of a subject that says when the call was made, by the server's clock.
const STARTED: &str = "started";
