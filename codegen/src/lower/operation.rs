//! Path items to operations.

use openapiv3::{Operation as Spec, PathItem, ReferenceOr};

use super::{Lower, extensions, one_line};
use crate::foreign::left_out;
use crate::ir::{
    Deprecation, Docs, ErrorStatus, Input, Method, Operation, PathTemplate, Place, RetrySafety,
};
use crate::lint::{Profile, names_in};
use crate::load::push;
use crate::name::Words;

impl<'a> Lower<'a> {
    pub(super) fn operations(&mut self) -> Vec<Operation> {
        let openapi = self.openapi;
        let mut operations = Vec::new();
        for (path, item) in &openapi.paths.paths {
            let pointer = push("/paths", path);
            match item {
                ReferenceOr::Item(item) => self.path_item(&pointer, path, item, &mut operations),
                ReferenceOr::Reference { .. } => self.error(
                    &pointer,
                    "a path item that is a reference is not supported",
                    "its operations would be lost",
                    "write the operations here",
                ),
            }
        }
        operations
    }

    fn path_item(
        &mut self,
        pointer: &str,
        path: &str,
        item: &'a PathItem,
        out: &mut Vec<Operation>,
    ) {
        let is_template = self.profile != Profile::Foreign || is_template(path);
        for (method, spec) in item.iter() {
            // The reader of OpenAPI knows no others.
            let Some(method) = method_of(method) else {
                continue;
            };
            let at = push(pointer, &method.as_str().to_ascii_lowercase());
            let place = SpecPlace {
                item_pointer: pointer,
                pointer: &at,
                path,
                method,
            };
            // The lint has told why a path is none.
            self.is_lost = !is_template;
            let operation = self.operation(&place, item, spec);
            if !self.is_lost || self.profile != Profile::Foreign {
                out.push(operation);
                continue;
            }
            let found = left_out(&operation.id)
                .at(
                    operation.at,
                    "it can't be called without what is not supported",
                )
                .help("see the warning about it");
            self.diags.push(found);
        }
    }

    fn operation(
        &mut self,
        place: &SpecPlace<'_>,
        item: &'a PathItem,
        spec: &'a Spec,
    ) -> Operation {
        let pointer = place.pointer;
        let method = place.method;
        let id = spec.operation_id.clone().unwrap_or_else(|| {
            Words::split(&format!("{} {}", method.as_str(), place.path)).snake()
        });
        let mut path = PathTemplate {
            text: place.path.to_owned(),
        };
        self.named_once(place, &path);
        self.own_servers(place, item, &spec.servers);
        let (mut inputs, held) = self.parameters(place, item, spec);
        if !self.is_lost {
            path.without_queries(&inputs);
            self.undeclared(place, &path, &mut inputs);
        }
        in_template_order(&path, &mut inputs);
        let mut rules = self.read_rules(pointer, &spec.extensions);
        let request = push(pointer, "requestBody");
        let (body, sends) = self.body(&request, spec, &id, &mut inputs, &mut rules);
        let rules = self.operation_rules(rules, &inputs);
        let success = self.replies(&push(pointer, "responses"), spec, &id, method);
        let rust_name = extensions::text(&spec.extensions, "x-rust-name");
        self.not_idle(
            &push(pointer, "x-rust-name"),
            rust_name.as_deref(),
            &Words::split(&id).snake(),
        );
        Operation {
            rust_name,
            tag: spec.tags.first().cloned(),
            method,
            path,
            inputs,
            held,
            body,
            sends,
            reply: success.reply,
            accepts: success.media,
            heads: success.heads,
            success: success.statuses,
            errors: errors(self.error_responses(spec)),
            retry: retry(method, &spec.extensions),
            security: self.alternatives(spec),
            rules,
            paging: None,
            wait: None,
            find: None,
            examples: self.examples(pointer, &spec.extensions),
            docs: Docs {
                summary: spec.summary.as_ref().map(|text| one_line(text)),
                description: spec.description.as_ref().map(|text| text.trim().to_owned()),
                deprecated: spec.deprecated.then_some(Deprecation::ByDocument),
                ..Docs::default()
            },
            source: extensions::doc_source(&spec.extensions),
            at: self.doc.key_span(pointer),
            id,
        }
    }

    fn named_once(&mut self, place: &SpecPlace<'_>, path: &PathTemplate) {
        let mut seen = Vec::new();
        for name in path.parameters() {
            if seen.contains(&name) {
                self.lost(
                    place.item_pointer,
                    format!("the path names the parameter `{name}` twice"),
                    "one value can't stand in two places",
                    "give the two parameters different names",
                );
                return;
            }
            seen.push(name);
        }
    }
}

/// Where an operation stands.
pub(super) struct SpecPlace<'p> {
    /// Pointer of the path item.
    pub(super) item_pointer: &'p str,
    /// Pointer of the operation.
    pub(super) pointer: &'p str,
    pub(super) path: &'p str,
    pub(super) method: Method,
}

/// Whether a path can be filled in.
fn is_template(path: &str) -> bool {
    path.starts_with('/') && names_in(path).is_some()
}

/// Path parameters first, in the order of the template: position is what the
/// wire knows of them.
fn in_template_order(path: &PathTemplate, inputs: &mut [Input]) {
    let order: Vec<&str> = path.parameters().collect();
    inputs.sort_by_key(|input| match input.place {
        Place::Path => order.iter().position(|name| *name == input.field.wire),
        _ => Some(usize::MAX),
    });
}

fn errors(responses: Vec<(String, String)>) -> Vec<ErrorStatus> {
    let statuses = responses.into_iter();
    statuses
        .map(|(status, description)| ErrorStatus {
            status,
            description: description.trim().to_owned(),
        })
        .collect()
}

fn retry(method: Method, extensions: &extensions::Extensions) -> RetrySafety {
    let said = extensions::text(extensions, "x-retry");
    let idempotent = match said.as_deref() {
        Some(word) => word == "idempotent",
        None => method.is_safe(),
    };
    if idempotent {
        RetrySafety::Idempotent
    } else {
        RetrySafety::Never
    }
}

fn method_of(name: &str) -> Option<Method> {
    Method::ALL
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(name))
}
