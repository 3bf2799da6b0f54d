//! The kinds of edits. Each changes one thing of a spec and says which, or
//! finds nothing that it may change.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Spec;
use super::places::{
    Sides, find, map, objects, properties, push, redirect, reference, schemas, split, target, visit,
};

pub(crate) type Edit = fn(&mut Spec) -> Option<String>;

pub(crate) const KINDS: &[(&str, Edit)] = &[
    ("schema renamed", rename_schema),
    ("two schemas swap names", swap_schemas),
    ("schema split", split_schema),
    ("equal schemas merged", merge_schemas),
    ("reference written inline", inline),
    ("inline schema moved to a reference", extract),
    ("operationId renamed", rename_operation),
    ("path parameter renamed", rename_path_parameter),
    ("reordered", reorder),
    ("tag changed", retag),
    ("reworded", reword),
    ("optional member added", add_member),
    ("mandatory member of replies added", add_mandatory_member),
    ("member of replies made mandatory", make_mandatory),
    ("member of requests made optional", make_optional),
    ("member dropped", drop_member),
    ("value added", add_value),
    ("value of replies dropped", drop_value),
    ("parameter added", add_parameter),
    ("parameter dropped", drop_parameter),
    ("parameter made optional", relax_parameter),
    ("operation added", add_operation),
    ("operation dropped", drop_operation),
    ("text of replies became a time", become_time),
    ("text of replies became an enum", become_enum),
];

fn rename(root: &mut Value, from: &str, to: &str) {
    let schemas = map(root, "/components/schemas");
    let renamed = std::mem::take(schemas).into_iter().map(|(name, schema)| {
        let name = if name == from { to.to_owned() } else { name };
        (name, schema)
    });
    *schemas = renamed.collect();
    redirect(root, from, to);
}

fn rename_schema(spec: &mut Spec) -> Option<String> {
    let from = spec.one_of(schemas(&spec.root))?;
    let to = format!("Renamed{}", spec.number());
    rename(&mut spec.root, &from, &to);
    Some(format!("{from} to {to}"))
}

fn swap_schemas(spec: &mut Spec) -> Option<String> {
    let mut others = schemas(&spec.root);
    // A schema that is new needs a name of its own: the generator asks for it.
    others.retain(|name| !name.starts_with("Extracted"));
    let one = spec.one_of(others.clone())?;
    others.retain(|name| *name != one);
    let other = spec.one_of(others)?;
    rename(&mut spec.root, &one, "Between");
    rename(&mut spec.root, &other, &one);
    rename(&mut spec.root, "Between", &other);
    Some(format!("{one} and {other}"))
}

/// Members that are a reference and nothing else.
fn references(spec: &Spec) -> Vec<String> {
    let mut found = properties(&spec.root);
    let is_reference = |at: &String| spec.root.pointer(at).is_some_and(|it| target(it).is_some());
    found.retain(is_reference);
    found
}

fn referred(spec: &Spec, at: &str) -> Option<(String, Value)> {
    let name = target(spec.root.pointer(at)?)?.to_owned();
    let schema = spec.root.pointer(&push("/components/schemas", &name))?;
    Some((name, schema.clone()))
}

fn split_schema(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(references(spec))?;
    let (name, schema) = referred(spec, &at)?;
    let half = format!("Half{}", spec.number());
    map(&mut spec.root, "/components/schemas").insert(half.clone(), schema);
    *spec.root.pointer_mut(&at)? = reference(&half);
    Some(format!("{name}, at {at}"))
}

fn merge_schemas(spec: &mut Spec) -> Option<String> {
    let names = schemas(&spec.root);
    let shape = |name: &String| {
        let mut schema = spec
            .root
            .pointer(&push("/components/schemas", name))
            .cloned()?;
        visit(&mut schema, &mut |value| {
            if let Some(map) = value.as_object_mut() {
                map.retain(|key, value| key != "description" || !value.is_string());
            }
        });
        Some(schema)
    };
    let mut pairs = Vec::new();
    for (index, one) in names.iter().enumerate() {
        for other in &names[index + 1..] {
            if shape(one) == shape(other) {
                pairs.push((one.clone(), other.clone()));
            }
        }
    }
    let (one, other) = spec.one_of(pairs)?;
    redirect(&mut spec.root, &other, &one);
    map(&mut spec.root, "/components/schemas").remove(&other);
    Some(format!("{other} into {one}"))
}

fn inline(spec: &mut Spec) -> Option<String> {
    let mut places = references(spec);
    // What contains itself has to have a name.
    places.retain(|at| {
        referred(spec, at)
            .is_some_and(|(_, schema)| find(&schema, |_, it| target(it).is_some()).is_empty())
    });
    let at = spec.one_of(places)?;
    let (name, schema) = referred(spec, &at)?;
    *spec.root.pointer_mut(&at)? = schema;
    Some(format!("{name}, at {at}"))
}

