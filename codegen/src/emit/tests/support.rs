//! The functions that generated wire tests share.

use proc_macro2::TokenStream;
use quote::quote;

/// Their names, in the order of the file.
const HELPERS: [&str; 6] = [
    "decoded",
    "headers",
    "json",
    "query",
    "sent",
    "without_nulls",
];

/// The file, with the functions that are used.
pub(super) fn items(used: &[String]) -> Vec<TokenStream> {
    let uses = |name: &str| used.iter().any(|used| used == name);
    let mut items = Vec::new();
    if uses("decoded") {
        items.push(quote!(
            use cloudbackup_core::de::{Lenient, Read};
        ));
    }
    if uses("headers") || uses("query") || uses("sent") {
        items.push(quote!(
            use cloudbackup_runtime::PreparedRequest;
        ));
    }
    let value = ["json", "sent", "without_nulls"].into_iter().any(uses);
    let value = value.then(|| quote!(Value,));
    let result = ["decoded", "json", "sent"].into_iter().any(uses);
    let result = result.then(|| quote!(Result,));
    items.push(quote!(use serde_json::{#result #value};));
    let helpers = HELPERS.iter().filter(|name| uses(name));
    items.extend(helpers.map(|name| helper(name)));
    items
}

fn helper(name: &str) -> TokenStream {
    match name {
        "decoded" => quote! {
            /// Reads a reply as clients do.
            pub(crate) fn decoded<T: Lenient>(text: &str) -> Result<T> {
                serde_json::from_str(text).map(|Read(reply)| reply)
            }
        },
        "headers" => quote! {
            /// The headers that a call adds to those of every request.
            pub(crate) fn headers<O>(request: &PreparedRequest<O>) -> Vec<String> {
                let always = ["accept", "content-type", "user-agent"];
                let headers = request.headers().iter();
                let mut own: Vec<String> = headers
                    .filter(|(name, _)| !always.contains(&name.as_str()))
                    .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
                    .collect();
                own.sort();
                own
            }
        },
        "json" => quote! {
            /// The value that a text says.
            pub(crate) fn json(text: &str) -> Result<Value> {
                serde_json::from_str(text)
            }
        },
        "query" => quote! {
            /// The pairs of the query, decoded, in the order in which they are sent.
            pub(crate) fn query<O>(request: &PreparedRequest<O>) -> Vec<String> {
                let pairs = request.query_pairs();
                pairs.map(|(name, value)| format!("{name}={value}")).collect()
            }
        },
        "sent" => quote! {
            /// The body of a request; it is an error if there is none.
            pub(crate) fn sent<O>(request: &PreparedRequest<O>) -> Result<Value> {
                serde_json::from_slice(request.body().unwrap_or_default())
            }
        },
        _ => quote! {
            /// A member that is `null` says as little as one that is not there.
            pub(crate) fn without_nulls(value: Value) -> Value {
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
        },
    }
}
