//! Documented bodies as the Rust that builds them, for doc examples and wire
//! tests.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value;

use super::{Emit, ident};
use crate::ir::{Example, Operation, Place, Shape, Struct, TypeId, TypeRef};
use crate::outline::Made;
use crate::settle::{MemberNames, OperationNames};

impl Emit<'_> {
    /// `client.replicate_backup("…").replicate(…)`, or nothing when the
    /// example does not say how the call is made.
    pub(super) fn call_expression(
        &self,
        operation: &Operation,
        names: &OperationNames,
        example: &Example,
    ) -> Option<TokenStream> {
        example.request.as_ref()?;
        let method = ident(&names.method);
        let mut arguments = Vec::new();
        let mut setters = Vec::new();
        for (input, member) in operation.inputs.iter().zip(&names.inputs) {
            let value = match input.place {
                Place::Body => example.body.as_ref()?.value.get(&input.field.wire),
                Place::WholeBody => example.body.as_ref().map(|body| &body.value),
                _ => {
                    let mut given = example.parameters.iter();
                    given
                        .find(|(name, _)| *name == input.field.wire)
                        .map(|(_, value)| value)
                }
            };
            let Some(value) = value else {
                continue;
            };
            let value = self.expression(&member.ty, value)?;
            if member.positional {
                arguments.push(value);
            } else {
                let setter = ident(&member.rust);
                setters.push(quote!(.#setter(#value)));
            }
        }
        Some(quote!(client.#method(#(#arguments),*) #(#setters)*))
    }

    fn expression(&self, ty: &TypeRef, value: &Value) -> Option<TokenStream> {
        match (ty, value) {
            (TypeRef::Named(id), value) => self.named_expression(*id, value),
            (TypeRef::List(item), Value::Array(values)) => {
                if values.is_empty() {
                    let item = self.ty(item, &quote!(model::));
                    return Some(quote!(Vec::<#item>::new()));
                }
                let values = values.iter().map(|value| self.expression(item, value));
                let values: Option<Vec<TokenStream>> = values.collect();
                let values = values?;
                Some(match **item {
                    // Only the outermost list or map is taken as an iterator.
                    TypeRef::List(_) | TypeRef::Map(_) => return None,
                    _ => quote!([#(#values),*]),
                })
            }
            (TypeRef::Map(item), Value::Object(values)) => {
                if values.is_empty() {
                    let item = self.ty(item, &quote!(model::));
                    return Some(quote!(std::collections::BTreeMap::<String, #item>::new()));
                }
                let pairs = values.iter().map(|(key, value)| {
                    let value = self.expression(item, value)?;
                    Some(quote!((#key, #value)))
                });
                let pairs: Option<Vec<TokenStream>> = pairs.collect();
                let pairs = pairs?;
                Some(quote!([#(#pairs),*]))
            }
            (TypeRef::Integer, Value::Number(number)) => {
                let literal = Literal::i64_unsuffixed(number.as_i64()?);
                Some(quote!(#literal))
            }
            (TypeRef::Number, Value::Number(number)) => {
                let literal = Literal::f64_unsuffixed(number.as_f64()?);
                Some(quote!(#literal))
            }
            (TypeRef::Boolean, Value::Bool(value)) => Some(quote!(#value)),
            (TypeRef::Text | TypeRef::Timestamp(_), Value::String(text)) => Some(quote!(#text)),
            (TypeRef::Json, value) => {
                let literal: TokenStream = value.to_string().parse().ok()?;
                Some(quote!(serde_json::json!(#literal)))
            }
            _ => None,
        }
    }

    fn named_expression(&self, id: TypeId, value: &Value) -> Option<TokenStream> {
        let names = self.names.get(id);
        let name = ident(&names.name);
        match &self.api.get(id).shape {
            Shape::OpenEnum(values) => {
                let text = value.as_str()?;
                let index = values.iter().position(|known| known.wire == text);
                Some(match index {
                    Some(index) => {
                        let variant = ident(&names.variants[index]);
                        quote!(model::#name::#variant)
                    }
                    None => quote!(#text),
                })
            }
            Shape::Struct(object) => {
                let members: Vec<(&str, &MemberNames)> = object
                    .fields
                    .iter()
                    .map(|field| field.wire.as_str())
                    .zip(&names.fields)
                    .collect();
                let mut setters = Vec::new();
                for (wire, member) in members {
                    if let Some(value) = value.get(wire).filter(|value| !value.is_null()) {
                        let value = self.expression(&member.ty, value)?;
                        let setter = ident(&member.rust);
                        setters.push(quote!(.#setter(#value)));
                    }
                }
                let fallible = (names.made == Made::ForReplies).then(|| quote!(?));
                Some(quote!(model::#name::builder() #(#setters)* .build()#fallible))
            }
            Shape::Union(branches) => {
                let fits = |id: &TypeId| match &self.api.get(*id).shape {
                    Shape::Struct(object) => has_required(object, value),
                    _ => false,
                };
                let mut candidates = branches.iter().map(|branch| branch.ty.named());
                let index = candidates.position(|id| id.as_ref().is_some_and(fits))?;
                let variant = ident(&names.variants[index]);
                let value = self.expression(&branches[index].ty, value)?;
                Some(quote!(model::#name::#variant(#value)))
            }
        }
    }

    /// The `# Examples` section of an operation, from the document's own body.
    pub(super) fn doc_example(
        &self,
        operation: &Operation,
        names: &OperationNames,
    ) -> Option<String> {
        let mut examples = operation.examples.iter();
        let call = examples.find_map(|example| self.call_expression(operation, names, example))?;
        let statement = quote!(let reply = #call.send().await?;);
        let code = crate::render::statements(&statement)?;
        let uses_model = code.contains("model::");
        let model = if uses_model { ", model" } else { "" };
        let client = self.crate_ident("client");
        Some(format!(
            "# Examples\n\n```no_run\n# use {client}::{}Client{model}{};\n\
             # async fn call(client: Client) -> Result<(), Box<dyn std::error::Error>> {{\n\
             {code}# let _ = reply;\n# Ok(())\n# }}\n```",
            if uses_model { "{" } else { "" },
            if uses_model { "}" } else { "" },
        ))
    }

    /// `cloudbackup_vbs_client`
    pub(super) fn crate_ident(&self, kind: &str) -> String {
        format!("cloudbackup_{}_{kind}", self.api.name.replace('-', "_"))
    }
}

/// Whether an object has all the members that a struct asks for.
fn has_required(object: &Struct, value: &Value) -> bool {
    let mut fields = object.fields.iter();
    fields.all(|field| !field.required || value.get(&field.wire).is_some())
}
