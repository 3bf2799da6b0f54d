//! An entry and a reply with the members that a walk looks at, and with those that
//! must be there.

use serde_json::{Map, Value};

use super::super::super::sample;
use super::COUNT;
use crate::ir::{Api, Field, Next, Operation, Paging, Path, Reply, Shape, TimeFormat, TypeRef};

/// Where links lead, which nobody follows.
pub(super) const LINK: &str = "https://elsewhere.example/";

pub(super) struct Sketch<'a> {
    pub(super) api: &'a Api,
    pub(super) paging: &'a Paging,
}

/// What stands at the end of a way through fields.
type Way<'w> = (&'w [usize], Value);

impl Sketch<'_> {
    /// One entry, in which `{n}` is the number that tells it from the others.
    pub(super) fn entry(&self) -> Option<Value> {
        let item = &self.paging.item;
        let Some(fields) = self.fields(item) else {
            return Some(numbered(item, "entry").unwrap_or(sample::least(self.api, item)?));
        };
        let ids = self.paging.id.iter();
        let mut ways: Vec<Way<'_>> = ids
            .filter_map(|id| Some((id.steps.as_slice(), numbered(&id.ty, &id.wire)?)))
            .collect();
        let mut fallback = fields.iter().enumerate();
        let fallback = fallback.find_map(|(at, it)| Some((at, numbered(&it.ty, &it.wire)?)));
        let step;
        if let (true, Some((at, value))) = (ways.is_empty(), fallback) {
            step = [at];
            ways.push((&step, value));
        }
        self.object(fields, &ways)
    }

    /// The reply around the entries, which come in place of `{entries}`.
    pub(super) fn reply(&self, operation: &Operation) -> Option<Value> {
        let paging = self.paging;
        let mut ways: Vec<Way<'_>> = vec![(&paging.items.steps, "{entries}".into())];
        if let Some(total) = &paging.total {
            let count = match total.ty {
                TypeRef::Integer | TypeRef::Number => COUNT.into(),
                _ => COUNT.to_string().into(),
            };
            ways.push((&total.steps, count));
        }
        if let Some(Next::Text(next) | Next::Links { list: next, .. }) = &paging.next {
            ways.push((&next.steps, "{next}".into()));
        }
        match &operation.reply {
            Reply::Object(fields) => self.object(fields, &ways),
            // The one step leads to the whole.
            Reply::Whole(field) => {
                let whole = self.object(std::slice::from_ref(&**field), &ways)?;
                whole.get(&field.wire).cloned()
            }
            Reply::Empty => None,
        }
    }

    fn fields(&self, ty: &TypeRef) -> Option<&[Field]> {
        let TypeRef::Named(id) = ty else {
            return None;
        };
        match &self.api.get(*id).shape {
            Shape::Struct(object) => Some(&object.fields),
            Shape::OpenEnum(_) | Shape::Union(_) => None,
        }
    }

    fn object(&self, fields: &[Field], ways: &[Way<'_>]) -> Option<Value> {
        let mut object = Map::new();
        for (index, field) in fields.iter().enumerate() {
            let through = ways
                .iter()
                .filter(|(steps, _)| steps.first() == Some(&index));
            let inner: Vec<Way<'_>> = through
                .map(|(steps, value)| (&steps[1..], value.clone()))
                .collect();
            let value = match inner.as_slice() {
                [] if field.required => sample::least(self.api, &field.ty)?,
                [] => continue,
                [([], value), ..] => value.clone(),
                inner => self.object(self.fields(&field.ty)?, inner)?,
            };
            object.insert(field.wire.clone(), value);
        }
        Some(Value::Object(object))
    }
}

/// A value with the number of its entry; a text that is nothing but the number
/// comes to stand for a number.
fn numbered(ty: &TypeRef, name: &str) -> Option<Value> {
    let text = match ty {
        TypeRef::Text => format!("{}-{{n}}", name.rsplit('.').next().unwrap_or(name)),
        TypeRef::Integer => "{n}".to_owned(),
        TypeRef::Timestamp(TimeFormat::BasicOffset) => "2026-01-01T00:00:00.{n}+0800".to_owned(),
        TypeRef::Timestamp(TimeFormat::Local) => "2026-01-01T00:00:00.{n}".to_owned(),
        TypeRef::Timestamp(TimeFormat::Rfc3339) => "2026-01-01T00:00:00.{n}Z".to_owned(),
        _ => return None,
    };
    Some(text.into())
}

/// An object with these members, perhaps inside of objects.
pub(super) fn object<'p>(members: impl IntoIterator<Item = (&'p Path, Value)>) -> Value {
    let mut object = Value::Object(Map::new());
    for (path, value) in members {
        let mut place = &mut object;
        for step in path.wire.split('.') {
            place = &mut place[step];
        }
        *place = value;
    }
    object
}
