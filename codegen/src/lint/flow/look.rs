//! What the keys look at: bodies, members by path, and the kinds of schemas.

use serde_json::Value;

use super::Flow;
use crate::lint::Lint;
use crate::lint::paths::Param;
use crate::lint::words::{list, shorten};
use crate::load::push;

/// What a schema holds, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Text with listed values.
    Enum,
    Time,
    Integer,
    Number,
    Boolean,
    List,
    Object,
    Unknown,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Text => "a text",
            Kind::Enum => "an enum",
            Kind::Time => "a time",
            Kind::Integer => "an integer",
            Kind::Number => "a number",
            Kind::Boolean => "a boolean",
            Kind::List => "a list",
            Kind::Object => "an object",
            Kind::Unknown => "of no type that is known",
        }
    }
}

/// Values that are one text on the wire.
pub(super) const TEXTS: &[Kind] = &[Kind::Text, Kind::Enum];

/// Something that a path can begin with.
#[derive(Clone)]
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) schema: String,
    /// Whether it is always there.
    pub(super) required: bool,
}

/// A member that was found, and whether it is always there.
pub(super) struct Found {
    pub(super) schema: String,
    pub(super) required: bool,
}

impl<'a> Lint<'a> {
    /// The members of an object schema.
    pub(super) fn members(&self, schema: &str) -> Vec<Member<'a>> {
        let required: Vec<&str> = self
            .facets(schema, "required")
            .into_iter()
            .flat_map(|value| value.as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        let properties = self.properties(schema).into_iter();
        properties
            .map(|property| Member {
                required: required.contains(&property.name),
                name: property.name,
                schema: property.pointer,
            })
            .collect()
    }

    /// The schema of what success brings.
    pub(super) fn reply_schema(&self, operation: &str) -> Option<String> {
        let responses = self.entries(&push(operation, "responses"));
        let mut success = responses.iter().filter(|(_, key, _)| key.starts_with('2'));
        success.find_map(|(at, _, _)| self.json_schema(&self.resolve(at)?.0))
    }

