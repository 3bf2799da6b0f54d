//! Texts, numbers and booleans with their limits.

use openapiv3::{
    BooleanType, IntegerType, NumberType, StringFormat, StringType, VariantOrUnknownOrEmpty,
};

use serde_json::Value;

use super::schema::{Lowered, plain};
use super::{Lower, pattern};
use crate::ir::{Constraint, TimeFormat, TypeRef};
use crate::lint::Profile;
use crate::load::push;

impl Lower<'_> {
    pub(super) fn string(&mut self, pointer: &str, string: &StringType) -> Lowered {
        let mut constraints = Vec::new();
        let mut ty = TypeRef::Text;
        match &string.format {
            VariantOrUnknownOrEmpty::Item(StringFormat::DateTime) => {
                ty = TypeRef::Timestamp(TimeFormat::Rfc3339);
            }
            VariantOrUnknownOrEmpty::Item(StringFormat::Password) => ty = TypeRef::Secret,
            VariantOrUnknownOrEmpty::Item(StringFormat::Date) => constraints.push(Constraint::Date),
            VariantOrUnknownOrEmpty::Unknown(format) => match format.as_str() {
                "date-time-local" if self.profile != Profile::Foreign => {
                    ty = TypeRef::Timestamp(TimeFormat::Local);
                }
                "basic-offset-time" => ty = TypeRef::Timestamp(TimeFormat::BasicOffset),
                "full-hours" => constraints.push(Constraint::FullHours),
                "utc-offset" => constraints.push(Constraint::UtcOffset),
                "week-days" => constraints.push(Constraint::WeekDays),
                "hour-window" => constraints.push(Constraint::HourWindow(15)),
                "full-hour-window" => constraints.push(Constraint::HourWindow(60)),
                _ => {}
            },
            _ => {}
        }
        if let Some(text) = &string.pattern {
            match pattern::plain_checks(text) {
                Some(checks) => constraints.extend(checks),
                None => self.error(
                    &push(pointer, "pattern"),
                    "this pattern can't be turned into checks",
                    "only character classes, lengths and a forbidden prefix are understood",
                    "say it with `minLength`, `maxLength`, classes, or a `format` of our own",
                ),
            }
        }
        let length = (
            string.min_length.map(|n| n as u64),
            string.max_length.map(|n| n as u64),
        );
        add_length(&mut constraints, length);
        self.length_left(pointer, &constraints);
        let is_length = |limit: &Constraint| matches!(limit, Constraint::Length(..));
        if ty == TypeRef::Secret && !constraints.iter().all(is_length) {
            self.error(
                pointer,
                "of a password only the length can be checked",
                "a violation of another limit would show a part of it",
                "say the limit in the description",
            );
        }
        if matches!(ty, TypeRef::Timestamp(_)) && !constraints.is_empty() {
            constraints.clear();
            self.error(
                pointer,
                "a time needs no other limit",
                "its format decides already",
                "remove `pattern`, `minLength` and `maxLength`",
            );
        }
        Lowered {
            constraints,
            ..plain(ty)
        }
    }

    /// `also` are values beside the range.
    pub(super) fn integer(
        &mut self,
        pointer: &str,
        integer: &IntegerType,
        also: Option<&Value>,
    ) -> Lowered {
        let mut lowered = plain(TypeRef::Integer);
        let values: Vec<i64> = integer.enumeration.iter().flatten().copied().collect();
        if !values.is_empty() {
            lowered.constraints.push(Constraint::Integers(values));
        }
        match bounds(integer) {
            Some((None, None)) => {}
            Some((least, most)) => {
                let also = also.and_then(Value::as_array).into_iter().flatten();
                let also: Vec<i64> = also.filter_map(Value::as_i64).collect();
                lowered.constraints.push(match also.is_empty() {
                    true => Constraint::Range(least, most),
                    false => Constraint::RangeOr(least, most, also),
                });
            }
            None => self.nothing_left(pointer),
        }
        if let Some(step) = integer.multiple_of {
            lowered.constraints.push(Constraint::MultipleOf(step));
        }
        lowered
    }

    pub(super) fn number(&mut self, number: &NumberType) -> Lowered {
        let mut limits = Vec::new();
        let values: Vec<f64> = number.enumeration.iter().flatten().copied().collect();
        if !values.is_empty() {
            limits.push(Constraint::Numbers(values));
        }
        let least = number.minimum.filter(|_| !number.exclusive_minimum);
        let most = number.maximum.filter(|_| !number.exclusive_maximum);
        if least.is_some() || most.is_some() {
            limits.push(Constraint::NumberRange(least, most));
        }
        let above = number.minimum.filter(|_| number.exclusive_minimum);
        let below = number.maximum.filter(|_| number.exclusive_maximum);
        limits.extend(above.map(Constraint::Above));
        limits.extend(below.map(Constraint::Below));
        limits.extend(number.multiple_of.map(Constraint::Step));
        Lowered {
            constraints: limits,
            ..plain(TypeRef::Number)
        }
    }

    /// `enum` of both values says nothing.
    pub(super) fn boolean(&mut self, boolean: &BooleanType) -> Lowered {
        let lists = |value: bool| boolean.enumeration.contains(&Some(value));
        let mut lowered = plain(TypeRef::Boolean);
        if lists(true) != lists(false) {
            lowered.constraints.push(Constraint::Only(lists(true)));
        }
        lowered
    }

    fn length_left(&mut self, pointer: &str, constraints: &[Constraint]) {
        let empty = |c: &Constraint| matches!(c, Constraint::Length(Some(least), Some(most)) if least > most);
        if constraints.iter().any(empty) {
            self.nothing_left(pointer);
        }
    }

    fn nothing_left(&mut self, pointer: &str) {
        self.error(
            pointer,
            "no value keeps to these limits",
            "the least is above the greatest",
            "mend the limits; mind `exclusiveMinimum`, `exclusiveMaximum` and `pattern`",
        );
    }
}

