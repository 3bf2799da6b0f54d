//! Markers and the error of the generated builders.
//!
//! A builder of something that callers send carries one type parameter for
//! each required member, [`Unset`] at first and [`Set`] after its setter, so
//! that a forgotten member does not compile. A builder of something that only
//! replies hold is used in mocks and servers; it checks when it is built and
//! answers with [`MissingMember`].

use std::error::Error;
use std::fmt;

/// Marks a required member whose setter has been called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set;

/// Marks a required member whose setter has not been called yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unset;

/// A reply was built without a member that its document promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingMember {
    type_name: &'static str,
    member: &'static str,
}

impl MissingMember {
    /// Names the type that was being built and the member it lacks.
    #[must_use]
    pub const fn new(type_name: &'static str, member: &'static str) -> Self {
        Self { type_name, member }
    }

    /// The Rust name of the type that was being built.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The Rust name of the member whose setter was not called.
    #[must_use]
    pub const fn member(&self) -> &'static str {
        self.member
    }
}

impl fmt::Display for MissingMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` needs `{member}`: call `.{member}(..)` before `.build()`",
            self.type_name,
            member = self.member,
        )
    }
}

impl Error for MissingMember {}

#[cfg(test)]
mod tests {
    use super::MissingMember;

    #[test]
    fn the_error_says_what_to_call() {
        let error = MissingMember::new("Backup", "backup_id");
        assert_eq!(
            error.to_string(),
            "`Backup` needs `backup_id`: call `.backup_id(..)` before `.build()`"
        );
        assert_eq!((error.type_name(), error.member()), ("Backup", "backup_id"));
    }
}
