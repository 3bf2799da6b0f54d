//! What of an older outline a newer one does not keep, in words: the list of
//! what changes for callers when promises are given up.

use std::collections::HashMap;
use std::fmt::Display;

use indexmap::IndexMap;

use super::{
    FlowLine, Lines, Made, MemberLine, OperationLine, Outline, Renamed, StructLine, TypeText,
};

/// One line for each promise that is given up, in the order of the older outline.
pub fn given_up(old: &Outline, new: &Outline) -> Vec<String> {
    let mut list = List {
        old,
        new,
        renamed: HashMap::new(),
        lines: Vec::new(),
    };
    list.find_renamed();
    list.operations();
    list.structs();
    list.values("enums", &old.enums, &new.enums);
    list.values("unions", &old.unions, &new.unions);
    list.lines
}

struct List<'a> {
    old: &'a Outline,
    new: &'a Outline,
    /// Types that stand where another one stood.
    renamed: HashMap<&'a str, &'a str>,
    lines: Vec<String>,
}

impl<'a> List<'a> {
    fn push(&mut self, line: String) {
        self.lines.push(line);
    }

    /// Follows the places of types, so that one that is only called otherwise is one line.
    fn find_renamed(&mut self) {
        let mut waiting: Vec<(&'a TypeText, &'a TypeText)> = Vec::new();
        for (key, line) in &self.old.operations {
            if let Some(now) = self.new.operations.get(key) {
                waiting.extend(pairs(&line.inputs, &now.inputs));
                waiting.extend(pairs(&line.reply, &now.reply));
            }
        }
        for (name, line) in &self.old.structs {
            if let Some(now) = self.new.structs.get(name) {
                waiting.extend(pairs(&line.fields, &now.fields));
            }
        }
        while let Some((old, new)) = waiting.pop() {
            match (old, new) {
                (TypeText::List(old), TypeText::List(new))
                | (TypeText::Map(old), TypeText::Map(new)) => waiting.push((old, new)),
                (TypeText::Name(old), TypeText::Name(new)) if self.is_renamed(old, new) => {
                    self.renamed.insert(old, new);
                    if let (Some(old), Some(new)) =
                        (self.old.structs.get(old), self.new.structs.get(new))
                    {
                        waiting.extend(pairs(&old.fields, &new.fields));
                    }
                }
                _ => {}
            }
        }
    }

    fn is_renamed(&self, old: &str, new: &str) -> bool {
        old != new
            && !self.renamed.contains_key(old)
            && kind(self.old, old).is_some()
            && kind(self.old, old) == kind(self.new, new)
            && kind(self.new, old).is_none()
    }

