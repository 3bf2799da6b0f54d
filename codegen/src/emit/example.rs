//! Documented and sampled values as the Rust that builds them, for doc examples
//! and wire tests.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::{Emit, ident};
use crate::ir::{Example, Operation, Place, Reply, Shape, Struct, TimeFormat, TypeId, TypeRef};
use crate::outline::Made;
use crate::settle::{MemberNames, OperationNames};

impl Emit<'_> {
    /// What an example gives for each input, or nothing when it does not say how
    /// the call is made.
    pub(super) fn documented_values(
        &self,
        operation: &Operation,
        example: &Example,
    ) -> Option<Vec<Option<Value>>> {
        example.request.as_ref()?;
        let inputs = operation.inputs.iter();
        let values = inputs.map(|input| {
            Some(match input.place {
                Place::Body => example.body.as_ref()?.value.get(&input.field.wire),
                Place::WholeBody => example.body.as_ref().map(|body| &body.value),
                _ => {
                    let mut given = example.parameters.iter();
                    given
                        .find(|(name, _)| *name == input.field.wire)
                        .map(|(_, value)| value)
                }
            })
        });
        values.map(|value| Some(value?.cloned())).collect()
    }

    /// `client.replicate_backup("…").replicate(…)` with a value for each input
    /// that has one, or nothing when one can't be written in Rust.
    pub(super) fn call_expression(
        &self,
        names: &OperationNames,
        values: &[Option<Value>],
    ) -> Option<TokenStream> {
        let method = ident(&names.method);
        let mut arguments = Vec::new();
        let mut setters = Vec::new();
        for (value, member) in values.iter().zip(&names.inputs) {
            let Some(value) = value else {
                continue;
            };
            let value = self.member_expression(&member.ty, value)?;
            if member.positional {
                arguments.push(value);
            } else {
                let setter = ident(&member.rust);
                setters.push(quote!(.#setter(#value)));
            }
        }
        Some(quote!(client.#method(#(#arguments),*) #(#setters)*))
    }

    /// `model::ReplicateBackupOutput::builder().…build()?`
    pub(super) fn reply_expression(
        &self,
        operation: &Operation,
        names: &OperationNames,
        value: &Value,
    ) -> Option<TokenStream> {
        let output = format_ident!("{}Output", names.base);
        let members: Vec<(&str, &MemberNames)> = match &operation.reply {
            Reply::Whole(_) => {
                let value = self.expression(&names.reply.first()?.ty, value)?;
                let setter = ident(&names.reply.first()?.rust);
                return Some(quote!(model::#output::builder().#setter(#value).build()?));
            }
            reply => {
                let wires = reply.fields().iter().map(|field| field.wire.as_str());
                wires.zip(&names.reply).collect()
            }
        };
        let setters = self.member_setters(&members, value)?;
        Some(quote!(model::#output::builder() #(#setters)* .build()?))
    }

    /// The value of a setter. Times are converted there, not in lists.
    fn member_expression(&self, ty: &TypeRef, value: &Value) -> Option<TokenStream> {
        match (ty, value) {
            (TypeRef::Timestamp(format), Value::String(text)) if self.respells_times => {
                let text = respelt(*format, text);
                Some(quote!(#text))
            }
            _ => self.expression(ty, value),
        }
    }

    fn expression(&self, ty: &TypeRef, value: &Value) -> Option<TokenStream> {
        match (ty, value) {
            (TypeRef::Nullable(_), Value::Null) => Some(quote!(None)),
            (TypeRef::Nullable(item), value) => {
                let value = self.exactly(item, value)?;
                Some(quote!(Some(#value)))
            }
            (TypeRef::Named(id), value) => self.named_expression(*id, value),
            (TypeRef::List(item), Value::Array(values)) => {
                if values.is_empty() {
                    let item = self.full_type(item);
                    return Some(quote!(Vec::<#item>::new()));
                }
                let values = values.iter().map(|value| self.entry(item, value));
                let values: Option<Vec<TokenStream>> = values.collect();
                let values = values?;
                Some(quote!([#(#values),*]))
            }
            (TypeRef::Map(item), Value::Object(values)) => {
                if values.is_empty() {
                    let item = self.full_type(item);
                    return Some(quote!(std::collections::BTreeMap::<String, #item>::new()));
                }
                let pairs = values.iter().map(|(key, value)| {
                    let value = self.entry(item, value)?;
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
            (
                TypeRef::Text | TypeRef::Secret | TypeRef::Timestamp(_) | TypeRef::Blob,
                Value::String(text),
            ) => Some(quote!(#text)),
            (TypeRef::Json, value) => {
                let literal: TokenStream = value.to_string().parse().ok()?;
                Some(quote!(serde_json::json!(#literal)))
            }
            _ => None,
        }
    }

    /// An item of a list or a value of a map. Setters turn it into its type, and
    /// only the outermost list or map is taken as an iterator.
    fn entry(&self, ty: &TypeRef, value: &Value) -> Option<TokenStream> {
        match (ty, value) {
            (TypeRef::List(_) | TypeRef::Map(_), _) => self.exactly(ty, value),
            (TypeRef::Integer, Value::Number(number)) => {
                let literal = Literal::i64_suffixed(number.as_i64()?);
                let small = number.as_i64().is_some_and(|n| i32::try_from(n).is_ok());
                match small {
                    true => self.expression(ty, value),
                    false => Some(quote!(#literal)),
                }
            }
            _ => self.expression(ty, value),
        }
    }

    /// A value that has its type already.
    fn exactly(&self, ty: &TypeRef, value: &Value) -> Option<TokenStream> {
        match (ty, value) {
            (TypeRef::Text, Value::String(text)) => Some(quote!(#text.to_owned())),
            (TypeRef::Secret, Value::String(text)) => {
                Some(quote!(cloudbackup_core::Secret::from(#text)))
            }
            (TypeRef::Timestamp(_) | TypeRef::Named(_), Value::String(text)) => {
                let name = self.full_type(ty);
                Some(quote!(#name::from(#text)))
            }
            (TypeRef::List(item), Value::Array(values)) => {
                let values = values.iter().map(|value| self.exactly(item, value));
                let values: Option<Vec<TokenStream>> = values.collect();
                let values = values?;
                Some(quote!(vec![#(#values),*]))
            }
            (TypeRef::Map(item), Value::Object(values)) => {
                let pairs = values.iter().map(|(key, value)| {
                    let value = self.exactly(item, value)?;
                    Some(quote!((#key.to_owned(), #value)))
                });
                let pairs: Option<Vec<TokenStream>> = pairs.collect();
                let pairs = pairs?;
                Some(quote!(std::collections::BTreeMap::from([#(#pairs),*])))
            }
            _ => self.expression(ty, value),
        }
    }

    /// A type where nothing but `model` is imported.
    fn full_type(&self, ty: &TypeRef) -> TokenStream {
        match ty {
            TypeRef::Timestamp(_) => quote!(cloudbackup_core::time::Timestamp),
            TypeRef::List(item) => {
                let item = self.full_type(item);
                quote!(Vec<#item>)
            }
            TypeRef::Map(item) => {
                let item = self.full_type(item);
                quote!(std::collections::BTreeMap<String, #item>)
            }
            _ => self.ty(ty, &quote!(model::)),
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
                // What services answer with keeps its times as they came.
                let respells_times = self.respells_times && names.made == Made::ForRequests;
                let emit = Emit {
                    respells_times,
                    ..*self
                };
                let setters = emit.member_setters(&members, value)?;
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

    /// `.name(…)` for each member that an object holds.
    fn member_setters(
        &self,
        members: &[(&str, &MemberNames)],
        value: &Value,
    ) -> Option<Vec<TokenStream>> {
        let mut setters = Vec::new();
        for (wire, member) in members {
            if let Some(value) = value.get(wire).filter(|value| !value.is_null()) {
                let value = self.member_expression(&member.ty, value)?;
                let setter = ident(&member.rust);
                setters.push(quote!(.#setter(#value)));
            }
        }
        Some(setters)
    }

    /// The `# Examples` section of an operation, from the document's own body.
    pub(super) fn doc_example(
        &self,
        operation: &Operation,
        names: &OperationNames,
    ) -> Option<String> {
        let mut examples = operation.examples.iter();
        let call = examples.find_map(|example| {
            let values = self.documented_values(operation, example)?;
            self.call_expression(names, &values)
        })?;
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
        format!("{}{}_{kind}", self.prefix, self.api.name).replace('-', "_")
    }
}

/// A time of a sample, at the same instant and offset in the other form.
fn respelt(format: TimeFormat, text: &str) -> String {
    match (format, text.split_at_checked(text.len().saturating_sub(2))) {
        (TimeFormat::BasicOffset, Some((before, minutes))) => format!("{before}:{minutes}"),
        _ => text.replace('Z', "+0000"),
    }
}

/// Whether an object has all the members that a struct asks for.
fn has_required(object: &Struct, value: &Value) -> bool {
    let mut fields = object.fields.iter();
    fields.all(|field| !field.required || value.get(&field.wire).is_some())
}
