//! The documented limits of requests, checked before anything is sent.
//!
//! A generated type lists its limits in [`Validate::validate`]; a
//! [`Validator`] runs all of them and collects what is wrong, each with a
//! JSON Pointer into the request (`/body/backup_policy/keep_days`,
//! `/query/limit`, `/path/backup_id`). Nothing is allocated for a valid value
//! besides the text of the current position.
//!
//! Names may hold `/` to reach further down: `scheduled_policy/start_time`.
//!
//! ```
//! use cloudbackup_core::{Validate, Validator};
//!
//! struct OffsitePolicy { keep_days: Option<i64>, region: Option<String> }
//!
//! impl Validate for OffsitePolicy {
//!     fn validate(&self, v: &mut Validator) {
//!         v.member("keep_days", &self.keep_days).required().range(1..=1825);
//!         v.member("region", &self.region).required().length(1..);
//!     }
//! }
//!
//! let policy = OffsitePolicy { keep_days: Some(0), region: None };
//! let violations = Validator::check(&policy).unwrap_err();
//! assert_eq!(
//!     violations.to_string(),
//!     "/keep_days: must be between 1 and 1825, is 0\n/region: is required"
//! );
//! ```

mod charset;
mod formats;
mod member;
mod rules;
mod violation;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::enums::OpenEnum;

pub use self::member::{Member, Number};
pub use self::rules::Schedule;
pub use self::violation::{Violation, ViolationKind, Violations};

/// Something with documented limits.
pub trait Validate {
    /// Reports every limit that the value breaks.
    fn validate(&self, v: &mut Validator);
}

impl<T: Validate + ?Sized> Validate for &T {
    fn validate(&self, v: &mut Validator) {
        (**self).validate(v);
    }
}

impl<T: Validate + ?Sized> Validate for Box<T> {
    fn validate(&self, v: &mut Validator) {
        (**self).validate(v);
    }
}

/// Walks a request and collects what is wrong with it.
#[derive(Debug, Default)]
pub struct Validator {
    /// The JSON Pointer of the current position.
    position: String,
    found: Vec<Violation>,
}

impl Validator {
    /// A validator at the root that has found nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Validates a value as a whole.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its limits.
    pub fn check<T: Validate + ?Sized>(value: &T) -> Result<(), Violations> {
        let mut validator = Self::new();
        value.validate(&mut validator);
        validator.finish()
    }

    /// Ends the validation.
    ///
    /// # Errors
    /// Everything that was found.
    pub fn finish(self) -> Result<(), Violations> {
        Violations::from_found(self.found)
    }

    /// Runs the checks of what lies under this name.
    pub fn place(&mut self, name: &str, checks: impl FnOnce(&mut Self)) {
        let end = self.position.len();
        push_name(&mut self.position, name);
        checks(self);
        self.position.truncate(end);
    }

    /// Runs the checks of what goes into the path.
    pub fn in_path(&mut self, checks: impl FnOnce(&mut Self)) {
        self.place("path", checks);
    }

    /// Runs the checks of what goes into the query.
    pub fn in_query(&mut self, checks: impl FnOnce(&mut Self)) {
        self.place("query", checks);
    }

    /// Runs the checks of what goes into cookies.
    pub fn in_cookie(&mut self, checks: impl FnOnce(&mut Self)) {
        self.place("cookie", checks);
    }

    /// Runs the checks of what goes into headers.
    pub fn in_header(&mut self, checks: impl FnOnce(&mut Self)) {
        self.place("header", checks);
    }

    /// Runs the checks of what goes into the body.
    pub fn in_body(&mut self, checks: impl FnOnce(&mut Self)) {
        self.place("body", checks);
    }

    /// Checks of one member; absent, it passes all of them but
    /// [`required`](Member::required).
    pub fn member<'a, T>(&'a mut self, name: &'a str, value: &'a Option<T>) -> Member<'a, T> {
        Member::new(self, Some(name), value.as_ref())
    }

    /// Checks of one member that is always there.
    pub fn given<'a, T>(&'a mut self, name: &'a str, value: &'a T) -> Member<'a, T> {
        Member::new(self, Some(name), Some(value))
    }

    /// Checks of the value at the current position, such as an item in
    /// [`each`](Member::each).
    pub fn item<'a, T: ?Sized>(&'a mut self, value: &'a T) -> Member<'a, T> {
        Member::new(self, None, Some(value))
    }

    /// Checks of an item that may be `null`, and passes all of them then.
    pub fn nullable<'a, T>(&'a mut self, value: &'a Option<T>) -> Member<'a, T> {
        Member::new(self, None, value.as_ref())
    }

    /// Checks of the members that have no name of their own, which must not be called like those
    /// that have one.
    pub fn rest<'a, T>(
        &'a mut self,
        values: &'a Option<BTreeMap<String, T>>,
        named: &[&str],
    ) -> Member<'a, BTreeMap<String, T>> {
        for name in named {
            let is_twice = values.as_ref().is_some_and(|it| it.contains_key(*name));
            if is_twice {
                self.report(name, ViolationKind::Duplicate, "has a member of its own");
            }
        }
        Member::new(self, None, values.as_ref())
    }

    /// Reports a value of an open enum that the document does not list.
    pub fn known<T: OpenEnum>(&mut self, value: &T) {
        self.item(value).known();
    }

    /// Reports a violation of the member of this name, for limits that have no
    /// check of their own; an empty name is the current position.
    ///
    /// The message goes on from "the member …": `must be …`, `is …`.
    pub fn report(&mut self, name: &str, kind: ViolationKind, message: impl Into<String>) {
        let mut pointer = self.position.clone();
        if !name.is_empty() {
            push_name(&mut pointer, name);
        }
        self.found.push(Violation::new(pointer, kind, message));
    }

    /// Runs checks at an item of a list.
    fn at_index(&mut self, index: usize, checks: impl FnOnce(&mut Self)) {
        let end = self.position.len();
        // Writing to a String cannot fail.
        let _ = write!(self.position, "/{index}");
        checks(self);
        self.position.truncate(end);
    }

    /// Runs checks at an entry of a map, whose key may hold anything.
    fn at_key(&mut self, key: &str, checks: impl FnOnce(&mut Self)) {
        let end = self.position.len();
        self.position.push('/');
        for c in key.chars() {
            match c {
                '~' => self.position.push_str("~0"),
                '/' => self.position.push_str("~1"),
                other => self.position.push(other),
            }
        }
        checks(self);
        self.position.truncate(end);
    }
}

/// Appends a name, in which `/` separates and `~` (legal in query names)
/// stands for itself.
fn push_name(pointer: &mut String, name: &str) {
    pointer.push('/');
    let mut parts = name.split('~');
    pointer.push_str(parts.next().unwrap_or_default());
    for part in parts {
        pointer.push_str("~0");
        pointer.push_str(part);
    }
}
