//! The checks of one member.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::{Bound, RangeBounds};

use super::{Validate, Validator, ViolationKind, charset, formats, words};
use crate::enums::OpenEnum;
use crate::secret::Secret;
use crate::time::{TimeFormat, Timestamp};

/// One member under validation; see [`Validator::member`].
///
/// Every check returns the member, so that checks chain, and reports at most
/// one violation. An absent member passes all of them but
/// [`required`](Self::required).
#[derive(Debug)]
pub struct Member<'a, T: ?Sized> {
    validator: &'a mut Validator,
    /// `None` for the value at the current position itself.
    name: Option<&'a str>,
    value: Option<&'a T>,
}

impl<'a, T: ?Sized> Member<'a, T> {
    pub(super) fn new(
        validator: &'a mut Validator,
        name: Option<&'a str>,
        value: Option<&'a T>,
    ) -> Self {
        Self {
            validator,
            name,
            value,
        }
    }

    /// The member must be given.
    pub fn required(mut self) -> Self {
        if self.value.is_none() {
            self.report(ViolationKind::Required, "is required".to_owned());
        }
        self
    }

    fn report(&mut self, kind: ViolationKind, message: String) {
        self.validator
            .report(self.name.unwrap_or_default(), kind, message);
    }

    /// Runs a check on the value, which answers with what is wrong.
    fn check(mut self, kind: ViolationKind, wrong: impl FnOnce(&T) -> Option<String>) -> Self {
        if let Some(message) = self.value.and_then(wrong) {
            self.report(kind, message);
        }
        self
    }

    /// Runs checks with the position moved to the value.
    fn within(self, checks: impl FnOnce(&mut Validator, &T)) -> Self {
        if let Some(value) = self.value {
            match self.name {
                Some(name) => self.validator.place(name, |v| checks(v, value)),
                None => checks(self.validator, value),
            }
        }
        self
    }
}

/// The numbers that members can hold: `i64` and `f64`.
pub trait Number: Copy + PartialOrd + Display + sealed::Sealed {
    /// Whether the number is a whole multiple of the step. For floats a
    /// difference that rounding explains does not count. Every number is a
    /// multiple of zero.
    fn is_multiple_of(self, step: Self) -> bool;
}

mod sealed {
    /// Keeps [`Number`](super::Number) to the two types of the models.
    pub trait Sealed {}
    impl Sealed for i64 {}
    impl Sealed for f64 {}
}

impl Number for i64 {
    fn is_multiple_of(self, step: Self) -> bool {
        // `None`: a step of zero, or -1 at the smallest number.
        self.checked_rem(step).is_none_or(|rest| rest == 0)
    }
}

impl Number for f64 {
    fn is_multiple_of(self, step: Self) -> bool {
        let times = self / step;
        step == 0.0 || (times - times.round()).abs() <= times.abs().max(1.0) * 1e-12
    }
}

impl<T: Number> Member<'_, T> {
    /// The number must lie in the range.
    pub fn range(self, bounds: impl RangeBounds<T>) -> Self {
        self.check(ViolationKind::Range, |number| {
            let range = || words::range(bounds.start_bound(), bounds.end_bound());
            (!bounds.contains(number)).then(|| format!("must be {}, is {number}", range()))
        })
    }

    /// The number must lie in the range, or be one of these.
    pub fn range_or(self, bounds: impl RangeBounds<T>, others: &[T]) -> Self {
        self.check(ViolationKind::Range, |number| {
            let range = || words::range(bounds.start_bound(), bounds.end_bound());
            let good = bounds.contains(number) || others.contains(number);
            let names = || {
                let names: Vec<String> = others.iter().map(T::to_string).collect();
                names.join(" or ")
            };
            (!good).then(|| format!("must be {} or {}, is {number}", range(), names()))
        })
    }

    /// The number must be greater than this.
    pub fn exclusive_min(self, low: T) -> Self {
        self.range((Bound::Excluded(low), Bound::Unbounded))
    }

    /// The number must be less than this.
    pub fn exclusive_max(self, high: T) -> Self {
        self.range((Bound::Unbounded, Bound::Excluded(high)))
    }

    /// The number must be a whole multiple of this.
    pub fn multiple_of(self, step: T) -> Self {
        self.check(ViolationKind::Range, |number| {
            let wrong = !number.is_multiple_of(step);
            wrong.then(|| format!("must be a multiple of {step}, is {number}"))
        })
    }
}

