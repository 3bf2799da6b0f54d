//! Whether a failed attempt is repeated, and when.

mod budget;

use std::time::Duration;

use cloudbackup_core::operation::RetrySafety;
use http::StatusCode;

use crate::error::{Error, ErrorKind, Outcome, ReplyProblem};

pub(crate) use self::budget::{Budget, Permit, Spent};

/// The shortest possible wait after a server said that there are too many requests.
const THROTTLED_BASE: Duration = Duration::from_secs(1);

/// How a client repeats attempts that failed.
///
/// Repeated is what is likely to pass (a lost connection, 408, 429, 5xx but 501 and 505, a 413
/// that says when to come back) and cannot have had an effect: operations that only read, those
/// that their specification calls idempotent, and requests that were not sent or were refused. Any
/// other write that may have been applied is never sent again, whatever stands here.
///
/// Before the n-th repetition a client waits a random part of `base_delay · 2ⁿ⁻¹`, at most
/// `max_delay` (at least a second in place of `base_delay` after 429), and never less than the
/// server's `Retry-After`. If that wait would not end within the call's timeout, the call fails at
/// once.
///
/// ```
/// use std::time::Duration;
/// use cloudbackup_runtime::RetryConfig;
///
/// let patient = RetryConfig::new().max_attempts(6).max_delay(Duration::from_secs(60));
/// let never = RetryConfig::none();
/// # let _ = (patient, never);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryConfig {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
}

impl RetryConfig {
    /// Three attempts, waits from 200 ms up to 20 s.
    pub const fn new() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(20),
        }
    }

    /// One attempt.
    pub const fn none() -> Self {
        Self::new().max_attempts(1)
    }

    /// The number of attempts, the first one included; 0 counts as 1.
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The longest wait before the first repetition.
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The longest wait before any repetition, unless the server asks for a longer one.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Whether another attempt is allowed after this many.
    pub(crate) fn allows_another(&self, attempts: usize) -> bool {
        attempts < usize::try_from(self.max_attempts).unwrap_or(usize::MAX)
    }

    /// The wait after the given number of attempts; `random` lies between 0 and 1.
    pub(crate) fn delay(&self, failure: Transient, attempts: usize, random: f64) -> Duration {
        let base = match failure.pressure {
            Pressure::None => self.base_delay,
            Pressure::Throttled => self.base_delay.max(THROTTLED_BASE),
        };
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let factor = 1u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let most = base.saturating_mul(factor).min(self.max_delay);
        match failure.retry_after {
            // Spread a little, or all clients come back at the same moment.
            Some(asked) => asked.saturating_add(part_of(most.min(base), random)),
            None => part_of(most, random),
        }
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// Floating point cannot hold the longest durations exactly, and must not overflow on them.
pub(crate) fn part_of(whole: Duration, random: f64) -> Duration {
    Duration::try_from_secs_f64(whole.as_secs_f64() * random)
        .unwrap_or(whole)
        .min(whole)
}

/// A failure that is likely to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transient {
    pressure: Pressure,
    retry_after: Option<Duration>,
}

/// Whether the server suffers from too many requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pressure {
    None,
    Throttled,
}

/// Decides from what is known of a failure whether the request may be sent once more.
pub(crate) fn transient(error: &Error, safety: RetrySafety) -> Option<Transient> {
    let pressure = pressure_of(error)?;
    let harmless = matches!(error.outcome(), Outcome::NotSent | Outcome::Rejected)
        || safety == RetrySafety::Idempotent;
    harmless.then(|| Transient {
        pressure,
        retry_after: error.retry_after(),
    })
}

/// Whether a read that failed may be answered later, for those who have more time than a call: a
/// reply that cannot be read may be another one by then, and an issuer of credentials be in reach.
pub(crate) fn may_pass_later(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Response => true,
        ErrorKind::Auth => !error.is_permanent(),
        _ => transient(error, RetrySafety::Idempotent).is_some(),
    }
}

/// `None` for what would fail again.
fn pressure_of(error: &Error) -> Option<Pressure> {
    let passes = match error.kind() {
        ErrorKind::Connect | ErrorKind::Transport => !error.is_permanent(),
        ErrorKind::Timeout => true,
        // What an attempt calls undecodable has been cut off; whole replies are decoded later.
        ErrorKind::Response => matches!(
            error.reply_problem(),
            Some(ReplyProblem::Truncated | ReplyProblem::Decode)
        ),
        ErrorKind::Service => return pressure_of_status(error),
        ErrorKind::Auth
        | ErrorKind::Config
        | ErrorKind::Validation
        | ErrorKind::Redirect
        | ErrorKind::Paging => false,
    };
    passes.then_some(Pressure::None)
}

