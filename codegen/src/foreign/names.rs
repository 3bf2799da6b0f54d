//! Names that Rust can write and that nothing else has.
//!
//! The rule depends on the document alone: things get their names in its order, by the words of
//! their own spelling. What is left empty is called by its kind, what begins with a digit gets that
//! before it, what Rust or generated code keeps for itself gets `the_`, letters of other alphabets
//! become their number, what is longer than 100 letters is cut, and what is taken gets a number,
//! from 2.

use std::collections::{HashMap, HashSet};

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::identity::equal;
use crate::ir::{Api, Field, Operation, Shape, TypeId, TypeRef};
use crate::name::{Words, is_identifier};
use crate::settle::reserved;

/// What holds the members that have no name of their own.
const REST: &str = "additional_properties";

/// Gives everything in an [`Api`] a name of its own.
pub(super) fn make_free(api: &mut Api, diags: &mut Diagnostics) {
    let mut model = operations(api);
    types(api, &mut model, diags);
    aliases(api, &mut model);
    schemes(api);
    for operation in &mut api.operations {
        members_of(operation);
        operation.tag = operation.tag.take().filter(|tag| is_module(tag));
    }
    for def in &mut api.types {
        match &mut def.shape {
            Shape::Struct(object) => {
                members(object.fields.iter_mut(), reserved::is_method_of_types);
            }
            Shape::OpenEnum(values) => {
                let mut taken = Taken::new(&["Unknown", "Self"]);
                for value in values {
                    let words = Words::split(&value.wire);
                    value.rust_name = Some(taken.next(pascal(&words, "Value"), |_, _| false));
                }
            }
            Shape::Union(branches) => {
                let mut taken = Taken::new(&["Unknown", "Self"]);
                for branch in branches {
                    let wanted = pascal(&Words::split(&branch.proposed), "Variant");
                    branch.proposed = taken.next(wanted, |_, _| false);
                }
            }
        }
    }
}

/// Methods of the client; gives the names in the model that they bring.
fn operations(api: &mut Api) -> Taken {
    let mut methods = Taken::new(reserved::METHODS_OF_CLIENTS);
    let mut model = Taken::new(reserved::IN_MODEL);
    for operation in &mut api.operations {
        let wanted = snake(&Words::split(&operation.id), "call");
        let name = methods.next(wanted, |_, name| {
            let base = Words::split(name).pascal();
            reserved::IN_CLIENT.contains(&base.as_str()) || model.has(&format!("{base}Input"))
        });
        let base = Words::split(&name).pascal();
        for suffix in ["Input", "Output", "OutputBuilder"] {
            model.take(format!("{base}{suffix}"));
        }
        operation.rust_name = Some(name);
    }
    model
}

/// Equal schemas of one spelling share a type.
fn types(api: &mut Api, model: &mut Taken, diags: &mut Diagnostics) {
    let schemas: HashSet<TypeId> = api.schemas.iter().map(|(_, id)| *id).collect();
    let mut files = Taken::new(&["mod"]);
    let mut known: HashMap<String, Vec<TypeId>> = HashMap::new();
    for id in api.ids() {
        let wanted = pascal(&Words::split(&api.get(id).proposed), "Object");
        let alike = known.entry(wanted.clone()).or_default();
        let twin = alike.iter().find(|first| equal(api, **first, id));
        let name = match twin {
            Some(first) => {
                if schemas.contains(first) && schemas.contains(&id) {
                    no_type_of_its_own(api, *first, id, diags);
                }
                api.get(*first).proposed.clone()
            }
            None => {
                alike.push(id);
                let name = model.next(wanted, |model, name| {
                    model.has(&format!("{name}Builder")) || files.has(&Words::split(name).snake())
                });
                model.take(format!("{name}Builder"));
                files.take(Words::split(&name).snake());
                name
            }
        };
        api.types[id.0].proposed = name;
    }
}

