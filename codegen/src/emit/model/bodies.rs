//! Bodies: how a call writes its own, and what it reads of a success.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::ident;
use super::validate::time_format;
use crate::ir::{Body, Field, Format, JSON, Media, MemberForm, Operation, Place, TypeRef};
use crate::settle::{MemberNames, OperationNames};

/// The lines of `encode` that write the body.
pub(super) fn encode(operation: &Operation, names: &OperationNames) -> Vec<TokenStream> {
    let of = |place: Place| {
        let inputs = operation.inputs.iter().zip(&names.inputs);
        inputs
            .filter(move |(input, _)| input.place == place)
            .map(|(input, names)| (&input.field, names))
    };
    let media = &operation.sends;
    let mut lines = match operation.body {
        Body::None => return Vec::new(),
        Body::Object { required } => {
            let always = required.then(|| quote!(.always()));
            let members = of(Place::Body).map(|(field, names)| member(media, field, names));
            match media.format {
                Format::Form => vec![quote!(request.form() #always #(#members)*;)],
                Format::Multipart => {
                    vec![quote!(request.multipart() #always #(#members)* .finish();)]
                }
                _ => vec![quote!(request.body() #always #(#members)*;)],
            }
        }
        Body::Whole => of(Place::WholeBody)
            .map(|(_, names)| {
                let name = ident(&names.rust);
                let write = whole(media, &names.ty);
                quote!(if let Some(body) = &self.#name { #write })
            })
            .collect(),
    };
    lines.extend(content_type(media));
    lines
}

/// The media type, where the body itself does not say it.
fn content_type(media: &Media) -> Option<TokenStream> {
    let name = &media.name;
    let usual = match media.format {
        Format::Json => JSON,
        Format::Form => "application/x-www-form-urlencoded",
        _ => return None,
    };
    (name != usual).then(|| quote!(request.set_content_type(#name);))
}

fn whole(media: &Media, ty: &TypeRef) -> TokenStream {
    let name = &media.name;
    let (body, text) = match ty.is_secret() {
        true => (quote!(&Exposed(body)), quote!(body.expose())),
        false => (quote!(body), quote!(body)),
    };
    match media.format {
        Format::Form => quote!(request.form().members(#body);),
        Format::Multipart => quote!(request.multipart().members(#body).finish();),
        Format::Text => quote!(request.text(#name, #text);),
        Format::Bytes => {
            let name = fixed(name);
            quote!(request.bytes(#name, body);)
        }
        Format::Json | Format::Nothing => quote!(request.json(#body);),
    }
}

/// A media type that can be sent as it is; a range can't.
fn fixed(name: &str) -> TokenStream {
    match name.is_empty() || name.contains('*') {
        true => quote!(None),
        false => quote!(Some(#name)),
    }
}

fn member(media: &Media, field: &Field, names: &MemberNames) -> TokenStream {
    let wire = &field.wire;
    let name = ident(&names.rust);
    if field.is_rest {
        return match names.ty.is_secret() {
            true => quote!(.rest(&self.#name.as_ref().map(Exposed::values))),
            false => quote!(.rest(&self.#name)),
        };
    }
    let value = match names.ty.is_secret() {
        true => quote!(&self.#name.as_ref().map(Exposed)),
        false => quote!(&self.#name),
    };
    let form = media.members.get(wire);
    let is_list = matches!(&names.ty, TypeRef::List(item) if **item == TypeRef::Blob);
    match (&names.ty, form) {
        (TypeRef::Blob, form) | (TypeRef::List(_), form)
            if names.ty == TypeRef::Blob || is_list =>
        {
            let media_type = match form {
                Some(MemberForm::As(name)) => quote!(Some(#name)),
                _ => quote!(None),
            };
            match is_list {
                true => quote!(.files(#wire, &self.#name, #media_type)),
                false => quote!(.file(#wire, &self.#name, #media_type)),
            }
        }
        (TypeRef::Timestamp(format), _) => {
            let format = time_format(*format);
            quote!(.member_time(#wire, &self.#name, #format))
        }
        (TypeRef::Secret, _) => quote!(.member_secret(#wire, &self.#name)),
        (_, None) => quote!(.member(#wire, #value)),
        (_, Some(MemberForm::As(media_type))) => {
            quote!(.member_as(#wire, #value, #media_type))
        }
        (_, Some(form)) => {
            let style = style(form);
            quote!(.styled(#wire, #value, #style))
        }
    }
}

fn style(form: &MemberForm) -> TokenStream {
    match form {
        MemberForm::Exploded => quote!(FormStyle::Exploded),
        MemberForm::Joined(between) => quote!(FormStyle::Joined(#between)),
        MemberForm::Deep => quote!(FormStyle::Deep),
        MemberForm::Json | MemberForm::As(_) => quote!(FormStyle::Json),
    }
}

/// Whether `encode` says a style.
pub(super) fn uses_style(operation: &Operation) -> bool {
    operation.sends.format == Format::Form
        && operation.inputs.iter().any(|input| {
            let plain = matches!(input.field.ty, TypeRef::Timestamp(_) | TypeRef::Secret);
            let form = operation.sends.members.get(&input.field.wire);
            input.place == Place::Body && !plain && form.is_some()
        })
}

/// Whether `encode` writes secrets that are no plain members.
pub(super) fn exposes(operation: &Operation, names: &OperationNames) -> bool {
    let is_text = operation.sends.format == Format::Text;
    let inputs = operation.inputs.iter().zip(&names.inputs);
    inputs.into_iter().any(|(input, names)| match input.place {
        Place::Body => names.ty.is_secret() && names.ty != TypeRef::Secret,
        Place::WholeBody => names.ty.is_secret() && !is_text,
        _ => false,
    })
}

/// `.reply(…)` of what is no plain JSON.
pub(super) fn reply_format(media: &Media) -> Option<TokenStream> {
    if media.is_plain() {
        return None;
    }
    let format = match media.format {
        Format::Text => quote!(Text),
        Format::Bytes | Format::Form | Format::Multipart => quote!(Bytes),
        Format::Nothing => quote!(Nothing),
        Format::Json => quote!(Json),
    };
    let name = &media.name;
    Some(quote!(.reply(ReplyFormat::#format, #name)))
}

/// `read_head`, where headers are members of the output.
pub(super) fn read_head(operation: &Operation, names: &OperationNames) -> Option<TokenStream> {
    let own = names.reply.get(operation.reply.fields().len()..)?;
    let reads = operation.heads.iter().zip(own).map(|(field, names)| {
        let (wire, name) = (&field.wire, ident(&names.rust));
        quote!(output.#name = head.value(#wire);)
    });
    (!operation.heads.is_empty()).then(|| {
        quote! {
            fn read_head(output: &mut Self::Output, head: &ReplyHead<'_>) { #(#reads)* }
        }
    })
}
