//! Structs: those that callers send and those that services answer with.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::builder::{Builder, alias, retype};
use super::super::{Emit, deprecated, doc, docs, former, ident, imports};
use super::lenient;
use super::validate::Member;
use crate::ir::{Field, Struct, TimeFormat, TypeId, TypeRef};
use crate::outline::Made;
use crate::settle::MemberNames;

/// Writes secrets.
const SECRET: &str = "cloudbackup_core::secret::serialize";

/// What a member of something that services answer with is read from.
#[derive(Clone, Copy)]
pub(super) enum MemberOf {
    /// A member of an object.
    Object,
    /// The body as a whole.
    Whole,
    /// The head of the reply.
    Head,
}

/// What a file says of types.
#[derive(Default)]
pub(super) struct Uses<'a> {
    /// The type that it defines.
    pub(super) own: &'a str,
    /// Members of all that stands in it.
    pub(super) members: Vec<&'a MemberNames>,
    /// Those that are sent, which need the form of a time too.
    pub(super) sent: Vec<&'a MemberNames>,
    /// Further types of the crate.
    pub(super) types: Vec<String>,
    /// A time beside those of the members.
    pub(super) time: bool,
}

impl Emit<'_> {
    /// A struct made by callers, with its builder and its checks.
    pub(super) fn request_struct(&self, id: TypeId, object: &Struct) -> Vec<TokenStream> {
        let names = self.names.get(id);
        let name = ident(&names.name);
        let text = self.struct_doc(id, object);
        let type_doc = doc(&text);
        let deprecated = deprecated(self.api.get(id).docs.deprecated.as_ref());
        let fields = object.fields.iter().zip(&names.fields);
        let members = fields.map(|(field, names)| {
            let attributes = self.request_attributes(id, field, names);
            self.member(&docs::input(field, names), field, names, &attributes)
        });
        let derives = self.derives(id);
        let builder = self.type_builder(id, object);
        let builder_name = &builder.name;
        let generics = builder.generics();
        let asks = builder.asks();
        let blank = names.fields.iter().map(|field| {
            let name = ident(&field.rust);
            quote!(#name: None)
        });
        let empty = builder.empty(Some(&quote!(#name { #(#blank),* })));
        let setters = self.setters(&builder);
        let retype = retype(&builder);
        let start = doc(&format!("Starts a [`{}`].", names.name));
        let finish = doc(&format!(
            "The [`{}`], once everything required is set.",
            names.name
        ));
        let mut items = self.struct_imports(&names.name, &names.fields, &builder);
        items.push(quote! {
            #type_doc
            #deprecated
            #derives
            #[non_exhaustive]
            pub struct #name { #(#members),* }
        });
        items.push(quote! {
            impl #name {
                #start
                pub fn builder() -> #builder_name { #empty }
            }
        });
        items.push(builder.definition(&format!("Makes a [`{}`].", names.name)));
        items.push(quote! {
            impl #generics #builder_name #generics {
                #(#setters)*
                #finish
                pub fn build(self) -> #name #asks { self.value }

                #retype
            }
        });
        items.push(self.validate_struct(id, object));
        if self.facts.in_replies(id) {
            items.extend(lenient::of_object(&name));
        } else if self.facts.in_unions(id) {
            items.push(lenient::in_servers(&name));
        }
        items
    }

    /// Old names of a struct and of its builder.
    pub(super) fn former_structs(&self, id: TypeId, object: &Struct) -> Vec<TokenStream> {
        let names = self.names.get(id);
        let plain = (quote!(), quote!());
        let generics = self.builder_generics(id, object);
        let (name, builder) = (ident(&names.name), format_ident!("{}Builder", names.name));
        let mut items = Vec::new();
        for (old, since) in names.renamed.former(&names.first) {
            items.push(former(old, &name, &plain, since));
            items.push(former(&format!("{old}Builder"), &builder, &generics, since));
        }
        items
    }

    /// What stands behind an alias of the builder, and behind the builder that it is one of.
    pub(super) fn builder_generics(
        &self,
        id: TypeId,
        object: &Struct,
    ) -> (TokenStream, TokenStream) {
        match self.names.get(id).made {
            Made::ForRequests => self.type_builder(id, object).alias_generics(),
            Made::ForReplies => (quote!(), quote!()),
        }
    }

    fn type_builder<'b>(&'b self, id: TypeId, object: &'b Struct) -> Builder<'b> {
        let names = self.names.get(id);
        let name = ident(&names.name);
        Builder {
            name: format_ident!("{}Builder", names.name),
            holder: format_ident!("value"),
            carried: Vec::new(),
            held: quote!(#name),
            members: object.fields.iter().zip(&names.fields).collect(),
            prefix: quote!(),
        }
    }

    fn struct_imports(
        &self,
        own: &str,
        names: &[MemberNames],
        builder: &Builder<'_>,
    ) -> Vec<TokenStream> {
        let mut items = self.member_imports(&Uses {
            own,
            members: names.iter().collect(),
            sent: names.iter().collect(),
            ..Uses::default()
        });
        items.push(builder.imports());
        items.push(builder.marker_imports());
        items.push(quote!(
            use cloudbackup_core::validate::{Validate, Validator};
        ));
        if builder.asks_anything() {
            items.push(quote!(
                use crate::required;
            ));
        }
        items.retain(|item| !item.is_empty());
        items
    }

    /// `use` lines for the types that a file says.
    pub(super) fn member_imports(&self, uses: &Uses<'_>) -> Vec<TokenStream> {
        let (time, map) = imports(uses.members.iter().map(|member| &member.ty));
        let mut items = Vec::new();
        if map {
            items.push(quote!(
                use std::collections::BTreeMap;
            ));
        }
        let (formats, _) = imports(uses.sent.iter().map(|member| &member.ty));
        let format = formats.then(|| quote!(TimeFormat,));
        if time || uses.time {
            items.push(quote!(use cloudbackup_core::time::{#format Timestamp};));
        }
        let named = uses.members.iter().filter_map(|member| member.ty.named());
        let named = named.map(|id| self.names.get(id).name.as_str());
        let mut types: Vec<&str> = named
            .chain(uses.types.iter().map(String::as_str))
            .filter(|name| *name != uses.own)
            .collect();
        types.sort_unstable();
        types.dedup();
        if !types.is_empty() {
            let types = types.into_iter().map(ident);
            items.push(quote!(use crate::{#(#types),*};));
        }
        items
    }

    fn struct_doc(&self, id: TypeId, object: &Struct) -> String {
        let def = self.api.get(id);
        let mut text = docs::description(&def.docs, &format!("`{}`.", self.names.get(id).name));
        let fields: Vec<Member<'_>> = object
            .fields
            .iter()
            .zip(&self.names.get(id).fields)
            .collect();
        for rule in &object.rules {
            text.push_str("\n\n");
            text.push_str(&docs::rule(rule, &|path| self.rust_path(path, &fields)));
        }
        if let Some(source) = &def.docs.source {
            text.push_str(&format!("\n\nSource: {}.", docs::one_line(source)));
        }
        text
    }

    /// A public member with its doc.
    pub(super) fn member(
        &self,
        text: &str,
        field: &Field,
        names: &MemberNames,
        attributes: &TokenStream,
    ) -> TokenStream {
        let doc = doc(text);
        let alias = alias(field, names);
        let name = ident(&names.rust);
        let ty = self.member_type(names);
        let deprecated = deprecated(field.docs.deprecated.as_ref());
        quote! {
            #doc
            #alias
            #deprecated
            #attributes
            pub #name: #ty
        }
    }

    fn member_type(&self, names: &MemberNames) -> TokenStream {
        let ty = self.ty(&names.ty, &quote!());
        let ty = if names.boxed { quote!(Box<#ty>) } else { ty };
        if names.optional {
            quote!(Option<#ty>)
        } else {
            ty
        }
    }

    /// What a type can do on the wire: the direction it is used in always, the
    /// other one for servers and mocks.
    pub(super) fn derives(&self, id: TypeId) -> TokenStream {
        match (self.facts.in_requests(id), self.facts.in_replies(id)) {
            (true, true) => quote! {
                #[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
            },
            (true, false) => quote! {
                #[derive(Clone, Debug, PartialEq, serde::Serialize)]
                #[cfg_attr(feature = "server", derive(serde::Deserialize))]
            },
            _ => reply_derives(),
        }
    }

    fn request_attributes(&self, id: TypeId, field: &Field, names: &MemberNames) -> TokenStream {
        let mut parts = Vec::new();
        if field.is_rest {
            let read = self
                .facts
                .in_replies(id)
                .then(|| quote!(deserialize_with = "de::rest",));
            let write = write_secret(&names.ty);
            return quote!(#[serde(flatten, #read #write skip_serializing_if = "Option::is_none")]);
        }
        if names.rust != field.wire {
            let wire = &field.wire;
            parts.push(quote!(rename = #wire));
        }
        if self.facts.in_replies(id) {
            parts.push(quote!(default));
            parts.push(quote!(deserialize_with = "de::lenient"));
        }
        let form = match names.ty {
            TypeRef::Timestamp(TimeFormat::BasicOffset) => {
                Some("cloudbackup_core::time::basic_offset::serialize")
            }
            TypeRef::Timestamp(TimeFormat::Rfc3339 | TimeFormat::Local) => {
                Some("cloudbackup_core::time::rfc3339::serialize")
            }
            _ => names.ty.is_secret().then_some(SECRET),
        };
        if let Some(form) = form {
            parts.push(quote!(serialize_with = #form));
        }
        parts.push(quote!(skip_serializing_if = "Option::is_none"));
        quote!(#[serde(#(#parts),*)])
    }

    /// `#[serde(…)]` of a member of a reply.
    pub(super) fn reply_attributes(
        &self,
        field: &Field,
        names: &MemberNames,
        of: MemberOf,
    ) -> TokenStream {
        match of {
            MemberOf::Object if field.is_rest => {
                let write = write_secret(&names.ty);
                return quote! {
                    #[serde(
                        flatten,
                        deserialize_with = "de::rest",
                        #write
                        skip_serializing_if = "Option::is_none"
                    )]
                };
            }
            MemberOf::Object => {}
            // A transparent struct has no members that could be absent.
            MemberOf::Whole => {
                let write = write_secret(&names.ty);
                return quote!(#[serde(#write deserialize_with = "cloudbackup_core::de::lenient")]);
            }
            MemberOf::Head => return quote!(#[serde(skip)]),
        }
        let mut parts = Vec::new();
        if names.rust != field.wire {
            let wire = &field.wire;
            parts.push(quote!(rename = #wire));
        }
        if names.optional {
            parts.push(quote!(default));
        }
        parts.push(quote!(deserialize_with = "de::lenient"));
        if names.ty.is_secret() {
            parts.push(quote!(serialize_with = #SECRET));
        }
        if names.optional {
            parts.push(quote!(skip_serializing_if = "Option::is_none"));
        }
        quote!(#[serde(#(#parts),*)])
    }

    /// A struct that services answer with, and its builder for tests.
    pub(super) fn reply_struct(&self, id: TypeId, object: &Struct) -> Vec<TokenStream> {
        let names = self.names.get(id);
        let sent = match self.facts.in_requests(id) {
            true => &names.fields[..],
            false => &[],
        };
        let mut items = self.reply_imports(&names.name, &names.fields, sent);
        items.extend(self.reply_items(
            &names.name,
            &self.struct_doc(id, object),
            &{
                let deprecated = deprecated(self.api.get(id).docs.deprecated.as_ref());
                let derives = self.derives(id);
                quote!(#deprecated #derives)
            },
            &object.fields,
            &names.fields,
            &|_| MemberOf::Object,
        ));
        if self.facts.in_requests(id) {
            items.insert(
                0,
                quote!(
                    use cloudbackup_core::validate::{Validate, Validator};
                ),
            );
            items.push(self.validate_struct(id, object));
        }
        items.extend(lenient::of_object(&ident(&names.name)));
        items
    }

    /// `use` lines of a reply.
    fn reply_imports(
        &self,
        own: &str,
        names: &[MemberNames],
        sent: &[MemberNames],
    ) -> Vec<TokenStream> {
        let mut items = self.member_imports(&Uses {
            own,
            members: names.iter().collect(),
            sent: sent.iter().collect(),
            ..Uses::default()
        });
        items.insert(
            0,
            quote!(
                use cloudbackup_core::builder::MissingMember;
            ),
        );
        items
    }

    /// The struct, `builder()` and the builder of a reply.
    pub(super) fn reply_items(
        &self,
        type_name: &str,
        text: &str,
        derives: &TokenStream,
        fields: &[Field],
        names: &[MemberNames],
        of: &dyn Fn(usize) -> MemberOf,
    ) -> Vec<TokenStream> {
        let name = ident(type_name);
        let builder = format_ident!("{type_name}Builder");
        let type_doc = doc(text);
        let members = fields.iter().zip(names).enumerate();
        let members = members.map(|(index, (field, names))| {
            let text = docs::reply(field, names);
            let attributes = self.reply_attributes(field, names, of(index));
            self.member(&text, field, names, &attributes)
        });
        let start = doc(&format!(
            "Starts a [`{type_name}`], for tests and mock servers."
        ));
        let builder_doc = doc(&format!(
            "Makes a [`{type_name}`], for tests and mock servers."
        ));
        let slots = names.iter().map(|names| {
            let field = ident(&names.rust);
            let ty = self.ty(&names.ty, &quote!());
            let ty = if names.boxed { quote!(Box<#ty>) } else { ty };
            quote!(#field: Option<#ty>)
        });
        let setters = fields
            .iter()
            .zip(names)
            .map(|(field, names)| self.reply_setter(field, names));
        let build = reply_build(type_name, names);
        vec![
            quote! {
                #type_doc
                #derives
                #[non_exhaustive]
                pub struct #name { #(#members),* }
            },
            quote! {
                impl #name {
                    #start
                    pub fn builder() -> #builder { #builder::default() }
                }
            },
            quote! {
                #builder_doc
                #[must_use = "a builder does nothing until it is used"]
                #[derive(Clone, Debug, Default)]
                pub struct #builder { #(#slots),* }
            },
            quote! {
                impl #builder {
                    #(#setters)*
                    #build
                }
            },
        ]
    }

    fn reply_setter(&self, field: &Field, names: &MemberNames) -> TokenStream {
        let doc = doc(&docs::reply(field, names));
        let name = ident(&names.rust);
        let (argument, value) = self.argument(&names.ty, &quote!());
        let value = if names.boxed {
            quote!(Box::new(#value))
        } else {
            value
        };
        let deprecated = deprecated(field.docs.deprecated.as_ref());
        quote! {
            #doc
            #deprecated
            pub fn #name(mut self, value: #argument) -> Self {
                self.#name = Some(#value);
                self
            }
        }
    }
}

/// Decoding always, encoding for servers and mocks.
pub(super) fn reply_derives() -> TokenStream {
    quote! {
        #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
        #[cfg_attr(feature = "server", derive(serde::Serialize))]
    }
}

fn reply_build(type_name: &str, names: &[MemberNames]) -> TokenStream {
    let name = ident(type_name);
    let members = names.iter().map(|names| {
        let field = ident(&names.rust);
        if names.optional {
            quote!(#field: self.#field)
        } else {
            let member = &names.rust;
            quote!(#field: self.#field.ok_or(MissingMember::new(#type_name, #member))?)
        }
    });
    let doc = doc(&format!(
        "The [`{type_name}`].\n\n# Errors\n\nWhen a member that every reply holds was not set."
    ));
    quote! {
        #doc
        pub fn build(self) -> Result<#name, MissingMember> {
            Ok(#name { #(#members),* })
        }
    }
}

/// `serialize_with` of what is written by no `Serialize`.
pub(super) fn write_secret(ty: &TypeRef) -> Option<TokenStream> {
    ty.is_secret().then(|| quote!(serialize_with = #SECRET,))
}
