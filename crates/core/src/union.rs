//! Unions: a value of one of several types, told by its kind and its members.
//!
//! A generated union asks for its branches in the order of the document. A branch fits if the value is
//! of its kind, has the members that the branch requires, says what the branch says in the members
//! that tell branches apart, and can be read. What fits no branch is kept as it came.
//!
//! Whether a branch can be read is found out without a look into the unions in it, which take any
//! value: otherwise a deep value would be read again at each level, twice as often with each.
//!
//! ```
//! use cloudbackup_core::union::{self, Found};
//! use cloudbackup_core::UnknownJson;
//!
//! #[derive(Debug, PartialEq)]
//! enum Size {
//!     Text(String),
//!     Integer(i64),
//!     Unknown(UnknownJson),
//! }
//!
//! impl<'de> serde::Deserialize<'de> for Size {
//!     fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
//!         union::read(deserializer, Self::Unknown, |found| {
//!             let text = found.text(Self::Text);
//!             text.or_else(|| found.integer(Self::Integer))
//!         })
//!     }
//! }
//!
//! let sizes: Vec<Size> = serde_json::from_str(r#"["XL", 7, true]"#)?;
//! assert_eq!(sizes[0], Size::Text("XL".into()));
//! assert_eq!(sizes[1], Size::Integer(7));
//! assert!(matches!(sizes[2], Size::Unknown(_)));
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::cell::Cell;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::Value;

use crate::de::{Lenient, drift};
use crate::enums::{OpenEnum, UnknownJson};
use crate::time::Timestamp;

/// A member, and the values of it by which a branch is told from others.
pub type Mark = (&'static str, &'static [&'static str]);

thread_local! {
    /// Whether a branch is only tried, and unions in it are passed over.
    static TRYING: Cell<bool> = const { Cell::new(false) };
}

/// Puts back what was before, on every way out.
struct Trying(bool);

impl Trying {
    fn start() -> Self {
        Self(TRYING.replace(true))
    }
}

impl Drop for Trying {
    fn drop(&mut self) {
        TRYING.set(self.0);
    }
}

/// Reads a union: `pick` tries its branches, and what fits none becomes `unknown`.
///
/// # Errors
/// Those of the deserializer; a value that fits no branch is none.
pub fn read<'de, T, D>(
    deserializer: D,
    unknown: impl FnOnce(UnknownJson) -> T,
    pick: impl FnOnce(Found<'_>) -> Option<T>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    if TRYING.get() {
        IgnoredAny::deserialize(deserializer)?;
        return Ok(unknown(UnknownJson::new(Value::Null)));
    }
    let value = Value::deserialize(deserializer)?;
    Ok(match pick(Found(&value)) {
        Some(branch) => branch,
        None => {
            drift::unknown_variant();
            unknown(UnknownJson::new(value))
        }
    })
}

/// A value whose branch is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Found<'v>(&'v Value);

impl Found<'_> {
    /// An object that has all of these members, and says one of these values in each of the marked ones.
    pub fn object<B: Lenient, T>(
        self,
        requires: &[&str],
        marks: &[Mark],
        make: impl FnOnce(B) -> T,
    ) -> Option<T> {
        let members = self.0.as_object()?;
        let has_all = requires.iter().all(|name| members.contains_key(*name));
        let is_marked = marks.iter().all(|(name, values)| {
            let value = members.get(*name).and_then(Value::as_str);
            value.is_some_and(|value| values.contains(&value))
        });
        self.if_so(has_all && is_marked, make)
    }

    /// Any text.
    pub fn text<B: Lenient, T>(self, make: impl FnOnce(B) -> T) -> Option<T> {
        self.if_so(self.0.is_string(), make)
    }

    /// A text that is one of the known values of an enum.
    pub fn known<B: Lenient + OpenEnum, T>(self, make: impl FnOnce(B) -> T) -> Option<T> {
        let is_known = self
            .0
            .as_str()
            .is_some_and(|text| B::VALUES.contains(&text));
        self.if_so(is_known, make)
    }

    /// A text that is a time.
    pub fn time<T>(self, make: impl FnOnce(Timestamp) -> T) -> Option<T> {
        let time = Timestamp::from(self.0.as_str()?);
        time.unix_seconds().is_some().then(|| make(time))
    }

    /// A number without a fraction.
    pub fn integer<T>(self, make: impl FnOnce(i64) -> T) -> Option<T> {
        self.if_so(self.0.is_number(), make)
    }

    /// Any number.
    pub fn number<T>(self, make: impl FnOnce(f64) -> T) -> Option<T> {
        self.if_so(self.0.is_number(), make)
    }

    /// `true` or `false`.
    pub fn boolean<T>(self, make: impl FnOnce(bool) -> T) -> Option<T> {
        self.if_so(self.0.is_boolean(), make)
    }

    /// A list, all items of which can be read.
    pub fn list<B: Lenient, T>(self, make: impl FnOnce(B) -> T) -> Option<T> {
        self.if_so(self.0.is_array(), make)
    }

    /// Any value that can be read.
    pub fn any<B: Lenient, T>(self, make: impl FnOnce(B) -> T) -> Option<T> {
        self.if_so(true, make)
    }

    /// What fits is read for good only once it is known to be readable.
    fn if_so<B: Lenient, T>(self, fits: bool, make: impl FnOnce(B) -> T) -> Option<T> {
        if !fits || !self.is_readable::<B>() {
            return None;
        }
        B::lenient(self.0).ok().map(make)
    }

    /// What is noted on a trial is forgotten.
    fn is_readable<B: Lenient>(self) -> bool {
        let mark = drift::mark();
        let _trying = Trying::start();
        let is_readable = B::lenient(self.0).is_ok();
        mark.into_iter().for_each(drift::forget_since);
        is_readable
    }
}
