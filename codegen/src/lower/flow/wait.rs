//! `x-wait` to [`Wait`].

use serde_json::Value as Json;

use super::{Reader, Why, count, pointer_of, text, texts};
use crate::ir::{Field, Method, Operation, Path, TypeRef, Value, Wait};
use crate::load::push;

/// The key of an operation, and behind it that of the one it asks, which says
/// what is not said here.
struct Said<'v> {
    own: &'v Json,
    other: Option<&'v Json>,
}

impl<'v> Said<'v> {
    /// The one that has a part.
    fn holder(&self, key: &str) -> &'v Json {
        let other = self.other.filter(|other| other.get(key).is_some());
        match self.own.get(key) {
            Some(_) => self.own,
            None => other.unwrap_or(self.own),
        }
    }

    fn words(&self, key: &str) -> Vec<String> {
        owned(texts(self.holder(key), key))
    }

    fn seconds(&self, key: &str) -> Option<u64> {
        count(self.holder(key), key)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn wait(&self, value: &'a Json) -> Result<Wait, Why> {
        let ask = self.asked(value)?.unwrap_or(self.id);
        let asked = self.api.operation(ask);
        if !matches!(asked.method, Method::Get | Method::Head) {
            return Err("only a read can be asked again and again".to_owned());
        }
        let said = self.said(value, asked)?;
        let with = match ask == self.id {
            true => self.own_parameters()?,
            false => self.with(value, asked)?,
        };
        let reply: Vec<&Field> = asked.reply.fields().iter().collect();
        let at = self.path_at(said.holder("at"), "at", &reply, |_| true)?;
        let seen = self.seen(at.as_ref(), reply)?;
        let is_text = |ty: &TypeRef| self.is_text(ty);
        let is_word =
            |ty: &TypeRef| matches!(ty, TypeRef::Integer | TypeRef::Number) || self.is_text(ty);
        // Of what the asked operation says of itself, only what fits counts.
        let member = |key: &str, fits: &dyn Fn(&TypeRef) -> bool| {
            let found = self.path_at(said.holder(key), key, &seen, fits);
            match value.get(key) {
                Some(_) => found,
                None => Ok(found.unwrap_or_default()),
            }
        };
        let gone = value.get("gone") == Some(&Json::Bool(true));
        // What is deleted may have failed before.
        let ends = |key: &str| match gone {
            true => owned(texts(value, key)),
            false => said.words(key),
        };
        let wait = Wait {
            ask,
            matches: self.matches(value, &seen)?,
            state: member("state", &is_text)?,
            reason: member("reason", &is_text)?,
            progress: member("progress", &is_word)?,
            done: ends("done"),
            failed: ends("failed"),
            unknown: said.words("unknown"),
            every: said.seconds("every"),
            within: said.seconds("within"),
            grace: said.seconds("grace"),
            with,
            at,
            gone,
        };
        self.complete(wait)
    }

    /// Whether it can be told when it is over, and what is asked about.
    fn complete(&self, wait: Wait) -> Result<Wait, Why> {
        let is_list = wait
            .at
            .as_ref()
            .is_some_and(|at| matches!(at.ty, TypeRef::List(_)));
        if is_list == wait.matches.is_empty() {
            return Err("`where` is for lists, and for those always".to_owned());
        }
        if wait.gone && !wait.done.is_empty() {
            return Err("it is over when it is gone, and not before".to_owned());
        }
        if !wait.gone && (wait.state.is_none() || wait.done.is_empty()) {
            return Err("it can't be told when it is over".to_owned());
        }
        let mut keys: Vec<&str> = vec!["started"];
        for value in wait.kept() {
            if let Value::Reply(path) | Value::Request(path) = value {
                if keys.contains(&path.wire.as_str()) {
                    return Err(format!("two values would be kept as `{}`", path.wire));
                }
                keys.push(&path.wire);
            }
        }
        if wait.ask != self.id && keys.len() == 1 {
            return Err("nothing says what is waited for".to_owned());
        }
        Ok(wait)
    }

    fn said(&self, value: &'a Json, asked: &Operation) -> Result<Said<'a>, Why> {
        let other = push(&pointer_of(asked), "x-wait");
        let other = self.doc.get(&other).filter(|other| *other != value);
        match other {
            Some(other) if text(other, "ask").is_some() => {
                Err("the asked operation asks another one".to_owned())
            }
            other => Ok(Said { own: value, other }),
        }
    }

    /// An operation that tells of itself is asked with all that it needs.
    fn own_parameters(&self) -> Result<Vec<(usize, Value)>, Why> {
        let mut with = Vec::new();
        for (index, input) in self.operation.inputs.iter().enumerate() {
            let field = &input.field;
            if !field.required {
                continue;
            }
            if !self.is_text(&field.ty) {
                return Err(format!("`{}` is no text to be kept", field.wire));
            }
            let path = Path {
                wire: field.wire.clone(),
                steps: vec![index],
                ty: field.ty.clone(),
            };
            with.push((index, Value::Request(path)));
        }
        Ok(with)
    }

    /// The members of what is watched.
    fn seen(&self, at: Option<&Path>, reply: Vec<&'a Field>) -> Result<Vec<&'a Field>, Why> {
        let seen = match at.map(|at| &at.ty) {
            None => reply,
            Some(TypeRef::List(item)) => self.members_of(item),
            Some(ty) => self.members_of(ty),
        };
        match seen.is_empty() {
            true => Err("what is watched has no members".to_owned()),
            false => Ok(seen),
        }
    }
}

fn owned(words: Vec<&str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}
