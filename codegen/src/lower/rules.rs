//! `x-rules` to [`Rule`]s. The lint has checked the shape and that the members
//! exist; here is checked what the code for a rule needs beyond that.

use serde_json::Value;

use super::extensions::Extensions;
use super::{Lower, shape_of};
use crate::ir::{Field, Input, Place, Rule, Shape, TypeId, TypeRef, When};
use crate::load::push;

/// A rule and where it stands.
pub(super) struct Located {
    pub(super) rule: Rule,
    pub(super) pointer: String,
}

/// What a rule asks of a member's type.
#[derive(Clone, Copy)]
enum Kind {
    Any,
    Time,
    Flag,
    Text,
    List,
    /// A text or an enum, an integer.
    Word,
    Integer,
}

impl Kind {
    fn compared(when: &When) -> Kind {
        match when {
            When::Is(Value::String(_)) | When::IsNot(Value::String(_)) => Kind::Word,
            When::Is(Value::Bool(_)) | When::IsNot(Value::Bool(_)) => Kind::Flag,
            When::Is(_) | When::IsNot(_) => Kind::Integer,
            When::Given => Kind::Any,
        }
    }

    fn fits(self, ty: &TypeRef, shape: Option<&Shape>) -> bool {
        match self {
            Kind::Any => true,
            Kind::Time => matches!(ty, TypeRef::Timestamp(_)),
            Kind::Flag => matches!(ty, TypeRef::Boolean),
            Kind::Text => matches!(ty, TypeRef::Text),
            Kind::List => matches!(ty, TypeRef::List(_)),
            Kind::Word => *ty == TypeRef::Text || matches!(shape, Some(Shape::OpenEnum(_))),
            Kind::Integer => matches!(ty, TypeRef::Integer),
        }
    }
}

impl Lower<'_> {
    /// The rules beside other keys of the object at `owner`.
    pub(super) fn read_rules(&mut self, owner: &str, extensions: &Extensions) -> Vec<Located> {
        let list = push(owner, "x-rules");
        let values = extensions.get("x-rules").and_then(Value::as_array);
        let mut rules = Vec::new();
        for (index, value) in values.into_iter().flatten().enumerate() {
            let pointer = push(&list, &index.to_string());
            match rule(value) {
                Some(rule) => rules.push(Located { rule, pointer }),
                None => self.error(
                    &pointer,
                    "this rule can't be read",
                    "it would be lost",
                    "write one of `any_of`, `together`, `at_most_one`, `needs`, `order`, `only_when` and \
                     `schedule`",
                ),
            }
        }
        rules
    }

    /// Rules are understood only beside `properties`.
    pub(super) fn no_rules(&mut self, pointer: &str, extensions: &Extensions) {
        if extensions.contains_key("x-rules") {
            self.error(
                &push(pointer, "x-rules"),
                "rules can't stand here",
                "this schema has no members of its own, so the rules would be lost",
                "move them beside the `properties` that they speak of, or to the operation",
            );
        }
    }

    /// Rules of a struct, as far as they can be checked.
    pub(super) fn struct_rules(&mut self, mut rules: Vec<Located>, fields: &[Field]) -> Vec<Rule> {
        let fields: Vec<&Field> = fields.iter().collect();
        rules.retain(|located| self.members_fit(located, &fields));
        rules.into_iter().map(|located| located.rule).collect()
    }

    /// Rules of an operation: each is checked at one place of the request.
    pub(super) fn operation_rules(
        &mut self,
        mut rules: Vec<Located>,
        inputs: &[Input],
    ) -> Vec<Rule> {
        rules.retain(|located| {
            self.one_place(located, inputs).is_some_and(|place| {
                let here = inputs.iter().filter(|input| input.place == place);
                let fields: Vec<&Field> = here.map(|input| &input.field).collect();
                self.members_fit(located, &fields)
            })
        });
        rules.into_iter().map(|located| located.rule).collect()
    }

    /// The place that holds the members of a rule, if it is one.
    fn one_place(&mut self, located: &Located, inputs: &[Input]) -> Option<Place> {
        let named = members(&located.rule);
        let holds = |place: Place, member: &str| {
            let head = member.split('/').next().unwrap_or(member);
            inputs
                .iter()
                .any(|input| input.place == place && input.field.wire == head)
        };
        let mut places = [Place::Query, Place::Header, Place::Body]
            .into_iter()
            .filter(|place| named.iter().any(|(member, _)| holds(*place, member)));
        let (first, second) = (places.next(), places.next());
        let label = match (first, second) {
            (Some(place), None) if named.iter().all(|(member, _)| holds(place, member)) => {
                return Some(place);
            }
            (_, Some(_)) => "its members are in several of query, headers and body",
            _ => "a member of it is in the path, held by the client, or none of the inputs",
        };
        self.error(
            &located.pointer,
            "this rule can't be checked in one place of the request",
            label,
            "name members that are all in the query, all in headers or all in the body",
        );
        None
    }

    /// Whether each member exists and has the type that the rule needs.
    fn members_fit(&mut self, located: &Located, fields: &[&Field]) -> bool {
        let mut all_fit = true;
        let nested = matches!(located.rule, Rule::Schedule { .. });
        for (member, kind) in members(&located.rule) {
            let found = self.member(fields, member, nested);
            let found = found.map(|ty| kind.fits(ty, self.shape_named(ty)));
            let (message, help) = match found {
                Some(true) => continue,
                Some(false) => (
                    format!("`{member}` has another type than this rule needs"),
                    "`order` needs times, `only_when` booleans, `schedule` two texts and a list, and a \
                     member that `needs` others has the type of the value that it is compared with",
                ),
                None => (
                    format!("this rule can't reach `{member}`"),
                    "name members that stand beside each other; only `schedule` may go one \
                     level deeper, as in `policy/hours`",
                ),
            };
            self.error(&located.pointer, message, "in this rule", help);
            all_fit = false;
        }
        all_fit
    }

    /// The type of the member at a path of wire names.
    fn member<'f>(&'f self, fields: &[&'f Field], path: &str, nested: bool) -> Option<&'f TypeRef> {
        let find = |name: &str| fields.iter().find(|field| field.wire == name);
        let Some((head, rest)) = path.split_once('/') else {
            return find(path).map(|field| &field.ty);
        };
        let TypeRef::Named(id) = find(head)?.ty else {
            return None;
        };
        let inner = self.struct_fields(id)?.iter();
        let mut inner = inner.filter(|field| nested && field.wire == rest);
        inner.next().map(|field| &field.ty)
    }

    fn shape_named(&self, ty: &TypeRef) -> Option<&Shape> {
        match ty {
            TypeRef::Named(id) => shape_of(&self.types, *id),
            _ => None,
        }
    }

    fn struct_fields(&self, id: TypeId) -> Option<&[Field]> {
        match shape_of(&self.types, id)? {
            Shape::Struct(object) => Some(&object.fields),
            _ => None,
        }
    }
}

