//! Faults on request: what goes wrong, where, and how often.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Something that shall go wrong.
///
/// A fault happens once, at the next request of any operation; [`on`](Self::on),
/// [`times`](Self::times) and [`skip`](Self::skip) say otherwise.
///
/// ```
/// use std::time::Duration;
/// use cloudbackup_sandbox::Fault;
///
/// let lost = Fault::reset_after_effect().on("gaussdb-opengauss", "create_backup");
/// let busy = Fault::too_many_requests(Duration::from_secs(3)).times(2);
/// # let _ = (lost, busy);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a fault does nothing until it is given to a sandbox"]
pub struct Fault {
    kind: FaultKind,
    service: Option<String>,
    operation: Option<String>,
    skip: u32,
    left: u32,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FaultKind {
    Latency(Duration),
    TooManyRequests(Duration),
    Unavailable,
    ResetBeforeEffect,
    ResetAfterEffect,
    TruncatedBody,
    ExpiredToken,
    /// Seconds that the service's clock is ahead.
    ClockSkew(i64),
    FailedJob,
}

/// The longest delay: a request must end by itself.
const MOST_LATENCY: Duration = Duration::from_secs(60);

impl Fault {
    fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            service: None,
            operation: None,
            skip: 0,
            left: 1,
        }
    }

    /// The answer comes this much later, at most a minute.
    pub fn latency(delay: Duration) -> Self {
        Self::new(FaultKind::Latency(delay.min(MOST_LATENCY)))
    }

    /// Status 429 with `Retry-After` in whole seconds; nothing takes effect.
    pub fn too_many_requests(retry_after: Duration) -> Self {
        Self::new(FaultKind::TooManyRequests(retry_after))
    }

    /// Status 503; nothing takes effect.
    pub fn unavailable() -> Self {
        Self::new(FaultKind::Unavailable)
    }

    /// The connection is reset after the request has come; nothing takes effect.
    pub fn reset_before_effect() -> Self {
        Self::new(FaultKind::ResetBeforeEffect)
    }

    /// The request takes effect, and the connection is reset before a byte of the answer.
    pub fn reset_after_effect() -> Self {
        Self::new(FaultKind::ResetAfterEffect)
    }

    /// The request takes effect, and the connection ends in the middle of the body of the answer;
    /// an answer without a body comes as it is.
    pub fn truncated_body() -> Self {
        Self::new(FaultKind::TruncatedBody)
    }

    /// The token of the request is void from now on, as if its time had come.
    pub fn expired_token() -> Self {
        Self::new(FaultKind::ExpiredToken)
    }

    /// The service's clock, by which signatures are judged and `Date` is written, is ahead by so
    /// many seconds (negative: behind).
    pub fn clock_skew(seconds: i64) -> Self {
        Self::new(FaultKind::ClockSkew(seconds))
    }

    /// The request is accepted, and what it started fails later: a backup ends as `FAILED`.
    pub fn failed_job() -> Self {
        Self::new(FaultKind::FailedJob)
    }

    /// Only at this operation of this service, both by their names in the specs; IAM is `iam` with
    /// `create_token`.
    pub fn on(mut self, service: impl Into<String>, operation: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self.operation = Some(operation.into());
        self
    }

    /// Only at this service, at any operation.
    pub fn on_service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self.operation = None;
        self
    }

    /// So many times; zero is never.
    pub fn times(mut self, times: u32) -> Self {
        self.left = times;
        self
    }

    /// Not at the first so many requests that it fits.
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    fn fits(&self, service: &str, operation: &str) -> bool {
        let is = |wanted: &Option<String>, name: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == name)
        };
        is(&self.service, service) && is(&self.operation, operation)
    }
}

/// As in a list of what is to come: `503 on vbs create_backup_policy, once`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FaultKind::Latency(delay) => write!(f, "latency of {} ms", delay.as_millis())?,
            FaultKind::TooManyRequests(after) => {
                write!(f, "429, retry after {} s", after.as_secs())?
            }
            FaultKind::Unavailable => f.write_str("503")?,
            FaultKind::ResetBeforeEffect => f.write_str("reset before the effect")?,
            FaultKind::ResetAfterEffect => f.write_str("reset after the effect")?,
            FaultKind::TruncatedBody => f.write_str("truncated body")?,
            FaultKind::ExpiredToken => f.write_str("expired token")?,
            FaultKind::ClockSkew(seconds) => write!(f, "clock skew of {seconds} s")?,
            FaultKind::FailedJob => f.write_str("failed job")?,
        }
        if let Some(service) = &self.service {
            write!(f, " on {service}")?;
        }
        if let Some(operation) = &self.operation {
            write!(f, " {operation}")?;
        }
        match self.left {
            1 => f.write_str(", once")?,
            times => write!(f, ", {times} times")?,
        }
        match self.skip {
            0 => Ok(()),
            skip => write!(f, ", after {skip} requests"),
        }
    }
}

/// The faults that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.list().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.list().clear();
    }

    /// A line for each.
    pub(crate) fn describe(&self) -> Vec<String> {
        self.list().iter().map(ToString::to_string).collect()
    }

    /// Those that happen at this request; they are used up by it.
    pub(crate) fn take(&self, service: &str, operation: &str) -> Vec<FaultKind> {
        let mut list = self.list();
        let mut kinds = Vec::new();
        for fault in list
            .iter_mut()
            .filter(|fault| fault.fits(service, operation))
        {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if fault.left > 0 {
                fault.left -= 1;
                kinds.push(fault.kind);
            }
        }
        list.retain(|fault| fault.left > 0);
        kinds
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fault, FaultKind, Faults};

    #[test]
    fn faults_happen_where_and_as_often_as_they_were_asked_for() {
        let faults = Faults::default();
        faults.add(Fault::unavailable().on("vbs", "create").times(2).skip(1));
        faults.add(Fault::clock_skew(-5).on_service("rds"));
        assert_eq!(
            faults.describe(),
            [
                "503 on vbs create, 2 times, after 1 requests",
                "clock skew of -5 s on rds, once"
            ]
        );
        let unavailable = [FaultKind::Unavailable];
        assert!(faults.take("vbs", "list").is_empty());
        assert!(faults.take("vbs", "create").is_empty());
        assert_eq!(faults.take("vbs", "create"), unavailable);
        assert_eq!(faults.take("vbs", "create"), unavailable);
        assert!(faults.take("vbs", "create").is_empty());
        assert_eq!(faults.take("rds", "any"), [FaultKind::ClockSkew(-5)]);
        assert!(faults.take("rds", "any").is_empty() && faults.describe().is_empty());
    }

    #[test]
    fn several_can_meet_in_one_request() {
        let faults = Faults::default();
        faults.add(Fault::latency(Duration::from_secs(3600)));
        faults.add(Fault::reset_after_effect());
        let met = faults.take("rds", "list");
        assert_eq!(
            met,
            [
                FaultKind::Latency(Duration::from_secs(60)),
                FaultKind::ResetAfterEffect
            ]
        );
    }
}
