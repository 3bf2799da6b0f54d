//! Replies: what is read is what was meant, and prints back as it came.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::super::sample;
use super::super::{Emit, File};
use super::{documented_name, include, literal, test_name};
use crate::ir::{Example, Operation, Reply};
use crate::settle::OperationNames;

impl Emit<'_> {
    /// The documented replies of an operation, or else one that holds everything.
    pub(super) fn reply_tests(
        &self,
        operation: &Operation,
        names: &OperationNames,
        files: &mut Vec<File>,
    ) -> Vec<TokenStream> {
        let examples = operation.examples.iter();
        let documented: Vec<TokenStream> = examples
            .filter_map(|example| self.documented_reply(operation, names, example, files))
            .collect();
        if !documented.is_empty() {
            return documented;
        }
        let test = match operation.reply {
            Reply::Empty => Some(self.empty_reply(operation, names)),
            Reply::Object(_) | Reply::Whole(_) => self.fullest_reply(operation, names),
        };
        test.into_iter().collect()
    }

    fn documented_reply(
        &self,
        operation: &Operation,
        names: &OperationNames,
        example: &Example,
        files: &mut Vec<File>,
    ) -> Option<TokenStream> {
        let body = example.reply.as_ref()?;
        let file = include(body, files);
        let test = documented_name(names, example, "reply");
        let text = quote!(include_str!(#file));
        let printed = match holds_null(&body.value) {
            true => quote!(support::without_nulls(support::json(text)?)),
            false => quote!(support::json(text)?),
        };
        let built = self.reply_expression(operation, names, &body.value);
        Some(reply_test(names, &test, &text, built, &printed))
    }

    fn fullest_reply(&self, operation: &Operation, names: &OperationNames) -> Option<TokenStream> {
        let value = sample::reply(self.api, operation)?;
        let built = self.reply_expression(operation, names, &value)?;
        let test = test_name(names, "fullest", "reply");
        let text = literal::json(&value);
        let printed = quote!(support::json(text)?);
        Some(reply_test(names, &test, &text, Some(built), &printed))
    }

    /// A client reads a reply without a body as an empty object.
    fn empty_reply(&self, operation: &Operation, names: &OperationNames) -> TokenStream {
        let test = test_name(names, "empty", "reply");
        let empty = Value::Object(serde_json::Map::new());
        let built = self.reply_expression(operation, names, &empty);
        let text = literal::json(&empty);
        let printed = quote!(support::json(text)?);
        reply_test(names, &test, &text, built, &printed)
    }
}

/// `built` is what the reply says, made by hand; `printed` what it prints back as.
fn reply_test(
    names: &OperationNames,
    test: &Ident,
    text: &TokenStream,
    built: Option<TokenStream>,
    printed: &TokenStream,
) -> TokenStream {
    let output = format_ident!("{}Output", names.base);
    let built = built.map(|built| {
        quote! {
            let built = #built;
            assert_eq!(reply, built);
        }
    });
    quote! {
        #[test]
        fn #test() -> Result<(), Box<dyn Error>> {
            let text = #text;
            let reply: model::#output = support::decoded(text)?;
            #built
            let printed = serde_json::to_value(reply)?;
            let expected = #printed;
            assert_eq!(printed, expected);
            Ok(())
        }
    }
}

/// Whether `null` stands anywhere in a body.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}
