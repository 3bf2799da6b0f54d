//! Wire tests of every operation: the bytes that a request puts on the wire, and
//! replies that decode and print back to the same JSON.
//!
//! Both are those that the document prints. Where it prints none, they are made
//! from the schema by [`sample`](super::sample), and what goes over the wire is
//! read off the intermediate representation, not off the code that sends it.
//! What lists is walked to the end as well.

mod literal;
mod reply;
mod request;
mod support;
mod walk;

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::{Content, Emit, File, Part, docs, ident};
use crate::ir::{Deprecation, Example, ExampleBody};
use crate::name::Words;
use crate::settle::OperationNames;

impl Emit<'_> {
    /// Files of `tests/generated` of the client crate.
    pub(super) fn tests(&self) -> Vec<File> {
        let mut files = Vec::new();
        let mut modules = Vec::new();
        let mut helpers = Vec::new();
        let mut walks = Vec::new();
        for (operation, names) in self.api.operations.iter().zip(&self.names.operations) {
            let deprecated = operation.docs.deprecated.as_ref();
            if deprecated.is_some_and(Deprecation::is_gone) {
                continue;
            }
            let mut tests = self.request_tests(operation, names, &mut files);
            tests.extend(self.reply_tests(operation, names, &mut files));
            let walk = self.walk_test(operation, names);
            walks.extend(walk.clone());
            tests.extend(walk);
            if tests.is_empty() {
                continue;
            }
            helpers.extend(named_after("support", &tests));
            let method = &names.method;
            files.push(test_file(
                &format!("calls/{method}.rs"),
                format!("The call `{method}` on the wire."),
                self.with_imports(tests),
            ));
            modules.push(method);
        }
        if modules.is_empty() {
            return files;
        }
        modules.sort();
        let modules = modules.into_iter().map(|name| ident(name));
        // The root is what rustfmt would write, and keeps it off the rest.
        let allow = self.has_deprecated().then(
            || quote!(#[allow(deprecated, reason = "what callers should not use still works")]),
        );
        let mut root = vec![quote! {
            #allow
            #[rustfmt::skip]
            mod calls { #(mod #modules;)* }
        }];
        if !walks.is_empty() {
            let doc =
                "A server on this machine that holds a list, and cuts it into pages.".to_owned();
            files.push(test_file("lists.rs", doc, walk::items(&walks)));
            root.push(quote! {
                #[rustfmt::skip]
                mod lists;
            });
        }
        if !helpers.is_empty() {
            let doc = "What the tests of several calls need.".to_owned();
            files.push(test_file("support.rs", doc, support::items(&helpers)));
            root.push(quote! {
                #[rustfmt::skip]
                mod support;
            });
        }
        let title = docs::one_line(&self.api.title);
        files.push(test_file(
            "main.rs",
            format!("The calls of {title} on the wire."),
            root,
        ));
        files
    }

    /// The tests of a file, and what they name.
    fn with_imports(&self, tests: Vec<TokenStream>) -> Vec<TokenStream> {
        let used = |name: &&str| !named_after(name, &tests).is_empty();
        let own = ["Client", "model"].into_iter().filter(used).map(ident);
        let krate = format_ident!("{}", self.crate_ident("client"));
        let mut items = vec![
            quote!(
                use std::error::Error;
            ),
            quote!(use #krate::{#(#own),*};),
        ];
        for name in ["lists", "support"] {
            if used(&name) {
                let name = ident(name);
                items.push(quote!(
                    use crate::#name;
                ));
            }
        }
        items.extend(tests);
        items
    }
}

fn test_file(path: &str, doc: String, items: Vec<TokenStream>) -> File {
    File {
        part: Part::ClientTests,
        path: path.to_owned(),
        doc,
        content: Content::Items(items),
    }
}

/// `list_backups_documented_reply`
fn test_name(names: &OperationNames, which: &str, what: &str) -> proc_macro2::Ident {
    ident(&format!("{}_{which}_{what}", names.method))
}

fn documented_name(names: &OperationNames, example: &Example, what: &str) -> proc_macro2::Ident {
    test_name(names, &Words::split(&example.name).snake(), what)
}

/// What is named by a path that begins with a word: `json` in `support::json`.
fn named_after(word: &str, tests: &[TokenStream]) -> Vec<String> {
    let mut found = Vec::new();
    for test in tests {
        collect_after(word, test.clone(), &mut found);
    }
    found
}

fn collect_after(word: &str, tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect_after(word, group.stream(), found),
            // Methods of that name stand behind a dot.
            TokenTree::Ident(ident) if ident == word => {
                if let Some(
                    [
                        TokenTree::Punct(first),
                        TokenTree::Punct(_),
                        TokenTree::Ident(name),
                    ],
                ) = tokens.get(index + 1..index + 4)
                    && first.as_char() == ':'
                {
                    found.push(name.to_string());
                }
            }
            _ => {}
        }
    }
}

/// Puts the body where the test finds it, so that the published crate can run it.
fn include(body: &ExampleBody, files: &mut Vec<File>) -> String {
    let name = body.file.rsplit('/').next().unwrap_or(&body.file);
    if !files.iter().any(|file| file.path == name) {
        files.push(File {
            part: Part::ClientTests,
            path: name.to_owned(),
            doc: String::new(),
            content: Content::Text(body.text.clone()),
        });
    }
    format!("../{name}")
}
