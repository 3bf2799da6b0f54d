//! `impl Lenient`: how a type that services answer with is read.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// For a struct: from an object and nothing else.
pub(super) fn of_object(name: &Ident) -> Vec<TokenStream> {
    vec![
        quote!(
            use cloudbackup_core::de::{self, Lenient};
        ),
        quote!(
            use serde::Deserializer;
        ),
        lenient(name, &quote!(de::object(deserializer))),
    ]
}

/// For a type whose own decoding says it all, with serde's traits imported.
pub(super) fn of_itself(name: &Ident) -> Vec<TokenStream> {
    vec![
        quote!(
            use cloudbackup_core::de::Lenient;
        ),
        lenient(name, &quote!(Self::deserialize(deserializer))),
    ]
}

/// For a type that only servers read, as a branch of a union.
pub(super) fn in_servers(name: &Ident) -> TokenStream {
    quote! {
        #[cfg(feature = "server")]
        impl cloudbackup_core::de::Lenient for #name {
            fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }
        }
    }
}

fn lenient(name: &Ident, reads: &TokenStream) -> TokenStream {
    quote! {
        impl Lenient for #name {
            fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #reads
            }
        }
    }
}
