//! `x-paging`, `x-wait` and `x-find` to what they mean: operations, inputs and
//! members that were found. The lint has said what is wrong with them; here
//! only what can be resolved goes on, and anything else is still told.

mod paging;
mod terms;
mod wait;

use serde_json::Value as Json;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::ir::{Api, Field, Find, Operation, OperationId, Path, Shape, TypeRef};
use crate::load::{Document, push};

/// Reads the keys of all operations. A list must be known before what is looked
/// for in it.
pub(super) fn attach(doc: &Document, api: &mut Api, diags: &mut Diagnostics) {
    for index in 0..api.operations.len() {
        let paging = Reader::new(doc, api, index).key("x-paging", diags, Reader::paging);
        api.operations[index].paging = paging;
    }
    for index in 0..api.operations.len() {
        let reader = Reader::new(doc, api, index);
        let wait = reader.key("x-wait", diags, Reader::wait);
        let find = reader.key("x-find", diags, Reader::find);
        api.operations[index].wait = wait;
        api.operations[index].find = find;
    }
}

/// Why a key can't be used.
type Why = String;

/// One operation, with all others in reach.
struct Reader<'a> {
    doc: &'a Document,
    api: &'a Api,
    id: OperationId,
    operation: &'a Operation,
}

impl<'a> Reader<'a> {
    fn new(doc: &'a Document, api: &'a Api, index: usize) -> Self {
        Reader {
            doc,
            api,
            id: OperationId(index),
            operation: &api.operations[index],
        }
    }

    fn key<T>(
        &self,
        name: &str,
        diags: &mut Diagnostics,
        read: impl Fn(&Self, &'a Json) -> Result<T, Why>,
    ) -> Option<T> {
        let pointer = push(&pointer_of(self.operation), name);
        let value = self.doc.get(&pointer)?;
        match read(self, value) {
            Ok(read) => Some(read),
            Err(why) => {
                let message = format!("this `{name}` can't be used: {why}");
                diags.push(
                    Diagnostic::error(code::E202, message)
                        .at(self.doc.key_span(&pointer), "it would be lost")
                        .help("mend it by the table of `spec/README.md`, or remove it"),
                );
                None
            }
        }
    }

    /// The operation that `ask` names.
    fn asked(&self, value: &Json) -> Result<Option<OperationId>, Why> {
        let Some(id) = text(value, "ask") else {
            return Ok(None);
        };
        let mut operations = self.api.operations.iter();
        match operations.position(|operation| operation.id == id) {
            Some(index) => Ok(Some(OperationId(index))),
            None => Err(format!("there is no operation `{id}`")),
        }
    }

    fn find(&self, value: &'a Json) -> Result<Find, Why> {
        let list = self.asked(value)?.ok_or("`ask` is missing")?;
        let asked = self.api.operation(list);
        let paging = asked
            .paging
            .as_ref()
            .ok_or("the asked list is not walked")?;
        let entry = self.members_of(&paging.item);
        let created = text(value, "created").ok_or("`created` is missing")?;
        let created = self.path(&entry, created)?;
        if !matches!(created.ty, TypeRef::Timestamp(_)) {
            return Err(format!("`{}` is no time", created.wire));
        }
        let matches = self.matches(value, &entry)?;
        if matches.is_empty() {
            return Err("`where` is missing".to_owned());
        }
        Ok(Find {
            list,
            with: self.with(value, asked)?,
            matches,
            created,
        })
    }

    /// The members of an object type; none for any other.
    fn members_of(&self, ty: &TypeRef) -> Vec<&'a Field> {
        let TypeRef::Named(id) = ty else {
            return Vec::new();
        };
        match &self.api.get(*id).shape {
            Shape::Struct(object) => object.fields.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The member at a path of wire names.
    fn path(&self, members: &[&'a Field], wire: &str) -> Result<Path, Why> {
        let mut members = members.to_vec();
        let (mut steps, mut ty) = (Vec::new(), None);
        for step in wire.split('.') {
            let index = members.iter().position(|field| field.wire == step);
            let index = index.ok_or_else(|| format!("there is no member `{step}`"))?;
            let found = &members[index].ty;
            steps.push(index);
            ty = Some(found.clone());
            members = self.members_of(found);
        }
        let ty = ty.ok_or("a name is empty")?;
        Ok(Path {
            wire: wire.to_owned(),
            steps,
            ty,
        })
    }

    /// A member that the key names, if it does.
    fn path_at(
        &self,
        value: &Json,
        key: &str,
        members: &[&'a Field],
        fits: impl Fn(&TypeRef) -> bool,
    ) -> Result<Option<Path>, Why> {
        let Some(wire) = text(value, key) else {
            return Ok(None);
        };
        let path = self.path(members, wire)?;
        match fits(&path.ty) {
            true => Ok(Some(path)),
            false => Err(format!("`{wire}` has a type that `{key}` can't be")),
        }
    }

    /// Text, or an enum.
    fn is_text(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Text => true,
            TypeRef::Named(id) => matches!(self.api.get(*id).shape, Shape::OpenEnum(_)),
            _ => false,
        }
    }
}

/// Where an operation stands in its document.
fn pointer_of(operation: &Operation) -> String {
    let item = push("/paths", &operation.path.text);
    push(&item, &operation.method.as_str().to_ascii_lowercase())
}

fn text<'v>(value: &'v Json, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

fn count(value: &Json, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}

/// The texts of a list, or the one text.
fn texts<'v>(value: &'v Json, key: &str) -> Vec<&'v str> {
    match value.get(key) {
        Some(Json::String(text)) => vec![text],
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}
