//! Wire tests from the documents' examples: the bytes that a request puts on
//! the wire, and replies that decode and print back to the same JSON.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use serde_json::Value;

use super::{Content, Emit, File, Part, docs, ident};
use crate::ir::{Example, ExampleBody, Operation, Place};
use crate::name::Words;
use crate::settle::OperationNames;

impl Emit<'_> {
    /// Files of `tests/generated` of the client crate.
    pub(super) fn tests(&self) -> Vec<File> {
        let mut files = Vec::new();
        let mut tests = Vec::new();
        for (operation, names) in self.api.operations.iter().zip(&self.names.operations) {
            for example in &operation.examples {
                tests.extend(self.request_test(operation, names, example, &mut files));
                tests.extend(self.reply_test(names, example, &mut files));
            }
        }
        if tests.is_empty() {
            return files;
        }
        let uses = |name: &str| tests.iter().any(|test| mentions(test.clone(), name));
        let client = uses("Client").then(|| quote!(Client,));
        let model = uses("model").then(|| quote!(model));
        let krate = format_ident!("{}", self.crate_ident("client"));
        let mut items = vec![
            quote!(
                use std::error::Error;
            ),
            quote!(
                use serde_json::Value;
            ),
        ];
        items.push(quote!(use #krate::{#client #model};));
        let nulls = uses("without_nulls").then(without_nulls);
        items.extend(tests);
        items.extend(nulls);
        let doc = format!(
            "The documented examples of {} on the wire.",
            docs::one_line(&self.api.title)
        );
        // The root is what rustfmt would write, and keeps it off the rest.
        let root = vec![quote! {
            #[rustfmt::skip]
            mod examples;
        }];
        for (path, items) in [("main.rs", root), ("examples.rs", items)] {
            files.push(File {
                part: Part::ClientTests,
                path: path.to_owned(),
                doc: doc.clone(),
                content: Content::Items(items),
            });
        }
        files
    }

    fn request_test(
        &self,
        operation: &Operation,
        names: &OperationNames,
        example: &Example,
        files: &mut Vec<File>,
    ) -> Option<TokenStream> {
        let call = self.call_expression(operation, names, example)?;
        let line = example.request.as_ref()?;
        let (method, target) = line.split_once(' ')?;
        let (path, _) = target.split_once('?').unwrap_or((target, ""));
        let test = test_name(names, example, "request");
        let held = |value: &str| {
            let held = operation.held.iter().find(|held| held.value == value)?;
            let mut given = example.parameters.iter();
            let (_, value) = given.find(|(name, _)| *name == held.wire)?;
            value.as_str()
        };
        let project = held("project_id").map(|id| quote!(.project_id(#id)));
        let language = held("language").map(|language| quote!(.language(#language)));
        let query = self.query_check(operation, example, target);
        let body = match &example.body {
            Some(body) => {
                let file = include(body, files);
                quote! {
                    let expected: Value = serde_json::from_str(include_str!(#file))?;
                    let sent: Value = serde_json::from_slice(request.body().unwrap_or_default())?;
                    assert_eq!(sent, expected);
                }
            }
            None => quote!(assert_eq!(request.body(), None);),
        };
        Some(quote! {
            #[test]
            fn #test() -> Result<(), Box<dyn Error>> {
                let client = Client::builder()
                    .endpoint("https://service.example")
                    #project
                    #language
                    .token("a token")
                    .build()?;
                let request = #call.build()?;
                assert_eq!(request.method(), #method);
                assert_eq!(request.path(), #path);
                #query
                #body
                Ok(())
            }
        })
    }

    /// What the document prints after the question mark, as it is decoded, and
    /// what the example adds to it.
    fn query_check(&self, operation: &Operation, example: &Example, target: &str) -> TokenStream {
        let printed = target.split_once('?').map_or("", |(_, query)| query);
        let mut pairs: Vec<String> = printed
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(str::to_owned)
            .collect();
        let in_query = |name: &str| {
            let mut inputs = operation.inputs.iter();
            inputs.any(|input| input.place == Place::Query && input.field.wire == name)
        };
        for (name, value) in &example.parameters {
            let said = pairs
                .iter()
                .any(|pair| pair.split('=').next() == Some(name));
            if in_query(name) && !said {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                pairs.push(format!("{name}={value}"));
            }
        }
        if pairs.is_empty() {
            return quote!(assert_eq!(request.query_pairs().count(), 0););
        }
        pairs.sort();
        quote! {
            let mut query: Vec<String> = request
                .query_pairs()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            query.sort();
            let documented = [#(#pairs),*];
            assert_eq!(query, documented);
        }
    }

    fn reply_test(
        &self,
        names: &OperationNames,
        example: &Example,
        files: &mut Vec<File>,
    ) -> Option<TokenStream> {
        let body = example.reply.as_ref()?;
        let file = include(body, files);
        let test = test_name(names, example, "reply");
        let output = format_ident!("{}Output", names.base);
        let expected = match holds_null(&body.value) {
            true => quote!(without_nulls(serde_json::from_str(text)?)),
            false => quote!(serde_json::from_str(text)?),
        };
        Some(quote! {
            #[test]
            fn #test() -> Result<(), Box<dyn Error>> {
                let text = include_str!(#file);
                let reply: model::#output = serde_json::from_str(text)?;
                let expected: Value = #expected;
                let printed = serde_json::to_value(reply)?;
                assert_eq!(printed, expected);
                Ok(())
            }
        })
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

/// What takes the members out of a documented reply that print back as nothing.
fn without_nulls() -> TokenStream {
    quote! {
        /// A member that is `null` says as little as one that is not there.
        fn without_nulls(value: Value) -> Value {
            match value {
                Value::Object(members) => members
                    .into_iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
                Value::Array(items) => items.into_iter().map(without_nulls).collect(),
                other => other,
            }
        }
    }
}

fn test_name(names: &OperationNames, example: &Example, what: &str) -> proc_macro2::Ident {
    let example = Words::split(&example.name).snake();
    ident(&format!("{}_{example}_{what}", names.method))
}

/// Whether an identifier stands anywhere in the tokens.
fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

/// Puts the body beside the test, so that the published crate can run it.
fn include(body: &ExampleBody, files: &mut Vec<File>) -> String {
    let name = body
        .file
        .rsplit('/')
        .next()
        .unwrap_or(&body.file)
        .to_owned();
    if !files.iter().any(|file| file.path == name) {
        files.push(File {
            part: Part::ClientTests,
            path: name.clone(),
            doc: String::new(),
            content: Content::Text(body.text.clone()),
        });
    }
    name
}