    /// What a type is called now.
    fn now<'n>(&self, name: &'n str) -> &'n str
    where
        'a: 'n,
    {
        self.renamed.get(name).copied().unwrap_or(name)
    }

    fn operations(&mut self) {
        let (old, new) = (self.old, self.new);
        for (key, line) in &old.operations {
            let name = &line.name;
            let Some(now) = new.operations.get(key) else {
                let since = since(line.gone.as_ref());
                self.push(format!("operation `{name}` (`{key}`) is gone{since}"));
                continue;
            };
            if now.name != *name {
                self.push(format!(
                    "operation `{name}` (`{key}`) is now called `{}`, and its types after it",
                    now.name
                ));
            }
            self.later_names(name, &line.renamed, (&now.name, &now.renamed));
            self.beside(line, now);
            self.members(&format!("`{name}`"), &line.inputs, &now.inputs);
            let reply = format!("the reply of `{name}`");
            self.members(&reply, &line.reply, &now.reply);
        }
    }

    /// Names that came after the first one.
    fn later_names(&mut self, what: &str, old: &Renamed, (name, new): (&str, &Renamed)) {
        for (later, _) in &old.names {
            if later != name && !new.has(later) {
                self.push(format!("`{later}`, a later name of `{what}`, is gone"));
            }
        }
    }

    /// What an operation has beside inputs and reply.
    fn beside(&mut self, old: &OperationLine, new: &OperationLine) {
        let name = &old.name;
        if old.module != new.module && old.module.is_some() {
            let module = |line: &OperationLine| line.module.clone().unwrap_or_default();
            self.push(format!(
                "operation `{name}` is shown in the module `{}`, was `{}`",
                module(new),
                module(old)
            ));
        }
        self.flow(name, "pages", old.pages.as_ref(), new.pages.as_ref());
        self.flow(name, "finds", old.finds.as_ref(), new.finds.as_ref());
        if let Some(waits) = &old.waits {
            let now = new.waits.as_ref();
            let now = now.filter(|now| now.watches == waits.watches);
            match now {
                None => self.push(format!("`{}` of `{name}` is gone", waits.key())),
                Some(now) => {
                    self.retyped(
                        &format!("`{}` of `{name}`", waits.key()),
                        &waits.done,
                        &now.done,
                    );
                    let lacks = now.kept.iter().any(|key| !waits.kept.contains(key));
                    if lacks {
                        self.push(format!(
                            "handles of `{name}` that were stored can't be read"
                        ));
                    }
                }
            }
        }
    }

    fn flow(&mut self, name: &str, key: &str, old: Option<&FlowLine>, new: Option<&FlowLine>) {
        match (old, new) {
            (Some(_), None) => self.push(format!("`{key}` of `{name}` is gone")),
            (Some(old), Some(new)) => {
                self.retyped(&format!("`{key}` of `{name}`"), &old.ty, &new.ty);
            }
            _ => {}
        }
    }

    fn structs(&mut self) {
        let (old, new) = (self.old, self.new);
        for (name, line) in &old.structs {
            let Some(now) = self.same_type(name, line.gone.as_ref(), &new.structs) else {
                continue;
            };
            self.made(name, line, now);
            self.members(&format!("`{name}`"), &line.fields, &now.fields);
        }
    }

    /// The new lines of a type, unless it is gone.
    fn same_type<'n, T>(
        &mut self,
        name: &str,
        gone: Option<&String>,
        new: &'n IndexMap<String, T>,
    ) -> Option<&'n T> {
        let now = self.now(name).to_owned();
        let found = new.get(&now);
        if found.is_none() {
            self.push(format!("type `{name}` is gone{}", since(gone)));
        } else if now != name {
            self.push(format!("type `{name}` is now called `{now}`"));
        }
        if let (Some(later), true) = (self.old.renamed.get(name), found.is_some()) {
            let none = Renamed::default();
            let renamed = self.new.renamed.get(&now).unwrap_or(&none);
            self.later_names(name, later, (&now, renamed));
        }
        found
    }

    fn made(&mut self, name: &str, old: &StructLine, new: &StructLine) {
        let how = match (old.made, new.made) {
            (Made::ForRequests, Made::ForReplies) => {
                "replies: its members are no `Option` any more"
            }
            (Made::ForReplies, Made::ForRequests) => "requests: its members are all `Option`",
            _ => return,
        };
        self.push(format!("type `{name}` is now made for {how}"));
    }

    fn members(
        &mut self,
        owner: &str,
        old: &IndexMap<String, MemberLine>,
        new: &IndexMap<String, MemberLine>,
    ) {
        let mut renumbered = false;
        for (key, line) in old {
            let what = format!("`{key}` of {owner}");
            let Some(now) = new.get(key) else {
                self.push(format!("{what} is gone{}", since(line.gone.as_ref())));
                continue;
            };
            let rust = |line: &MemberLine| line.rust.clone().unwrap_or_else(|| key.clone());
            if rust(line) != rust(now) {
                self.push(format!(
                    "{what} is now `{}`, was `{}`",
                    rust(now),
                    rust(line)
                ));
            }
            self.retyped(&what, &line.ty, &now.ty);
            self.changed(&what, line, now);
            let number = |line: &MemberLine| line.slot.map(|slot| slot.number);
            renumbered |= number(line) != number(now);
        }
        for (key, line) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            if line.slot.is_some_and(|slot| slot.asked) {
                self.push(format!("`{key}` of {owner} is new and must be set"));
            }
        }
        if renumbered {
            self.push(format!(
                "the builder of {owner} has other type parameters, for those who name them"
            ));
        }
    }

    fn changed(&mut self, what: &str, old: &MemberLine, new: &MemberLine) {
        let asked = |line: &MemberLine| line.slot.is_some_and(|slot| slot.asked);
        let in_reply = old.slot.is_none() && new.slot.is_none();
        if in_reply && old.optional != new.optional {
            let how = if new.optional {
                "may be absent"
            } else {
                "is no `Option`"
            };
            self.push(format!("{what} {how} now"));
        }
        if asked(new) && old.slot.is_none() {
            self.push(format!("{what} must be set now"));
        }
        if old.positional != new.positional {
            let how = if new.positional {
                "an argument"
            } else {
                "set by its name"
            };
            self.push(format!("{what} is {how} now"));
        }
        if old.boxed != new.boxed {
            let how = if new.boxed { "in a" } else { "no" };
            self.push(format!("{what} is {how} `Box` now"));
        }
    }

    fn retyped(&mut self, what: &str, old: &TypeText, new: &TypeText) {
        if self.translated(old) != *new {
            self.push(format!("{what} is `{new}` now, was `{old}`"));
        }
    }

    /// A type by the names that types have now.
    fn translated(&self, ty: &TypeText) -> TypeText {
        match ty {
            TypeText::Name(name) => TypeText::Name(self.now(name).to_owned()),
            TypeText::List(item) => TypeText::List(Box::new(self.translated(item))),
            TypeText::Map(item) => TypeText::Map(Box::new(self.translated(item))),
            TypeText::Nullable(item) => TypeText::Nullable(Box::new(self.translated(item))),
        }
    }

    fn values<T: Value>(
        &mut self,
        kind: &str,
        old: &IndexMap<String, Lines<T>>,
        new: &IndexMap<String, Lines<T>>,
    ) {
        let noun = if kind == "enums" { "value" } else { "branch" };
        for (name, lines) in old {
            let Some(now) = self.same_type(name, lines.gone(), new) else {
                continue;
            };
            for (key, line) in &lines.lines {
                let what = format!("{noun} `{key}` of `{name}`");
                match now.lines.get(key) {
                    None => self.push(format!("{what} is gone{}", since(line.gone.as_ref()))),
                    Some(now) if now.value != line.value.translated(self) => {
                        self.push(format!(
                            "{what} is `{}` now, was `{}`",
                            now.value, line.value
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

/// A variant of an enum, or the type of a branch.
trait Value: Display + PartialEq {
    fn translated(&self, list: &List<'_>) -> Self;
}

impl Value for String {
    fn translated(&self, _: &List<'_>) -> Self {
        self.clone()
    }
}

impl Value for TypeText {
    fn translated(&self, list: &List<'_>) -> Self {
        list.translated(self)
    }
}

fn since(gone: Option<&String>) -> String {
    gone.map_or_else(String::new, |since| format!(", deprecated since {since}"))
}

/// Types of the members that two items have in common.
fn pairs<'a>(
    old: &'a IndexMap<String, MemberLine>,
    new: &'a IndexMap<String, MemberLine>,
) -> Vec<(&'a TypeText, &'a TypeText)> {
    let members = old.iter();
    members
        .filter_map(|(key, line)| Some((&line.ty, &new.get(key)?.ty)))
        .collect()
}

/// What sort of type has a name.
fn kind(outline: &Outline, name: &str) -> Option<&'static str> {
    let has = [
        ("struct", outline.structs.contains_key(name)),
        ("enum", outline.enums.contains_key(name)),
        ("union", outline.unions.contains_key(name)),
    ];
    has.into_iter().find(|(_, has)| *has).map(|(kind, _)| kind)
}
