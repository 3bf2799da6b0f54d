//! The result, before it is printed.

use cloudbackup_codegen::diff::{Change, Items, Level, Rust};

/// Everything that was compared.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The base as it was named.
    pub(super) base: String,
    /// The revision as it was named.
    pub(super) revision: String,
    /// Documents that differ.
    pub(super) compared: Vec<Compared>,
    /// What is wrong with the list of accepted breaks.
    pub(super) findings: Vec<String>,
}

/// One document.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// `vbs`
    pub(super) name: String,
    /// Those that are not accepted, the worst first.
    pub(super) changes: Vec<Change>,
    /// With the reasons.
    pub(super) accepted: Vec<(Change, String)>,
    /// Crates are made of it.
    pub(super) ours: bool,
    /// What the generator says.
    pub(super) rust: Rust,
    /// What callers can name.
    pub(super) items: Items,
    /// Sentences about the comparison.
    pub(super) notes: Vec<String>,
}

/// One crate of a document.
#[derive(Debug)]
pub(super) struct Crate<'r> {
    /// `cloudbackup-vbs-model`
    pub(super) name: String,
    /// The bump that it needs.
    pub(super) rust: Rust,
    /// What callers can name.
    pub(super) items: &'r [cloudbackup_codegen::diff::Item],
}

impl Compared {
    /// The crates with what each needs; none for documents of others.
    pub(super) fn crates(&self) -> Vec<Crate<'_>> {
        if !self.ours {
            return Vec::new();
        }
        let both = [("model", &self.items.model), ("client", &self.items.client)];
        let broken = self
            .changes
            .iter()
            .chain(self.accepted.iter().map(|it| &it.0));
        let broken = broken.filter(|it| it.kind.id == "promise-broken").count() > 0;
        both.map(|(kind, items)| {
            let rust = items.iter().map(|it| it.rust).max().unwrap_or_default();
            Crate {
                name: format!("cloudbackup-{}-{kind}", self.name),
                rust: if broken { Rust::Major } else { rust },
                items,
            }
        })
        .into()
    }

    /// How many changes have a level.
    pub(super) fn count(&self, level: Level) -> usize {
        self.changes.iter().filter(|it| it.level == level).count()
    }
}

impl Report {
    /// Changes that are not accepted.
    pub(super) fn open(&self) -> impl Iterator<Item = &Change> {
        self.compared.iter().flat_map(|it| &it.changes)
    }

    /// How many open changes have a level.
    pub(super) fn count(&self, level: Level) -> usize {
        self.compared.iter().map(|it| it.count(level)).sum()
    }

    /// How many breaks are accepted.
    pub(super) fn accepted(&self) -> usize {
        self.compared.iter().map(|it| it.accepted.len()).sum()
    }

    /// One line about everything.
    pub(super) fn title(&self) -> String {
        let breaking = self.count(Level::Breaking);
        let mut title = match breaking {
            0 => "Nothing breaks".to_owned(),
            1 => "1 breaking change".to_owned(),
            many => format!("{many} breaking changes"),
        };
        for (count, one, many) in [
            (self.count(Level::Risk), "risk", "risks"),
            (self.count(Level::Note), "note", "notes"),
        ] {
            if count > 0 {
                title.push_str(&format!(
                    ", {count} {}",
                    if count == 1 { one } else { many }
                ));
            }
        }
        if self.accepted() > 0 {
            title.push_str(&format!(", {} accepted", self.accepted()));
        }
        title
    }
}

/// Changes of one kind and wording, with the first of them in front.
pub(super) fn grouped<'c>(changes: impl Iterator<Item = &'c Change>) -> Vec<Vec<&'c Change>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    let mut numbers = std::collections::HashMap::new();
    for change in changes {
        let verdicts = (change.wire_request, change.wire_reply, change.rust);
        let key = (change.kind.id, change.message.as_str(), verdicts);
        let number = *numbers.entry(key).or_insert(groups.len());
        match groups.get_mut(number) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

/// Where a change is, in one line: the base, and the revision where it is
/// another place.
pub(super) fn places(change: &Change) -> String {
    let site = |site: &Option<cloudbackup_codegen::diff::Site>| {
        let site = site.as_ref()?;
        Some((site.file.clone(), site.line, site.column))
    };
    match (site(&change.base), site(&change.revision)) {
        (Some(a), Some(b)) if a == b => format!("{}:{}:{}", a.0, a.1, a.2),
        (Some(a), Some(b)) if a.0 == b.0 => {
            format!("{}:{}:{} → {}:{}", a.0, a.1, a.2, b.1, b.2)
        }
        (Some(a), Some(b)) => format!("{}:{}:{} → {}:{}:{}", a.0, a.1, a.2, b.0, b.1, b.2),
        (Some(a), None) | (None, Some(a)) => format!("{}:{}:{}", a.0, a.1, a.2),
        (None, None) => String::new(),
    }
}

/// Operations in a few words.
pub(super) fn operations(change: &Change, most: usize) -> String {
    let shown: Vec<&str> = change
        .operations
        .iter()
        .take(most)
        .map(String::as_str)
        .collect();
    let rest = change.operations.len().saturating_sub(most);
    match (shown.is_empty(), rest) {
        (true, _) => "no operation".to_owned(),
        (_, 0) => shown.join(", "),
        (_, rest) => format!("{} and {rest} more", shown.join(", ")),
    }
}