    /// The members of what success brings.
    pub(super) fn reply_members(&self, operation: &str) -> Vec<Member<'a>> {
        let schema = self.reply_schema(operation);
        schema.map_or_else(Vec::new, |schema| self.members(&schema))
    }

    /// The pointer of the body and of its schema.
    pub(super) fn body_schema(&self, operation: &str) -> Option<(String, String)> {
        let (body, _) = self.resolve(&push(operation, "requestBody"))?;
        let schema = self.json_schema(&body)?;
        Some((body, schema))
    }

    fn json_schema(&self, holder: &str) -> Option<String> {
        let content = self.entries(&push(holder, "content"));
        let json = |(_, name, _): &&(String, &str, &Value)| name.starts_with("application/json");
        let media = content.iter().find(json).or(content.first())?;
        let schema = push(&media.0, "schema");
        self.get(&schema).map(|_| schema)
    }

    /// What a request can be asked for: parameters that callers give, and the
    /// members of the body.
    pub(super) fn request_members(&self, operation: &str) -> Vec<Member<'a>> {
        let parameters = self.given_parameters(operation);
        let mut members: Vec<Member<'a>> = parameters
            .iter()
            .map(|parameter| self.parameter_member(parameter))
            .collect();
        members.extend(self.body_members(operation));
        members
    }

    fn body_members(&self, operation: &str) -> Vec<Member<'a>> {
        let Some((body, schema)) = self.body_schema(operation) else {
            return Vec::new();
        };
        let sent = self.is_true(&body, "required");
        let members = self.members(&schema).into_iter();
        members
            .map(|member| Member {
                required: member.required && sent,
                ..member
            })
            .collect()
    }

    fn parameter_member(&self, parameter: &Param<'a>) -> Member<'a> {
        Member {
            name: parameter.name,
            schema: push(&parameter.pointer, "schema"),
            required: self.is_true(&parameter.pointer, "required"),
        }
    }

    /// The parameters that the client does not hold.
    pub(super) fn given_parameters(&self, operation: &str) -> Vec<Param<'a>> {
        let mut parameters = self.parameters_of(operation);
        parameters.retain(|parameter| self.get(&push(&parameter.pointer, "x-client")).is_none());
        parameters
    }

    /// What a walk through a list can set: query parameters, and members of the
    /// body.
    pub(super) fn settable(&self, operation: &str) -> Vec<Member<'a>> {
        let parameters = self.given_parameters(operation);
        let query = parameters.iter().filter(|p| p.place == "query");
        let mut members: Vec<Member<'a>> = query.map(|p| self.parameter_member(p)).collect();
        members.extend(self.body_members(operation));
        members
    }

    pub(super) fn is_true(&self, pointer: &str, key: &str) -> bool {
        self.get(&push(pointer, key)) == Some(&Value::Bool(true))
    }

    /// The values of a keyword in a schema and in all that it is made of.
    fn facets(&self, schema: &str, key: &str) -> Vec<&'a Value> {
        let mut found = Vec::new();
        let mut open = vec![schema.to_owned()];
        let mut seen = Vec::new();
        while let Some(at) = open.pop() {
            let Some((at, value)) = self.resolve(&at) else {
                continue;
            };
            if seen.contains(&at) {
                continue;
            }
            found.extend(value.get(key));
            let parts = self.elements(&push(&at, "allOf")).into_iter();
            open.extend(parts.map(|(at, _)| at));
            seen.push(at);
        }
        found
    }

    /// The first of them.
    pub(super) fn facet(&self, schema: &str, key: &str) -> Option<&'a Value> {
        self.facets(schema, key).into_iter().next()
    }

    /// What a schema holds.
    pub(super) fn kind_at(&self, schema: &str) -> Kind {
        let format = self.facet(schema, "format").and_then(Value::as_str);
        match self.type_of(schema) {
            Some("string") if self.facet(schema, "enum").is_some() => Kind::Enum,
            Some("string")
                if matches!(
                    format,
                    Some("date-time" | "date-time-local" | "basic-offset-time")
                ) =>
            {
                Kind::Time
            }
            Some("string") => Kind::Text,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            Some("array") => Kind::List,
            Some("object") => Kind::Object,
            _ => Kind::Unknown,
        }
    }

    /// The values of an enum.
    pub(super) fn values_at(&self, schema: &str) -> Vec<&'a str> {
        let values = self.facet(schema, "enum").and_then(Value::as_array);
        values
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The schema of the items of a list.
    pub(super) fn items_of(&self, schema: &str) -> Option<String> {
        let (at, _) = self.resolve(schema)?;
        let own = push(&at, "items");
        if self.get(&own).is_some() {
            return Some(own);
        }
        let [(part, _)] = self.elements(&push(&at, "allOf")).try_into().ok()?;
        self.items_of(&part)
    }

    /// The member that a path names, from these to begin with; or the step
    /// that leads nowhere, and what there is instead.
    pub(super) fn reach(
        &self,
        members: Vec<Member<'a>>,
        path: &str,
    ) -> Result<Found, (String, Vec<Member<'a>>)> {
        let mut members = members;
        let mut found: Option<Found> = None;
        for step in path.split('.') {
            let member = members.iter().find(|member| member.name == step);
            let Some(member) = member.cloned() else {
                return Err((step.to_owned(), members));
            };
            let before = found.is_none_or(|found| found.required);
            members = self.members(&member.schema);
            found = Some(Found {
                schema: member.schema,
                required: member.required && before,
            });
        }
        found.ok_or_else(|| (path.to_owned(), members))
    }

    /// The same, with a report. `owner` says whose the first members are: `the
    /// reply`.
    pub(super) fn member_at(
        &mut self,
        flow: &Flow,
        at: &str,
        members: Vec<Member<'a>>,
        path: &str,
        owner: &str,
    ) -> Option<Found> {
        match self.reach(members, path) {
            Ok(found) => Some(found),
            Err((step, members)) => {
                let before = path.split('.').take_while(|name| *name != step).last();
                let owner = before.map_or(owner.to_owned(), |name| format!("`{}`", shorten(name)));
                self.no_member(flow, at, &step, &members, &owner);
                None
            }
        }
    }

    fn no_member(
        &mut self,
        flow: &Flow,
        at: &str,
        step: &str,
        members: &[Member<'a>],
        owner: &str,
    ) {
        let names: Vec<&str> = members.iter().map(|member| member.name).collect();
        let help = self.hint(step, names.iter().copied());
        let help = help.unwrap_or_else(|| match names.as_slice() {
            [] => format!("{owner} has no members"),
            names => format!("{owner} has {}", list(names, "and")),
        });
        let message = format!(
            "`{}` names `{}`, which is no member of {owner}",
            flow.name,
            shorten(step)
        );
        self.unfit(flow, at, message, "no member of that name", help);
    }

    /// Whether a schema holds one of these kinds.
    pub(super) fn of_kind(
        &mut self,
        flow: &Flow,
        at: &str,
        schema: &str,
        kinds: &[Kind],
        wanted: &str,
    ) -> bool {
        let kind = self.kind_at(schema);
        if kinds.contains(&kind) {
            return true;
        }
        let (span, also) = (self.val(at), self.key(schema));
        let message = format!("`{}` needs {wanted} here", flow.name);
        self.push(
            crate::diag::Diagnostic::error(flow.code, message)
                .at(span, "named here")
                .also(also, format!("this is {}", kind.name()))
                .help("mend the name, or the type of what it names"),
        );
        false
    }
}
