//! What a waiter tells while it goes on.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::error::Error;

/// How far something has got, told after each question that is followed by another one; see
/// [`Waiter::on_progress`](super::Waiter::on_progress).
pub struct Progress<'a, T> {
    pub(super) elapsed: Duration,
    pub(super) questions: u32,
    pub(super) observed: Option<&'a T>,
    pub(super) state: Option<Cow<'a, str>>,
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) failure: Option<&'a Error>,
    pub(super) next_in: Duration,
}

impl<'a, T> Progress<'a, T> {
    /// How long this waiter has waited.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How many questions it has asked, those that failed included.
    #[must_use]
    pub fn questions(&self) -> u32 {
        self.questions
    }

    /// What was observed last, which may be older than the last question.
    #[must_use]
    pub fn observed(&self) -> Option<&'a T> {
        self.observed
    }

    /// The state of what was observed last, as it is spelt on the wire.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// How far it has got in the service's words, such as `60%`.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// How far it has got, from 0 to 100, where [`text`](Self::text) is a number with or without a
    /// percent sign.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        percent(self.text()?)
    }

    /// Why the last question has no answer, if it has none: the question failed, or the service
    /// says that it does not know it yet.
    #[must_use]
    pub fn failure(&self) -> Option<&'a Error> {
        self.failure
    }

    /// How long the waiter now waits before it asks again.
    #[must_use]
    pub fn next_in(&self) -> Duration {
        self.next_in
    }
}

/// Without what the service says, which is as it came.
impl<T> fmt::Debug for Progress<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("elapsed", &self.elapsed)
            .field("questions", &self.questions)
            .field("percent", &self.percent())
            .field("failure", &self.failure)
            .field("next_in", &self.next_in)
            .finish_non_exhaustive()
    }
}

fn percent(text: &str) -> Option<f64> {
    let text = text.trim();
    let number = text.strip_suffix('%').map_or(text, str::trim_end);
    let is_plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let value = number.parse().ok().filter(|_| is_plain)?;
    (0.0..=100.0).contains(&value).then_some(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_read_from_the_forms_that_services_use() {
        for (text, expected) in [
            ("60%", Some(60.0)),
            ("60", Some(60.0)),
            (" 60 % ", Some(60.0)),
            ("0", Some(0.0)),
            ("0%", Some(0.0)),
            ("100%", Some(100.0)),
            ("99.5%", Some(99.5)),
            ("007", Some(7.0)),
        ] {
            assert_eq!(percent(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_percentage_is_none() {
        for text in [
            "",
            "%",
            ".",
            "101",
            "100.5%",
            "-1",
            "+5",
            "1e1",
            "NaN",
            "inf",
            "60%%",
            "6 0",
            "half",
            "3/4",
            "60 of 100",
            "٦٠",
        ] {
            assert_eq!(percent(text), None, "{text:?}");
        }
    }
}
