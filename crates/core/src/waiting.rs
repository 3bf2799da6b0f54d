//! Waiting for what a call has started, as data: the runtime asks and counts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::operation::Operation;

/// Something that takes its time, implemented by the generated input type of the call that starts
/// it, or of the call that tells how far it has got.
pub trait Waits: Sized + Send + 'static {
    /// The call that tells how far it has got.
    type Probe: Operation;

    /// What that call tells of it.
    type Observed: Clone + Send + Sync + 'static;

    /// What there is in the end: mostly [`Observed`](Self::Observed), nothing after a deletion.
    type Done: Send + 'static;

    /// When it is over, and how often to ask.
    const WAITING: Waiting;

    /// The question.
    fn probe(subject: &Subject) -> Self::Probe;

    /// Whether the answer has the place in which it would stand. An answer that has not says
    /// nothing of it; that it is not there, least of all.
    fn can_tell(answer: &<Self::Probe as Operation>::Output) -> bool {
        let _ = answer;
        true
    }

    /// What the answer says of it; `None` where the answer does not know it (yet, or any more).
    fn observe(
        subject: &Subject,
        answer: <Self::Probe as Operation>::Output,
    ) -> Option<Self::Observed>;

    /// The state, as it is spelt on the wire.
    fn state(observed: &Self::Observed) -> Option<Cow<'_, str>>;

    /// Why it has failed, in the service's words.
    fn reason(observed: &Self::Observed) -> Option<Cow<'_, str>> {
        let _ = observed;
        None
    }

    /// How far it has got, in the service's words, such as `60%`.
    fn progress(observed: &Self::Observed) -> Option<Cow<'_, str>> {
        let _ = observed;
        None
    }

    /// The end, from what was observed last; `None` if that is no end.
    fn done(last: Option<Self::Observed>) -> Option<Self::Done>;
}

/// A call that starts something that takes its time.
pub trait Starts: Operation + Waits {
    /// What to ask about, from the request and its reply.
    ///
    /// # Errors
    /// When the reply lacks what the question needs.
    fn subject(&self, reply: &Self::Output) -> Result<Subject, MissingValue>;
}

/// A call that tells how far something has got, and can itself be repeated until it is over.
pub trait Watches: Operation + Waits {
    /// What to ask about, from the request.
    ///
    /// # Errors
    /// When the request lacks what the question needs.
    fn subject(&self) -> Result<Subject, MissingValue>;
}

/// The values by which something is asked about, such as the id of a job.
///
/// Text by name, so that it can be stored and read again by a later version.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Subject(BTreeMap<Cow<'static, str>, String>);

/// A value without which nothing can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingValue(pub &'static str);

impl Subject {
    /// A subject without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    ///
    /// # Errors
    /// When the value is absent or empty: a question about nothing would be answered with
    /// something else.
    pub fn with(
        mut self,
        name: &'static str,
        value: Option<impl Into<String>>,
    ) -> Result<Self, MissingValue> {
        match value.map(Into::into) {
            Some(value) if !value.is_empty() => {
                self.0.insert(Cow::Borrowed(name), value);
                Ok(self)
            }
            _ => Err(MissingValue(name)),
        }
    }

    /// A value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The values with their names, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (&**name, text.as_str()))
    }

    /// Whether a value is this text.
    #[must_use]
    pub fn is(&self, name: &str, text: Option<&str>) -> bool {
        text.is_some() && self.get(name) == text
    }
}

/// When something is over, and how often to ask, made in a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    done: &'static [&'static str],
    failed: &'static [&'static str],
    unknown: &'static [&'static str],
    ends_gone: bool,
    every: Duration,
    within: Duration,
    grace: Duration,
}

impl Waiting {
    /// Over in one of these states; asked every 15 seconds for a day at most; unknown to the
    /// service for a minute at most.
    #[must_use]
    pub const fn until(done: &'static [&'static str]) -> Self {
        Self {
            done,
            failed: &[],
            unknown: &[],
            ends_gone: false,
            every: Duration::from_secs(15),
            within: Duration::from_secs(24 * 60 * 60),
            grace: Duration::from_secs(60),
        }
    }

    /// Over when the service does not know it any more.
    #[must_use]
    pub const fn until_gone() -> Self {
        let mut waiting = Self::until(&[]);
        waiting.ends_gone = true;
        waiting
    }

    /// Sets the states in which it has failed.
    #[must_use]
    pub const fn failed(mut self, states: &'static [&'static str]) -> Self {
        self.failed = states;
        self
    }

    /// Sets the error codes by which the service says that it does not know it, beside 404.
    #[must_use]
    pub const fn unknown(mut self, codes: &'static [&'static str]) -> Self {
        self.unknown = codes;
        self
    }

    /// Sets the time between two questions.
    #[must_use]
    pub const fn every_secs(mut self, seconds: u64) -> Self {
        self.every = Duration::from_secs(seconds);
        self
    }

    /// Sets the time after which waiting is given up.
    #[must_use]
    pub const fn within_secs(mut self, seconds: u64) -> Self {
        self.within = Duration::from_secs(seconds);
        self
    }

    /// Sets the time in which the service may not know it yet.
    #[must_use]
    pub const fn grace_secs(mut self, seconds: u64) -> Self {
        self.grace = Duration::from_secs(seconds);
        self
    }

    /// Whether it is over in this state.
    #[must_use]
    pub fn is_done(&self, state: &str) -> bool {
        self.done.contains(&state)
    }

    /// Whether it has failed in this state.
    #[must_use]
    pub fn is_failed(&self, state: &str) -> bool {
        self.failed.contains(&state)
    }

    /// Whether an error of this code says that the service does not know it.
    #[must_use]
    pub fn is_unknown(&self, code: &str) -> bool {
        self.unknown.contains(&code)
    }

    /// Whether it is over when the service does not know it any more.
    #[must_use]
    pub const fn ends_gone(&self) -> bool {
        self.ends_gone
    }

    /// The time between two questions.
    #[must_use]
    pub const fn every(&self) -> Duration {
        self.every
    }

    /// The time after which waiting is given up.
    #[must_use]
    pub const fn within(&self) -> Duration {
        self.within
    }

    /// The time in which the service may not know it yet.
    #[must_use]
    pub const fn grace(&self) -> Duration {
        self.grace
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subject_has_no_empty_values() {
        let subject = Subject::new().with("id", Some("j1")).unwrap();
        assert_eq!(subject.get("id"), Some("j1"));
        assert!(subject.is("id", Some("j1")));
        assert!(!subject.is("id", Some("j2")));
        assert!(!subject.is("other", None));
        assert_eq!(subject.iter().collect::<Vec<_>>(), [("id", "j1")]);
        let empty = Subject::new().with("id", Some(""));
        assert_eq!(empty, Err(MissingValue("id")));
        let absent = Subject::new().with("id", None::<String>);
        assert_eq!(absent, Err(MissingValue("id")));
    }

    #[test]
    fn subject_is_plain_json() {
        let subject = Subject::new().with("id", Some("j1")).unwrap();
        let text = serde_json::to_string(&subject).unwrap();
        assert_eq!(text, r#"{"id":"j1"}"#);
        assert_eq!(serde_json::from_str::<Subject>(&text).unwrap(), subject);
    }
}