/// Least and greatest value, both allowed; `None` where no value is left.
fn bounds(integer: &IntegerType) -> Option<(Option<i64>, Option<i64>)> {
    let least = match integer.minimum {
        Some(n) => Some(n.checked_add(i64::from(integer.exclusive_minimum))?),
        None => None,
    };
    let most = match integer.maximum {
        Some(n) => Some(n.checked_sub(i64::from(integer.exclusive_maximum))?),
        None => None,
    };
    match (least, most) {
        (Some(least), Some(most)) if least > most => None,
        both => Some(both),
    }
}

/// `minLength` and `maxLength` beside a pattern that states a length too: the
/// narrower bound of each side holds.
fn add_length(constraints: &mut Vec<Constraint>, (least, most): (Option<u64>, Option<u64>)) {
    // No text is shorter than empty.
    let least = least.filter(|least| *least > 0);
    if least.is_none() && most.is_none() {
        return;
    }
    for constraint in constraints.iter_mut() {
        if let Constraint::Length(low, high) = constraint {
            *low = (*low).max(least);
            *high = [*high, most].into_iter().flatten().min();
            return;
        }
    }
    constraints.push(Constraint::Length(least, most));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(minimum: Option<i64>, maximum: Option<i64>, exclusive: bool) -> IntegerType {
        IntegerType {
            minimum,
            maximum,
            exclusive_minimum: exclusive,
            exclusive_maximum: exclusive,
            ..IntegerType::default()
        }
    }

    #[test]
    fn bounds_at_the_extremes_do_not_wrap() {
        let (low, high) = (i64::MIN, i64::MAX);
        for (limits, expected) in [
            (integer(None, None, true), Some((None, None))),
            (integer(Some(1), Some(3), true), Some((Some(2), Some(2)))),
            (integer(Some(1), Some(2), true), None),
            (integer(Some(high), None, true), None),
            (integer(None, Some(low), true), None),
            (
                integer(Some(low), Some(high), false),
                Some((Some(low), Some(high))),
            ),
        ] {
            assert_eq!(bounds(&limits), expected, "{limits:?}");
        }
    }

    #[test]
    fn a_length_of_zero_is_no_limit() {
        let mut none = Vec::new();
        add_length(&mut none, (Some(0), None));
        assert_eq!(none, []);
        let mut most = vec![Constraint::Length(None, Some(9))];
        add_length(&mut most, (Some(0), Some(5)));
        assert_eq!(most, [Constraint::Length(None, Some(5))]);
    }
}
