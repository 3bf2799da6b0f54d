//! Names and values that are longer than any that somebody means: compilers take gigabytes for one
//! of a hundred thousand letters.

use serde_json::Value;

use crate::diag::{Diagnostic, Diagnostics, code};
use crate::lint::table::Obj;
use crate::lint::words::shorten;
use crate::load::{Document, push};
use crate::walk::each_object;

/// Longest name or value, in bytes.
const LONGEST: usize = 1000;

/// Takes them out.
pub(super) fn take_out(document: &mut Value, doc: &Document, diags: &mut Diagnostics) {
    each_object(document, &mut |obj, pointer, value| {
        if obj != Obj::Schema {
            return;
        }
        let list = push(pointer, "properties");
        let properties = value.get_mut("properties").and_then(Value::as_object_mut);
        if let Some(properties) = properties {
            properties.retain(|name, _| keep(name, &push(&list, name), doc, diags));
        }
        let list = push(pointer, "enum");
        let values = value.get_mut("enum").and_then(Value::as_array_mut);
        if let Some(values) = values {
            values.retain(|value| {
                let text = value.as_str().unwrap_or_default();
                keep(text, &list, doc, diags)
            });
        }
    });
}

fn keep(text: &str, pointer: &str, doc: &Document, diags: &mut Diagnostics) -> bool {
    let is_short = text.len() <= LONGEST;
    if !is_short {
        let message = format!("`{}` is left out", shorten(text));
        diags.push(
            Diagnostic::warning(code::E208, message)
                .at(doc.key_span(pointer), "this is too long")
                .help(format!(
                    "{LONGEST} bytes are the most that a name or a value may have"
                )),
        );
    }
    is_short
}
