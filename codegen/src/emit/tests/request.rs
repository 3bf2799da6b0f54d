//! Requests: what the client's builder makes of a call, byte for byte.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::{Map, Value};

use super::super::sample::{self, Size};
use super::super::{Emit, File};
use super::{documented_name, include, literal, test_name};
use crate::ir::{Body, Example, Held, ListStyle, Operation, Place};
use crate::settle::OperationNames;

/// A path that does not fit into one line with the check of it.
const LONG_PATH: usize = 55;

/// What is expected of a request.
struct Wire {
    test: Ident,
    /// What the client holds, by the name of the value.
    held: Vec<(String, String)>,
    call: TokenStream,
    method: String,
    path: String,
    query: Query,
    headers: Vec<String>,
    /// The JSON text as an expression.
    body: Option<TokenStream>,
}

/// `name=value`, decoded.
enum Query {
    /// The document prints them in an order of its own.
    Sorted(Vec<String>),
    Ordered(Vec<String>),
}

impl Emit<'_> {
    /// The documented requests of an operation, or else the smallest and the
    /// fullest that there is.
    pub(super) fn request_tests(
        &self,
        operation: &Operation,
        names: &OperationNames,
        files: &mut Vec<File>,
    ) -> Vec<TokenStream> {
        let examples = operation.examples.iter();
        let mut wires: Vec<Wire> = examples
            .filter_map(|example| self.documented_request(operation, names, example, files))
            .collect();
        if wires.is_empty() {
            let smallest = sample::request(self.api, operation, Size::Smallest);
            let fullest = sample::request(self.api, operation, Size::Fullest);
            let optional = operation.held.iter().any(|held| held.place != Place::Path);
            // What takes no more than it asks for needs one test.
            if smallest != fullest || optional {
                wires.extend(self.sampled_request(operation, names, Size::Smallest, smallest));
            }
            wires.extend(self.sampled_request(operation, names, Size::Fullest, fullest));
        }
        let wires = wires.iter();
        wires.map(|wire| wire.test(operation)).collect()
    }

    fn documented_request(
        &self,
        operation: &Operation,
        names: &OperationNames,
        example: &Example,
        files: &mut Vec<File>,
    ) -> Option<Wire> {
        let values = self.documented_values(operation, example)?;
        let call = self.call_expression(names, &values)?;
        let (method, target) = example.request.as_ref()?.split_once(' ')?;
        let (path, printed) = target.split_once('?').unwrap_or((target, ""));
        let mut held = Vec::new();
        for known in &operation.held {
            let mut given = example.parameters.iter();
            if let Some((_, Value::String(value))) = given.find(|(name, _)| *name == known.wire) {
                held.push((known.value.clone(), value.clone()));
            }
        }
        let body = example.body.as_ref().map(|body| {
            let file = include(body, files);
            quote!(include_str!(#file))
        });
        Some(Wire {
            test: documented_name(names, example, "request"),
            call,
            method: method.to_owned(),
            path: path.to_owned(),
            query: Query::Sorted(documented_query(operation, &values, printed)),
            headers: headers(operation, &held, &values),
            held,
            body,
        })
    }

    fn sampled_request(
        &self,
        operation: &Operation,
        names: &OperationNames,
        size: Size,
        values: Option<Vec<Option<Value>>>,
    ) -> Option<Wire> {
        let values = values?;
        let which = match size {
            Size::Smallest => "smallest",
            Size::Fullest => "fullest",
        };
        let held = operation.held.iter();
        let held: Vec<(String, String)> = held
            .filter(|held| held.place == Place::Path || size == Size::Fullest)
            .map(|held| (held.value.clone(), held_value(held)))
            .collect();
        let callers = Emit {
            respells_times: true,
            ..*self
        };
        Some(Wire {
            test: test_name(names, which, "request"),
            call: callers.call_expression(names, &values)?,
            method: operation.method.as_str().to_owned(),
            path: path(operation, &held, &values)?,
            query: Query::Ordered(query(operation, &values)),
            headers: headers(operation, &held, &values),
            body: body(operation, &values).map(|body| literal::json(&body)),
            held,
        })
    }
}

impl Wire {
    fn test(&self, operation: &Operation) -> TokenStream {
        let Wire {
            test, call, method, ..
        } = self;
        let held = |value: &str| {
            let mut held = self.held.iter();
            held.find(|(known, _)| known == value)
                .map(|(_, value)| value)
        };
        let project = held("project_id").map(|id| quote!(.project_id(#id)));
        let language = held("language").map(|language| quote!(.language(#language)));
        let path = self.path_check();
        let query = self.query_check();
        let headers = self.header_check(operation);
        let body = match &self.body {
            Some(text) => quote! {
                let text = #text;
                let sent = support::sent(&request)?;
                let expected = support::json(text)?;
                assert_eq!(sent, expected);
            },
            None => quote!(assert_eq!(request.body(), None);),
        };
        quote! {
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
                #path
                #query
                #headers
                #body
                Ok(())
            }
        }
    }

    fn path_check(&self) -> TokenStream {
        let path = &self.path;
        match path.chars().count() > LONG_PATH {
            true => quote! {
                let path = #path;
                assert_eq!(request.path(), path);
            },
            false => quote!(assert_eq!(request.path(), #path);),
        }
    }

    fn query_check(&self) -> TokenStream {
        match &self.query {
            Query::Sorted(pairs) | Query::Ordered(pairs) if pairs.is_empty() => {
                quote!(assert_eq!(request.query_pairs().count(), 0);)
            }
            Query::Ordered(pairs) => quote! {
                let query = support::query(&request);
                let expected = [#(#pairs),*];
                assert_eq!(query, expected);
            },
            Query::Sorted(pairs) => quote! {
                let mut query = support::query(&request);
                query.sort();
                let documented = [#(#pairs),*];
                assert_eq!(query, documented);
            },
        }
    }

    /// Headers are looked at where the operation has any.
    fn header_check(&self, operation: &Operation) -> Option<TokenStream> {
        let of_inputs = operation.inputs.iter().map(|input| input.place);
        let of_client = operation.held.iter().map(|held| held.place);
        let mut places = of_inputs.chain(of_client);
        if !places.any(|place| place == Place::Header) {
            return None;
        }
        let headers = &self.headers;
        let check = match headers.is_empty() {
            true => quote!(assert!(headers.is_empty());),
            false => quote! {
                let expected = [#(#headers),*];
                assert_eq!(headers, expected);
            },
        };
        Some(quote! {
            let headers = support::headers(&request);
            #check
        })
    }
}

/// What the document prints after the question mark, as it is decoded, and what
/// the example adds to it.
fn documented_query(operation: &Operation, values: &[Option<Value>], printed: &str) -> Vec<String> {
    let printed = printed.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<String> = printed.map(str::to_owned).collect();
    let name = |pair: &str| pair.split('=').next().map(str::to_owned);
    let said: Vec<Option<String>> = pairs.iter().map(|pair| name(pair)).collect();
    let added = query(operation, values);
    pairs.extend(added.into_iter().filter(|pair| !said.contains(&name(pair))));
    pairs.sort();
    pairs
}

/// Inputs of one place that have a value.
fn given<'a>(
    operation: &'a Operation,
    values: &'a [Option<Value>],
    place: Place,
) -> impl Iterator<Item = (&'a str, &'a Value, ListStyle)> {
    let inputs = operation.inputs.iter().zip(values);
    inputs
        .filter(move |(input, _)| input.place == place)
        .filter_map(|(input, value)| {
            Some((input.field.wire.as_str(), value.as_ref()?, input.list_style))
        })
}

fn query(operation: &Operation, values: &[Option<Value>]) -> Vec<String> {
    let mut pairs = Vec::new();
    for (name, value, style) in given(operation, values, Place::Query) {
        match (value, style) {
            (Value::Array(items), ListStyle::Repeated) => {
                let items = items.iter();
                pairs.extend(items.map(|item| format!("{name}={}", plain(item))));
            }
            (Value::Array(items), ListStyle::Comma) => {
                let items: Vec<String> = items.iter().map(plain).collect();
                pairs.push(format!("{name}={}", items.join(",")));
            }
            (value, _) => pairs.push(format!("{name}={}", plain(value))),
        }
    }
    pairs
}

/// `name: value`, sorted, the names in small letters.
fn headers(
    operation: &Operation,
    held: &[(String, String)],
    values: &[Option<Value>],
) -> Vec<String> {
    let own = given(operation, values, Place::Header);
    let own = own.map(|(name, value, _)| (name, plain(value)));
    let of_client = operation.held.iter().filter_map(|known| {
        let (_, value) = held.iter().find(|(value, _)| *value == known.value)?;
        (known.place == Place::Header).then(|| (known.wire.as_str(), value.clone()))
    });
    let mut headers: Vec<String> = own
        .chain(of_client)
        .map(|(name, value)| format!("{}: {value}", name.to_lowercase()))
        .collect();
    headers.sort();
    headers
}

pub(super) fn held_value(held: &Held) -> String {
    let usual = match held.value.as_str() {
        "project_id" => "project-1",
        _ => "en-us",
    };
    held.values
        .first()
        .map_or(usual.to_owned(), String::to_owned)
}

/// The template with its parameters filled in and percent-encoded.
fn path(
    operation: &Operation,
    held: &[(String, String)],
    values: &[Option<Value>],
) -> Option<String> {
    let mut path = String::new();
    let mut rest = operation.path.text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        let of_client = |known: &&Held| known.place == Place::Path && known.wire == name;
        let value = match operation.held.iter().find(of_client) {
            Some(known) => {
                let mut held = held.iter();
                held.find(|(value, _)| *value == known.value)?.1.clone()
            }
            None => {
                let mut inputs = given(operation, values, Place::Path);
                plain(inputs.find(|(wire, _, _)| *wire == name)?.1)
            }
        };
        path.push_str(before);
        path.push_str(&encoded(&value));
        rest = after;
    }
    Some(path + rest)
}

/// Everything but the unreserved characters of RFC 3986 in its encoded form.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn body(operation: &Operation, values: &[Option<Value>]) -> Option<Value> {
    match operation.body {
        Body::None => None,
        Body::Whole => {
            let mut whole = given(operation, values, Place::WholeBody);
            whole.next().map(|(_, value, _)| value.clone())
        }
        Body::Object { required } => {
            let members = given(operation, values, Place::Body);
            let members: Map<String, Value> = members
                .map(|(name, value, _)| (name.to_owned(), value.clone()))
                .collect();
            (required || !members.is_empty()).then_some(Value::Object(members))
        }
    }
}

/// A value as text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Without the fraction of a whole number.
        Value::Number(number) if number.is_f64() => number
            .as_f64()
            .map_or_else(|| number.to_string(), |number| number.to_string()),
        other => other.to_string(),
    }
}