/// The members that a rule names, and what they must be.
fn members(rule: &Rule) -> Vec<(&str, Kind)> {
    match rule {
        Rule::AnyOf { members, .. } | Rule::Together(members) | Rule::AtMostOne(members) => {
            let members = members.iter();
            members.map(|name| (name.as_str(), Kind::Any)).collect()
        }
        Rule::Needs {
            member,
            when,
            needs,
        } => {
            let needs = needs.iter().map(|name| (name.as_str(), Kind::Any));
            std::iter::once((member.as_str(), Kind::compared(when)))
                .chain(needs)
                .collect()
        }
        Rule::Order(earlier, later) => vec![(earlier, Kind::Time), (later, Kind::Time)],
        Rule::OnlyWhen { member, needs } => vec![(member, Kind::Flag), (needs, Kind::Flag)],
        Rule::Schedule {
            hours,
            time_zone,
            days,
        } => vec![
            (hours, Kind::Text),
            (time_zone, Kind::Text),
            (days, Kind::List),
        ],
    }
}

fn rule(value: &Value) -> Option<Rule> {
    if let Some(members) = value.get("any_of") {
        return Some(Rule::AnyOf {
            members: names(members),
            first_wins: value.get("first_wins") == Some(&Value::Bool(true)),
        });
    }
    if let Some(members) = value.get("together") {
        return Some(Rule::Together(names(members)));
    }
    if let Some(members) = value.get("at_most_one") {
        return Some(Rule::AtMostOne(names(members)));
    }
    if let Some(rule) = value.get("needs") {
        let when = match (rule.get("is"), rule.get("is_not")) {
            (Some(value), None) => When::Is(value.clone()),
            (None, Some(value)) => When::IsNot(value.clone()),
            (None, None) => When::Given,
            (Some(_), Some(_)) => return None,
        };
        return Some(Rule::Needs {
            member: text(rule, "member")?,
            when,
            needs: names(rule.get("needs")?),
        });
    }
    if let Some(members) = value.get("order") {
        let [earlier, later] = names(members).try_into().ok()?;
        return Some(Rule::Order(earlier, later));
    }
    if let Some(rule) = value.get("only_when") {
        return Some(Rule::OnlyWhen {
            member: text(rule, "member")?,
            needs: text(rule, "needs")?,
        });
    }
    let rule = value.get("schedule")?;
    Some(Rule::Schedule {
        hours: text(rule, "hours")?,
        time_zone: text(rule, "time_zone")?,
        days: text(rule, "days")?,
    })
}

fn names(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}
