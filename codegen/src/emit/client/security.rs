//! What a client says of its callers: the schemes in the constant of the service, a function for
//! each of them, and the address that is taken where none is given.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{Emit, doc, docs, ident};
use crate::ir::{Scheme, SchemeKind};

impl Emit<'_> {
    /// Whether there is anything that callers can give.
    pub(in crate::emit) fn has_schemes(&self) -> bool {
        self.api.security.as_ref().is_some_and(|it| !it.is_empty())
    }

    pub(super) fn regions(&self) -> TokenStream {
        if self.api.security.is_some() && self.api.regions.is_empty() {
            return quote!();
        }
        let regions = self.api.regions.iter().map(|region| {
            let (id, url) = (&region.id, &region.url);
            quote!((#id, #url))
        });
        quote!(.regions(&[#(#regions),*]))
    }

    pub(super) fn endpoint(&self) -> TokenStream {
        let endpoint = self.api.endpoint.iter();
        quote!(#(.endpoint(#endpoint))*)
    }

    pub(super) fn schemes(&self) -> TokenStream {
        let Some(schemes) = &self.api.security else {
            return quote!();
        };
        let schemes = schemes.iter().map(|scheme| {
            let name = &scheme.rust;
            match &scheme.kind {
                SchemeKind::Header(wire) => quote!(Scheme::header(#name, #wire)),
                SchemeKind::Query(wire) => quote!(Scheme::query(#name, #wire)),
                SchemeKind::Cookie(wire) => quote!(Scheme::cookie(#name, #wire)),
                SchemeKind::Bearer => quote!(Scheme::bearer(#name)),
                SchemeKind::Basic => quote!(Scheme::basic(#name)),
            }
        });
        quote!(.schemes(&[#(#schemes),*]))
    }

    /// `security.rs`: one function for each scheme.
    pub(super) fn security_items(&self) -> Vec<TokenStream> {
        let schemes = self.api.security.iter().flatten();
        let mut items = vec![
            quote!(
                use cloudbackup_core::Secret;
            ),
            quote!(
                use cloudbackup_runtime::auth::SchemeCredential;
            ),
        ];
        items.extend(schemes.map(function));
        items
    }
}

fn function(scheme: &Scheme) -> TokenStream {
    let mut text = format!("{}.", capital(&what(scheme)));
    if let Some(description) = &scheme.description {
        text.push_str("\n\n");
        text.push_str(&docs::escape(description));
    }
    let text = doc(&text);
    let (name, rust) = (&scheme.rust, ident(&scheme.rust));
    match scheme.kind {
        SchemeKind::Basic => quote! {
            #text
            pub fn #rust(user: impl Into<String>, password: impl Into<Secret>) -> SchemeCredential {
                SchemeCredential::login(#name, user, password)
            }
        },
        SchemeKind::Bearer => quote! {
            #text
            pub fn #rust(token: impl Into<Secret>) -> SchemeCredential {
                SchemeCredential::key(#name, token)
            }
        },
        _ => quote! {
            #text
            pub fn #rust(key: impl Into<Secret>) -> SchemeCredential {
                SchemeCredential::key(#name, key)
            }
        },
    }
}

/// What a caller gives for a scheme, and where it stands in requests.
pub(in crate::emit) fn what(scheme: &Scheme) -> String {
    match &scheme.kind {
        SchemeKind::Header(wire) => format!("a key in the header {}", docs::code(wire)),
        SchemeKind::Query(wire) => {
            format!("a key in the query, by the name {}", docs::code(wire))
        }
        SchemeKind::Cookie(wire) => format!("a key in the cookie {}", docs::code(wire)),
        SchemeKind::Bearer => {
            "a token in `Authorization: Bearer`, got elsewhere and not renewed".to_owned()
        }
        SchemeKind::Basic => "a user name and a password in `Authorization: Basic`".to_owned(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}
