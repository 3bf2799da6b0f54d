//! Alternatives: which is which, and how they are told apart.

use std::collections::HashSet;

use super::kinds;
use super::schema::{Pair, say};
use super::shape::Shape;
use super::side::{Loc, Side};
use super::walk::{Place, Walk, key_of, value_of};
use crate::lint::words::shorten;

/// Two alternatives that are taken for one are at least so alike.
const ALIKE: f64 = 0.5;

impl<'a> Walk<'a> {
    /// Alternatives on both sides, or on none.
    pub(super) fn variants(&mut self, pair: Pair<'_, 'a>) {
        let (old, new) = (pair.base.variants.clone(), pair.revision.variants.clone());
        let matched = self.matched(&old, &new);
        for (from, to) in &matched {
            self.schemas(pair.node, &[old[*from]], &[new[*to]], pair.way);
        }
        let lists = (pair.base.variants_at, pair.revision.variants_at);
        for (index, variant) in old.iter().enumerate() {
            if matched.iter().all(|it| it.0 != index) {
                self.variant_gone(pair, *variant, lists.1.map(key_of));
            }
        }
        for (index, variant) in new.iter().enumerate() {
            if matched.iter().all(|it| it.1 != index) {
                self.variant_new(pair, *variant, lists.0.map(key_of));
            }
        }
        self.discriminator(pair);
    }

    fn variant_gone(&mut self, pair: Pair<'_, 'a>, variant: Loc<'a>, to: Option<Place<'a>>) {
        let name = name_of(self.base, variant);
        let message = format!("the alternative {name} is gone");
        let from = Some(value_of(variant));
        self.found(pair, &kinds::VARIANT_REMOVED, from, to, say(name, message));
    }

    fn variant_new(&mut self, pair: Pair<'_, 'a>, variant: Loc<'a>, from: Option<Place<'a>>) {
        let name = name_of(self.revision, variant);
        let message = format!("the alternative {name} is new");
        let to = Some(value_of(variant));
        self.found(pair, &kinds::VARIANT_ADDED, from, to, say(name, message));
    }

    /// Alternatives on one side only: fine where one of them is what stood
    /// there alone.
    pub(super) fn wrapped(&mut self, pair: Pair<'_, 'a>) {
        let added = pair.base.variants.is_empty();
        let (single, many) = match added {
            true => (pair.base, pair.revision),
            false => (pair.revision, pair.base),
        };
        let side = if added { self.revision } else { self.base };
        let same = |variant: &&Loc<'a>| same_value(single, &Shape::of(side, &[**variant]));
        let found = many.variants.iter().find(same).copied();
        let lists = (pair.base.variants_at, pair.revision.variants_at);
        let places = (lists.0.map(key_of), lists.1.map(key_of));
        let Some(found) = found else {
            let message = match added {
                true => "alternatives stand where there were none",
                false => "one schema stands where alternatives stood",
            };
            let kind = &kinds::VARIANTS_REPLACED;
            return self.found(pair, kind, places.0, places.1, say("", message));
        };
        match added {
            true => self.schemas(pair.node, &single.parts, &[found], pair.way),
            false => self.schemas(pair.node, &[found], &single.parts, pair.way),
        }
        for variant in many
            .variants
            .iter()
            .filter(|it| it.address() != found.address())
        {
            match added {
                true => self.variant_new(pair, *variant, None),
                false => self.variant_gone(pair, *variant, None),
            }
        }
    }

