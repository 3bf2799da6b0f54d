//! What a server of a service must be able to do:
//!
//! ```text
//! pub(crate) struct Handlers<S: Server> {
//!     /// `POST /v2/{project_id}/backuppolicy`
//!     pub(crate) create_backup_policy: Handler<S, CreateBackupPolicyInput>,
//! }
//!
//! impl<S: Server> Handlers<S> {
//!     pub(crate) fn into_routes(self) -> Vec<Route<S>> {
//!         Vec::from([Route::new(self.create_backup_policy, &["/backup_policy_id"])])
//!     }
//! }
//! ```
//!
//! A struct with a member for each operation makes an operation that is added, removed or retyped
//! an error of the compiler where the handlers are listed.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Content, Emit, File, Part, doc, docs, ident};
use crate::ir::{Deprecation, Field, Operation, Reply, Shape, TypeId, TypeRef};
use crate::settle::OperationNames;

impl Emit<'_> {
    /// Files of the generated folder of a server.
    pub(super) fn server(&self) -> Vec<File> {
        let title = docs::one_line(&self.api.title);
        // What the spec has no more is no business of a server.
        let is_live = |(operation, _): &(&Operation, &OperationNames)| {
            let deprecated = operation.docs.deprecated.as_ref();
            !deprecated.is_some_and(Deprecation::is_gone)
        };
        let operations = || {
            let all = self.api.operations.iter().zip(&self.names.operations);
            all.filter(is_live)
        };
        let krate = format_ident!("{}", self.crate_ident("model"));
        let mut inputs: Vec<String> = operations()
            .map(|(_, names)| format!("{}Input", names.base))
            .collect();
        inputs.sort_unstable();
        let inputs = inputs.iter().map(|name| ident(name));
        let members = operations().map(|(operation, names)| member(operation, names));
        let routes = operations().map(|(operation, names)| self.route(operation, names));
        let text = format!(
            "What a server does for each operation of {title}; `None` where it has no behaviour."
        );
        let type_doc = doc(&text);
        let items = vec![
            quote!(
                use cloudbackup_core::server::{Handler, Route, Server};
            ),
            quote!(use #krate::{#(#inputs),*};),
            quote! {
                #type_doc
                pub(crate) struct Handlers<S: Server> { #(#members),* }
            },
            quote! {
                impl<S: Server> Handlers<S> {
                    /// One route for each operation.
                    pub(crate) fn into_routes(self) -> Vec<Route<S>> {
                        Vec::from([#(#routes),*])
                    }
                }
            },
        ];
        vec![File {
            part: Part::Server,
            path: "mod.rs".to_owned(),
            doc: format!("The operations of {title} for a server."),
            content: Content::Items(items),
        }]
    }

    fn route(&self, operation: &Operation, names: &OperationNames) -> TokenStream {
        let name = ident(&names.method);
        let mut promised = Vec::new();
        let fields = match &operation.reply {
            Reply::Object(fields) => &fields[..],
            Reply::Whole(field) => {
                self.promised_in(&field.ty, "", &mut BTreeSet::new(), &mut promised);
                &[]
            }
            Reply::Empty => &[],
        };
        self.promised(fields, "", &mut BTreeSet::new(), &mut promised);
        let bodiless = matches!(operation.reply, Reply::Empty).then(|| quote!(.without_body()));
        quote!(Route::new(self.#name, &[#(#promised),*]) #bodiless)
    }

    /// Pointers to the members that a document promises, whatever callers were promised before: a
    /// member that only lately is in every reply stays an `Option` for them.
    fn promised(
        &self,
        fields: &[Field],
        at: &str,
        above: &mut BTreeSet<TypeId>,
        found: &mut Vec<String>,
    ) {
        for field in fields {
            let wire = field.wire.replace('~', "~0").replace('/', "~1");
            let at = match field.is_rest {
                true => at.to_owned(),
                false => format!("{at}/{wire}"),
            };
            if field.required {
                found.push(at.clone());
            }
            self.promised_in(&field.ty, &at, above, found);
        }
    }

    /// A type inside itself is looked at once: its promises are told from the outermost one.
    fn promised_in(
        &self,
        ty: &TypeRef,
        at: &str,
        above: &mut BTreeSet<TypeId>,
        found: &mut Vec<String>,
    ) {
        match ty {
            TypeRef::List(item) | TypeRef::Map(item) => {
                self.promised_in(item, &format!("{at}/*"), above, found);
            }
            TypeRef::Nullable(item) => self.promised_in(item, at, above, found),
            TypeRef::Named(id) if above.insert(*id) => {
                if let Shape::Struct(object) = &self.api.get(*id).shape {
                    self.promised(&object.fields, at, above, found);
                }
                above.remove(id);
            }
            _ => {}
        }
    }
}

fn member(operation: &Operation, names: &OperationNames) -> TokenStream {
    let doc = doc(&format!(
        "`{} {}`",
        operation.method.as_str(),
        operation.path.text
    ));
    let name = ident(&names.method);
    let input = format_ident!("{}Input", names.base);
    quote! {
        #doc
        pub(crate) #name: Handler<S, #input>
    }
}
