//! Open enums: known values, and a place for every other one.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::{Emit, deprecated, doc, docs, ident};
use super::lenient;
use crate::ir::{Deprecation, EnumValue, TypeId};

impl Emit<'_> {
    pub(super) fn open_enum(&self, id: TypeId, values: &[EnumValue]) -> Vec<TokenStream> {
        let names = self.names.get(id);
        let name = ident(&names.name);
        let def = self.api.get(id);
        let mut text = docs::description(&def.docs, &format!("`{}`.", names.name));
        if let Some(source) = &def.docs.source {
            text.push_str(&format!("\n\nSource: {}.", docs::one_line(source)));
        }
        let type_doc = doc(&text);
        let wires: Vec<&str> = values.iter().map(|value| value.wire.as_str()).collect();
        let variants: Vec<_> = names.variants.iter().map(|name| ident(name)).collect();
        let variant_docs = values.iter().map(|value| {
            let doc = doc(&docs::code(&value.wire));
            let deprecated = deprecated(value.deprecated.as_ref());
            quote!(#doc #deprecated)
        });
        // A value that the spec has no more is still read, and no request should say it.
        let known = values.iter().filter(|value| {
            let deprecated = value.deprecated.as_ref();
            !deprecated.is_some_and(Deprecation::is_gone)
        });
        let known = known.map(|value| value.wire.as_str());
        let deprecated = deprecated(def.docs.deprecated.as_ref());
        let mut items = vec![
            quote!(
                use std::fmt;
            ),
            quote!(
                use cloudbackup_core::enums::{self, OpenEnum, UnknownValue};
            ),
            quote!(
                use cloudbackup_core::validate::{Validate, Validator};
            ),
            quote!(
                use serde::{Deserialize, Deserializer, Serialize, Serializer};
            ),
        ];
        items.push(quote! {
            #type_doc
            #deprecated
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum #name {
                #(#variant_docs #variants,)*
                /// A value that this version does not know, kept as it came.
                Unknown(UnknownValue),
            }
        });
        items.push(quote! {
            impl OpenEnum for #name {
                const VALUES: &'static [&'static str] = &[#(#known),*];

                fn from_text(text: String) -> Self {
                    match text.as_str() {
                        #(#wires => Self::#variants,)*
                        _ => Self::Unknown(UnknownValue::new(text)),
                    }
                }

                fn as_str(&self) -> &str {
                    self.as_str()
                }
            }
        });
        items.push(quote! {
            impl #name {
                /// The value as it stands on the wire.
                pub fn as_str(&self) -> &str {
                    match self {
                        #(Self::#variants => #wires,)*
                        Self::Unknown(value) => value.as_str(),
                    }
                }
            }
        });
        items.extend(conversions(&name));
        if self.facts.in_replies(id) {
            items.extend(lenient::of_itself(&name));
        } else if self.facts.in_unions(id) {
            items.push(lenient::in_servers(&name));
        }
        items
    }
}

/// What every open enum can do: to and from text, JSON, and the check that a
/// request says a known value.
fn conversions(name: &proc_macro2::Ident) -> Vec<TokenStream> {
    vec![
        quote! {
            impl From<&str> for #name {
                fn from(text: &str) -> Self { Self::from_text(text.to_owned()) }
            }
        },
        quote! {
            impl From<String> for #name {
                fn from(text: String) -> Self { Self::from_text(text) }
            }
        },
        quote! {
            impl From<#name> for String {
                fn from(value: #name) -> Self { value.as_str().to_owned() }
            }
        },
        quote! {
            impl AsRef<str> for #name {
                fn as_ref(&self) -> &str { self.as_str() }
            }
        },
        quote! {
            impl fmt::Display for #name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.as_str()) }
            }
        },
        quote! {
            impl Serialize for #name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    enums::serialize(self, serializer)
                }
            }
        },
        quote! {
            impl<'de> Deserialize<'de> for #name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    enums::deserialize(deserializer)
                }
            }
        },
        quote! {
            impl Validate for #name {
                fn validate(&self, v: &mut Validator) { v.known(self); }
            }
        },
    ]
}