fn no_type_of_its_own(api: &mut Api, first: TypeId, id: TypeId, diags: &mut Diagnostics) {
    let is_it = |(_, of): &(String, TypeId)| *of == id;
    let Some(index) = api.schemas.iter().position(is_it) else {
        return;
    };
    let (name, _) = api.schemas.remove(index);
    let message = format!("`{name}` has no type of its own");
    diags.push(
        Diagnostic::warning(code::E211, message)
            .at(api.get(id).at, "its type is that of an equal schema")
            .also(api.get(first).at, "this one has the same name in Rust")
            .help("give one of the two another name, if both are to have types"),
    );
}

fn schemes(api: &mut Api) {
    let mut taken = Taken::new(&[]);
    for scheme in api.security.iter_mut().flatten() {
        let wanted = snake(&Words::split(&scheme.wire), "key");
        scheme.rust = taken.next(wanted, |_, _| false);
    }
}

/// A schema that stands for a type of its own name needs no alias.
fn aliases(api: &mut Api, model: &mut Taken) {
    for mut alias in std::mem::take(&mut api.aliases) {
        let wanted = pascal(&Words::split(&alias.wire), "Object");
        match alias.ty {
            TypeRef::Named(id) if api.get(id).proposed == wanted => {
                api.schemas.push((alias.wire, id));
            }
            _ => {
                alias.rust_name = Some(model.next(wanted, |_, _| false));
                api.aliases.push(alias);
            }
        }
    }
}

fn members_of(operation: &mut Operation) {
    let inputs = operation.inputs.iter_mut();
    members(
        inputs.map(|input| &mut input.field),
        reserved::is_method_of_calls,
    );
    members(
        operation
            .reply
            .fields_mut()
            .iter_mut()
            .chain(&mut operation.heads),
        reserved::is_method_of_types,
    );
}

fn members<'a>(fields: impl Iterator<Item = &'a mut Field>, is_reserved: fn(&str) -> bool) {
    let mut taken = Taken::new(&[]);
    for field in fields {
        let mut wanted = match field.is_rest {
            true => REST.to_owned(),
            false => snake(&Words::split(&field.wire), "value"),
        };
        if is_reserved(&wanted) {
            wanted = format!("the_{wanted}");
        }
        field.rust_name = Some(taken.next(wanted, |_, _| false));
    }
}

fn is_module(tag: &str) -> bool {
    let module = Words::split(tag).snake();
    is_identifier(&module) && !reserved::MODULES.contains(&module.as_str())
}

fn snake(words: &Words, kind: &str) -> String {
    let name = ascii(&words.snake());
    match name.chars().next() {
        None => kind.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{kind}_{name}"),
        Some(_) if is_identifier(&name) => name,
        Some(_) => format!("the_{name}"),
    }
}

fn pascal(words: &Words, kind: &str) -> String {
    let name = ascii(&words.pascal());
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() && name != "Self" => {
            let rest = name.get(1..).unwrap_or_default();
            format!("{}{rest}", first.to_ascii_uppercase())
        }
        _ => format!("{kind}{name}"),
    }
}

/// Longest name that is taken whole: names become those of files.
const LONGEST: usize = 100;

/// Letters of other alphabets by their number, so that two names stay two.
fn ascii(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if out.len() >= LONGEST {
            break;
        }
        match c.is_ascii() {
            true => out.push(c),
            false => out.push_str(&format!("u{:x}", u32::from(c))),
        }
    }
    out
}

/// Names that are taken.
struct Taken(HashSet<String>);

impl Taken {
    fn new(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn take(&mut self, name: String) {
        self.0.insert(name);
    }

    /// Takes the name, or with the first number that makes it free.
    fn next(&mut self, wanted: String, is_refused: impl Fn(&Self, &str) -> bool) -> String {
        let mut name = wanted.clone();
        let mut number = 2;
        while self.has(&name) || is_refused(self, &name) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        self.take(name.clone());
        name
    }
}
