//! Limits of values: numbers, lengths, counts, patterns.

use serde_json::Value;

use super::kinds::{self, Kind};
use super::shape::Shape;
use super::side::Loc;

/// A limit that is another now.
pub(super) struct Changed<'a> {
    pub(super) kind: &'static Kind,
    pub(super) keyword: &'static str,
    pub(super) base: Option<Loc<'a>>,
    pub(super) revision: Option<Loc<'a>>,
    pub(super) message: String,
}

/// Which way a limit narrows.
#[derive(Clone, Copy, PartialEq)]
enum Narrower {
    Less,
    Greater,
}

/// Keywords and the way in which each narrows.
const LIMITS: [(&str, Narrower); 8] = [
    ("maximum", Narrower::Less),
    ("minimum", Narrower::Greater),
    ("maxLength", Narrower::Less),
    ("minLength", Narrower::Greater),
    ("maxItems", Narrower::Less),
    ("minItems", Narrower::Greater),
    ("maxProperties", Narrower::Less),
    ("minProperties", Narrower::Greater),
];

/// A bound, and whether the value itself is left out.
#[derive(Clone, Copy)]
struct Bound<'a> {
    number: f64,
    open: bool,
    at: Loc<'a>,
}

/// All limits that differ.
pub(super) fn compare<'a>(base: &Shape<'a>, revision: &Shape<'a>) -> Vec<Changed<'a>> {
    let mut found = Vec::new();
    for (keyword, narrower) in LIMITS {
        let (old, new) = (
            bound(base, keyword, narrower),
            bound(revision, keyword, narrower),
        );
        found.extend(bounds(keyword, narrower, old, new));
    }
    found.extend(multiple(base, revision));
    found.extend(unique(base, revision));
    found.extend(pattern(base, revision));
    found
}

/// The narrowest bound of all parts. What a default says anyway is no bound.
fn bound<'a>(shape: &Shape<'a>, keyword: &'static str, narrower: Narrower) -> Option<Bound<'a>> {
    let mut best: Option<Bound<'a>> = None;
    let mut consider = |bound: Bound<'a>| {
        let tighter = best.is_none_or(|best| tighter(narrower, bound, best));
        if tighter && !(keyword.starts_with("min") && keyword != "minimum" && bound.number == 0.0) {
            best = Some(bound);
        }
    };
    let exclusive = match keyword {
        "maximum" => Some("exclusiveMaximum"),
        "minimum" => Some("exclusiveMinimum"),
        _ => None,
    };
    for part in &shape.parts {
        let open = exclusive.is_some_and(|key| part.is_true(key));
        let number = |at: Loc<'a>| Some((at, at.value.as_f64()?));
        if let Some((at, number)) = part.get(keyword).and_then(number) {
            consider(Bound { number, open, at });
        }
        // OpenAPI 3.1 writes the bound itself there.
        let exclusive = exclusive.and_then(|key| part.get(key));
        if let Some((at, number)) = exclusive.and_then(number) {
            let open = true;
            consider(Bound { number, open, at });
        }
    }
    best
}

fn tighter(narrower: Narrower, a: Bound<'_>, b: Bound<'_>) -> bool {
    if a.number == b.number {
        return a.open && !b.open;
    }
    match narrower {
        Narrower::Less => a.number < b.number,
        Narrower::Greater => a.number > b.number,
    }
}

