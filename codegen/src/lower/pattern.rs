//! Regular expressions that say no more than a class, a length or a prefix,
//! read into plain checks.
//!
//! The form: `^`, an optional `(?!literal)`, then one or two character classes
//! with a repetition each, `$`.

use crate::ir::Constraint;

/// The checks that say the same as the pattern, or `None` when it says more.
pub(super) fn plain_checks(pattern: &str) -> Option<Vec<Constraint>> {
    let body = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let mut checks = Vec::new();
    let body = match body.strip_prefix("(?!") {
        Some(rest) => {
            let (literal, rest) = rest.split_once(')')?;
            if literal.is_empty() || !literal.chars().all(is_literal) {
                return None;
            }
            checks.push(Constraint::NotPrefix(literal.to_owned()));
            rest
        }
        None => body,
    };
    let (first, rest) = repeated_class(body)?;
    if rest.is_empty() {
        checks.extend(whole(first));
        return Some(checks);
    }
    let (second, rest) = repeated_class(rest)?;
    if !rest.is_empty() || first.least != 1 || first.most != Some(1) || first.negated {
        return None;
    }
    checks.extend(first_and_rest(first, second)?);
    Some(checks)
}

struct Repeated<'a> {
    class: &'a str,
    negated: bool,
    least: u64,
    most: Option<u64>,
}

fn whole(part: Repeated<'_>) -> Vec<Constraint> {
    let class = part.class.to_owned();
    let mut checks = vec![if part.negated {
        Constraint::NoChars(class)
    } else {
        Constraint::Chars(class)
    }];
    if part.least > 0 || part.most.is_some() {
        let least = (part.least > 0).then_some(part.least);
        checks.push(Constraint::Length(least, part.most));
    }
    checks
}

/// The rest must allow all that the first allows, or the two would not add up
/// to one class for the whole text.
fn first_and_rest(first: Repeated<'_>, rest: Repeated<'_>) -> Option<Vec<Constraint>> {
    if rest.negated || !includes(&ranges(rest.class)?, &ranges(first.class)?) {
        return None;
    }
    let mut checks = vec![
        Constraint::First(first.class.to_owned()),
        Constraint::Chars(rest.class.to_owned()),
    ];
    let least = rest.least.checked_add(1)?;
    let most = match rest.most {
        Some(most) => Some(most.checked_add(1)?),
        None => None,
    };
    checks.push(Constraint::Length(Some(least), most));
    Some(checks)
}

/// First and last character of a range.
type Range = (char, char);

/// Whether each range of `inner` lies in one of `outer`.
fn includes(outer: &[Range], inner: &[Range]) -> bool {
    inner.iter().all(|(low, high)| {
        let holds = |(least, most): &Range| least <= low && high <= most;
        outer.iter().any(holds)
    })
}

/// The characters and ranges of a class; a `-` at either end or behind a range
/// stands for itself. `None` where a range runs backwards.
fn ranges(class: &str) -> Option<Vec<Range>> {
    let mut found = Vec::new();
    let mut chars = class.chars();
    while let Some(low) = chars.next() {
        let mut ahead = chars.clone();
        let high = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) => {
                chars = ahead;
                high
            }
            _ => low,
        };
        if low > high {
            return None;
        }
        found.push((low, high));
    }
    Some(found)
}

fn repeated_class(text: &str) -> Option<(Repeated<'_>, &str)> {
    let inner = text.strip_prefix('[')?;
    let (negated, inner) = match inner.strip_prefix('^') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let end = inner.find(']')?;
    let class = &inner[..end];
    if class.is_empty() || class.contains(['\\', '[']) {
        return None;
    }
    ranges(class)?;
    let (least, most, rest) = repetition(&inner[end + 1..])?;
    let part = Repeated {
        class,
        negated,
        least,
        most,
    };
    Some((part, rest))
}

fn repetition(text: &str) -> Option<(u64, Option<u64>, &str)> {
    match text.chars().next() {
        Some('*') => Some((0, None, &text[1..])),
        Some('+') => Some((1, None, &text[1..])),
        Some('?') => Some((0, Some(1), &text[1..])),
        Some('{') => {
            let (inner, rest) = text[1..].split_once('}')?;
            let (least, most) = match inner.split_once(',') {
                Some((least, "")) => (least.parse().ok()?, None),
                Some((least, most)) => (least.parse().ok()?, Some(most.parse().ok()?)),
                None => {
                    let count = inner.parse().ok()?;
                    (count, Some(count))
                }
            };
            if most.is_some_and(|most| most < least) {
                return None;
            }
            Some((least, most, rest))
        }
        _ => Some((1, Some(1), text)),
    }
}

fn is_literal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_with_a_length() {
        assert_eq!(
            plain_checks("^[A-Za-z0-9_-]{1,36}$"),
            Some(vec![
                Constraint::Chars("A-Za-z0-9_-".into()),
                Constraint::Length(Some(1), Some(36)),
            ])
        );
    }

    #[test]
    fn a_first_class_and_a_rest() {
        assert_eq!(
            plain_checks("^[A-Za-z][A-Za-z0-9_-]{3,63}$"),
            Some(vec![
                Constraint::First("A-Za-z".into()),
                Constraint::Chars("A-Za-z0-9_-".into()),
                Constraint::Length(Some(4), Some(64)),
            ])
        );
    }

    #[test]
    fn a_forbidden_prefix_and_forbidden_characters() {
        assert_eq!(
            plain_checks("^(?!default)[^<>]*$"),
            Some(vec![
                Constraint::NotPrefix("default".into()),
                Constraint::NoChars("<>".into()),
            ])
        );
    }

    #[test]
    fn a_first_class_in_other_words_than_the_rest() {
        for (pattern, understood) in [
            ("^[a-zA-Z][A-Za-z0-9]*$", true),
            ("^[b-y_][_a-z]*$", true),
            ("^[-a][a-]*$", true),
            // As text, `a-c` lies in `a-cx`, and `b-` in `ab-d`.
            ("^[a-d][a-cx]*$", false),
            ("^[b-][ab-d]*$", false),
            ("^[a-z][0-9]*$", false),
            ("^[z-a][z-a]*$", false),
        ] {
            assert_eq!(plain_checks(pattern).is_some(), understood, "{pattern}");
        }
    }

    #[test]
    fn counts_that_no_number_holds() {
        let most = u64::MAX;
        for pattern in [
            format!("^[a][a]{{0,{most}}}$"),
            format!("^[a][a]{{{most},}}$"),
            format!("^[a]{{{most}0}}$"),
            "^[a]{3,2}$".to_owned(),
        ] {
            assert_eq!(plain_checks(&pattern), None, "{pattern}");
        }
    }

    #[test]
    fn anything_else_is_left_alone() {
        for pattern in [
            "a+",
            "^(a|b)$",
            "^[a]$|^[b]$",
            "^[a-z][A-Z]*$",
            r"^[\d]+$",
            "^\\w+$",
        ] {
            assert_eq!(plain_checks(pattern), None, "{pattern}");
        }
    }
}
