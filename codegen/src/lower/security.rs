//! Security schemes and requirements of documents of others. Our own services all know their callers
//! by a token or a signature, which the runtime sees to.

use openapiv3::{APIKeyLocation, Operation as Spec, ReferenceOr, SecurityScheme};

use super::Lower;
use crate::foreign;
use crate::ir::{Alternatives, Scheme, SchemeKind, whatever_is_given};
use crate::lint::table::SCHEMES;
use crate::lint::{METHODS, Profile};
use crate::load::push;
use crate::name::Words;

/// The header of a token of IAM.
const TOKEN: &str = "X-Auth-Token";

impl<'a> Lower<'a> {
    /// The schemes that can be met; `None` where callers are known as in our own services.
    pub(super) fn schemes(&mut self) -> Option<Vec<Scheme>> {
        if self.profile != Profile::Foreign {
            return None;
        }
        let components = self.openapi.components.as_ref();
        let all = components.map(|components| &components.security_schemes);
        let mut found = Vec::new();
        let mut is_empty = true;
        for (name, scheme) in all.into_iter().flatten() {
            is_empty = false;
            if let Some(scheme) = self.referenced_scheme(scheme) {
                found.extend(self.scheme(name, scheme));
            }
        }
        let is_token = |scheme: &Scheme| match &scheme.kind {
            SchemeKind::Header(header) => header.eq_ignore_ascii_case(TOKEN),
            _ => false,
        };
        let is_ours = match is_empty {
            true => self.has_token_parameter(),
            false => !found.is_empty() && found.iter().all(is_token),
        };
        if is_ours {
            return None;
        }
        if !found.is_empty() && !self.any_says_what_it_asks() {
            self.left_out(
                SCHEMES,
                "no operation asks for a security scheme",
                "whatever of these is given is sent with all calls",
                "say under `security` which of them a call needs",
            );
        }
        Some(found)
    }

    fn referenced_scheme(
        &self,
        scheme: &'a ReferenceOr<SecurityScheme>,
    ) -> Option<&'a SecurityScheme> {
        match scheme {
            ReferenceOr::Item(item) => Some(item),
            ReferenceOr::Reference { reference } => {
                let name = reference.strip_prefix("#/components/securitySchemes/")?;
                let schemes = &self.openapi.components.as_ref()?.security_schemes;
                schemes.get(name)?.as_item()
            }
        }
    }

    fn scheme(&mut self, name: &str, scheme: &SecurityScheme) -> Option<Scheme> {
        let pointer = push(SCHEMES, name);
        let (kind, description) = match scheme {
            SecurityScheme::APIKey {
                location,
                name: wire,
                description,
                ..
            } => {
                let kind = match location {
                    APIKeyLocation::Query => SchemeKind::Query(wire.clone()),
                    APIKeyLocation::Header if is_token(wire) => SchemeKind::Header(wire.clone()),
                    APIKeyLocation::Cookie if is_token(wire) => SchemeKind::Cookie(wire.clone()),
                    APIKeyLocation::Header | APIKeyLocation::Cookie => {
                        self.unmet(&pointer, name, "no request can hold this name");
                        return None;
                    }
                };
                (kind, description)
            }
            SecurityScheme::HTTP {
                scheme,
                description,
                ..
            } => {
                let is = |other: &str| scheme.eq_ignore_ascii_case(other);
                let kind = if is("bearer") {
                    SchemeKind::Bearer
                } else if is("basic") {
                    SchemeKind::Basic
                } else {
                    self.unmet(&pointer, name, "only `bearer` and `basic` are supported");
                    return None;
                };
                (kind, description)
            }
            SecurityScheme::OAuth2 { description, .. }
            | SecurityScheme::OpenIDConnect { description, .. } => {
                (SchemeKind::Bearer, description)
            }
        };
        Some(Scheme {
            wire: name.to_owned(),
            rust: Words::split(name).snake(),
            kind,
            description: description.clone().filter(|text| !text.trim().is_empty()),
            at: self.doc.key_span(&pointer),
        })
    }

    /// Reports a scheme that requests can't meet.
    fn unmet(&mut self, pointer: &str, name: &str, why: &str) {
        let found = foreign::unmet(name).at(self.doc.value_span(pointer), why);
        self.diags.push(found);
    }

    /// Whether a parameter is the token that clients of our own services send.
    fn has_token_parameter(&self) -> bool {
        let is_token = |pointer: &str| {
            let parameter = self.doc.get(pointer);
            let text = |key: &str| parameter?.get(key)?.as_str();
            text("in") == Some("header")
                && text("name").is_some_and(|name| name.eq_ignore_ascii_case(TOKEN))
        };
        let listed = |owner: &str| {
            let list = push(owner, "parameters");
            let count = self.doc.get(&list).and_then(|it| it.as_array());
            (0..count.map_or(0, Vec::len)).any(|index| {
                let pointer = push(&list, &index.to_string());
                let reference = self.doc.get(&push(&pointer, "$ref"));
                let reference = reference.and_then(|it| it.as_str());
                match reference.and_then(|it| it.strip_prefix('#')) {
                    Some(target) => is_token(target),
                    None => is_token(&pointer),
                }
            })
        };
        self.openapi.paths.paths.keys().any(|path| {
            let item = push("/paths", path);
            listed(&item) || METHODS.iter().any(|method| listed(&push(&item, method)))
        })
    }

    /// Whether any operation says what it asks for.
    pub(super) fn any_says_what_it_asks(&self) -> bool {
        let is_said = |lists: &Option<Vec<_>>| lists.as_ref().is_some_and(|it| !it.is_empty());
        let items = self.openapi.paths.paths.values();
        let mut items = items.filter_map(ReferenceOr::as_item);
        is_said(&self.openapi.security)
            || items.any(|item| item.iter().any(|(_, spec)| is_said(&spec.security)))
    }

    /// What an operation asks for. A list that needs what can't be met is kept without that, unless
    /// nothing is left of it.
    pub(super) fn alternatives(&self, spec: &Spec) -> Alternatives {
        let schemes = self.schemes.as_deref().unwrap_or_default();
        let lists = match spec.security.as_ref().or(self.openapi.security.as_ref()) {
            Some(lists) => lists,
            None if self.asks_for_any => return Vec::new(),
            None => return whatever_is_given(schemes),
        };
        let index = |name: &String| schemes.iter().position(|scheme| scheme.wire == *name);
        let mut found = Alternatives::new();
        for list in lists {
            let known: Vec<usize> = list.keys().filter_map(index).collect();
            if !known.is_empty() && !found.contains(&known) {
                found.push(known);
            }
        }
        // Whoever has given something wants it to be sent, wherever the list without a scheme stands.
        if !found.is_empty() && lists.iter().any(|list| list.is_empty()) {
            found.push(Vec::new());
        }
        found
    }
}

/// Whether the text is a token as HTTP means it: the name of a header or a cookie.
pub(super) fn is_token(name: &str) -> bool {
    let sign = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(sign)
}
