//! Which branch of a union is which. The wire has no name for a branch, so it
//! is told by its members: a branch that was renamed, or has swapped names with
//! another one, keeps its variant.

use super::claims::members_in_common;
use super::type_text;
use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Branch, Shape, TypeId};
use crate::outline::{Line, Lines, Outline, TypeText};

/// Gives the branches of a promised union their promised variants.
pub(super) fn match_branches(
    api: &mut Api,
    id: TypeId,
    name: &str,
    promised: &Outline,
    diags: &mut Diagnostics,
) {
    let (Some(lines), Shape::Union(branches)) = (promised.unions.get(name), &api.get(id).shape)
    else {
        return;
    };
    let union = Union {
        api,
        at: id,
        name,
        promised,
        lines,
        branches,
    };
    let variants = union.variants(diags);
    if let Shape::Union(branches) = &mut api.types[id.0].shape {
        for (branch, variant) in branches.iter_mut().zip(variants) {
            if let Some(variant) = variant {
                branch.proposed = variant;
            }
        }
    }
}

struct Union<'a> {
    api: &'a Api,
    at: TypeId,
    name: &'a str,
    promised: &'a Outline,
    lines: &'a Lines<TypeText>,
    branches: &'a [Branch],
}

/// A branch that could be a promised variant.
struct Likeness<'a> {
    branch: usize,
    variant: &'a str,
    /// Of a thousand.
    alike: usize,
    same_name: bool,
}

/// The name at the bottom of lists and maps.
fn named(text: &TypeText) -> &str {
    match text {
        TypeText::Name(name) => name,
        TypeText::List(item) | TypeText::Map(item) | TypeText::Nullable(item) => named(item),
    }
}

impl Union<'_> {
    /// The variant of each branch; none for a new one.
    fn variants(&self, diags: &mut Diagnostics) -> Vec<Option<String>> {
        let mut found: Vec<Option<String>> = vec![None; self.branches.len()];
        let mut open = self.likenesses();
        while let Some(first) = open.first() {
            let rival = open.iter().skip(1).find(|other| {
                let shares = other.branch == first.branch || other.variant == first.variant;
                shares && (other.alike, other.same_name) == (first.alike, first.same_name)
            });
            if rival.is_some() {
                self.ask(first, diags);
                return found;
            }
            let (branch, variant) = (first.branch, first.variant);
            found[branch] = Some(variant.to_owned());
            open.retain(|other| other.branch != branch && other.variant != variant);
        }
        for (branch, found) in self.branches.iter().zip(&found) {
            if found.is_none() && self.lines.lines.contains_key(&branch.proposed) {
                self.taken(branch, diags);
            }
        }
        found
    }

    /// The best first.
    fn likenesses(&self) -> Vec<Likeness<'_>> {
        let mut all = Vec::new();
        for (index, branch) in self.branches.iter().enumerate() {
            for (variant, line) in &self.lines.lines {
                let same_name = *variant == branch.proposed;
                if let Some(alike) = self.alike(branch, line) {
                    all.push(Likeness {
                        branch: index,
                        variant,
                        alike,
                        same_name,
                    });
                }
            }
        }
        all.sort_by_key(|it| std::cmp::Reverse((it.alike, it.same_name)));
        all
    }

    /// How alike the members are, where at least half of the promised ones are there.
    fn alike(&self, branch: &Branch, line: &Line<TypeText>) -> Option<usize> {
        let Some(id) = branch.ty.named() else {
            // Text, numbers and the like have no members.
            let is_same = type_text(&branch.ty, &|_| String::new()) == line.value;
            return is_same.then_some(1000);
        };
        let def = self.api.get(id);
        let name = named(&line.value);
        let (common, now, then) = members_in_common(def, name, self.promised)?;
        (2 * common >= then).then(|| 2000 * common / (now + then).max(1))
    }

    fn ask(&self, first: &Likeness<'_>, diags: &mut Diagnostics) {
        let message = format!(
            "the branches of `{}` can't be told apart from those that were promised",
            self.name
        );
        let branch = &self.branches[first.branch];
        diags.push(
            Diagnostic::error(code::E304, message)
                .at(
                    self.place(branch),
                    "which of the promised branches is this?",
                )
                .help(format!(
                    "give this schema the name of its variant in the `.api` file, such as `{}`",
                    first.variant
                )),
        );
    }

    fn taken(&self, branch: &Branch, diags: &mut Diagnostics) {
        let message = format!(
            "the branch `{}` of `{}` was promised for another type",
            branch.proposed, self.name
        );
        diags.push(
            Diagnostic::error(code::E304, message)
                .at(self.place(branch), "less than half of its members are here")
                .help(
                    "give the new schema another name, or give up the promises of this service \
                     with `cargo xtask generate --major`",
                ),
        );
    }

    fn place(&self, branch: &Branch) -> crate::source::Span {
        let named = branch.ty.named().unwrap_or(self.at);
        self.api.get(named).at
    }
}