fn pressure_of_status(error: &Error) -> Option<Pressure> {
    if error.is_throttled() {
        return Some(Pressure::Throttled);
    }
    match error.status()? {
        StatusCode::PAYLOAD_TOO_LARGE => error.retry_after().map(|_| Pressure::Throttled),
        StatusCode::REQUEST_TIMEOUT => Some(Pressure::None),
        StatusCode::NOT_IMPLEMENTED | StatusCode::HTTP_VERSION_NOT_SUPPORTED => None,
        status => status.is_server_error().then_some(Pressure::None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::error::TimeoutPhase;
    use crate::error::parse::ErrorBody;

    const CALM: Transient = Transient {
        pressure: Pressure::None,
        retry_after: None,
    };
    const THROTTLED: Transient = Transient {
        pressure: Pressure::Throttled,
        retry_after: None,
    };

    fn millis(delay: Duration) -> u128 {
        delay.as_millis()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let config = RetryConfig::new();
        let longest = |attempts| millis(config.delay(CALM, attempts, 1.0));
        assert_eq!(
            [1, 2, 3, 4, 7, 8, 9].map(longest),
            [200, 400, 800, 1600, 12_800, 20_000, 20_000]
        );
        assert_eq!(millis(config.delay(CALM, 2, 0.0)), 0);
        assert_eq!(millis(config.delay(CALM, 2, 0.5)), 200);
    }

    #[test]
    fn throttled_calls_wait_longer() {
        let config = RetryConfig::new();
        assert_eq!(millis(config.delay(THROTTLED, 1, 1.0)), 1000);
        assert_eq!(millis(config.delay(THROTTLED, 3, 1.0)), 4000);
        let slow = config.base_delay(Duration::from_secs(3));
        assert_eq!(millis(slow.delay(THROTTLED, 1, 1.0)), 3000);
    }

    #[test]
    fn the_server_is_never_asked_too_early() {
        let asked = Transient {
            retry_after: Some(Duration::from_secs(90)),
            ..THROTTLED
        };
        let config = RetryConfig::new();
        assert_eq!(millis(config.delay(asked, 1, 0.0)), 90_000);
        assert_eq!(millis(config.delay(asked, 1, 1.0)), 91_000);
        assert_eq!(millis(config.delay(asked, 9, 1.0)), 91_000);
    }

    #[test]
    fn extreme_settings_neither_overflow_nor_panic() {
        let huge = RetryConfig::new()
            .max_attempts(u32::MAX)
            .base_delay(Duration::MAX)
            .max_delay(Duration::MAX);
        let asked = Transient {
            retry_after: Some(Duration::MAX),
            ..CALM
        };
        for attempts in [0, 1, 31, 32, 33, usize::MAX] {
            assert_eq!(huge.delay(CALM, attempts, 1.0), Duration::MAX);
            assert_eq!(huge.delay(asked, attempts, 1.0), Duration::MAX);
            assert_eq!(huge.delay(CALM, attempts, 0.0), Duration::ZERO);
        }
        assert!(huge.allows_another(1 << 20));
    }

    #[test]
    fn attempts_are_counted_with_the_first_one() {
        let allows = |config: RetryConfig, attempts| config.allows_another(attempts);
        assert!(allows(RetryConfig::new(), 2) && !allows(RetryConfig::new(), 3));
        assert!(!allows(RetryConfig::none(), 1));
        assert!(!allows(RetryConfig::new().max_attempts(0), 1));
    }

    /// Whether a failure that may pass may be followed by another attempt.
    const HARMLESS: [(Outcome, RetrySafety, bool); 8] = [
        (Outcome::NotSent, RetrySafety::Idempotent, true),
        (Outcome::NotSent, RetrySafety::Never, true),
        (Outcome::Rejected, RetrySafety::Idempotent, true),
        (Outcome::Rejected, RetrySafety::Never, true),
        (Outcome::Unknown, RetrySafety::Idempotent, true),
        (Outcome::Unknown, RetrySafety::Never, false),
        (Outcome::Applied, RetrySafety::Idempotent, true),
        (Outcome::Applied, RetrySafety::Never, false),
    ];

    /// Holds the decision about a failure against the table, for each outcome that it can have.
    fn check(failure: impl Fn(Outcome) -> Error, expected: Option<Transient>) {
        for (outcome, safety, is_harmless) in HARMLESS {
            let error = failure(outcome);
            let decided = transient(&error, safety);
            if error.outcome() == outcome {
                let expected = expected.filter(|_| is_harmless);
                assert_eq!(decided, expected, "{error:?}, {safety:?}");
            }
        }
    }

    fn refusal(status: u16, code: Option<&str>, wait: Option<Duration>, outcome: Outcome) -> Error {
        let body = ErrorBody {
            code: code.map(String::from),
            ..ErrorBody::default()
        };
        Error::service_error(outcome, body)
            .with_status(StatusCode::from_u16(status).unwrap())
            .with_retry_after(wait)
    }

    #[test]
    fn failures_below_http_are_repeated_unless_they_are_there_to_stay() {
        for kind in [ErrorKind::Connect, ErrorKind::Transport] {
            check(|outcome| Error::new(kind, outcome, ""), Some(CALM));
            check(|outcome| Error::new(kind, outcome, "").permanent(), None);
        }
        for phase in [
            TimeoutPhase::Connect,
            TimeoutPhase::Attempt,
            TimeoutPhase::Operation,
        ] {
            let timeout = |outcome| Error::new(ErrorKind::Timeout, outcome, "");
            let timeout = |outcome| timeout(outcome).with_timeout_phase(phase);
            check(timeout, Some(CALM));
        }
    }

    #[test]
    fn what_is_wrong_with_the_request_or_its_target_is_not_repeated() {
        for kind in [
            ErrorKind::Config,
            ErrorKind::Validation,
            ErrorKind::Redirect,
        ] {
            check(|outcome| Error::new(kind, outcome, ""), None);
        }
    }

    #[test]
    fn of_unusable_replies_only_torn_ones_are_asked_for_again() {
        check(|outcome| Error::new(ErrorKind::Response, outcome, ""), None);
        for (problem, expected) in [
            (ReplyProblem::TooLarge, None),
            (ReplyProblem::Truncated, Some(CALM)),
            (ReplyProblem::ContentType, None),
            (ReplyProblem::Empty, None),
            (ReplyProblem::Encoding, None),
            (ReplyProblem::Decode, Some(CALM)),
            (ReplyProblem::Status, None),
        ] {
            assert_eq!(Error::reply(problem, "").outcome(), Outcome::Applied);
            check(|_| Error::reply(problem, ""), expected);
        }
    }

    #[test]
    fn refusals_are_repeated_by_status() {
        for status in 300..=599 {
            let expected = match status {
                429 => Some(THROTTLED),
                408 => Some(CALM),
                501 | 505 => None,
                500.. => Some(CALM),
                _ => None,
            };
            check(|outcome| refusal(status, None, None, outcome), expected);
        }
        // An error under a success status, and one that lost its status, stand.
        check(|outcome| refusal(200, None, None, outcome), None);
        let bare = |outcome| Error::service_error(outcome, ErrorBody::default());
        check(bare, None);
    }

    #[test]
    fn wait_asked_for_is_kept_and_makes_a_413_pass() {
        let wait = Some(Duration::from_secs(9));
        let after = |pressure| Transient {
            pressure,
            retry_after: wait,
        };
        for (status, expected) in [
            (400, None),
            (403, None),
            (408, Some(after(Pressure::None))),
            (413, Some(after(Pressure::Throttled))),
            (414, None),
            (429, Some(after(Pressure::Throttled))),
            (501, None),
            (503, Some(after(Pressure::None))),
        ] {
            check(|outcome| refusal(status, None, wait, outcome), expected);
        }
        check(|outcome| refusal(413, None, None, outcome), None);
    }

    #[test]
    fn who_has_time_also_waits_for_readable_replies_and_for_credentials() {
        let error = |kind| Error::new(kind, Outcome::Unknown, "");
        for kind in [ErrorKind::Response, ErrorKind::Auth, ErrorKind::Timeout] {
            assert!(may_pass_later(&error(kind)), "{kind:?}");
        }
        for kind in [
            ErrorKind::Config,
            ErrorKind::Validation,
            ErrorKind::Redirect,
        ] {
            assert!(!may_pass_later(&error(kind)), "{kind:?}");
        }
        for kind in [ErrorKind::Auth, ErrorKind::Connect] {
            assert!(!may_pass_later(&error(kind).permanent()), "{kind:?}");
        }
        assert!(may_pass_later(&refusal(503, None, None, Outcome::Unknown)));
        let refused = refusal(403, None, None, Outcome::Rejected);
        assert!(!may_pass_later(&refused));
    }

    #[test]
    fn gateways_word_for_too_many_requests_counts_under_any_status() {
        for (code, expected) in [
            ("APIG.0308", Some(THROTTLED)),
            ("APIGW.0308", Some(THROTTLED)),
            ("APIG.0301", None),
            ("X.0308", None),
            ("0308", None),
        ] {
            for status in [400, 403, 501] {
                let failure = |outcome| refusal(status, Some(code), None, outcome);
                check(failure, expected);
            }
        }
    }
}
