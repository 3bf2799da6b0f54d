//! `x-rules`: rules over several members, and the members they speak of.

use serde_json::Value;

use super::Lint;
use super::table::Obj;
use super::words::{list, shorten};
use crate::diag::{Diagnostic, code};
use crate::load::push;

const KINDS: [&str; 7] = [
    "any_of",
    "together",
    "at_most_one",
    "needs",
    "order",
    "only_when",
    "schedule",
];

/// What a rule may speak of: name and schema.
struct Scope<'a> {
    members: Vec<(&'a str, String)>,
}

/// What a member must be for a rule.
#[derive(Clone, Copy)]
enum Fit {
    Any,
    Time,
    Flag,
    Text,
    List,
}

impl<'a> Lint<'a> {
    /// The value of `x-rules`.
    pub(super) fn rules(&mut self, obj: Obj, pointer: &str, value: &'a Value) {
        let Some(rules) = value.as_array().filter(|rules| !rules.is_empty()) else {
            self.shapeless(pointer, "a list of rules", "write `- any_of: [a, b]`");
            return;
        };
        let owner = pointer.strip_suffix("/x-rules").unwrap_or(pointer);
        let scope = match obj {
            Obj::Operation => self.operation_scope(owner),
            _ => self.schema_scope(owner),
        };
        for (index, rule) in rules.iter().enumerate() {
            self.rule(&scope, &push(pointer, &index.to_string()), rule);
        }
    }

