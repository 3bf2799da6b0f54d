//! `x-examples` of an operation.

use serde_json::Value;

use super::Lower;
use super::extensions::Extensions;
use crate::diag::{Diagnostic, code};
use crate::ir::{Example, ExampleBody};
use crate::load::push;

impl Lower<'_> {
    pub(super) fn examples(&mut self, operation: &str, extensions: &Extensions) -> Vec<Example> {
        let list = extensions.get("x-examples").and_then(Value::as_array);
        let pointer = push(operation, "x-examples");
        let mut examples = Vec::new();
        for (index, value) in list.into_iter().flatten().enumerate() {
            let pointer = push(&pointer, &index.to_string());
            examples.push(self.example(&pointer, value));
        }
        examples
    }

    fn example(&mut self, pointer: &str, value: &Value) -> Example {
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        let parameters = value.get("parameters").and_then(Value::as_object);
        Example {
            name: text("name").unwrap_or_else(|| "documented".to_owned()),
            request: text("request"),
            parameters: parameters
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body: text("body").and_then(|file| self.example_body(&push(pointer, "body"), file)),
            status: value
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok()),
            reply: text("reply").and_then(|file| self.example_body(&push(pointer, "reply"), file)),
            pointer: pointer.to_owned(),
            at: self.doc.value_span(pointer),
        }
    }

    fn example_body(&mut self, pointer: &str, file: String) -> Option<ExampleBody> {
        let Some(body) = self.bodies.get(&file) else {
            self.diags.push(
                Diagnostic::error(code::E204, format!("there is no example file `{file}`"))
                    .at(self.doc.value_span(pointer), "named here")
                    .help("put the documented body there, byte for byte, or mend the name"),
            );
            return None;
        };
        Some(ExampleBody {
            text: body.text.clone(),
            value: body.doc.value.clone(),
            file,
        })
    }
}
