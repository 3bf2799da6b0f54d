//! Formats of texts and numbers: which are types of clients, and which only
//! hints.

use super::kinds::{self, Kind};
use super::schema::{Pair, say};
use super::shape::{NUMBER, STRING, Shape, Types};
use super::side::Loc;
use super::walk::{Walk, key_of};
use crate::lint::words::shorten;

impl<'a> Walk<'a> {
    /// Compares the formats of types that both sides allow.
    pub(super) fn formats(&mut self, pair: Pair<'_, 'a>) {
        let common = pair.base.types() & pair.revision.types();
        for bits in [STRING, NUMBER] {
            let of = |shape: &Shape<'a>| {
                let fits = |it: &&(Types, &str, Loc<'a>)| it.0 & bits & common != 0;
                shape.formats.iter().find(fits).map(|it| (it.1, it.2))
            };
            let (old, new) = (of(pair.base), of(pair.revision));
            let name = |it: Option<(&'a str, Loc<'a>)>| it.map_or("", |it| it.0);
            if common & bits == 0 || name(old) == name(new) {
                continue;
            }
            let integer = common & NUMBER != NUMBER;
            let kind = format_kind(name(old), name(new));
            let shown = |name: &str| match name {
                "" => "no format".to_owned(),
                other => format!("`{}`", shorten(other)),
            };
            let message = format!("{} becomes {}", shown(name(old)), shown(name(new)));
            let detail = format!("{}>{}", name(old), name(new));
            let pair = Pair {
                way: pair.way.muted(is_same(name(old), name(new), integer)),
                ..pair
            };
            let place = |it: Option<(&str, Loc<'a>)>| it.map(|it| key_of(it.1));
            self.found(pair, kind, place(old), place(new), say(detail, message));
        }
    }
}

/// Formats that clients make types of.
const BAKED: [&str; 12] = [
    "int32",
    "int64",
    "float",
    "double",
    "date",
    "date-time",
    "time",
    "byte",
    "binary",
    "uuid",
    "duration",
    "password",
];

/// Formats that put the same bytes on the wire: a password is any text, and an
/// integer has 64 bits unless something else is said.
fn is_same(old: &str, new: &str, integer: bool) -> bool {
    match (old, new) {
        ("password", "") | ("", "password") => true,
        ("", "int64") | ("int64", "") => integer,
        _ => false,
    }
}

fn format_kind(old: &str, new: &str) -> &'static Kind {
    let known = |name: &str| BAKED.contains(&name);
    match (old, new) {
        ("int32", "int64") | ("float", "double") => &kinds::FORMAT_WIDENED,
        ("int64", "int32") | ("double", "float") => &kinds::FORMAT_NARROWED,
        ("password" | "int64", "") | ("", "password" | "int64") => &kinds::FORMAT_HINT_CHANGED,
        ("", name) if known(name) => &kinds::FORMAT_NARROWED,
        (name, "") if known(name) => &kinds::FORMAT_WIDENED,
        (a, b) if known(a) || known(b) => &kinds::FORMAT_CHANGED,
        _ => &kinds::FORMAT_HINT_CHANGED,
    }
}
