//! Compatible edits of a spec, chosen by chance: what a service, or whoever
//! writes its spec, may do at any time without breaking a caller.
//!
//! The numbers come from a seed, so that a failure can be had again.

mod kinds;
mod places;

use std::collections::BTreeSet;

use serde_json::Value;

pub(crate) use kinds::KINDS;

/// A spec that is edited.
pub(crate) struct Spec {
    /// The document.
    pub(crate) root: Value,
    /// Words that pages, waiting and rules depend on: what is called so stays.
    fixed: BTreeSet<String>,
    /// What was done, in words.
    pub(crate) done: Vec<String>,
    chance: Chance,
    /// For names that nothing has yet.
    fresh: usize,
}

impl Spec {
    /// A spec without its documented bodies, which an edit would have to follow.
    pub(crate) fn new(mut root: Value, seed: u64) -> Spec {
        let mut fixed = BTreeSet::new();
        places::visit(&mut root, &mut |value| {
            let Some(map) = value.as_object_mut() else {
                return;
            };
            map.remove("x-examples");
            for key in ["x-paging", "x-wait", "x-find", "x-rules"] {
                if let Some(flow) = map.get(key) {
                    words(flow, &mut fixed);
                }
            }
        });
        Spec {
            root,
            fixed,
            done: Vec::new(),
            chance: Chance(seed),
            fresh: 0,
        }
    }

    /// Makes as many edits as there are, of kinds chosen by chance.
    pub(crate) fn edit(&mut self, count: usize) {
        let mut made = 0;
        // Not every kind finds something to edit.
        for _ in 0..10 * count {
            let (name, edit) = KINDS[self.chance.below(KINDS.len())];
            self.try_one(name, edit, &mut made);
            if made == count {
                return;
            }
        }
    }

    /// Makes one edit of one kind; false where nothing can be edited so.
    pub(crate) fn edit_named(&mut self, wanted: &str) -> bool {
        let mut made = 0;
        for (name, edit) in KINDS.iter().filter(|(name, _)| *name == wanted) {
            self.try_one(name, *edit, &mut made);
        }
        made == 1
    }

    fn try_one(&mut self, name: &str, edit: kinds::Edit, made: &mut usize) {
        if let Some(what) = edit(self) {
            self.done.push(format!("{name}: {what}"));
            *made += 1;
        }
    }

    /// The text that the generator reads; JSON is YAML.
    pub(crate) fn text(&self) -> String {
        self.root.to_string()
    }

    fn is_fixed(&self, word: &str) -> bool {
        self.fixed.contains(word)
    }

    fn one_of<T>(&mut self, mut items: Vec<T>) -> Option<T> {
        if items.is_empty() {
            return None;
        }
        let index = self.chance.below(items.len());
        Some(items.swap_remove(index))
    }

    /// A number that no earlier name has.
    fn number(&mut self) -> usize {
        self.fresh += 1;
        self.fresh
    }
}

/// Every word of a value: its keys, and its texts in their parts.
fn words(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
            found.extend(parts.map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        Value::Object(map) => {
            for (key, value) in map {
                words(&Value::from(key.as_str()), found);
                words(value, found);
            }
        }
        _ => {}
    }
}

/// Numbers by chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    /// splitmix64
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }
}