fn extract(spec: &mut Spec) -> Option<String> {
    let mut places = properties(&spec.root);
    places.retain(|at| {
        let schema = spec.root.pointer(at).unwrap_or(&Value::Null);
        let has_name = schema["properties"].is_object() || schema["enum"].is_array();
        has_name && schema["allOf"].is_null() && schema["x-rust-name"].is_null()
    });
    let at = spec.one_of(places)?;
    let name = format!("Extracted{}", spec.number());
    let schema = spec.root.pointer_mut(&at)?;
    let schema = std::mem::replace(schema, reference(&name));
    map(&mut spec.root, "/components/schemas").insert(name.clone(), schema);
    Some(format!("{at} to {name}"))
}

fn operations(spec: &Spec) -> Vec<String> {
    find(&spec.root, |at, value| {
        at.starts_with("/paths/") && value["operationId"].is_string()
    })
}

fn rename_operation(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(operations(spec))?;
    let from = spec.root.pointer(&at)?["operationId"].as_str()?.to_owned();
    let to = format!("renamed_{}", spec.number());
    map(&mut spec.root, &at).insert("operationId".to_owned(), json!(to));
    visit(&mut spec.root, &mut |value| {
        if value["ask"] == from.as_str() {
            value["ask"] = json!(to);
        }
    });
    Some(format!("{from} to {to}"))
}

fn parameters(spec: &Spec, place: &str) -> Vec<String> {
    find(&spec.root, |_, value| {
        value["in"] == place && value["name"].is_string() && value["x-client"].is_null()
    })
}

/// A parameter of one path, which no page, wait or search goes through.
fn rename_path_parameter(spec: &mut Spec) -> Option<String> {
    let is_free = |at: &String| {
        let operation = spec.root.pointer(at).unwrap_or(&Value::Null);
        let id = operation["operationId"].as_str().unwrap_or_default();
        has_no_flow(operation) && !is_asked(&spec.root, id)
    };
    let mut places = parameters(spec, "path");
    places.retain(|at| {
        let item = at.split('/').take(3).collect::<Vec<_>>().join("/");
        let mut inside = operations(spec);
        inside.retain(|operation| operation.starts_with(&push(&item, "")));
        at.starts_with("/paths/") && inside.iter().all(is_free)
    });
    let at = spec.one_of(places)?;
    let from = spec.root.pointer(&at)?["name"].as_str()?.to_owned();
    let to = format!("{from}_{}", spec.number());
    let (_, path) = split(&at.split('/').take(3).collect::<Vec<_>>().join("/"));
    let item = map(&mut spec.root, "/paths").get_mut(&path)?;
    visit(item, &mut |value| {
        if value["in"] == "path" && value["name"] == from.as_str() {
            value["name"] = json!(to);
        }
    });
    let paths = map(&mut spec.root, "/paths");
    let renamed = std::mem::take(paths).into_iter().map(|(key, item)| {
        let new = key.replace(&format!("{{{from}}}"), &format!("{{{to}}}"));
        (if key == path { new } else { key }, item)
    });
    *paths = renamed.collect();
    Some(format!("{from} to {to} of {path}"))
}

fn reorder(spec: &mut Spec) -> Option<String> {
    let places = find(&spec.root, |at, value| {
        let (_, key) = split(at);
        let many = value.as_object().is_some_and(|map| map.len() > 1)
            || value.as_array().is_some_and(|list| list.len() > 1);
        many && [
            "properties",
            "parameters",
            "paths",
            "schemas",
            "required",
            "enum",
        ]
        .contains(&key.as_str())
    });
    let at = spec.one_of(places)?;
    match spec.root.pointer_mut(&at)? {
        Value::Array(items) => items.reverse(),
        Value::Object(map) => {
            let reversed = std::mem::take(map).into_iter().rev();
            *map = reversed.collect::<Map<String, Value>>();
        }
        _ => {}
    }
    Some(at)
}

fn retag(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(operations(spec))?;
    map(&mut spec.root, &at).insert("tags".to_owned(), json!(["Elsewhere"]));
    Some(at)
}

fn reword(spec: &mut Spec) -> Option<String> {
    let places = find(&spec.root, |_, value| value["description"].is_string());
    let at = spec.one_of(places)?;
    let word = format!("In other words, {}.", spec.number());
    map(&mut spec.root, &at).insert("description".to_owned(), json!(word));
    Some(at)
}

fn add_to(spec: &mut Spec, at: &str) -> String {
    let name = format!("added_{}", spec.number());
    let member = json!({ "type": "string", "description": "Came later." });
    map(&mut spec.root, &push(at, "properties")).insert(name.clone(), member);
    name
}

