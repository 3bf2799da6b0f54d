//! What a validation found.

use std::error::Error;
use std::fmt;
use std::{slice, vec};

/// One broken limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// JSON Pointer to the member: `/body/backup_policy/keep_days`,
    /// `/query/limit`; a list index is a number; empty for the whole.
    pub pointer: String,
    /// What is wrong, in words that follow the name of the member. It holds at
    /// most 64 characters of the offending value, escaped.
    pub message: String,
    /// What is wrong, for programs.
    pub kind: ViolationKind,
}

impl Violation {
    /// A violation at this pointer.
    #[must_use]
    pub fn new(
        pointer: impl Into<String>,
        kind: ViolationKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
            kind,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.pointer, self.message)
        }
    }
}

/// The kinds of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViolationKind {
    /// A member is absent that must be given.
    Required,
    /// A number is too small, too large or no multiple.
    Range,
    /// A text is too short or too long.
    Length,
    /// A text holds a character that it must not hold, or starts wrongly.
    Characters,
    /// A text is not in its form, such as a time.
    Format,
    /// A list or map holds too few or too many entries.
    Items,
    /// A list holds the same item twice.
    Duplicate,
    /// An enum value is none of the documented ones.
    UnknownValue,
    /// Members do not fit together.
    Relation,
    /// A value is of another type. Only servers meet it: callers have typed values.
    Type,
}

/// Everything that a validation found; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// An error if anything was found.
    pub(crate) fn from_found(found: Vec<Violation>) -> Result<(), Self> {
        if found.is_empty() {
            Ok(())
        } else {
            Err(Self(found))
        }
    }

    /// The violations in the order in which they were found.
    pub fn iter(&self) -> slice::Iter<'_, Violation> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Self(vec![violation])
    }
}

/// One violation a line.
impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{violation}")?;
        }
        Ok(())
    }
}

impl Error for Violations {}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
