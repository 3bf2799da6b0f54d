//! Limits of several schemas of one kind, together: the narrower one holds.

use openapiv3::{IntegerType, NumberType, StringType, VariantOrUnknownOrEmpty};

use super::fold::Part;
use super::says::{List, Says};

/// Lists; the place is that of the items, where another one than the first has them. `None` where
/// they hold different items, or one of the parts is no list.
pub(super) fn lists<'p, 'a: 'p>(
    first: List<'a>,
    rest: impl Iterator<Item = &'p Part<'a>>,
) -> Option<(Option<String>, List<'a>)> {
    let (mut at, mut all) = (None, first);
    for part in rest {
        let Says::List(list) = &part.says else {
            return None;
        };
        match (all.items, list.items) {
            (None, Some(items)) => {
                all.items = Some(items);
                at = Some(part.pointer.clone());
            }
            (Some(first), Some(second)) if first != second => return None,
            _ => {}
        }
        all.counts = narrower(all.counts, list.counts);
        all.unique |= list.unique;
    }
    Some((at, all))
}

/// Texts; `None` where one of the parts is none, or two say different patterns or formats.
pub(super) fn texts<'p, 'a: 'p>(
    first: StringType,
    rest: impl Iterator<Item = &'p Part<'a>>,
) -> Option<StringType> {
    let mut all = first;
    for part in rest {
        let Says::Text(text) = &part.says else {
            return None;
        };
        if all.format == VariantOrUnknownOrEmpty::Empty {
            all.format = text.format.clone();
        }
        match (&all.pattern, &text.pattern) {
            (Some(first), Some(second)) if first != second => return None,
            (None, Some(pattern)) => all.pattern = Some(pattern.clone()),
            _ => {}
        }
        all.min_length = all.min_length.max(text.min_length);
        all.max_length = least(all.max_length, text.max_length);
        all.enumeration = in_both(all.enumeration, &text.enumeration);
    }
    // The values decide already.
    if all.enumeration.iter().any(Option::is_some) {
        (all.pattern, all.min_length, all.max_length) = (None, None, None);
    }
    Some(all)
}

/// Integers; `None` where none of the parts says so, or one is no number at all.
pub(super) fn integers(parts: &[Part<'_>]) -> Option<IntegerType> {
    let mut all: Option<IntegerType> = None;
    for part in parts {
        let integer = match &part.says {
            Says::Integer(integer) => integer.clone(),
            Says::Number(number) => as_integer(number),
            _ => return None,
        };
        all = Some(match all {
            None => integer,
            Some(all) => both_integers(all, &integer),
        });
    }
    let is_integer = |part: &Part<'_>| matches!(part.says, Says::Integer(_));
    all.filter(|_| parts.iter().any(is_integer))
}

fn both_integers(mut all: IntegerType, other: &IntegerType) -> IntegerType {
    if other.minimum > all.minimum {
        (all.minimum, all.exclusive_minimum) = (other.minimum, other.exclusive_minimum);
    }
    if other.maximum.is_some() && all.maximum.is_none_or(|most| other.maximum < Some(most)) {
        (all.maximum, all.exclusive_maximum) = (other.maximum, other.exclusive_maximum);
    }
    all.multiple_of = all.multiple_of.or(other.multiple_of);
    all.enumeration = in_both(all.enumeration, &other.enumeration);
    all
}

fn as_integer(number: &NumberType) -> IntegerType {
    let whole = |n: f64| (n.abs() < 9.0e15).then_some(n as i64);
    let minimum = number.minimum.map(f64::ceil).and_then(whole);
    let maximum = number.maximum.map(f64::floor).and_then(whole);
    IntegerType {
        minimum,
        maximum,
        // A bound that was no integer has moved inside already.
        exclusive_minimum: number.exclusive_minimum && minimum.map(|n| n as f64) == number.minimum,
        exclusive_maximum: number.exclusive_maximum && maximum.map(|n| n as f64) == number.maximum,
        multiple_of: number
            .multiple_of
            .filter(|n| n.fract() == 0.0)
            .and_then(whole),
        ..IntegerType::default()
    }
}

/// Numbers; `None` where one of the parts is none.
pub(super) fn numbers(parts: &[Part<'_>]) -> Option<NumberType> {
    let mut all = NumberType::default();
    for part in parts {
        let Says::Number(number) = &part.says else {
            return None;
        };
        if number.minimum > all.minimum {
            (all.minimum, all.exclusive_minimum) = (number.minimum, number.exclusive_minimum);
        }
        if number.maximum.is_some() && all.maximum.is_none_or(|most| number.maximum < Some(most)) {
            (all.maximum, all.exclusive_maximum) = (number.maximum, number.exclusive_maximum);
        }
        all.multiple_of = all.multiple_of.or(number.multiple_of);
        all.enumeration = in_both(all.enumeration, &number.enumeration);
    }
    Some(all)
}

/// Values that both lists have; an empty list stands for all values.
fn in_both<T: PartialEq + Clone>(first: Vec<T>, second: &[T]) -> Vec<T> {
    if first.is_empty() {
        return second.to_vec();
    }
    let kept: Vec<T> = first
        .iter()
        .filter(|value| second.is_empty() || second.contains(value))
        .cloned()
        .collect();
    // Nothing in common is a slip of the document; the later list is the more special.
    match kept.is_empty() {
        true => second.to_vec(),
        false => kept,
    }
}

/// Counts within both bounds.
pub(super) fn narrower(
    first: (Option<u64>, Option<u64>),
    second: (Option<u64>, Option<u64>),
) -> (Option<u64>, Option<u64>) {
    (first.0.max(second.0), least(first.1, second.1))
}

fn least<T: Ord>(first: Option<T>, second: Option<T>) -> Option<T> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.min(second)),
        (first, second) => first.or(second),
    }
}
