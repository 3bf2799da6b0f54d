//! Operations: inputs and members of replies that are gone, and whole calls.

use indexmap::IndexMap;

use super::{Retain, is_asked};
use crate::identity::{HEADER, WHOLE_BODY, input_keys, operation_key};
use crate::ir::{
    Body, DocSource, Field, Format, Held, Input, ListStyle, Media, Method, Operation, PathTemplate,
    Place, Reply, RetrySafety, Shape, Status, Style, TypeRef, whatever_is_given,
};
use crate::outline::{MemberLine, OperationLine};

impl Retain<'_> {
    pub(super) fn operations(&mut self) {
        let promised = self.promised;
        for (key, line) in &promised.operations {
            let mut operations = self.api.operations.iter();
            match operations.position(|operation| operation_key(operation) == *key) {
                Some(index) => self.operation(index, line),
                None => self.lost_operation(key, line),
            }
        }
    }

    fn operation(&mut self, index: usize, line: &OperationLine) {
        let mut operation = self.api.operations[index].clone();
        self.inputs(&mut operation, line, false);
        self.reply(&mut operation, line, false);
        self.api.operations[index] = operation;
    }

    fn inputs(&mut self, operation: &mut Operation, line: &OperationLine, is_lost: bool) {
        let keys = input_keys(operation);
        for (input, line) in line.inputs.iter() {
            match keys.iter().position(|key| key == input) {
                Some(index) => self.keep_type(&mut operation.inputs[index].field, &line.ty, false),
                None => operation
                    .inputs
                    .extend(self.lost_input(input, line, is_lost)),
            }
        }
        let has_members = operation.inputs.iter().any(|it| it.place == Place::Body);
        if operation.body == Body::None && has_members {
            operation.body = Body::Object { required: false };
        }
        let mut inputs = operation.inputs.iter();
        if let Some(whole) = inputs.find(|it| it.place == Place::WholeBody) {
            operation.body = Body::Whole;
            // A form that no members were known of was text or bytes.
            match whole.field.ty {
                TypeRef::Text if !operation.sends.is_plain() => {
                    operation.sends.format = Format::Text;
                }
                TypeRef::Blob => operation.sends.format = Format::Bytes,
                _ => {}
            }
        }
    }

    /// The style of a parameter that the spec has no more: where it can't be a plain text, the one that
    /// OpenAPI takes unless another one is said.
    fn lost_style(&self, place: Place, ty: &TypeRef) -> Option<Style> {
        let is_plain = match ty {
            TypeRef::Named(id) => matches!(self.api.get(*id).shape, Shape::OpenEnum(_)),
            TypeRef::List(_) => place == Place::Query,
            TypeRef::Map(_) | TypeRef::Json | TypeRef::Secret => false,
            _ => true,
        };
        match place {
            Place::Cookie => Some(Style::FormExploded),
            Place::Query if !is_plain => Some(Style::FormExploded),
            Place::Header | Place::Path if !is_plain => Some(Style::Simple),
            _ => None,
        }
    }

    fn lost_input(&mut self, key: &str, line: &MemberLine, is_lost: bool) -> Option<Input> {
        let (place, wire) = match key.split_once(' ') {
            Some(("query", wire)) => (Place::Query, wire),
            Some(("header", wire)) => (Place::Header, wire),
            Some(("cookie", wire)) => (Place::Cookie, wire),
            Some(("body", wire)) => (Place::Body, wire),
            // Beside other members a whole body has no place any more.
            None if key == WHOLE_BODY && is_lost => (Place::WholeBody, line.rust.as_deref()?),
            _ => return None,
        };
        let field = Field {
            required: is_lost && is_asked(line),
            ..self.lost_field(wire, line)?
        };
        Some(Input {
            place,
            style: self.lost_style(place, &field.ty),
            field,
            list_style: ListStyle::Repeated,
            required_if_sent: false,
        })
    }

    fn reply(&mut self, operation: &mut Operation, line: &OperationLine, is_lost: bool) {
        let (heads, body): (IndexMap<_, _>, IndexMap<_, _>) = line
            .reply
            .clone()
            .into_iter()
            .partition(|(key, _)| key.starts_with(HEADER));
        let heads = heads.into_iter();
        let heads = heads.map(|(key, line)| (key[HEADER.len()..].to_owned(), line));
        self.fields(&mut operation.heads, &heads.collect(), true, is_lost);
        self.reply_body(operation, &body, is_lost);
    }

    fn reply_body(
        &mut self,
        operation: &mut Operation,
        lines: &IndexMap<String, MemberLine>,
        is_lost: bool,
    ) {
        let mut fields = match &mut operation.reply {
            Reply::Empty if lines.is_empty() => return,
            Reply::Empty => Vec::new(),
            Reply::Object(fields) => std::mem::take(fields),
            Reply::Whole(field) => {
                if let Some(line) = lines.get(&field.wire) {
                    self.keep_type(field, &line.ty, true);
                }
                return;
            }
        };
        self.fields(&mut fields, lines, true, is_lost);
        let is_one = matches!(operation.accepts.format, Format::Text | Format::Bytes);
        operation.reply = match fields.pop() {
            Some(field) if is_one && fields.is_empty() => Reply::Whole(Box::new(field)),
            last => {
                fields.extend(last);
                Reply::Object(fields)
            }
        };
    }

    /// A call that the spec has no more. What the service does with it is the
    /// service's business; the client still makes the same request.
    fn lost_operation(&mut self, key: &str, line: &OperationLine) {
        let Some((method, template)) = key.split_once(' ') else {
            return;
        };
        // Without the ways of walking and waiting, callers would lose methods.
        let has_flow = line.pages.is_some() || line.waits.is_some() || line.finds.is_some();
        let Some(method) = method_of(method).filter(|_| !has_flow) else {
            return;
        };
        let text = line.path.as_deref().unwrap_or(template);
        let (path, inputs) = self.lost_path(text, line);
        let mut operation = Operation {
            id: line.name.clone(),
            rust_name: None,
            tag: None,
            method,
            held: held(&path, line),
            path,
            inputs,
            body: Body::None,
            sends: media(line.sends.as_deref()),
            reply: Reply::Empty,
            accepts: media(line.accepts.as_deref()),
            heads: Vec::new(),
            success: vec![Status::Class(2)],
            errors: Vec::new(),
            retry: match method.is_safe() {
                true => RetrySafety::Idempotent,
                false => RetrySafety::Never,
            },
            security: whatever_is_given(self.api.security.as_deref().unwrap_or_default()),
            rules: Vec::new(),
            paging: None,
            wait: None,
            find: None,
            examples: Vec::new(),
            docs: self.docs(line.gone.as_ref()),
            source: DocSource::default(),
            at: line.at.unwrap_or(self.api.at),
        };
        self.inputs(&mut operation, line, true);
        self.reply(&mut operation, line, true);
        self.api.operations.push(operation);
    }

    /// The template with names in the places of the inputs, and these.
    fn lost_path(&mut self, text: &str, line: &OperationLine) -> (PathTemplate, Vec<Input>) {
        let mut named = String::new();
        let mut inputs = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{}") {
            let key = format!("path {}", inputs.len() + 1);
            let input = line.inputs.get(&key);
            let name = input.and_then(|line| line.rust.clone());
            let name = name.unwrap_or_else(|| key.replace(' ', "_"));
            named.push_str(before);
            named.push_str(&format!("{{{name}}}"));
            rest = after;
            if let Some(field) = input.and_then(|line| self.lost_field(&name, line)) {
                inputs.push(Input {
                    place: Place::Path,
                    style: self.lost_style(Place::Path, &field.ty),
                    field: Field {
                        required: true,
                        ..field
                    },
                    list_style: ListStyle::Repeated,
                    required_if_sent: false,
                });
            }
        }
        named.push_str(rest);
        (PathTemplate { text: named }, inputs)
    }
}

/// What the client holds: names in the path that are no inputs, and headers.
fn held(path: &PathTemplate, line: &OperationLine) -> Vec<Held> {
    let of = |value: &str, place: Place, wire: &str| Held {
        value: value.to_owned(),
        place,
        wire: wire.to_owned(),
        values: Vec::new(),
    };
    let template = line.path.as_deref().unwrap_or_default();
    let in_path = path
        .parameters()
        .filter(|name| template.contains(&format!("{{{name}}}")));
    let mut held: Vec<Held> = in_path.map(|name| of(name, Place::Path, name)).collect();
    for (header, value) in &line.headers {
        held.push(of(value, Place::Header, header));
    }
    held
}

/// A media type that was promised.
fn media(name: Option<&str>) -> Media {
    name.and_then(Media::named).unwrap_or_default()
}

fn method_of(text: &str) -> Option<Method> {
    Method::ALL
        .into_iter()
        .find(|method| method.as_str() == text)
}