    /// Query and header parameters and the top-level members of the body.
    fn operation_scope(&self, pointer: &str) -> Scope<'a> {
        let mut members = Vec::new();
        for parameter in self.parameters_of(pointer) {
            if matches!(parameter.place, "query" | "header") {
                members.push((parameter.name, push(&parameter.pointer, "schema")));
            }
        }
        if let Some((body, _)) = self.resolve(&push(pointer, "requestBody")) {
            for (media, _, _) in self.entries(&push(&body, "content")) {
                members.extend(self.schema_scope(&push(&media, "schema")).members);
            }
        }
        Scope { members }
    }

    fn schema_scope(&self, pointer: &str) -> Scope<'a> {
        let properties = self.properties(pointer).into_iter();
        Scope {
            members: properties.map(|p| (p.name, p.pointer)).collect(),
        }
    }

    fn rule(&mut self, scope: &Scope<'a>, pointer: &str, value: &'a Value) {
        let entries = self.entries(pointer);
        let mut kinds = entries.iter().filter(|(_, name, _)| KINDS.contains(name));
        let (Some((at, kind, rule)), None) = (kinds.next(), kinds.next()) else {
            let help = format!("write one of {}", list(&KINDS, "and"));
            match entries.first() {
                Some((at, name, _)) if value.is_object() && !KINDS.contains(name) => {
                    self.unknown_field(at, name, &KINDS);
                }
                _ => self.shapeless(pointer, "a map with one rule", help),
            }
            return;
        };
        for (at, name, value) in &entries {
            match *name {
                "first_wins" if *kind == "any_of" && value.is_boolean() => {}
                "first_wins" if *kind == "any_of" => {
                    self.shapeless(at, "`true` or `false`", "write `first_wins: true`");
                }
                name if name != *kind => self.unknown_field(at, name, &[kind]),
                _ => {}
            }
        }
        match *kind {
            "only_when" => {
                let wanted = [("member", Fit::Flag), ("needs", Fit::Flag)];
                self.named_members(scope, at, rule, &wanted);
            }
            "needs" => self.needs(scope, at, rule),
            "schedule" => {
                let wanted = [
                    ("hours", Fit::Text),
                    ("time_zone", Fit::Text),
                    ("days", Fit::List),
                ];
                self.named_members(scope, at, rule, &wanted);
            }
            "order" => self.listed_members(scope, at, Fit::Time, Some(2)),
            _ => self.listed_members(scope, at, Fit::Any, None),
        }
    }

    /// `{member: a, is: value, needs: [b, c]}`
    fn needs(&mut self, scope: &Scope<'a>, at: &str, rule: &'a Value) {
        const PARTS: [&str; 4] = ["member", "is", "is_not", "needs"];
        let Some(parts) = rule.as_object() else {
            let help = "write a map with `member`, `needs`, and perhaps `is` or `is_not`";
            self.shapeless(at, "a map", help);
            return;
        };
        for name in parts.keys().filter(|name| !PARTS.contains(&name.as_str())) {
            self.unknown_field(&push(at, name), name, &PARTS);
        }
        for name in ["member", "needs"] {
            if !parts.contains_key(name) {
                self.missing_field(at, name);
            }
        }
        if parts.contains_key("is") && parts.contains_key("is_not") {
            let at = self.key(&push(at, "is_not"));
            self.push(
                Diagnostic::error(code::E142, "`is` and `is_not` exclude each other")
                    .at(at, "one of the two is too many")
                    .help("keep one of the two; another rule can say the other"),
            );
        }
        if let Some(member) = parts.get("member") {
            self.scope_member(scope, &push(at, "member"), member, Fit::Any);
            for key in ["is", "is_not"] {
                self.compared_value(scope, &push(at, key), member, parts.get(key));
            }
        }
        let list = push(at, "needs");
        if self.elements(&list).is_empty() && parts.contains_key("needs") {
            let help = "write the wire names of the members: `[a, b]`";
            self.shapeless(&list, "a list of members", help);
        }
        for (at, value) in self.elements(&list) {
            self.scope_member(scope, &at, value, Fit::Any);
        }
    }

    /// A value that a member is compared with is one that it can have.
    fn compared_value(
        &mut self,
        scope: &Scope<'a>,
        at: &str,
        member: &Value,
        value: Option<&'a Value>,
    ) {
        let found = scope
            .members
            .iter()
            .find(|(name, _)| member.as_str() == Some(name));
        let (Some((_, schema)), Some(value)) = (found, value) else {
            return;
        };
        let wanted = match self.type_of(schema) {
            Some("string") => "a text",
            Some("integer") => "an integer",
            Some("boolean") => "`true` or `false`",
            _ => "left out, as the member is no text, integer or boolean",
        };
        let values = self.enum_values(schema);
        let good = match (wanted, value) {
            ("a text", Value::String(text)) => values.is_empty() || values.contains(&text.as_str()),
            ("an integer", value) => value.is_i64(),
            ("`true` or `false`", value) => value.is_boolean(),
            _ => false,
        };
        if !good {
            let (wanted, help) = match values.is_empty() {
                true => (wanted, "write a value of the member's type".to_owned()),
                false => {
                    let values = list(&values, "and");
                    ("a value of the enum", format!("its values are {values}"))
                }
            };
            self.shapeless(at, wanted, help);
        }
    }

    /// The values of an enum, behind references and a single `allOf` too.
    fn enum_values(&self, schema: &str) -> Vec<&'a str> {
        let Some((at, _)) = self.resolve(schema) else {
            return Vec::new();
        };
        let own = self.elements(&push(&at, "enum"));
        if own.is_empty()
            && let Some((part, _)) = self.elements(&push(&at, "allOf")).first()
        {
            return self.enum_values(part);
        }
        own.into_iter()
            .filter_map(|(_, value)| value.as_str())
            .collect()
    }

    fn listed_members(&mut self, scope: &Scope<'a>, at: &str, fit: Fit, count: Option<usize>) {
        let names = self.elements(at);
        let enough = count.map_or(names.len() >= 2, |count| names.len() == count);
        if !enough {
            let wanted = match count {
                Some(_) => "a list of two members, the earlier one first",
                None => "a list of two or more members",
            };
            self.shapeless(at, wanted, "write the wire names of the members: `[a, b]`");
            return;
        }
        for (at, value) in names {
            self.scope_member(scope, &at, value, fit);
        }
    }

    fn named_members(
        &mut self,
        scope: &Scope<'a>,
        at: &str,
        rule: &'a Value,
        wanted: &[(&str, Fit)],
    ) {
        let fields: Vec<(&str, bool)> = wanted.iter().map(|(name, _)| (*name, true)).collect();
        self.fields(at, rule, &fields);
        for (name, fit) in wanted {
            if let Some(value) = rule.get(*name) {
                self.scope_member(scope, &push(at, name), value, *fit);
            }
        }
    }

    /// A member that a rule names, perhaps by a path of several names.
    fn scope_member(&mut self, scope: &Scope<'a>, at: &str, value: &'a Value, fit: Fit) {
        let Some(path) = value.as_str() else {
            if at
                .rsplit('/')
                .next()
                .is_some_and(|t| t.parse::<usize>().is_ok())
            {
                self.shapeless(at, "the wire name of a member", "write a text");
            }
            return;
        };
        let mut known: Vec<(&str, String)> = scope.members.clone();
        let mut found: Option<String> = None;
        for step in path.split('/') {
            let Some((_, schema)) = known.iter().find(|(name, _)| *name == step) else {
                self.no_such_member(at, path, step, &known);
                return;
            };
            let schema = schema.clone();
            known = self.schema_scope(&schema).members;
            found = Some(schema);
        }
        if let Some(schema) = found {
            self.member_fits(at, path, &schema, fit);
        }
    }

    fn no_such_member(&mut self, at: &str, path: &str, step: &str, known: &[(&str, String)]) {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let help = self.hint(step, names.iter().copied());
        let help = help.unwrap_or_else(|| match names.as_slice() {
            [] => "there are no members here".to_owned(),
            names => format!("members are {}", list(names, "and")),
        });
        let message = if path == step {
            format!("the rule names `{}`, which is no member", shorten(step))
        } else {
            format!("`{}` of `{}` is no member", shorten(step), shorten(path))
        };
        let span = self.val(at);
        self.push(
            Diagnostic::error(code::E149, message)
                .at(span, "no parameter or member of that name")
                .help(help),
        );
    }

    fn member_fits(&mut self, at: &str, path: &str, schema: &str, fit: Fit) {
        let kind = self.type_of(schema);
        let resolved = self.resolve(schema);
        let format = resolved.and_then(|(_, value)| value.get("format")?.as_str());
        let time = matches!(
            format,
            Some("date-time" | "date-time-local" | "basic-offset-time")
        );
        let (good, wanted) = match fit {
            Fit::Any => (true, ""),
            Fit::Time => (time, "a text with the format of a time"),
            Fit::Flag => (kind == Some("boolean"), "a boolean"),
            Fit::Text => (kind == Some("string"), "a text"),
            Fit::List => (kind == Some("array"), "a list"),
        };
        if good {
            return;
        }
        let message = format!("the rule needs `{}` to be {wanted}", shorten(path));
        let (span, also) = (self.val(at), self.key(schema));
        let found = kind.map_or_else(|| "without a type".to_owned(), |k| format!("of type `{k}`"));
        self.push(
            Diagnostic::error(code::E149, message)
                .at(span, "named here")
                .also(also, format!("this is {found}"))
                .help("mend the name, or the type or format of the member"),
        );
    }
}
