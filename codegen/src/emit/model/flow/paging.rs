//! `impl Paged`:
//!
//! ```text
//! impl Paged for ListBackupsInput {
//!     type Item = Backup;
//!
//!     const PAGING: Paging = Paging::offset().page_size(100);
//!
//!     fn position(&self) -> Option<Position> {
//!         self.offset.as_ref()?.to_count().map(Position::Offset)
//!     }
//!     …
//!     fn page(output: ListBackupsOutput) -> PageParts<Backup> {
//!         PageParts::new(output.backups).total(output.total_count)
//!     }
//! }
//! ```

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::super::super::{Emit, ident};
use crate::ir::{Next, OperationId, Paging, PagingStyle, Path, TypeRef};
use crate::settle::Root;

/// What a position is in Rust.
enum Kind {
    /// A count, made and read by these.
    Count(TokenStream, TokenStream),
    Marker,
}

impl Emit<'_> {
    pub(super) fn paged(&self, id: OperationId, paging: &Paging) -> TokenStream {
        let input = self.input_type(id);
        let item = self.entry_type(id);
        let made = paging_value(paging);
        let position = self.position(id, paging);
        let size = self.page_size(id, paging);
        let page = self.page(id, paging, &item);
        let entry_id = self.entry_id(id, paging, &item);
        quote! {
            impl Paged for #input {
                type Item = #item;

                const PAGING: Paging = #made;

                #position
                #size
                #page
                #entry_id
            }
        }
    }

    /// The type of an entry of a list that is walked.
    pub(in crate::emit) fn entry_type(&self, list: OperationId) -> TokenStream {
        match self.names.entry(self.api, list) {
            Some(ty) => self.ty(&ty, &quote!()),
            None => quote!(()),
        }
    }

    fn input_name(&self, id: OperationId, input: usize) -> Ident {
        ident(&self.names.operations[id.0].inputs[input].rust)
    }

    fn position(&self, id: OperationId, paging: &Paging) -> TokenStream {
        let (Some(position), Some(kind)) = (paging.position, kind(&paging.style)) else {
            return quote! {
                fn position(&self) -> Option<Position> { None }

                fn set_position(&mut self, _: &Position) {}
            };
        };
        let name = self.input_name(id, position);
        let (get, set) = match kind {
            Kind::Count(made, read) => (
                quote!(self.#name.as_ref()?.to_count().map(#made)),
                quote!(position.#read().and_then(Count::from_count)),
            ),
            Kind::Marker => (
                quote!(self.#name.clone().map(Position::Marker)),
                quote!(position.as_marker().map(str::to_owned)),
            ),
        };
        let cleared = paging
            .clears
            .iter()
            .map(|input| self.input_name(id, *input));
        let clear = (!paging.clears.is_empty()).then(|| {
            quote! {
                if self.#name.is_some() {
                    #(self.#cleared = None;)*
                }
            }
        });
        quote! {
            fn position(&self) -> Option<Position> { #get }

            fn set_position(&mut self, position: &Position) {
                self.#name = #set;
                #clear
            }
        }
    }

    fn page_size(&self, id: OperationId, paging: &Paging) -> TokenStream {
        let Some(size) = paging.size else {
            return quote! {
                fn page_size(&self) -> Option<u64> { None }

                fn set_page_size(&mut self, _: u64) {}
            };
        };
        let name = self.input_name(id, size);
        let (get, set) = match &self.names.operations[id.0].inputs[size].ty {
            TypeRef::Named(ty) => {
                let ty = self.type_ident(*ty);
                (
                    quote!(self.#name.as_ref()?.as_str().parse().ok()),
                    quote!(Some(#ty::from(size.to_string()))),
                )
            }
            _ => (
                quote!(self.#name.as_ref()?.to_count()),
                quote!(Count::from_count(size)),
            ),
        };
        quote! {
            fn page_size(&self) -> Option<u64> { #get }

            fn set_page_size(&mut self, size: u64) { self.#name = #set; }
        }
    }

    fn page(&self, id: OperationId, paging: &Paging, item: &TokenStream) -> TokenStream {
        let output = self.output_type(id);
        let (base, root) = (quote!(output), Root::Reply(id));
        let items = self.moved(&base, root, &paging.items);
        let mut before = Vec::new();
        let mut said = Vec::new();
        // Members of one object are read before the list is moved out of it.
        let mut say = |what: &str, path: &Path, value: TokenStream| {
            let what = ident(what);
            if path.steps.len() > 1 && paging.items.steps.len() > 1 {
                before.push(quote!(let #what = #value;));
                said.push(quote!(.#what(#what)));
            } else {
                said.push(quote!(.#what(#value)));
            }
        };
        if let Some(total) = &paging.total {
            let value = self.copied(&base, root, total);
            let value = match self.names.type_at(self.api, root, total) {
                TypeRef::Integer => value,
                _ => {
                    let text = self.text(&base, root, total);
                    quote!(#text.and_then(|total| total.parse().ok()))
                }
            };
            say("total", total, value);
        }
        match &paging.next {
            Some(Next::Text(path)) => say("next", path, self.next_text(id, paging, path)),
            Some(Next::Links { list, rel, href }) => {
                say("next", list, self.next_link(id, list, rel, href));
            }
            None => {}
        }
        quote! {
            fn page(output: #output) -> PageParts<#item> {
                #(#before)*
                PageParts::new(#items) #(#said)*
            }
        }
    }

    fn next_text(&self, id: OperationId, paging: &Paging, path: &Path) -> TokenStream {
        let (base, root) = (quote!(output), Root::Reply(id));
        match path.steps.len() > 1 && paging.items.steps.len() > 1 {
            true => self.copied(&base, root, path),
            false => self.moved(&base, root, path),
        }
    }

    /// The link of the list that leads on.
    fn next_link(&self, id: OperationId, list: &Path, rel: &Path, href: &Path) -> TokenStream {
        let root = Root::Reply(id);
        let links = self.each(&quote!(output), root, list);
        let TypeRef::List(link) = self.names.type_at(self.api, root, list) else {
            return quote!(None);
        };
        let Some(link) = link.named().map(Root::Type) else {
            return quote!(None);
        };
        let base = quote!(link);
        let rel = self.text(&base, link, rel);
        let leads_on = quote!(#links.find(|link| #rel == Some("next")));
        match self.names.way(self.api, link, href).last() {
            Some((_, names)) if !names.optional => {
                let name = ident(&names.rust);
                quote!(#leads_on.map(|link| link.#name.clone()))
            }
            _ => {
                let href = self.copied(&base, link, href);
                quote!(#leads_on.and_then(|link| #href))
            }
        }
    }

    fn entry_id(&self, id: OperationId, paging: &Paging, item: &TokenStream) -> TokenStream {
        let root = self.names.entry(self.api, id).and_then(|ty| ty.named());
        let (Some(root), false) = (root.map(Root::Type), paging.id.is_empty()) else {
            return quote! {
                fn id(_: &#item) -> Option<Cow<'_, str>> { None }
            };
        };
        let base = quote!(item);
        let value = match paging.id.as_slice() {
            [one] => self.cow(&base, root, one),
            several => {
                let words: Vec<Ident> = several.iter().map(|path| self.word(root, path)).collect();
                let form: Vec<String> = words.iter().map(|word| format!("{{{word}}}")).collect();
                let form = form.join("\n");
                let parts = several.iter().map(|path| self.shown(&base, root, path));
                quote! {
                    #(let #words = #parts;)*
                    Some(Cow::Owned(format!(#form)))
                }
            }
        };
        quote! {
            fn id(item: &#item) -> Option<Cow<'_, str>> { #value }
        }
    }
}

fn kind(style: &PagingStyle) -> Option<Kind> {
    match style {
        PagingStyle::Offset | PagingStyle::LinkOffset(_) => {
            Some(Kind::Count(quote!(Position::Offset), quote!(as_offset)))
        }
        PagingStyle::Number { .. } => {
            Some(Kind::Count(quote!(Position::Number), quote!(as_number)))
        }
        PagingStyle::LastId | PagingStyle::Marker | PagingStyle::LinkMarker(_) => {
            Some(Kind::Marker)
        }
        PagingStyle::Whole => None,
    }
}

/// `Paging::offset().page_size(100)`
fn paging_value(paging: &Paging) -> TokenStream {
    let style = match &paging.style {
        PagingStyle::Offset => quote!(Paging::offset()),
        PagingStyle::Number { first } => {
            let first = Literal::u64_unsuffixed(*first);
            quote!(Paging::number(#first))
        }
        PagingStyle::LastId => quote!(Paging::last_id()),
        PagingStyle::Marker => quote!(Paging::marker()),
        PagingStyle::LinkMarker(name) => quote!(Paging::link_marker(#name)),
        PagingStyle::LinkOffset(name) => quote!(Paging::link_offset(#name)),
        PagingStyle::Whole => quote!(Paging::whole()),
    };
    // What is always asked for needs no default.
    let size = match (paging.page_size, paging.default_page_size) {
        (Some(size), _) => {
            let size = Literal::u64_unsuffixed(size);
            Some(quote!(.page_size(#size)))
        }
        (None, Some(size)) => {
            let size = Literal::u64_unsuffixed(size);
            Some(quote!(.default_page_size(#size)))
        }
        (None, None) => None,
    };
    let least = paging.least_page_size.map(|size| {
        let size = Literal::u64_unsuffixed(size);
        quote!(.least_page_size(#size))
    });
    quote!(#style #size #least)
}
