//! The client crate: the client, and a builder for each operation.

mod flow;
mod security;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

pub(super) use self::security::what;
use super::builder::{Builder, required_items, retype};
use super::model::{module_items, root_items};
use super::resources::Resource;
use super::{Content, Emit, File, Part, deprecated, doc, docs, former, ident, imports};
use crate::ir::{Operation, OperationId, TypeRef};
use crate::settle::{MemberNames, OperationNames};

impl Emit<'_> {
    /// Files of `src/generated` of the client crate.
    pub(super) fn client(&self) -> Vec<File> {
        let mut files = Vec::new();
        let mut calls = Vec::new();
        let mut required = Vec::new();
        for (index, names) in self.names.operations.iter().enumerate() {
            let module = names.method.clone();
            let doc = format!("The call `{module}`.");
            let path = format!("calls/{module}");
            files.push(client_file(&path, doc, self.call_items(OperationId(index))));
            let former = names.former_bases().into_iter().map(|(base, _)| base);
            calls.push((module, former.chain([names.base.clone()]).collect()));
            let asked = |member: &&MemberNames| member.slot.is_some_and(|slot| slot.asked);
            required.extend(
                names
                    .inputs
                    .iter()
                    .filter(asked)
                    .map(|member| member.rust.clone()),
            );
        }
        let doc = format!("The client of {}.", docs::one_line(&self.api.title));
        files.push(client_file("client", doc, self.client_items()));
        let mut root = vec!["client"];
        if !calls.is_empty() {
            root.insert(0, "calls");
            let doc = "A builder for each call.".to_owned();
            files.push(client_file("calls/mod", doc, module_items(calls)));
        }
        let resources = self.client_resources();
        if !resources.is_empty() {
            root.push("resources");
            let doc = "Calls by what they are about.".to_owned();
            files.push(client_file("resources", doc, resources));
        }
        if !required.is_empty() {
            let doc = "One trait for each required input of a call.".to_owned();
            files.push(client_file(
                "required",
                doc,
                required_items(required.iter().cloned()),
            ));
        }
        let mut modules = root_items(&root, !required.is_empty(), self.has_deprecated());
        if self.has_schemes() {
            let doc =
                "What callers give to be known: a function for each security scheme.".to_owned();
            files.push(client_file("security", doc, self.security_items()));
            modules.push(quote!(
                pub mod security;
            ));
        }
        let doc = format!("Client of {}.", docs::one_line(&self.api.title));
        files.push(client_file("mod", doc, modules));
        files.push(self.guide());
        files
    }

    fn client_items(&self) -> Vec<TokenStream> {
        let title = docs::one_line(&self.api.title);
        let service = &self.api.name;
        let doc = doc(&format!(
            "Client of {title}.\n\nCheap to clone; clones share connections and settings."
        ));
        let ids = (0..self.api.operations.len()).map(OperationId);
        let alone = ids.filter(|id| self.names.operations[id.0].module.is_none());
        let methods = alone.map(|id| self.method(id));
        let mut bases: Vec<&str> = self
            .names
            .operations
            .iter()
            .map(|names| names.base.as_str())
            .collect();
        bases.sort_unstable();
        let bases: Vec<_> = bases.into_iter().map(ident).collect();
        let (regions, endpoint, schemes) = (self.regions(), self.endpoint(), self.schemes());
        let use_scheme = (!schemes.is_empty() && self.has_schemes()).then(|| {
            quote!(
                use cloudbackup_runtime::auth::Scheme;
            )
        });
        let start = super::doc(match self.api.security {
            None => "Starts a client: endpoint or region, project and token.",
            Some(_) => {
                "Starts a client: credentials, and an endpoint if it is not that of the document."
            }
        });
        let sdk_name = self.api.sdk_name.as_ref();
        let sdk_name = sdk_name.map(|name| quote!(.sdk_name(#name)));
        let operations = self.names.operations.iter();
        let arguments = operations.flat_map(OperationNames::positional);
        let (time, map) = imports(arguments.map(|member| &member.ty));
        let (map, time) = (map.then(use_map), time.then(use_time));
        let mut items = vec![
            quote!(#map),
            quote!(#time),
            quote!(#use_scheme),
            quote!(
                use cloudbackup_runtime::{ClientBuilder, Service, ServiceClient};
            ),
            quote! {
                #doc
                #[derive(Clone, Debug)]
                pub struct Client { inner: cloudbackup_runtime::Client }
            },
            quote! {
                impl ServiceClient for Client {
                    const SERVICE: Service = Service::new(#service) #sdk_name #regions #endpoint #schemes;

                    fn from_runtime(inner: cloudbackup_runtime::Client) -> Self { Self { inner } }

                    fn runtime(&self) -> &cloudbackup_runtime::Client { &self.inner }
                }
            },
            quote! {
                impl Client {
                    #start
                    pub fn builder() -> ClientBuilder<Self> { ClientBuilder::new() }

                    #(#methods)*
                }
            },
        ];
        if !bases.is_empty() {
            items.insert(4, quote!(use super::calls::{#(#bases),*};));
        }
        items.retain(|item| !item.is_empty());
        items.extend(
            self.resources()
                .iter()
                .map(|resource| self.methods(resource)),
        );
        items
    }

    /// The calls of one resource, which the docs show together.
    fn methods(&self, resource: &Resource<'_>) -> TokenStream {
        let doc = doc(&format!("# {}", resource.text()));
        let methods = resource.operations.iter();
        let methods = methods.map(|id| self.method(*id));
        quote! {
            #doc
            impl Client { #(#methods)* }
        }
    }

    fn method(&self, id: OperationId) -> TokenStream {
        let (operation, names) = (self.api.operation(id), &self.names.operations[id.0]);
        let mut text = docs::operation(operation, &self.api.title);
        for sentence in self
            .flow_docs(id)
            .into_iter()
            .chain(self.rule_docs(operation, names))
        {
            text.push_str("\n\n");
            text.push_str(&sentence);
        }
        text.push_str("\n\n");
        text.push_str(&docs::errors(operation));
        if let Some(example) = self.doc_example(operation, names) {
            text.push_str("\n\n");
            text.push_str(&example);
        }
        let doc = doc(&text);
        let alias = operation
            .source
            .operation
            .as_ref()
            .filter(|name| **name != names.method);
        let alias = alias.map(|name| quote!(#[doc(alias = #name)]));
        let name = ident(&names.method);
        let base = ident(&names.base);
        let (mut arguments, mut values) = (Vec::new(), Vec::new());
        for member in names.positional() {
            let name = ident(&member.rust);
            let ty = self.ty(&member.ty, &quote!(crate::model::));
            let plain = matches!(
                member.ty,
                TypeRef::Integer | TypeRef::Number | TypeRef::Boolean
            );
            if plain {
                arguments.push(quote!(#name: #ty));
                values.push(quote!(#name));
            } else {
                arguments.push(quote!(#name: impl Into<#ty>));
                values.push(quote!(#name.into()));
            }
        }
        let deprecated = deprecated(operation.docs.deprecated.as_ref());
        let former = names.renamed.former(&names.first).into_iter();
        let former = former.map(|(old, since)| {
            let doc = super::doc(&format!(
                "The old name of [`{0}`](Self::{0}).",
                names.method
            ));
            let note = format!("it is called `{}` now", names.method);
            let old = ident(old);
            quote! {
                #doc
                #[deprecated(since = #since, note = #note)]
                pub fn #old(&self, #(#arguments),*) -> #base {
                    #base::new(self.inner.call(), #(#values),*)
                }
            }
        });
        quote! {
            #doc
            #alias
            #deprecated
            pub fn #name(&self, #(#arguments),*) -> #base {
                #base::new(self.inner.call(), #(#values),*)
            }

            #(#former)*
        }
    }

    fn call_items(&self, id: OperationId) -> Vec<TokenStream> {
        let (operation, names) = (self.api.operation(id), &self.names.operations[id.0]);
        let builder = self.call_builder(operation, names);
        let base = &builder.name;
        let input = format_ident!("{}Input", names.base);
        let output = format_ident!("{}Output", names.base);
        let generics = builder.generics();
        let asks = builder.asks();
        let new = self.call_new(&builder, names);
        let setters = self.setters(&builder);
        let retype = retype(&builder);
        let flow = self.flow_methods(id, &asks);
        let with_project = self.api.security.is_none().then(|| {
            quote! {
                /// Another project for this call, instead of the client's.
                pub fn with_project_id(mut self, project_id: impl Into<String>) -> Self {
                    self.call = self.call.with_project_id(project_id);
                    self
                }
            }
        });
        let mut items = self.call_imports(&builder, id);
        items.push(builder.definition(&format!(
            "A call of [`Client::{}`](crate::Client::{}), not yet sent.",
            names.method, names.method
        )));
        items.push(quote!(impl #base { #new }));
        items.push(quote! {
            impl #generics #base #generics {
                #(#setters)*

                /// Another time limit for this call with all its attempts, instead of the client's.
                pub fn with_timeout(mut self, timeout: Duration) -> Self {
                    self.call = self.call.with_timeout(timeout);
                    self
                }

                /// Another way to repeat this call after a failure, instead of the client's.
                pub fn with_retry(mut self, retry: RetryConfig) -> Self {
                    self.call = self.call.with_retry(retry);
                    self
                }

                #with_project

                /// Whether the limits of the document are checked before sending. They are unless
                /// this says `false`; a service may have moved its limits since.
                pub fn with_validation(mut self, on: bool) -> Self {
                    self.call = self.call.with_validation(on);
                    self
                }

                /// The exact request, checked and encoded but not sent: a dry run. Printing it shows
                /// no secret.
                ///
                /// # Errors
                ///
                /// All violations at once, or a value that no request can hold.
                pub fn build(self) -> Result<PreparedRequest<#input>, Error> #asks {
                    self.call.prepare(self.input)
                }

                /// Sends the request.
                pub fn send(self) -> Sending<#output> #asks {
                    self.call.send(self.input)
                }

                /// Sends the request; the reply comes with its status, headers and request id.
                pub fn send_with_response(self) -> SendingWithResponse<#output> #asks {
                    self.call.send_with_response(self.input)
                }

                /// Sends the request and blocks until the reply is there.
                ///
                /// # Errors
                ///
                /// As for [`send`](Self::send), and inside an asynchronous runtime, which this
                /// would block.
                #[cfg(feature = "blocking")]
                pub fn send_blocking(self) -> Result<#output, Error> #asks {
                    self.call.send_blocking(self.input)
                }

                /// Like [`send_blocking`](Self::send_blocking); the reply comes with its status,
                /// headers and request id.
                ///
                /// # Errors
                ///
                /// As for [`send_blocking`](Self::send_blocking).
                #[cfg(feature = "blocking")]
                pub fn send_blocking_with_response(self) -> Result<Response<#output>, Error> #asks {
                    self.call.send_blocking_with_response(self.input)
                }

                #(#flow)*

                #retype
            }
        });
        for (old, since) in names.former_bases() {
            items.push(former(&old, base, &builder.alias_generics(), since));
        }
        items
    }

    fn call_builder<'b>(
        &'b self,
        operation: &'b Operation,
        names: &'b OperationNames,
    ) -> Builder<'b> {
        let input = format_ident!("{}Input", names.base);
        let fields = operation.inputs.iter().map(|input| &input.field);
        Builder {
            name: ident(&names.base),
            holder: format_ident!("input"),
            carried: vec![(format_ident!("call"), quote!(Call))],
            held: quote!(#input),
            members: fields.zip(&names.inputs).collect(),
            prefix: quote!(model::),
        }
    }

    fn call_new(&self, builder: &Builder<'_>, names: &OperationNames) -> TokenStream {
        let input = format_ident!("{}Input", names.base);
        let positional: Vec<_> = names.positional().collect();
        let arguments = positional.iter().map(|member| {
            let name = argument_name(&member.rust);
            let ty = self.ty(&member.ty, &quote!(model::));
            quote!(#name: #ty)
        });
        if positional.is_empty() {
            let empty = builder.empty(Some(&quote!(#input::default())));
            return quote! {
                pub(crate) fn new(call: Call) -> Self { #empty }
            };
        }
        let sets = positional.iter().map(|member| {
            let name = ident(&member.rust);
            let value = argument_name(&member.rust);
            quote!(input.#name = Some(#value);)
        });
        let empty = builder.empty(None);
        quote! {
            pub(crate) fn new(call: Call, #(#arguments),*) -> Self {
                let mut input = #input::default();
                #(#sets)*
                #empty
            }
        }
    }

    fn call_imports(&self, builder: &Builder<'_>, id: OperationId) -> Vec<TokenStream> {
        let names = &self.names.operations[id.0];
        let input = format_ident!("{}Input", names.base);
        let output = format_ident!("{}Output", names.base);
        let (time, _) = imports(names.inputs.iter().map(|member| &member.ty));
        // A setter takes a map as an iterator of pairs.
        let written = names
            .inputs
            .iter()
            .filter_map(|member| match member.positional {
                true => Some(&member.ty),
                false => member.ty.item(),
            });
        let (_, map) = imports(written);
        let map = map.then(use_map);
        let named = names
            .inputs
            .iter()
            .any(|member| member.ty.named().is_some());
        let model = (named || self.flow_says_model(id)).then(|| quote!(self,));
        let time = time.then(use_time);
        let required = builder.asks_anything().then(|| {
            quote!(
                use crate::required;
            )
        });
        let mut items = vec![
            builder.imports(),
            quote!(#map),
            quote!(
                use std::time::Duration;
            ),
            builder.marker_imports(),
            quote!(#time),
            quote!(
                use cloudbackup_runtime::{
                    Call, Error, PreparedRequest, RetryConfig, Sending, SendingWithResponse,
                };
            ),
            quote!(
                #[cfg(feature = "blocking")]
                use cloudbackup_runtime::Response;
            ),
            quote!(#required),
            quote!(use crate::model::{#model #input, #output};),
        ];
        items.extend(self.flow_uses(id));
        items.retain(|item| !item.is_empty());
        items
    }
}

fn use_map() -> TokenStream {
    quote!(
        use std::collections::BTreeMap;
    )
}

fn use_time() -> TokenStream {
    quote!(
        use cloudbackup_core::time::Timestamp;
    )
}

/// Name of a positional argument where `call` and `input` mean something else.
fn argument_name(rust: &str) -> Ident {
    match rust {
        "call" | "input" => format_ident!("{rust}_value"),
        _ => ident(rust),
    }
}

fn client_file(module: &str, doc: String, items: Vec<TokenStream>) -> File {
    File {
        part: Part::Client,
        path: format!("{module}.rs"),
        doc,
        content: Content::Items(items),
    }
}