fn require(spec: &mut Spec, at: &str, name: &str) {
    let required = map(&mut spec.root, at).entry("required");
    if let Value::Array(names) = required.or_insert_with(|| json!([])) {
        names.push(json!(name));
    }
}

fn add_member(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(objects(&spec.root))?;
    let name = add_to(spec, &at);
    Some(format!("{name} to {at}"))
}

/// Objects that only replies hold.
fn read(spec: &Spec) -> Vec<String> {
    let sides = Sides::of(&spec.root);
    let mut found = objects(&spec.root);
    found.retain(|at| sides.only_read(at));
    found
}

fn add_mandatory_member(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(read(spec))?;
    let name = add_to(spec, &at);
    require(spec, &at, &name);
    Some(format!("{name} to {at}"))
}

/// Members of some objects, with whether they are mandatory.
fn members(spec: &Spec, objects: Vec<String>, mandatory: bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for at in objects {
        let object = spec.root.pointer(&at).unwrap_or(&Value::Null);
        let required = object["required"].as_array();
        let names = object["properties"]
            .as_object()
            .into_iter()
            .flat_map(Map::keys);
        for name in names {
            let is_mandatory = required.is_some_and(|it| it.iter().any(|it| it == name));
            if is_mandatory == mandatory && !spec.is_fixed(name) {
                found.push((at.clone(), name.clone()));
            }
        }
    }
    found
}

fn make_mandatory(spec: &mut Spec) -> Option<String> {
    let (at, name) = spec.one_of(members(spec, read(spec), false))?;
    require(spec, &at, &name);
    Some(format!("{name} of {at}"))
}

fn release(spec: &mut Spec, at: &str, name: &str) {
    let object = map(&mut spec.root, at);
    if let Some(Value::Array(names)) = object.get_mut("required") {
        names.retain(|it| it != name);
        if names.is_empty() {
            object.remove("required");
        }
    }
}

fn make_optional(spec: &mut Spec) -> Option<String> {
    let sides = Sides::of(&spec.root);
    let mut sent = objects(&spec.root);
    sent.retain(|at| sides.only_sent(at));
    let (at, name) = spec.one_of(members(spec, sent, true))?;
    release(spec, &at, &name);
    Some(format!("{name} of {at}"))
}

fn drop_member(spec: &mut Spec) -> Option<String> {
    let sides = Sides::of(&spec.root);
    let mut candidates = members(spec, objects(&spec.root), false);
    let mut sent = objects(&spec.root);
    sent.retain(|at| sides.only_sent(at));
    candidates.extend(members(spec, sent, true));
    // An object without any member is something else.
    candidates.retain(|(at, _)| {
        let members = spec.root.pointer(&push(at, "properties"));
        members
            .and_then(Value::as_object)
            .is_some_and(|it| it.len() > 1)
    });
    let (at, name) = spec.one_of(candidates)?;
    release(spec, &at, &name);
    map(&mut spec.root, &push(&at, "properties")).shift_remove(&name);
    Some(format!("{name} of {at}"))
}

/// Enums of which no place takes some values only.
fn enums(spec: &Spec) -> Vec<String> {
    let mut narrowed = BTreeSet::new();
    for at in find(&spec.root, |_, it| {
        it["allOf"].is_array() && it["enum"].is_array()
    }) {
        let base = spec
            .root
            .pointer(&format!("{at}/allOf/0"))
            .unwrap_or(&Value::Null);
        narrowed.extend(target(base).map(str::to_owned));
    }
    find(&spec.root, |at, value| {
        let (above, name) = split(at);
        let is_narrowed = above == "/components/schemas" && narrowed.contains(&name);
        value["enum"].is_array() && value["type"] == "string" && !is_narrowed
    })
}

fn add_value(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(enums(spec))?;
    let value = format!("added-{}", spec.number());
    let list = spec.root.pointer_mut(&push(&at, "enum"))?.as_array_mut()?;
    list.insert(0, json!(value));
    Some(format!("{value} to {at}"))
}

fn drop_value(spec: &mut Spec) -> Option<String> {
    let sides = Sides::of(&spec.root);
    let mut candidates = enums(spec);
    candidates.retain(|at| sides.only_read(at));
    let at = spec.one_of(candidates)?;
    let schema = spec.root.pointer(&at)?;
    let texts = schema["enum"].as_array()?.iter().filter_map(Value::as_str);
    let texts: Vec<String> = texts.map(str::to_owned).collect();
    if texts.len() < 2 {
        return None;
    }
    let free = texts
        .iter()
        .filter(|it| !spec.is_fixed(it) && schema["default"] != it.as_str());
    let value = spec.one_of(free.cloned().collect())?;
    let schema = map(&mut spec.root, &at);
    if let Some(Value::Array(list)) = schema.get_mut("enum") {
        list.retain(|it| *it != value.as_str());
    }
    if let Some(Value::Object(names)) = schema.get_mut("x-rust-names") {
        names.remove(&value);
        if names.is_empty() {
            schema.remove("x-rust-names");
        }
    }
    Some(format!("{value} of {at}"))
}

