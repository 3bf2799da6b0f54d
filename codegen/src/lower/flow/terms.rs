//! `with` and `where`: where values come from, and what takes them.

use serde_json::Value as Json;

use super::{Reader, Why};
use crate::ir::{Field, Operation, Path, Place, TypeRef, Value};
use crate::term::Term;

impl<'a> Reader<'a> {
    /// `with`: inputs of the asked operation and their values.
    pub(super) fn with(&self, value: &Json, asked: &Operation) -> Result<Vec<(usize, Value)>, Why> {
        let mut with = Vec::new();
        for (wire, term) in entries(value, "with") {
            let mut inputs = asked.inputs.iter();
            let found =
                inputs.position(|input| is_parameter(input.place) && input.field.wire == *wire);
            let index = found.ok_or_else(|| format!("nothing asks for `{wire}`"))?;
            let value = self.term(term)?;
            let ty = &asked.inputs[index].field.ty;
            let fits = match value {
                Value::Started => matches!(ty, TypeRef::Timestamp(_)),
                _ => self.is_text(ty),
            };
            if !fits {
                return Err(format!("`{wire}` takes another type"));
            }
            with.push((index, value));
        }
        let is_set = |index: usize| with.iter().any(|(set, _)| *set == index);
        let mut inputs = asked.inputs.iter().enumerate();
        let unset = inputs.find(|(index, input)| input.field.required && !is_set(*index));
        match unset {
            Some((_, input)) => Err(format!("the question lacks `{}`", input.field.wire)),
            None => Ok(with),
        }
    }

    /// `where`: members of an entry and their values.
    pub(super) fn matches(
        &self,
        value: &Json,
        entry: &[&'a Field],
    ) -> Result<Vec<(Path, Value)>, Why> {
        let mut matches = Vec::new();
        for (wire, term) in entries(value, "where") {
            let member = self.path(entry, wire)?;
            let value = self.term(term)?;
            if !self.is_text(&member.ty) || value == Value::Started {
                return Err(format!("`{wire}` can't be compared with this"));
            }
            matches.push((member, value));
        }
        Ok(matches)
    }

    fn term(&self, term: &Json) -> Result<Value, Why> {
        let read = term.as_str().and_then(Term::read);
        let value = match read.ok_or_else(|| format!("{term} names no value"))? {
            Term::Reply(path) => {
                let members: Vec<&Field> = self.operation.reply.fields().iter().collect();
                Value::Reply(self.path(&members, path)?)
            }
            Term::Request(path) => {
                let inputs = self.operation.inputs.iter();
                let members: Vec<&Field> = inputs.map(|input| &input.field).collect();
                Value::Request(self.path(&members, path)?)
            }
            Term::Literal(text) => Value::Literal(text.to_owned()),
            Term::Started => Value::Started,
        };
        match &value {
            Value::Reply(path) | Value::Request(path) if !self.is_text(&path.ty) => {
                Err(format!("`{}` is no text", path.wire))
            }
            _ => Ok(value),
        }
    }
}

fn is_parameter(place: Place) -> bool {
    matches!(place, Place::Path | Place::Query | Place::Header)
}

fn entries<'v>(value: &'v Json, key: &str) -> impl Iterator<Item = (&'v String, &'v Json)> {
    value
        .get(key)
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
}