fn bounds<'a>(
    keyword: &'static str,
    narrower: Narrower,
    base: Option<Bound<'a>>,
    revision: Option<Bound<'a>>,
) -> Option<Changed<'a>> {
    let say = |bound: &Bound<'_>| match bound.open {
        true => format!("{}, itself excluded", bound.number),
        false => bound.number.to_string(),
    };
    let (kind, message) = match (&base, &revision) {
        (None, None) => return None,
        (None, Some(new)) => (
            &kinds::LIMIT_ADDED,
            format!("`{keyword}` is {} now, there was none", say(new)),
        ),
        (Some(old), None) => (
            &kinds::LIMIT_REMOVED,
            format!("`{keyword}` was {}, there is none now", say(old)),
        ),
        (Some(old), Some(new)) => {
            let kind = if tighter(narrower, *new, *old) {
                &kinds::LIMIT_TIGHTENED
            } else if tighter(narrower, *old, *new) {
                &kinds::LIMIT_LOOSENED
            } else {
                return None;
            };
            (
                kind,
                format!("`{keyword}` goes from {} to {}", say(old), say(new)),
            )
        }
    };
    Some(Changed {
        kind,
        keyword,
        base: base.map(|it| it.at),
        revision: revision.map(|it| it.at),
        message,
    })
}

fn multiple<'a>(base: &Shape<'a>, revision: &Shape<'a>) -> Option<Changed<'a>> {
    let keyword = "multipleOf";
    let (old, new) = (base.key(keyword), revision.key(keyword));
    let number = |loc: Option<Loc<'_>>| loc.and_then(|it| it.value.as_f64());
    let kind = match (number(old), number(new)) {
        (None, None) => return None,
        (Some(a), Some(b)) if a == b => return None,
        (None, Some(_)) => &kinds::LIMIT_ADDED,
        (Some(_), None) => &kinds::LIMIT_REMOVED,
        (Some(a), Some(b)) if (a / b).fract() == 0.0 => &kinds::LIMIT_LOOSENED,
        (Some(_), Some(_)) => &kinds::LIMIT_TIGHTENED,
    };
    let say = |loc: Option<Loc<'_>>| loc.map_or("none".to_owned(), |it| it.value.to_string());
    let message = format!("`multipleOf` goes from {} to {}", say(old), say(new));
    Some(Changed {
        kind,
        keyword,
        base: old,
        revision: new,
        message,
    })
}

fn unique<'a>(base: &Shape<'a>, revision: &Shape<'a>) -> Option<Changed<'a>> {
    let keyword = "uniqueItems";
    let (old, new) = (base.truth(keyword), revision.truth(keyword));
    let (kind, message) = match (old.is_some(), new.is_some()) {
        (false, true) => (&kinds::LIMIT_ADDED, "no value may stand twice in it now"),
        (true, false) => (&kinds::LIMIT_REMOVED, "values may stand twice in it now"),
        _ => return None,
    };
    Some(Changed {
        kind,
        keyword,
        base: old,
        revision: new,
        message: message.to_owned(),
    })
}

fn pattern<'a>(base: &Shape<'a>, revision: &Shape<'a>) -> Option<Changed<'a>> {
    let keyword = "pattern";
    let real = |shape: &Shape<'a>| shape.key(keyword).filter(|at| !fits_all(at.value));
    let (old, new) = (real(base), real(revision));
    let say = |loc: Loc<'_>| {
        let text = loc.value.as_str().unwrap_or_default();
        format!("`{}`", crate::lint::words::shorten(text))
    };
    let (kind, message) = match (old, new) {
        (None, None) => return None,
        (Some(a), Some(b)) if a.value == b.value => return None,
        (None, Some(b)) => (
            &kinds::PATTERN_ADDED,
            format!("must fit the pattern {} now", say(b)),
        ),
        (Some(a), None) => (
            &kinds::PATTERN_REMOVED,
            format!("need not fit the pattern {} any more", say(a)),
        ),
        (Some(a), Some(b)) => (
            &kinds::PATTERN_CHANGED,
            format!("the pattern goes from {} to {}", say(a), say(b)),
        ),
    };
    Some(Changed {
        kind,
        keyword,
        base: old.or_else(|| base.key(keyword)),
        revision: new.or_else(|| revision.key(keyword)),
        message,
    })
}

/// A pattern that forbids nothing.
fn fits_all(pattern: &Value) -> bool {
    let text = pattern.as_str().unwrap_or_default();
    matches!(
        text,
        "" | ".*" | "^.*$" | "^.*" | ".*$" | "^" | "$" | "(.*)"
    )
}
