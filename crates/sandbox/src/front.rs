//! What stands before every service: request ids, dates, and the faults that were asked for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::cloud::Cloud;
use crate::fault::FaultKind;
use crate::http::{Answer, Ending, Handle, Request};
use crate::log::Entry;
use crate::refusal::{ErrorShape, Refusal};

/// A service behind the front.
pub(crate) trait Service: Send + Sync + 'static {
    /// Its name in the specs, or `iam`.
    fn name(&self) -> &'static str;

    /// The shape of its errors, at an operation or where none is meant.
    fn errors(&self, operation: Option<&str>) -> ErrorShape;

    /// The operation that a request means, by its name in the spec.
    fn operation(&self, request: &Request) -> Result<&'static str, Refusal>;

    /// Does what the request asks.
    fn perform(
        &self,
        operation: &str,
        request: &Request,
        circumstances: &Circumstances,
    ) -> Result<Answer, Refusal>;
}

/// What faults do to a request that is carried out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances {
    /// Seconds that the clock of the service is ahead of the real one.
    pub(crate) skew: i64,
    /// What the request starts will fail.
    pub(crate) fails: bool,
}

impl Circumstances {
    /// The clock by which signatures are judged: the real one, which the signer has too, however
    /// far the sandbox's clock was moved.
    pub(crate) fn wall_seconds(self) -> i64 {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since_epoch.as_secs())
            .unwrap_or(i64::MAX)
            .saturating_add(self.skew)
    }
}

/// A point in time as `Date` says it.
fn http_date(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    // The most that a date can say is the end of the year 9999.
    let seconds = seconds.min(253_402_300_799);
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// A service and what stands before it.
pub(crate) struct Front<S> {
    cloud: Arc<Cloud>,
    service: S,
}

impl<S: Service> Front<S> {
    pub(crate) fn new(cloud: Arc<Cloud>, service: S) -> Self {
        Self { cloud, service }
    }

    /// Answers a request, and logs it.
    async fn logged(&self, request: Request) -> Answer {
        let entry = Entry::begin();
        let operation = self.service.operation(&request);
        let told = operation.as_ref().ok().copied();
        let answer = self.answer(request, operation).await;
        if let Some(log) = self.cloud.log() {
            entry.end(log, self.service.name(), told, &answer);
        }
        answer
    }

    async fn answer(&self, request: Request, operation: Result<&'static str, Refusal>) -> Answer {
        let mut circumstances = Circumstances::default();
        let answer = match operation {
            Ok(operation) => {
                let faults = self.cloud.faults.take(self.service.name(), operation);
                self.faulty(operation, &request, &faults, &mut circumstances)
                    .await
            }
            Err(refusal) => self.refused(None, &refusal),
        };
        let answer = match self.cloud.saved(self.service.name()).await {
            Ok(()) => answer,
            Err(why) => self.refused(None, &Refusal::new(500, "Sandbox.0500", why.as_ref())),
        };
        let id = self.cloud.request_ids.hex(32);
        // The refusal of a signature tells the clock by which it was judged.
        let seconds = match answer.status {
            401 => circumstances.wall_seconds(),
            _ => self
                .cloud
                .clock
                .now()
                .seconds()
                .saturating_add(circumstances.skew),
        };
        answer
            .header("date", http_date(seconds))
            .header("x-request-id", id)
    }

    /// Carries a request out, with everything that goes wrong at it.
    async fn faulty(
        &self,
        operation: &str,
        request: &Request,
        faults: &[FaultKind],
        circumstances: &mut Circumstances,
    ) -> Answer {
        let (mut delay, mut ending, mut instead) = (Duration::ZERO, Ending::Whole, None);
        for fault in faults {
            match *fault {
                FaultKind::Latency(latency) => delay += latency,
                FaultKind::TooManyRequests(after) => instead = Some(self.busy(operation, after)),
                FaultKind::Unavailable => {
                    let refusal = Refusal::new(503, "APIG.0404", "the service is not available");
                    instead = Some(self.refused(Some(operation), &refusal));
                }
                FaultKind::ResetBeforeEffect => instead = Some(Answer::reset()),
                FaultKind::ResetAfterEffect => ending = Ending::Reset,
                FaultKind::TruncatedBody => ending = Ending::Truncated,
                FaultKind::ExpiredToken => {
                    let token = request.header("x-auth-token").unwrap_or_default();
                    self.cloud.iam().revoke(token);
                }
                FaultKind::ClockSkew(seconds) => {
                    circumstances.skew = circumstances.skew.saturating_add(seconds);
                }
                FaultKind::FailedJob => circumstances.fails = true,
            }
        }
        let mut answer = match instead {
            Some(answer) => answer,
            None => match self.service.perform(operation, request, circumstances) {
                Ok(answer) => answer,
                Err(refusal) => self.refused(Some(operation), &refusal),
            },
        };
        if answer.ending == Ending::Whole {
            answer.ending = ending;
        }
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        answer
    }

    fn refused(&self, operation: Option<&str>, refusal: &Refusal) -> Answer {
        let shape = self.service.errors(operation);
        Answer::json(refusal.status, shape.body(refusal))
    }

    fn busy(&self, operation: &str, retry_after: Duration) -> Answer {
        let refusal = Refusal::new(429, "APIG.0308", "too many requests");
        self.refused(Some(operation), &refusal)
            .header("retry-after", retry_after.as_secs().to_string())
    }
}

impl<S: Service> Handle for Front<S> {
    fn handle(&self, request: Request) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(self.logged(request))
    }

    fn unread(&self, answer: &Answer) {
        if let Some(log) = self.cloud.log() {
            Entry::begin().end(log, self.service.name(), None, answer);
        }
    }
}