fn add_parameter(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(operations(spec))?;
    let name = format!("added_{}", spec.number());
    let parameter = json!({
        "name": name, "in": "query", "description": "Came later.", "schema": { "type": "string" }
    });
    let parameters = map(&mut spec.root, &at).entry("parameters");
    if let Value::Array(list) = parameters.or_insert_with(|| json!([])) {
        list.insert(0, parameter);
    }
    Some(format!("{name} to {at}"))
}

fn drop_parameter(spec: &mut Spec) -> Option<String> {
    let mut candidates = parameters(spec, "query");
    candidates.retain(|at| at.starts_with("/paths/"));
    let at = spec.one_of(candidates)?;
    let name = spec.root.pointer(&at)?["name"].as_str()?.to_owned();
    if spec.is_fixed(&name) {
        return None;
    }
    let (list, index) = split(&at);
    let list = spec.root.pointer_mut(list)?.as_array_mut()?;
    list.remove(index.parse().ok()?);
    Some(format!("{name} of {at}"))
}

fn relax_parameter(spec: &mut Spec) -> Option<String> {
    let mut candidates = parameters(spec, "query");
    candidates.extend(parameters(spec, "header"));
    candidates.retain(|at| {
        let parameter = spec.root.pointer(at).unwrap_or(&Value::Null);
        let name = parameter["name"].as_str().unwrap_or_default();
        parameter["required"] == true && !spec.is_fixed(name)
    });
    let at = spec.one_of(candidates)?;
    map(&mut spec.root, &at).insert("required".to_owned(), json!(false));
    Some(at)
}

fn add_operation(spec: &mut Spec) -> Option<String> {
    let number = spec.number();
    let id = format!("show_added_{number}");
    let operation = json!({
        "operationId": id, "tags": ["Elsewhere"], "summary": "Came later.", "description": "Came later.",
        "parameters": [{
            "name": "thing", "in": "path", "required": true, "description": "Which one.",
            "schema": { "type": "string" }
        }],
        "responses": { "204": { "description": "It is there." } }
    });
    let path = format!("/added-{number}/{{thing}}");
    map(&mut spec.root, "/paths").insert(path, json!({ "get": operation }));
    Some(id)
}

/// Operations that nothing else depends on and that give no more than a reply.
fn drop_operation(spec: &mut Spec) -> Option<String> {
    let mut candidates = operations(spec);
    candidates.retain(|at| {
        let operation = spec.root.pointer(at).unwrap_or(&Value::Null);
        let id = operation["operationId"].as_str().unwrap_or_default();
        has_no_flow(operation) && !is_asked(&spec.root, id)
    });
    let at = spec.one_of(candidates)?;
    let (item, method) = split(&at);
    map(&mut spec.root, item).shift_remove(&method);
    let rest = spec.root.pointer(item)?.as_object()?;
    let methods = ["get", "put", "post", "delete", "head", "patch"];
    if !methods.iter().any(|method| rest.contains_key(*method)) {
        let (_, path) = split(item);
        map(&mut spec.root, "/paths").shift_remove(&path);
    }
    Some(at)
}

fn has_no_flow(operation: &Value) -> bool {
    let flows = ["x-paging", "x-wait", "x-find"];
    flows.iter().all(|key| operation[*key].is_null())
}

fn is_asked(root: &Value, id: &str) -> bool {
    !find(root, |_, value| value["ask"] == id).is_empty()
}

/// Members of replies that are text and nothing else.
fn texts(spec: &Spec) -> Vec<String> {
    let sides = Sides::of(&spec.root);
    let known = ["type", "description", "nullable", "x-source", "x-note"];
    let mut found = properties(&spec.root);
    found.retain(|at| {
        let (_, name) = split(at);
        let schema = spec.root.pointer(at).and_then(Value::as_object);
        let is_plain = schema.is_some_and(|map| {
            map.get("type").is_some_and(|it| it == "string")
                && map.keys().all(|key| known.contains(&key.as_str()))
        });
        is_plain && sides.only_read(at) && !spec.is_fixed(&name)
    });
    found
}

fn become_time(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(texts(spec))?;
    map(&mut spec.root, &at).insert("format".to_owned(), json!("date-time"));
    Some(at)
}

fn become_enum(spec: &mut Spec) -> Option<String> {
    let at = spec.one_of(texts(spec))?;
    map(&mut spec.root, &at).insert("enum".to_owned(), json!(["one", "other"]));
    Some(at)
}
