//! JSON as a literal that people read: what fits stands on one line.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;

/// Columns of a line.
const WIDTH: usize = 90;

/// Where the lines of a literal begin in the body of a test.
const INDENT: usize = 4;

/// A string literal that holds the value.
pub(super) fn json(value: &Value) -> TokenStream {
    let mut text = String::new();
    // `let text = r#"` stands before it.
    print(value, INDENT, WIDTH - 2 * INDENT - 20, &mut text);
    if !text.contains(['"', '\\']) {
        return quote!(#text);
    }
    let mut fence = "#".to_owned();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    match format!("r{fence}\"{text}\"{fence}").parse::<Literal>() {
        Ok(literal) => quote!(#literal),
        // Not every character may stand in a raw literal.
        Err(_) => quote!(#text),
    }
}

fn print(value: &Value, indent: usize, room: usize, out: &mut String) {
    let line = one_line(value);
    if line.chars().count() <= room {
        out.push_str(&line);
        return;
    }
    let inner = indent + 4;
    match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| (String::new(), item));
            block(items, ['[', ']'], inner, out);
        }
        Value::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| (format!("{}: ", quoted(name)), value));
            block(members, ['{', '}'], inner, out);
        }
        _ => out.push_str(&line),
    }
}

fn block<'v>(
    parts: impl Iterator<Item = (String, &'v Value)>,
    [open, close]: [char; 2],
    indent: usize,
    out: &mut String,
) {
    out.push(open);
    for (index, (before, value)) in parts.enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        out.push_str(&before);
        let used = indent + before.chars().count() + 1;
        print(value, indent, WIDTH.saturating_sub(used), out);
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent - 4));
    out.push(close);
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| format!("{}: {}", quoted(name), one_line(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_stands_on_one_line() {
        let value = json!({"name": "a", "days": [1, 2]});
        let expected = r##"r#"{"name": "a", "days": [1, 2]}"#"##;
        assert_eq!(json(&value).to_string(), expected);
        assert_eq!(json(&json!({})).to_string(), r#""{}""#);
    }

    #[test]
    fn what_does_not_fit_is_broken_from_outside() {
        let long = "x".repeat(60);
        let value = json!({"list": [{"a": 1}, {"a": 2}], "text": long});
        let expected = format!(
            "r#\"{{\n        \"list\": [{{\"a\": 1}}, {{\"a\": 2}}],\n        \"text\": \"{long}\"\n    }}\"#"
        );
        assert_eq!(json(&value).to_string(), expected);
    }

    #[test]
    fn a_value_cannot_end_the_literal() {
        for text in ["\"#", "\\\"##", "\r\n\u{0}", "\"\"###"] {
            let value = json!({ "a": text });
            let literal: syn::LitStr = syn::parse2(json(&value)).unwrap();
            let back: Value = serde_json::from_str(&literal.value()).unwrap();
            assert_eq!(back, value, "{text:?}");
        }
    }
}
