//! JSON value to `openapiv3` types, with an error that lands on the piece that
//! does not fit rather than on the document as a whole.

use openapiv3::{OpenAPI, Operation, Parameter, ReferenceOr, RequestBody, Response, Schema};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::lint::METHODS;
use crate::load::{Document, push};

/// Reads the document as OpenAPI 3.0.
pub fn parse(doc: &Document, diags: &mut Diagnostics) -> Option<OpenAPI> {
    match serde_json::from_value(doc.value.clone()) {
        Ok(api) => Some(api),
        Err(error) => {
            let pieces = Pieces { doc, diags };
            if !pieces.report() {
                diags.push(misfit(doc, "", &error));
            }
            None
        }
    }
}

fn misfit(doc: &Document, pointer: &str, error: &serde_json::Error) -> Diagnostic {
    Diagnostic::error(code::E201, "this part is not OpenAPI 3.0")
        .at(doc.value_span(pointer), error.to_string())
        .help("compare it with the OpenAPI 3.0.3 definition of this object")
}

/// Tries the pieces of a document that did not parse as a whole.
struct Pieces<'a> {
    doc: &'a Document,
    diags: &'a mut Diagnostics,
}

impl Pieces<'_> {
    /// Reports every piece that fails; false when each of them is fine.
    fn report(mut self) -> bool {
        let mut found = false;
        found |= self.each::<ReferenceOr<Schema>>("/components/schemas");
        found |= self.each::<ReferenceOr<Parameter>>("/components/parameters");
        found |= self.each::<ReferenceOr<Response>>("/components/responses");
        found |= self.each::<ReferenceOr<RequestBody>>("/components/requestBodies");
        let paths = self.members("/paths");
        for path in paths {
            found |= self.path_item(&path);
        }
        found |= self.one::<openapiv3::Info>("/info");
        found |= self.each::<openapiv3::Server>("/servers");
        found
    }

    fn path_item(&mut self, pointer: &str) -> bool {
        let mut found = self.each::<ReferenceOr<Parameter>>(&push(pointer, "parameters"));
        for method in METHODS {
            let pointer = push(pointer, method);
            let mut inner = self.each::<ReferenceOr<Parameter>>(&push(&pointer, "parameters"));
            if !inner {
                inner = self.one::<Operation>(&pointer);
            }
            found |= inner;
        }
        found
    }

    fn members(&self, pointer: &str) -> Vec<String> {
        match self.doc.get(pointer) {
            Some(Value::Object(map)) => map.keys().map(|key| push(pointer, key)).collect(),
            Some(Value::Array(list)) => (0..list.len())
                .map(|index| push(pointer, &index.to_string()))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn each<T: DeserializeOwned>(&mut self, pointer: &str) -> bool {
        let mut found = false;
        for member in self.members(pointer) {
            found |= self.one::<T>(&member);
        }
        found
    }

    fn one<T: DeserializeOwned>(&mut self, pointer: &str) -> bool {
        let Some(value) = self.doc.get(pointer) else {
            return false;
        };
        match serde_json::from_value::<T>(value.clone()) {
            Ok(_) => false,
            Err(error) => {
                self.diags.push(misfit(self.doc, pointer, &error));
                true
            }
        }
    }
}
