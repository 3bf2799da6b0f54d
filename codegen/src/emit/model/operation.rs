//! Input and output of an operation.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::super::{Emit, doc, docs, former, ident};
use super::bodies;
use super::flow::idents;
use super::lenient;
use super::structs::{MemberOf, Uses, reply_derives};
use super::validate::{Member, time_format};
use crate::ir::{
    Field, Held, Input, ListStyle, Method, Operation, OperationId, Place, Reply, RetrySafety, Rule,
    Shape, Status, Style, TypeId, TypeRef,
};
use crate::load::push;
use crate::settle::{MemberNames, OperationNames};

/// More pointers to secrets than these are not listed.
const MOST_SECRETS: usize = 100;

/// Ends a pointer to all that is below.
const ALL_BELOW: &str = "/**";

impl Emit<'_> {
    /// Items of the file of an operation.
    pub(super) fn operation_items(&self, id: OperationId) -> Vec<TokenStream> {
        let (operation, names) = (self.api.operation(id), &self.names.operations[id.0]);
        let base = &names.base;
        let input = format_ident!("{base}Input");
        let output = format_ident!("{base}Output");
        let flow = self.flow_items(id);
        let mut items = self.operation_imports(operation, names, &flow);
        items.push(self.input_struct(operation, names));
        items.push(self.validate_input(&quote!(#input), operation, names));
        let info = self.info(operation, names);
        let encode = self.encode(operation, names);
        let read_head = bodies::read_head(operation, names);
        items.push(quote! {
            impl Operation for #input {
                const INFO: OperationInfo = #info;
                type Output = #output;
                #encode
                #read_head
            }
        });
        items.extend(flow);
        items.extend(self.receive(operation, names));
        let text = format!("What [`{base}Input`] is answered with.");
        let derives = output_derives(&operation.reply);
        let in_body = operation.reply.fields().len();
        let fields = [operation.reply.fields(), &operation.heads].concat();
        items.extend(self.reply_items(
            &format!("{base}Output"),
            &text,
            &derives,
            &fields,
            &names.reply,
            &|index| match &operation.reply {
                _ if index >= in_body => MemberOf::Head,
                Reply::Whole(_) => MemberOf::Whole,
                _ => MemberOf::Object,
            },
        ));
        items.extend(match operation.reply {
            Reply::Whole(_) => {
                let mut items = lenient::of_itself(&output);
                items.push(quote!(
                    use serde::{Deserialize, Deserializer};
                ));
                items
            }
            Reply::Object(_) | Reply::Empty => lenient::of_object(&output),
        });
        for (old, since) in names.former_bases() {
            for suffix in ["Input", "Output", "OutputBuilder"] {
                let new = format_ident!("{base}{suffix}");
                let plain = (quote!(), quote!());
                items.push(former(&format!("{old}{suffix}"), &new, &plain, since));
            }
        }
        items
    }

    fn operation_imports(
        &self,
        operation: &Operation,
        names: &OperationNames,
        flow: &[TokenStream],
    ) -> Vec<TokenStream> {
        let used = idents(flow);
        let members: Vec<&MemberNames> = names.inputs.iter().chain(&names.reply).collect();
        let mut items = self.member_imports(&Uses {
            members,
            sent: names.inputs.iter().collect(),
            types: self.flow_types(&names.base, &used),
            time: used.contains("Timestamp"),
            ..Uses::default()
        });
        items.extend(self.flow_imports(&used));
        let held = (!operation.held.is_empty()).then(|| quote!(ClientValue,));
        let list = uses_list(operation).then(|| quote!(ListStyle,));
        let form = bodies::uses_style(operation).then(|| quote!(FormStyle,));
        let head = (!operation.heads.is_empty()).then(|| quote!(ReplyHead,));
        let format = bodies::reply_format(&operation.accepts).map(|_| quote!(ReplyFormat,));
        let style = operation.inputs.iter().any(|input| input.style.is_some());
        let style = style.then(|| quote!(Style,));
        let schedule = operation
            .rules
            .iter()
            .any(|rule| matches!(rule, Rule::Schedule { .. }));
        let schedule = schedule.then(|| quote!(Schedule,));
        items.push(quote!(
            use cloudbackup_core::builder::MissingMember;
        ));
        if bodies::exposes(operation, names) {
            items.push(quote!(
                use cloudbackup_core::secret::Exposed;
            ));
        }
        items.push(quote! {
            use cloudbackup_core::operation::{
                #form #held #list Method, Operation, OperationInfo, #format #head RequestParts,
                RetrySafety, StatusRange, #style
            };
        });
        items.push(quote!(use cloudbackup_core::validate::{#schedule Validate, Validator};));
        items
    }

    fn input_struct(&self, operation: &Operation, names: &OperationNames) -> TokenStream {
        let input = format_ident!("{}Input", names.base);
        let mut text = format!(
            "What `{}` takes: path, query, header and body members side by side.\n\n\
             Made by the method of that name on the client.",
            names.method
        );
        for rule in self.rule_docs(operation, names) {
            text.push_str("\n\n");
            text.push_str(&rule);
        }
        if let Some(source) = docs::source(operation, &self.api.title) {
            text.push_str(&format!("\n\n{source}"));
        }
        let doc = doc(&text);
        let inputs = operation.inputs.iter().zip(&names.inputs);
        let members = inputs.map(|(input, names)| {
            let text = docs::input(&input.field, names);
            self.member(&text, &input.field, names, &quote!())
        });
        quote! {
            #doc
            #[derive(Clone, Debug, Default, PartialEq)]
            #[non_exhaustive]
            pub struct #input { #(#members),* }
        }
    }

    /// A sentence for each rule over the inputs.
    pub(in crate::emit) fn rule_docs(
        &self,
        operation: &Operation,
        names: &OperationNames,
    ) -> Vec<String> {
        let fields = operation.inputs.iter().map(|input| &input.field);
        let fields: Vec<Member<'_>> = fields.zip(&names.inputs).collect();
        let rules = operation.rules.iter();
        rules
            .map(|rule| docs::rule(rule, &|path| self.rust_path(path, &fields)))
            .collect()
    }

    fn info(&self, operation: &Operation, names: &OperationNames) -> TokenStream {
        let service = &self.api.name;
        let name = &names.first;
        let method = method(operation.method);
        let path = operation.path.sent();
        let held = (!operation.held.is_empty()).then(|| {
            let held = operation.held.iter().map(client_value);
            quote!(.client_values(&[#(#held),*]))
        });
        let success = operation.success.iter().map(status);
        let reply = bodies::reply_format(&operation.accepts);
        let retry = match operation.retry {
            RetrySafety::Idempotent => quote!(RetrySafety::Idempotent),
            RetrySafety::Never => quote!(RetrySafety::Never),
        };
        let document = operation
            .source
            .document
            .as_ref()
            .map(|document| quote!(.document(#document)));
        let plain = has_error_member(&operation.reply).then(|| quote!(.errors_in_success(false)));
        let secrets = self.secrets(operation);
        let secrets = (!secrets.is_empty()).then(|| quote!(.secrets(&[#(#secrets),*])));
        let security = self.security(operation);
        quote! {
            OperationInfo::new(#service, #name, Method::#method, #path)
                #held
                .success(&[#(#success),*])
                #reply
                .retry(#retry)
                #document
                #plain
                #secrets
                #security
        }
    }

    /// The schemes that an operation asks for, where the service has its own.
    fn security(&self, operation: &Operation) -> Option<TokenStream> {
        let schemes = self.api.security.as_ref()?;
        let lists = operation.security.iter().map(|list| {
            let names = list.iter().map(|index| &schemes[*index].rust);
            quote!(&[#(#names),*])
        });
        Some(quote!(.security(&[#(#lists),*])))
    }

    /// JSON pointers to what nobody may see in a body; `*` stands for each item of a list or value
    /// of a map, `**` for all that is below. Of a body with too many of them nothing may be seen.
    fn secrets(&self, operation: &Operation) -> Vec<String> {
        let mut found = Vec::new();
        for input in &operation.inputs {
            let pointer = match input.place {
                Place::Body => below("", &input.field),
                Place::WholeBody => String::new(),
                _ => continue,
            };
            self.secrets_below(&input.field.ty, &pointer, &mut Vec::new(), &mut found);
        }
        if found.len() > MOST_SECRETS {
            return vec![ALL_BELOW.to_owned()];
        }
        let mut seen = HashSet::new();
        found.retain(|pointer| seen.insert(pointer.clone()));
        found
    }

    fn secrets_below(
        &self,
        ty: &TypeRef,
        pointer: &str,
        above: &mut Vec<TypeId>,
        found: &mut Vec<String>,
    ) {
        match ty {
            TypeRef::Secret => found.push(pointer.to_owned()),
            TypeRef::List(item) | TypeRef::Map(item) => {
                self.secrets_below(item, &format!("{pointer}/*"), above, found);
            }
            TypeRef::Nullable(item) => self.secrets_below(item, pointer, above, found),
            TypeRef::Named(id) if !self.facts.holds_secrets(*id) || found.len() > MOST_SECRETS => {}
            // Deeper in itself a type holds the same at another depth, for ever.
            TypeRef::Named(id) if above.contains(id) => found.push(format!("{pointer}{ALL_BELOW}")),
            TypeRef::Named(id) => {
                above.push(*id);
                match &self.api.get(*id).shape {
                    Shape::Struct(object) => {
                        for field in &object.fields {
                            let pointer = below(pointer, field);
                            self.secrets_below(&field.ty, &pointer, above, found);
                        }
                    }
                    Shape::Union(branches) => {
                        for branch in branches {
                            self.secrets_below(&branch.ty, pointer, above, found);
                        }
                    }
                    Shape::OpenEnum(_) => {}
                }
                above.pop();
            }
            _ => {}
        }
    }

    fn encode(&self, operation: &Operation, names: &OperationNames) -> TokenStream {
        let inputs: Vec<(&Input, &MemberNames)> =
            operation.inputs.iter().zip(&names.inputs).collect();
        let mut body: Vec<TokenStream> = inputs
            .iter()
            .filter(|(input, _)| !matches!(input.place, Place::Body | Place::WholeBody))
            .map(|(input, names)| parameter(input, names))
            .collect();
        body.extend(bodies::encode(operation, names));
        let request = if body.is_empty() {
            quote!(_)
        } else {
            quote!(request)
        };
        quote! {
            fn encode(&self, #request: &mut RequestParts) { #(#body)* }
        }
    }
}

/// The pointer to a member; those without names stand side by side with the others.
fn below(pointer: &str, field: &Field) -> String {
    match field.is_rest {
        true => pointer.to_owned(),
        false => push(pointer, &field.wire),
    }
}

fn parameter(input: &Input, names: &MemberNames) -> TokenStream {
    let wire = &input.field.wire;
    let name = ident(&names.rust);
    match (input.place, &names.ty) {
        (place, ty) if input.style.is_some() => styled(input, place, ty, &name),
        (Place::Path, _) => quote!(request.path(#wire, &self.#name);),
        (Place::Header, TypeRef::Timestamp(format)) => {
            let format = time_format(*format);
            quote!(request.header_time(#wire, &self.#name, #format);)
        }
        (Place::Header, _) => quote!(request.header(#wire, &self.#name);),
        (_, TypeRef::Timestamp(format)) => {
            let format = time_format(*format);
            quote!(request.query_time(#wire, &self.#name, #format);)
        }
        (_, TypeRef::List(_)) => {
            let style = list_style(input.list_style);
            quote!(request.query_list(#wire, &self.#name, #style);)
        }
        _ => quote!(request.query(#wire, &self.#name);),
    }
}

/// A value that is written in a style of OpenAPI.
fn styled(input: &Input, place: Place, ty: &TypeRef, name: &Ident) -> TokenStream {
    let wire = &input.field.wire;
    let style = ident(&format!("{:?}", input.style.unwrap_or(Style::Simple)));
    let call = match place {
        Place::Path => quote!(path_styled),
        Place::Header => quote!(header_styled),
        Place::Cookie => quote!(cookie),
        _ => quote!(query_styled),
    };
    let value = match ty {
        TypeRef::Timestamp(format) => {
            let format = time_format(*format);
            quote!(&self.#name.as_ref().map(|time| time.text_for(#format)))
        }
        TypeRef::List(item) => match **item {
            TypeRef::Timestamp(format) => {
                let format = time_format(format);
                quote!(&self.#name.as_ref().map(|times| {
                    times.iter().map(|time| time.text_for(#format)).collect::<Vec<_>>()
                }))
            }
            _ => quote!(&self.#name),
        },
        _ => quote!(&self.#name),
    };
    quote!(request.#call(#wire, #value, Style::#style);)
}

/// How a list is written in a query.
pub(super) fn list_style(style: ListStyle) -> TokenStream {
    match style {
        ListStyle::Repeated => quote!(ListStyle::Repeated),
        ListStyle::Comma => quote!(ListStyle::Comma),
    }
}

fn uses_list(operation: &Operation) -> bool {
    let mut inputs = operation.inputs.iter();
    inputs.any(|input| {
        let is_list = matches!(input.field.ty, TypeRef::List(_));
        input.place == Place::Query && input.style.is_none() && is_list
    })
}

/// A reply with members of these names must not be taken for an error.
fn has_error_member(reply: &Reply) -> bool {
    let mut fields = reply.fields().iter();
    fields.any(|field| {
        matches!(
            field.wire.as_str(),
            "error" | "error_code" | "error_msg" | "code" | "message"
        )
    })
}

fn output_derives(reply: &Reply) -> TokenStream {
    let derives = reply_derives();
    let transparent = matches!(reply, Reply::Whole(_)).then(|| quote!(#[serde(transparent)]));
    quote!(#derives #transparent)
}

fn method(method: Method) -> TokenStream {
    let name = match method {
        Method::Get => "Get",
        Method::Put => "Put",
        Method::Post => "Post",
        Method::Delete => "Delete",
        Method::Head => "Head",
        Method::Patch => "Patch",
        Method::Options => "Options",
        Method::Trace => "Trace",
    };
    let name = ident(name);
    quote!(#name)
}

fn status(status: &Status) -> TokenStream {
    match status {
        Status::Code(code) => {
            let code = proc_macro2::Literal::u16_unsuffixed(*code);
            quote!(StatusRange::Code(#code))
        }
        Status::Class(class) => {
            let class = proc_macro2::Literal::u8_unsuffixed(*class);
            quote!(StatusRange::Class(#class))
        }
    }
}

fn client_value(held: &Held) -> TokenStream {
    let (value, wire, values) = (&held.value, &held.wire, &held.values);
    let one_of = (!values.is_empty()).then(|| quote!(.one_of(&[#(#values),*])));
    match held.place {
        Place::Header => quote!(ClientValue::header(#value, #wire) #one_of),
        _ => quote!(ClientValue::path(#value, #wire) #one_of),
    }
}
