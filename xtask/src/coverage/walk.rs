//! Side by side through the catalogue's models and the spec's schemas.

use std::collections::HashSet;

use serde_json::Value;

use super::spec::{Operation, Spec};
use super::{Coverage, Verdict, limits};

/// Looks for everything of one operation.
pub(super) fn operation<'a>(
    spec: &Spec<'a>,
    operation: &Operation<'a>,
    entry: &Value,
    catalogue: &Value,
    coverage: &mut Coverage,
) {
    let mut walk = Walk {
        spec,
        operation,
        models: &catalogue["models"],
        seen: HashSet::new(),
        coverage,
    };
    walk.parameters(entry);
    let body = &operation.value["requestBody"];
    if let (Some(ty), Some(schema)) = (entry["request_body"].as_str(), walk.content(body)) {
        walk.value(ty, schema);
    }
    let Some(reply) = walk.reply() else {
        return;
    };
    for (name, ty) in entry["response"].as_object().into_iter().flatten() {
        let place = format!("reply.{name}");
        if let (Some(member), Some(ty)) = (walk.found(reply, name, place), ty.as_str()) {
            walk.value(ty, member);
        }
    }
    let statuses = entry["success"].as_object().into_iter().flatten();
    for ty in statuses.filter_map(|(_, ty)| ty.as_str()) {
        walk.value(ty, reply);
    }
}

struct Walk<'a, 'w> {
    spec: &'w Spec<'a>,
    operation: &'w Operation<'a>,
    models: &'w Value,
    /// Pairs of model and schema that were compared.
    seen: HashSet<(String, *const Value)>,
    coverage: &'w mut Coverage,
}

impl<'a> Walk<'a, '_> {
    fn parameters(&mut self, entry: &Value) {
        let own = self.spec.parameters(self.operation);
        for wanted in entry["parameters"].as_array().into_iter().flatten() {
            let (Some(name), Some(place)) = (wanted["name"].as_str(), wanted["in"].as_str()) else {
                continue;
            };
            let label = format!("{}: {place} {name}", self.operation.name());
            let same = |it: &&&Value| it["name"] == wanted["name"] && it["in"] == wanted["in"];
            // Names of path parameters are not on the wire.
            let found = own.iter().find(same);
            let in_path = place == "path";
            let verdict = match found {
                Some(_) => Verdict::Found,
                None if in_path => Verdict::Found,
                None => self.noted(name),
            };
            self.coverage.parameters.enter(verdict, || label.clone());
            if let Some(found) = found {
                self.limits(wanted, found, name, &label);
            }
        }
    }

    /// A value of a type: what lies below it is compared.
    fn value(&mut self, ty: &str, schema: &'a Value) {
        for part in ty.split(" or ") {
            self.part(part.trim(), schema);
        }
    }

    fn part(&mut self, ty: &str, schema: &'a Value) {
        let inner = |prefix: &str| ty.strip_prefix(prefix)?.strip_suffix('>');
        if let Some(item) = inner("array<") {
            if let Some(items) = self.spec.keyword(schema, "items") {
                self.value(item, items);
            } else {
                // One object where other sources have a list of them.
                self.value(item, schema);
            }
        } else if let Some(value) = inner("map<string,") {
            if let Some(values) = self.spec.keyword(schema, "additionalProperties") {
                self.value(value.trim(), values);
            }
        } else if self.models.get(ty).is_some() {
            self.model(ty, schema);
        }
    }

    fn model(&mut self, model: &str, schema: &'a Value) {
        let target: *const Value = self.spec.resolve(schema);
        if !self.seen.insert((model.to_owned(), target)) {
            return;
        }
        let members = self.models[model].as_object();
        for (name, entry) in members.into_iter().flatten() {
            let label = format!("{model}.{name}");
            if let Some(member) = self.found(schema, name, label.clone()) {
                let label = format!("{}: {label}", self.operation.name());
                self.limits(entry, member, name, &label);
                if let Some(ty) = entry["type"].as_str() {
                    self.value(ty, member);
                }
            }
        }
    }

    /// Enters a member, and gives it where it is there.
    fn found(&mut self, schema: &'a Value, name: &str, label: String) -> Option<&'a Value> {
        let member = self.spec.member(schema, name);
        let verdict = match member {
            Some(_) => Verdict::Found,
            None => self.noted(name),
        };
        let operation = self.operation.name();
        let label = || format!("{operation}: {label}");
        self.coverage.members.enter(verdict, label);
        member
    }

    fn limits(&mut self, entry: &Value, schema: &'a Value, name: &str, label: &str) {
        // A parameter keeps its limits in its schema.
        let inner = schema.get("schema").unwrap_or(schema);
        let (spec, operation) = (self.spec, self.operation);
        let is_noted = || schema.get("x-note").is_some() || spec.notes(operation.value, name);
        let column = &mut self.coverage.limits;
        limits::compare(spec, entry, inner, is_noted, |verdict, limit| {
            column.enter(verdict, || format!("{label} {limit}"));
        });
    }

    fn noted(&self, name: &str) -> Verdict {
        match self.spec.notes(self.operation.value, name) {
            true => Verdict::Noted,
            false => Verdict::Missing,
        }
    }

    fn content(&self, body: &'a Value) -> Option<&'a Value> {
        let content = self.spec.resolve(body).get("content")?.as_object()?;
        content.values().next()?.get("schema")
    }

    fn reply(&self) -> Option<&'a Value> {
        let responses = self.operation.value["responses"].as_object()?;
        let success = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'));
        success.map(|(_, it)| it).find_map(|it| self.content(it))
    }
}
