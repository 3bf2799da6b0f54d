//! The way back from a request to its input, for servers:
//!
//! ```text
//! #[cfg(feature = "server")]
//! impl Receive for ReplicateBackupInput {
//!     fn receive(request: &mut Received) -> Self {
//!         request.object(true);
//!         Self {
//!             backup_id: request.path("backup_id"),
//!             replicate: request.member("replicate"),
//!         }
//!     }
//! }
//! ```

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::{Emit, ident};
use super::operation::list_style;
use crate::ir::{Body, Format, Input, Media, Operation, Place, TypeRef};
use crate::settle::{MemberNames, OperationNames};

impl Emit<'_> {
    /// `impl Receive` and what it imports; nothing for what servers can't read or answer.
    pub(super) fn receive(
        &self,
        operation: &Operation,
        names: &OperationNames,
    ) -> Vec<TokenStream> {
        // A server reads and writes JSON alone.
        let is_json = |media: &Media| matches!(media.format, Format::Json | Format::Nothing);
        // Nor does it read the styles of documents of others, or members without names.
        let mut inputs = operation.inputs.iter();
        let is_styled = inputs.any(|input| input.style.is_some() || input.field.is_rest);
        if is_styled || !is_json(&operation.sends) || !is_json(&operation.accepts) {
            return Vec::new();
        }
        let input = format_ident!("{}Input", names.base);
        let object = match operation.body {
            Body::Object { required } => quote!(request.object(#required);),
            Body::None | Body::Whole => quote!(),
        };
        let members = operation.inputs.iter().zip(&names.inputs);
        let members = members.map(|(input, names)| {
            let name = ident(&names.rust);
            let read = reader(input, names);
            quote!(#name: request.#read)
        });
        let request = match operation.inputs.is_empty() && object.is_empty() {
            true => quote!(_),
            false => quote!(request),
        };
        vec![
            quote! {
                #[cfg(feature = "server")]
                use cloudbackup_core::server::{Receive, Received};
            },
            quote! {
                #[cfg(feature = "server")]
                impl Receive for #input {
                    fn receive(#request: &mut Received) -> Self {
                        #object
                        Self { #(#members),* }
                    }
                }
            },
        ]
    }
}

/// The call that reads an input.
fn reader(input: &Input, names: &MemberNames) -> TokenStream {
    let wire = &input.field.wire;
    match (input.place, &names.ty) {
        (Place::Path, _) => quote!(path(#wire)),
        (Place::Header, _) => quote!(header(#wire)),
        (Place::Body, _) => quote!(member(#wire)),
        (Place::WholeBody, _) => quote!(whole()),
        (Place::Query, TypeRef::List(_)) => {
            let style = list_style(input.list_style);
            quote!(query_list(#wire, #style))
        }
        (Place::Query | Place::Cookie, _) => quote!(query(#wire)),
    }
}
