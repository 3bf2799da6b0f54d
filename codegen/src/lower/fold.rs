//! Schemas that hold at once: `allOf`, what stands beside it, and a member that several parts have.
//!
//! They are taken apart into a flat list of parts, each of which says one thing at its own place. What
//! the parts say together decides what becomes of them ([`Whole`]).

use std::borrow::Borrow;
use std::collections::HashSet;

use openapiv3::{Discriminator, ReferenceOr, Schema, SchemaKind, StringType};

use super::Lower;
use super::limits::{integers, lists, numbers, texts};
use super::narrow::is_narrowed;
use super::says::{List, Object, Says, Union, all_of, says};
use super::schema::{MAX_DEPTH, component_name};
use crate::load::push;
use crate::name::Words;

/// One thing that is said, and where.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) pointer: String,
    /// What inline types of its members are called after.
    pub(super) hint: Words,
    pub(super) says: Says<'a>,
    pub(super) schema: &'a Schema,
}

/// What becomes of schemas that hold at once.
pub(super) enum Whole<'a> {
    /// The same as another schema.
    Same(String, ReferenceOr<&'a Schema>),
    /// Some values of an enum.
    Narrowed(&'a openapiv3::AnySchema),
    Struct(Vec<Part<'a>>),
    Map(Vec<Part<'a>>),
    Enum(StringType),
    Union(Choice<'a>),
    List(String, List<'a>),
    Text(StringType),
    Integer(openapiv3::IntegerType),
    Number(openapiv3::NumberType),
    Boolean(openapiv3::BooleanType),
    Json,
}

impl Whole<'_> {
    /// Whether it becomes a type with a name.
    pub(super) fn has_name(&self) -> bool {
        matches!(self, Whole::Struct(_) | Whole::Enum(_) | Whole::Union(_))
    }
}

/// One of several schemas, with what all of them share.
pub(super) struct Choice<'a> {
    /// Where the list of branches stands.
    pub(super) list: String,
    pub(super) branches: &'a [ReferenceOr<Schema>],
    pub(super) discriminator: Option<&'a Discriminator>,
    /// What holds beside each of the branches.
    pub(super) beside: Vec<Part<'a>>,
}

/// Parts on their way into a list.
#[derive(Default)]
struct Fold<'a> {
    parts: Vec<Part<'a>>,
    seen: HashSet<String>,
    open: Vec<String>,
}

/// A schema or the reference to one, without its box.
pub(super) fn place<S: Borrow<Schema>>(schema: &ReferenceOr<S>) -> ReferenceOr<&Schema> {
    match schema {
        ReferenceOr::Item(schema) => ReferenceOr::Item(schema.borrow()),
        ReferenceOr::Reference { reference } => ReferenceOr::Reference {
            reference: reference.clone(),
        },
    }
}

impl<'a> Lower<'a> {
    /// What becomes of one schema.
    pub(super) fn whole(&mut self, pointer: &str, schema: &'a Schema, hint: &Words) -> Whole<'a> {
        if let SchemaKind::Any(any) = &schema.schema_kind
            && is_narrowed(any)
        {
            return Whole::Narrowed(any);
        }
        if let Some((at, only)) = only_part(pointer, schema) {
            return Whole::Same(at, only);
        }
        self.together(
            pointer,
            vec![(pointer.to_owned(), ReferenceOr::Item(schema), hint.clone())],
        )
    }

    /// What becomes of several schemas of one value; `pointer` is where to complain.
    pub(super) fn together(
        &mut self,
        pointer: &str,
        schemas: Vec<(String, ReferenceOr<&'a Schema>, Words)>,
    ) -> Whole<'a> {
        let mut fold = Fold::default();
        for (pointer, schema, hint) in schemas {
            self.take_apart(&pointer, schema, &hint, &mut fold);
        }
        self.decide(pointer, fold.parts)
    }

    /// What becomes of parts beside one more schema.
    pub(super) fn beside(
        &mut self,
        pointer: &str,
        parts: &[Part<'a>],
        schema: ReferenceOr<&'a Schema>,
        hint: &Words,
    ) -> Whole<'a> {
        let mut fold = Fold {
            parts: parts.to_vec(),
            ..Fold::default()
        };
        self.take_apart(pointer, schema, hint, &mut fold);
        self.decide(pointer, fold.parts)
    }

    fn take_apart(
        &mut self,
        pointer: &str,
        schema: ReferenceOr<&'a Schema>,
        hint: &Words,
        fold: &mut Fold<'a>,
    ) {
        if self.depth + fold.open.len() >= MAX_DEPTH {
            self.too_deep(pointer);
            return;
        }
        let (at, schema, hint) = match schema {
            ReferenceOr::Item(schema) => {
                (pointer.to_owned(), ReferenceOr::Item(schema), hint.clone())
            }
            ReferenceOr::Reference { reference } => {
                let Some((name, schema)) = self.component_named(&reference) else {
                    self.names_nothing(pointer);
                    return;
                };
                (
                    push("/components/schemas", &name),
                    place(schema),
                    Words::split(&name),
                )
            }
        };
        // Saying a thing twice says no more; the lint has complained of what is made of itself.
        if !fold.seen.insert(at.clone()) {
            return;
        }
        fold.open.push(at.clone());
        match schema {
            ReferenceOr::Item(schema) => self.take_parts(&at, schema, &hint, fold),
            reference => self.take_apart(&at, reference, &hint, fold),
        }
        fold.open.pop();
    }

    fn take_parts(&mut self, pointer: &str, schema: &'a Schema, hint: &Words, fold: &mut Fold<'a>) {
        let list = push(pointer, "allOf");
        for (index, part) in all_of(schema).iter().enumerate() {
            self.take_apart(&push(&list, &index.to_string()), place(part), hint, fold);
        }
        for says in says(schema) {
            // What is one of one is that.
            if let Says::Union(Union {
                keyword,
                branches: [only],
            }) = &says
            {
                let at = push(&push(pointer, keyword), "0");
                self.take_apart(&at, place(only), hint, fold);
                continue;
            }
            fold.parts.push(Part {
                pointer: pointer.to_owned(),
                hint: hint.clone(),
                says,
                schema,
            });
        }
    }

    fn decide(&mut self, pointer: &str, mut parts: Vec<Part<'a>>) -> Whole<'a> {
        parts.retain(|part| {
            let is_not = matches!(part.says, Says::Not);
            if is_not {
                self.error(
                    &part.pointer,
                    "`not` is not supported",
                    "this limit would be lost",
                    "state it in the description",
                );
            }
            !is_not
        });
        let choices = parts.iter().filter(|part| is_choice(part)).count();
        if choices > 0 {
            return self.choice(pointer, parts, choices);
        }
        let Some(first) = parts.first().cloned() else {
            return Whole::Json;
        };
        let rest = parts.iter().skip(1);
        let merged = match first.says {
            Says::Object(_) | Says::Union(_) => return self.object_of(pointer, parts),
            Says::List(list) => {
                lists(list, rest).map(|(at, list)| Whole::List(at.unwrap_or(first.pointer), list))
            }
            Says::Text(text) => {
                texts(text, rest).map(|text| match text.enumeration.iter().any(Option::is_some) {
                    true => Whole::Enum(text),
                    false => Whole::Text(text),
                })
            }
            Says::Integer(_) | Says::Number(_) => match integers(&parts) {
                Some(integer) => Some(Whole::Integer(integer)),
                None => numbers(&parts).map(Whole::Number),
            },
            Says::Boolean(it) => {
                let alike = parts
                    .iter()
                    .all(|part| matches!(part.says, Says::Boolean(_)));
                alike.then_some(Whole::Boolean(it))
            }
            Says::Mixed | Says::Not => None,
        };
        merged.unwrap_or_else(|| self.clash(pointer))
    }

    fn object_of(&mut self, pointer: &str, parts: Vec<Part<'a>>) -> Whole<'a> {
        let mut members = false;
        for part in &parts {
            match &part.says {
                Says::Object(object) => members |= !object.properties.is_empty(),
                Says::Union(_) => {}
                _ => return self.clash(pointer),
            }
        }
        match members {
            true => Whole::Struct(parts),
            false => Whole::Map(parts),
        }
    }

    fn choice(&mut self, pointer: &str, parts: Vec<Part<'a>>, choices: usize) -> Whole<'a> {
        if choices > 1 {
            self.error(
                pointer,
                "one of several schemas, twice, is not supported",
                "there is more than one list of branches here",
                "write one list with what is possible",
            );
            return Whole::Json;
        }
        let (mut chosen, mut beside): (Vec<_>, Vec<_>) = parts.into_iter().partition(is_choice);
        // An object that names no members says only what the branches say too.
        beside.retain(|part| match &part.says {
            Says::Object(Object {
                properties,
                required,
                ..
            }) => !properties.is_empty() || !required.is_empty(),
            _ => true,
        });
        let Some(Part {
            pointer: at,
            says: Says::Union(union),
            schema,
            ..
        }) = chosen.pop()
        else {
            return Whole::Json;
        };
        if !beside
            .iter()
            .all(|part| matches!(part.says, Says::Object(_) | Says::Union(_)))
        {
            return self.clash(pointer);
        }
        Whole::Union(Choice {
            list: push(&at, union.keyword),
            branches: union.branches,
            discriminator: schema.schema_data.discriminator.as_ref(),
            beside,
        })
    }

    fn clash(&mut self, pointer: &str) -> Whole<'a> {
        self.error(
            pointer,
            "this has no one type",
            "it says several kinds of values at once, or none that is known",
            "write it out in one schema with a `type`, or make the kinds branches of `oneOf`",
        );
        Whole::Json
    }

    /// The component that a reference names.
    pub(super) fn component_named(
        &self,
        reference: &str,
    ) -> Option<(String, &'a ReferenceOr<Schema>)> {
        let name = component_name(reference)?;
        let schema = self.openapi.components.as_ref()?.schemas.get(&name)?;
        Some((name, schema))
    }
}

/// Whether a part offers several types, and not only several ways of being complete.
fn is_choice(part: &Part<'_>) -> bool {
    match &part.says {
        Says::Union(union) => required_only(union).is_none(),
        _ => false,
    }
}

/// The members of which one or the other must be given, where the branches say no more.
pub(super) fn required_only<'a>(union: &Union<'a>) -> Option<Vec<&'a [String]>> {
    let required = |branch: &'a ReferenceOr<Schema>| {
        let ReferenceOr::Item(schema) = branch else {
            return None;
        };
        match (all_of(schema), says(schema).as_slice()) {
            ([], [Says::Object(object)]) if object.properties.is_empty() => {
                (!object.required.is_empty() && object.additional.is_none())
                    .then_some(object.required)
            }
            _ => None,
        }
    };
    union.branches.iter().map(required).collect()
}

/// The one schema that says something, where all others say nothing.
fn only_part<'a>(pointer: &str, schema: &'a Schema) -> Option<(String, ReferenceOr<&'a Schema>)> {
    let own = says(schema);
    let list = push(pointer, "allOf");
    let mut found = all_of(schema)
        .iter()
        .enumerate()
        .filter(|(_, part)| !is_idle(part))
        .map(|(index, part)| (push(&list, &index.to_string()), place(part)));
    match (own.as_slice(), found.next(), found.next()) {
        ([], Some(only), None) => Some(only),
        (
            [
                Says::Union(Union {
                    keyword,
                    branches: [only],
                }),
            ],
            None,
            _,
        ) => Some((push(&push(pointer, keyword), "0"), place(only))),
        _ => None,
    }
}

fn is_idle(part: &ReferenceOr<Schema>) -> bool {
    match part {
        ReferenceOr::Reference { .. } => false,
        ReferenceOr::Item(schema) => says(schema).is_empty() && all_of(schema).iter().all(is_idle),
    }
}