impl<T: PartialEq + Display> Member<'_, T> {
    /// The value must be one of these.
    pub fn values(self, values: &[T]) -> Self {
        self.check(ViolationKind::UnknownValue, |value| {
            let names = || {
                let names: Vec<String> = values.iter().map(T::to_string).collect();
                names.join(" or ")
            };
            (!values.contains(value)).then(|| format!("must be {}, is {value}", names()))
        })
    }
}

impl<T: AsRef<str> + ?Sized> Member<'_, T> {
    /// The text must have so many characters (not bytes).
    pub fn length(self, bounds: impl RangeBounds<usize>) -> Self {
        self.check(ViolationKind::Length, |text| {
            let count = text.as_ref().chars().count();
            let amount = || words::amount(bounds.start_bound(), bounds.end_bound(), "character");
            (!bounds.contains(&count)).then(|| format!("must be {} long, is {count}", amount()))
        })
    }

    /// The text must start with a character of this class, such as `A-Za-z`:
    /// characters and ranges without escapes; a `-` at either end is a hyphen.
    pub fn first(self, class: &str) -> Self {
        self.check(ViolationKind::Characters, |text| {
            let found = match text.as_ref().chars().next() {
                Some(c) if charset::contains(class, c) => return None,
                Some(c) => format!("starts with {}", words::character(c)),
                None => "is empty".to_owned(),
            };
            Some(format!(
                "must start with {}, {found}",
                charset::describe_one(class)
            ))
        })
    }

    /// The text must hold only characters of this class; see
    /// [`first`](Self::first) for its syntax.
    pub fn chars(self, class: &str) -> Self {
        self.check(ViolationKind::Characters, |text| {
            let wrong = text
                .as_ref()
                .chars()
                .find(|c| !charset::contains(class, *c))?;
            let (only, found) = (charset::describe_all(class), words::character(wrong));
            Some(format!("must hold only {only}, holds {found}"))
        })
    }

    /// The text must hold no character of this class; see
    /// [`first`](Self::first) for its syntax.
    pub fn no_chars(self, class: &str) -> Self {
        self.check(ViolationKind::Characters, |text| {
            let wrong = text
                .as_ref()
                .chars()
                .find(|c| charset::contains(class, *c))?;
            let (none, found) = (charset::describe_all(class), words::character(wrong));
            Some(format!("must hold none of {none}, holds {found}"))
        })
    }

    /// The text must start with this.
    pub fn prefix(self, start: &str) -> Self {
        self.check(ViolationKind::Format, |text| {
            let text = text.as_ref();
            let wrong = !text.starts_with(start);
            wrong.then(|| format!("must start with `{start}`, is {}", words::quoted(text)))
        })
    }

    /// The text must not start with this.
    pub fn not_prefix(self, start: &str) -> Self {
        self.check(ViolationKind::Format, |text| {
            let wrong = text.as_ref().starts_with(start);
            wrong.then(|| format!("must not start with `{start}`"))
        })
    }

    /// The text must be full hours, `HH:00[,HH:00]…` with hours 00 to 23; for
    /// their order see [`Validator::schedule`].
    pub fn full_hours(self) -> Self {
        self.form(formats::is_full_hours, "full hours such as `22:00,00:00`")
    }

    /// The text must be days of the week, `1` for Monday to `7` for Sunday, with commas between.
    pub fn week_days(self) -> Self {
        self.form(formats::is_week_days, "days such as `1,2,5`")
    }

    /// The text must be an hour of a day, `hh:mm-HH:MM`, that begins at a multiple of so many
    /// minutes past the full hour.
    pub fn hour_window(self, step: u32) -> Self {
        let is_window = |text: &str| formats::is_hour_window(text, step);
        match step {
            60 => self.form(is_window, "an hour such as `21:00-22:00`"),
            _ => self.form(is_window, "an hour such as `21:15-22:15`"),
        }
    }

    /// The text must be a day of the calendar, `yyyy-mm-dd`.
    pub fn date(self) -> Self {
        self.form(crate::time::is_date, "a day such as `2026-01-31`")
    }

    fn form(self, is_good: impl Fn(&str) -> bool, wanted: &str) -> Self {
        self.check(ViolationKind::Format, |text| {
            let text = text.as_ref();
            let wrong = !is_good(text);
            wrong.then(|| format!("must be {wanted}, is {}", words::quoted(text)))
        })
    }

    /// The text must be an offset from UTC, `UTC+HH:MM` or `UTC-HH:MM`.
    pub fn utc_offset(self) -> Self {
        let is_offset = |text: &str| formats::utc_offset(text).is_some();
        self.form(is_offset, "an offset such as `UTC+08:00`")
    }
}

