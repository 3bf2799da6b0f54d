//! The way to a member as an expression.
//!
//! In a function that returns an `Option` a way is written with `?`, in
//! closures and elsewhere with `and_then`.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::super::{Emit, ident};
use crate::ir::{Field, Path, Shape, TypeRef};
use crate::settle::{MemberNames, Root};

/// A member on a way.
type Step<'a> = (&'a Field, &'a MemberNames);

/// How the last member of a way is written.
struct Leaf<'f> {
    /// As an `Option`, of a member that is one.
    optional: &'f dyn Fn(TokenStream, &MemberNames) -> TokenStream,
    /// As it is, of a member that is always there.
    always: &'f dyn Fn(TokenStream, &MemberNames) -> TokenStream,
}

impl Emit<'_> {
    fn steps(&self, root: Root, path: &Path) -> Vec<Step<'_>> {
        self.names.way(self.api, root, path)
    }

    /// `Option<&str>`, anywhere.
    pub(super) fn text(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let leaf = Leaf {
            optional: &|place, names| self.optional_text(&place, names),
            always: &|place, _| quote!(#place.as_str()),
        };
        anywhere(base, &self.steps(root, path), true, &leaf)
    }

    /// `Option<&str>`, with `?`.
    pub(super) fn text_here(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        match self.held(base, root, path) {
            Some((place, (_, names))) if names.optional => self.optional_text(&place, names),
            Some((place, _)) => quote!(Some(#place.as_str())),
            None => quote!(None),
        }
    }

    fn optional_text(&self, place: &TokenStream, names: &MemberNames) -> TokenStream {
        match names.ty {
            TypeRef::Named(id) => {
                let ty = self.type_ident(id);
                quote!(#place.as_ref().map(#ty::as_str))
            }
            _ => quote!(#place.as_deref()),
        }
    }

    /// The last member, its holder borrowed with `?`.
    fn held<'a>(
        &'a self,
        base: &TokenStream,
        root: Root,
        path: &Path,
    ) -> Option<(TokenStream, Step<'a>)> {
        let steps = self.steps(root, path);
        let (last, before) = steps.split_last()?;
        let mut place = base.clone();
        for (_, names) in before {
            let name = ident(&names.rust);
            place = match names.optional {
                true => quote!(#place.#name.as_ref()?),
                false => quote!(#place.#name),
            };
        }
        let name = ident(&last.1.rust);
        Some((quote!(#place.#name), *last))
    }

    /// `Option<Cow<'_, str>>`, with `?`.
    pub(super) fn cow(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let Some((place, (_, names))) = self.held(base, root, path) else {
            return quote!(None);
        };
        let value = ident(&names.rust);
        let borrowed = self.is_borrowed(&names.ty);
        match (&names.ty, names.optional) {
            (TypeRef::Text, true) => quote!(#place.as_deref().map(Cow::Borrowed)),
            (_, false) if borrowed => quote!(Some(Cow::Borrowed(#place.as_str()))),
            (_, false) => quote!(Some(Cow::Owned(#place.to_string()))),
            (_, true) if borrowed => {
                quote!(#place.as_ref().map(|#value| Cow::Borrowed(#value.as_str())))
            }
            (_, true) => quote!(#place.map(|#value| Cow::Owned(#value.to_string()))),
        }
    }

    /// Something that prints as the value, with `?`.
    pub(super) fn shown(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let Some((place, (_, names))) = self.held(base, root, path) else {
            return quote!("");
        };
        let borrowed = self.is_borrowed(&names.ty);
        match (&names.ty, names.optional) {
            (TypeRef::Text, true) => quote!(#place.as_deref()?),
            (_, true) if borrowed => quote!(#place.as_ref()?),
            (_, true) => quote!(#place?),
            (_, false) if borrowed => quote!(&#place),
            (_, false) => place,
        }
    }

    /// `Option<&T>`, with `?`.
    pub(super) fn reference(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        match self.held(base, root, path) {
            Some((place, (_, names))) if names.optional => quote!(#place.as_ref()),
            Some((place, _)) => quote!(Some(&#place)),
            None => quote!(None),
        }
    }

    /// `Option<T>` out of a value that is given away, with `?`.
    pub(super) fn taken(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let steps = self.steps(root, path);
        let Some(((_, last), before)) = steps.split_last() else {
            return quote!(None);
        };
        let place = given_away(base, before);
        let name = ident(&last.rust);
        match (last.optional, last.boxed) {
            (true, false) => quote!(#place.#name),
            (true, true) => quote!(#place.#name.map(|#name| *#name)),
            (false, false) => quote!(Some(#place.#name)),
            (false, true) => quote!(Some(*#place.#name)),
        }
    }

    /// An iterator over the items of a list that is given away, with `?`.
    pub(super) fn entries(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let list = given_away(base, &self.steps(root, path));
        quote!(#list.into_iter())
    }

    /// An iterator over the borrowed items of a list, anywhere.
    pub(super) fn each(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let steps = self.steps(root, path);
        if let [(_, names)] = steps.as_slice() {
            let name = ident(&names.rust);
            let flat = names.optional.then(|| quote!(.flatten()));
            return quote!(#base.#name.iter() #flat);
        }
        let leaf = Leaf {
            optional: &|place, _| quote!(#place.as_ref()),
            always: &|place, _| quote!(&#place),
        };
        let list = anywhere(base, &steps, true, &leaf);
        quote!(#list.into_iter().flatten())
    }

    /// `Option<T>` out of a value that is given away, anywhere.
    pub(super) fn moved(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let leaf = Leaf {
            optional: &|place, _| place,
            always: &|place, _| place,
        };
        anywhere(base, &self.steps(root, path), false, &leaf)
    }

    /// Whether a value is there, anywhere; nothing where it always is.
    pub(super) fn present(
        &self,
        base: &TokenStream,
        root: Root,
        path: &Path,
    ) -> Option<TokenStream> {
        let steps = self.steps(root, path);
        let is_direct = steps.len() == 1;
        let leaf = Leaf {
            optional: &|place, _| match is_direct {
                true => place,
                false => quote!(#place.as_ref()),
            },
            always: &|place, _| quote!(&#place),
        };
        let value = anywhere(base, &steps, true, &leaf);
        let is_optional = steps.iter().any(|(_, names)| names.optional);
        is_optional.then(|| quote!(#value.is_some()))
    }

    /// `Option<T>` of a value that can be copied, or of a clone, anywhere.
    pub(super) fn copied(&self, base: &TokenStream, root: Root, path: &Path) -> TokenStream {
        let copy = |place: TokenStream, names: &MemberNames| match names.ty {
            TypeRef::Integer => place,
            _ => quote!(#place.clone()),
        };
        let leaf = Leaf {
            optional: &copy,
            always: &copy,
        };
        anywhere(base, &self.steps(root, path), true, &leaf)
    }

    /// The names on a way as one word, for a variable.
    pub(super) fn word(&self, root: Root, path: &Path) -> proc_macro2::Ident {
        let steps = self.steps(root, path);
        let names: Vec<&str> = steps.iter().map(|(_, names)| names.rust.as_str()).collect();
        let word = names.join("_");
        match syn::parse_str(&word) {
            Ok(word) => word,
            // A format string names no raw identifier.
            Err(_) => quote::format_ident!("{word}_"),
        }
    }

    fn is_borrowed(&self, ty: &TypeRef) -> bool {
        match ty {
            TypeRef::Text | TypeRef::Timestamp(_) => true,
            TypeRef::Named(id) => matches!(self.api.get(*id).shape, Shape::OpenEnum(_)),
            _ => false,
        }
    }
}

/// The last member of a value that is given away, with `?`.
fn given_away(base: &TokenStream, steps: &[Step<'_>]) -> TokenStream {
    steps.iter().fold(base.clone(), |place, (_, names)| {
        let name = ident(&names.rust);
        match names.optional {
            true => quote!(#place.#name?),
            false => quote!(#place.#name),
        }
    })
}

/// An `Option` of the last member, its holders borrowed or given away.
fn anywhere(base: &TokenStream, steps: &[Step<'_>], borrow: bool, leaf: &Leaf<'_>) -> TokenStream {
    let Some(((_, names), rest)) = steps.split_first() else {
        return quote!(None);
    };
    let name = ident(&names.rust);
    let place = quote!(#base.#name);
    match (names.optional, rest.last()) {
        (true, None) => (leaf.optional)(place, names),
        (false, None) => {
            let value = (leaf.always)(place, names);
            quote!(Some(#value))
        }
        (false, Some(_)) => anywhere(&place, rest, borrow, leaf),
        (true, Some((_, last))) => {
            let borrow_it = borrow.then(|| quote!(.as_ref()));
            let inner = quote!(#name);
            if rest.iter().any(|(_, names)| names.optional) {
                let value = anywhere(&inner, rest, borrow, leaf);
                return quote!(#place #borrow_it.and_then(|#name| #value));
            }
            let names = rest.iter().map(|(_, names)| ident(&names.rust));
            let value = (leaf.always)(quote!(#inner #(.#names)*), last);
            quote!(#place #borrow_it.map(|#name| #value))
        }
    }
}