    /// Pairs of alternatives that mean the same: by name, by text, by likeness.
    fn matched(&mut self, old: &[Loc<'a>], new: &[Loc<'a>]) -> Vec<(usize, usize)> {
        let mut pairs = Vec::new();
        let mut used = (HashSet::new(), HashSet::new());
        let name = |it: Loc<'a>| it.text("$ref").and_then(|it| it.rsplit('/').next());
        let by_name = |a: Loc<'a>, b: Loc<'a>| name(a).is_some() && name(a) == name(b);
        let (base, revision) = (self.base, self.revision);
        let by_text = |a: Loc<'a>, b: Loc<'a>| base.resolve(a).value == revision.resolve(b).value;
        pair_up(old, new, &mut used, &mut pairs, &by_name);
        pair_up(old, new, &mut used, &mut pairs, &by_text);
        let mut scored = Vec::new();
        for (from, a) in old.iter().enumerate().filter(|it| !used.0.contains(&it.0)) {
            let a = self.old_shape(&[*a]);
            for (to, b) in new.iter().enumerate().filter(|it| !used.1.contains(&it.0)) {
                let b = self.new_shape(&[*b]);
                scored.push((likeness(&a, &b), from, to));
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (score, from, to) in scored {
            if score >= ALIKE && !used.0.contains(&from) && !used.1.contains(&to) {
                used.0.insert(from);
                used.1.insert(to);
                pairs.push((from, to));
            }
        }
        pairs
    }

    fn discriminator(&mut self, pair: Pair<'_, 'a>) {
        let (old, new) = (pair.base.discriminator, pair.revision.discriminator);
        let places = (old.map(key_of), new.map(key_of));
        let name = |it: Loc<'a>| it.text("propertyName").unwrap_or_default();
        let shown = |it: Loc<'a>| shorten(name(it));
        let (kind, message) = match (old, new) {
            (None, None) => return,
            (None, Some(new)) => (
                &kinds::DISCRIMINATOR_ADDED,
                format!("`{}` tells the alternatives apart now", shown(new)),
            ),
            (Some(old), None) => (
                &kinds::DISCRIMINATOR_REMOVED,
                format!(
                    "`{}` does not tell the alternatives apart any more",
                    shown(old)
                ),
            ),
            (Some(old), Some(new)) if name(old) != name(new) => (
                &kinds::DISCRIMINATOR_CHANGED,
                format!(
                    "`{}` tells the alternatives apart, not `{}`",
                    shown(new),
                    shown(old)
                ),
            ),
            (Some(old), Some(new)) => return self.mapping(pair, old, new),
        };
        self.found(pair, kind, places.0, places.1, say("", message));
    }

    fn mapping(&mut self, pair: Pair<'_, 'a>, old: Loc<'a>, new: Loc<'a>) {
        let entries = |loc: Loc<'a>| loc.get("mapping").into_iter().flat_map(Loc::entries);
        let find = |loc: Loc<'a>, key: &str| loc.get("mapping")?.get(key);
        let (from, to) = (Some(key_of(old)), Some(key_of(new)));
        for (value, target) in entries(old) {
            let place = Some(key_of(target));
            let shown = shorten(value);
            match find(new, value) {
                None => {
                    let message = format!("the value `{shown}` of the discriminator is gone");
                    self.found(
                        pair,
                        &kinds::MAPPING_REMOVED,
                        place,
                        to,
                        say(value, message),
                    );
                }
                Some(now) if !self.same_target(target, now) => {
                    let message =
                        format!("the value `{shown}` of the discriminator means another schema");
                    let to = Some(key_of(now));
                    self.found(
                        pair,
                        &kinds::MAPPING_CHANGED,
                        place,
                        to,
                        say(value, message),
                    );
                }
                Some(_) => {}
            }
        }
        for (value, target) in entries(new) {
            if find(old, value).is_none() {
                let message = format!("the value `{}` of the discriminator is new", shorten(value));
                let to = Some(key_of(target));
                self.found(pair, &kinds::MAPPING_ADDED, from, to, say(value, message));
            }
        }
    }

    /// Whether two values of mappings mean one schema, whatever it is called.
    fn same_target(&mut self, old: Loc<'a>, new: Loc<'a>) -> bool {
        if old.value == new.value {
            return true;
        }
        let target = |side: &'a Side, loc: Loc<'a>| side.target(loc.doc, loc.value.as_str()?);
        let (Some(a), Some(b)) = (target(self.base, old), target(self.revision, new)) else {
            return false;
        };
        // A schema that still goes by its old name was not renamed.
        let renamed = target(self.revision, old).is_none() && target(self.base, new).is_none();
        renamed && likeness(&self.old_shape(&[a]), &self.new_shape(&[b])) >= ALIKE
    }
}

/// Pairs up what a test says is the same.
fn pair_up<'a>(
    old: &[Loc<'a>],
    new: &[Loc<'a>],
    used: &mut (HashSet<usize>, HashSet<usize>),
    pairs: &mut Vec<(usize, usize)>,
    same: &dyn Fn(Loc<'a>, Loc<'a>) -> bool,
) {
    for (from, a) in old.iter().enumerate() {
        if used.0.contains(&from) {
            continue;
        }
        let mut free = new.iter().enumerate().filter(|it| !used.1.contains(&it.0));
        if let Some((to, _)) = free.find(|it| same(*a, *it.1)) {
            used.0.insert(from);
            used.1.insert(to);
            pairs.push((from, to));
        }
    }
}

/// How alike two shapes are: nothing in common is 0, no difference is 1.
fn likeness(a: &Shape<'_>, b: &Shape<'_>) -> f64 {
    if a.types() & b.types() == 0 {
        return 0.0;
    }
    let most = a.properties.len().max(b.properties.len());
    if most == 0 {
        let plain = a.types == b.types && a.listed == b.listed && a.items.len() == b.items.len();
        return if plain { 1.0 } else { 0.0 };
    }
    let common = a
        .properties
        .keys()
        .filter(|it| b.properties.contains_key(*it));
    // Counts of members are small.
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    count(common.count()) / count(most)
}

/// Whether two shapes are written by the same text, references followed and
/// what only wraps others left out.
fn same_value(a: &Shape<'_>, b: &Shape<'_>) -> bool {
    const WRAPS: [&str; 9] = [
        "$ref",
        "allOf",
        "oneOf",
        "anyOf",
        "discriminator",
        "title",
        "description",
        "nullable",
        "example",
    ];
    let says = |part: &&Loc<'_>| part.entries().any(|it| !WRAPS.contains(&it.0));
    let text = |shape: &Shape<'_>| {
        let parts = shape.parts.iter().filter(says);
        parts.map(|it| it.value.clone()).collect::<Vec<_>>()
    };
    let (a, b) = (text(a), text(b));
    !a.is_empty() && a == b
}

/// What a reader calls an alternative.
fn name_of(side: &Side, variant: Loc<'_>) -> String {
    if let Some(reference) = variant.text("$ref") {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        return format!("`{}`", shorten(name));
    }
    if let Some(title) = variant.text("title") {
        return format!("`{}`", shorten(title));
    }
    let shape = Shape::of(side, &[variant]);
    let members: Vec<&str> = shape.properties.keys().copied().take(3).collect();
    match members.is_empty() {
        true => format!("of type {}", super::shape::type_names(shape.types())),
        false => format!("with `{}`", shorten(&members.join("`, `"))),
    }
}