impl Member<'_, Secret> {
    /// The text must have so many characters (not bytes). What it is, is not
    /// said.
    pub fn length(self, bounds: impl RangeBounds<usize>) -> Self {
        self.check(ViolationKind::Length, |secret| {
            let count = secret.expose().chars().count();
            let amount = || words::amount(bounds.start_bound(), bounds.end_bound(), "character");
            (!bounds.contains(&count)).then(|| format!("must be {} long, is {count}", amount()))
        })
    }
}

impl Member<'_, Timestamp> {
    /// The time must be one that can be sent in this form: readable and with
    /// an offset. It need not be written in the form, since it is converted.
    pub fn time(self, format: TimeFormat) -> Self {
        self.check(ViolationKind::Format, |time| {
            let wrong = !time.is_sendable();
            let example = format.example();
            wrong.then(|| {
                format!(
                    "must be a time with an offset such as `{example}`, is {}",
                    words::quoted(time.as_str())
                )
            })
        })
    }
}

impl<T: OpenEnum> Member<'_, T> {
    /// The value must be one that the document lists.
    pub fn known(self) -> Self {
        self.check(ViolationKind::UnknownValue, |value| {
            let values = || words::names(T::VALUES.iter().copied(), "or");
            let wrong = !value.is_known();
            wrong.then(|| {
                format!(
                    "must be one of {}, is {}",
                    values(),
                    words::quoted(value.as_str())
                )
            })
        })
    }
}

impl<T: AsRef<str>> Member<'_, T> {
    /// The text must be one of these: some values of an enum.
    pub fn one_of(self, values: &[&str]) -> Self {
        self.check(ViolationKind::UnknownValue, |value| {
            let text = value.as_ref();
            let wrong = !values.contains(&text);
            wrong.then(|| {
                let values = words::names(values.iter().copied(), "or");
                format!("must be one of {values}, is {}", words::quoted(text))
            })
        })
    }
}

impl<T: Validate + ?Sized> Member<'_, T> {
    /// The value must keep its own limits.
    pub fn nested(self) -> Self {
        self.within(|v, value| value.validate(v))
    }
}

impl<T> Member<'_, Vec<T>> {
    /// The list must have so many items.
    pub fn items(self, bounds: impl RangeBounds<usize>) -> Self {
        self.check(ViolationKind::Items, |list| entries(list.len(), &bounds))
    }

    /// No item may occur twice. Each item is compared with all before it, so
    /// bound the list by [`items`](Self::items) where it may be long.
    pub fn unique(self) -> Self
    where
        T: PartialEq,
    {
        self.within(|v, list| {
            for (index, item) in list.iter().enumerate() {
                if let Some(first) = list[..index].iter().position(|other| other == item) {
                    v.at_index(index, |v| {
                        v.report(
                            "",
                            ViolationKind::Duplicate,
                            format!("must differ from item {first}"),
                        );
                    });
                }
            }
        })
    }

    /// Runs checks on each item, with the position moved to it; see
    /// [`Validator::item`].
    pub fn each(self, mut checks: impl FnMut(&mut Validator, &T)) -> Self {
        self.within(|v, list| {
            for (index, item) in list.iter().enumerate() {
                v.at_index(index, |v| checks(v, item));
            }
        })
    }
}

impl<T> Member<'_, BTreeMap<String, T>> {
    /// The map must have so many entries.
    pub fn items(self, bounds: impl RangeBounds<usize>) -> Self {
        self.check(ViolationKind::Items, |map| entries(map.len(), &bounds))
    }

    /// Runs checks on each value, with the position moved to its key.
    pub fn each(self, mut checks: impl FnMut(&mut Validator, &T)) -> Self {
        self.within(|v, map| {
            for (key, value) in map {
                v.at_key(key, |v| checks(v, value));
            }
        })
    }
}

/// What is wrong with the number of entries, if anything.
fn entries(count: usize, bounds: &impl RangeBounds<usize>) -> Option<String> {
    let amount = || words::amount(bounds.start_bound(), bounds.end_bound(), "item");
    (!bounds.contains(&count)).then(|| format!("must hold {}, holds {count}", amount()))
}
