//! What a call needs beside its input: credentials and servers.

use std::collections::BTreeSet;

use super::kinds::{self, Kind};
use super::operations::Operation;
use super::side::{Loc, Side};
use super::walk::{Direction, NodeId, Place, Walk, key_of, value_of};
use crate::lint::words::shorten;

/// Schemes that one alternative asks for.
fn schemes(alternative: Loc<'_>) -> BTreeSet<&str> {
    alternative.entries().map(|it| it.0).collect()
}

fn scopes<'a>(alternative: Loc<'a>, scheme: &str) -> Vec<Loc<'a>> {
    let scopes = alternative.get(scheme).into_iter();
    scopes.flat_map(Loc::elements).collect()
}

impl<'a> Walk<'a> {
    /// Compares credentials and servers. What holds for all operations is one
    /// cause, reached by those that don't say otherwise.
    pub(super) fn security_of_all(&mut self, pairs: &[(Operation<'a>, Operation<'a>)]) {
        // Nobody called a service that was not there.
        if pairs.is_empty() {
            return;
        }
        let (old, new) = (self.base.root(), self.revision.root());
        let global = self.node(None);
        let mut reached = Vec::new();
        for (was, is) in pairs {
            let own = (was.at.get("security"), is.at.get("security"));
            let inherits = own.0.is_none() && own.1.is_none();
            let node = self.node(Some(was.name()));
            if inherits {
                reached.push(node);
            } else {
                let lists = (own.0.or(old.get("security")), own.1.or(new.get("security")));
                self.requirements(node, lists, (was.at, is.at));
            }
        }
        self.nodes[global].parents = reached;
        let lists = (old.get("security"), new.get("security"));
        self.requirements(global, lists, (old, new));
        self.schemes(global);
        self.servers(global, old, new);
    }

    fn requirements(
        &mut self,
        node: NodeId,
        lists: (Option<Loc<'a>>, Option<Loc<'a>>),
        holders: (Loc<'a>, Loc<'a>),
    ) {
        let alternatives = |list: Option<Loc<'a>>| -> Vec<Loc<'a>> {
            let list = list.into_iter().flat_map(Loc::elements);
            list.filter(|it| !schemes(*it).is_empty()).collect()
        };
        let (before, after) = (alternatives(lists.0), alternatives(lists.1));
        let places = (
            Some(key_of(lists.0.unwrap_or(holders.0))),
            Some(key_of(lists.1.unwrap_or(holders.1))),
        );
        for new in &after {
            match before.iter().find(|it| schemes(**it) == schemes(*new)) {
                Some(old) => self.scopes(node, *old, *new),
                None => {
                    let names = named(*new);
                    let message = format!("calls may need {names} now");
                    let places = (places.0, Some(value_of(*new)));
                    self.security(node, &kinds::SECURITY_ADDED, places, &names, &message);
                }
            }
        }
        for old in &before {
            if after.iter().all(|it| schemes(*it) != schemes(*old)) {
                let names = named(*old);
                let message = format!("{names} is not asked for any more");
                let places = (Some(value_of(*old)), places.1);
                self.security(node, &kinds::SECURITY_REMOVED, places, &names, &message);
            }
        }
    }

    fn scopes(&mut self, node: NodeId, old: Loc<'a>, new: Loc<'a>) {
        for (scheme, _) in new.entries() {
            let (before, after) = (scopes(old, scheme), scopes(new, scheme));
            let lacks =
                |list: &[Loc<'a>], scope: Loc<'a>| list.iter().all(|it| it.value != scope.value);
            let text = |scope: Loc<'a>| shorten(scope.value.as_str().unwrap_or_default());
            for scope in after.iter().filter(|it| lacks(&before, **it)) {
                let message = format!("`{}` needs the scope `{}`", shorten(scheme), text(*scope));
                let places = (Some(value_of(old)), Some(value_of(*scope)));
                let kind = &kinds::SECURITY_SCOPE_ADDED;
                self.security(node, kind, places, &text(*scope), &message);
            }
            for scope in before.iter().filter(|it| lacks(&after, **it)) {
                let message = format!(
                    "`{}` needs the scope `{}` no more",
                    shorten(scheme),
                    text(*scope)
                );
                let places = (Some(value_of(*scope)), Some(value_of(new)));
                let kind = &kinds::SECURITY_SCOPE_REMOVED;
                self.security(node, kind, places, &text(*scope), &message);
            }
        }
    }

    fn security(
        &mut self,
        node: NodeId,
        kind: &'static Kind,
        places: (Option<Place<'a>>, Option<Place<'a>>),
        detail: &str,
        message: &str,
    ) {
        self.noted(node, kind, Direction::Request, places, (detail, message));
    }

    /// How credentials are made. Schemes come and go with the requirements.
    fn schemes(&mut self, node: NodeId) {
        let schemes = |side: &'a Side| side.root().get("components")?.get("securitySchemes");
        let (Some(old), Some(new)) = (schemes(self.base), schemes(self.revision)) else {
            return;
        };
        const KEYS: [&str; 7] = [
            "type",
            "scheme",
            "in",
            "name",
            "flows",
            "openIdConnectUrl",
            "bearerFormat",
        ];
        for (name, was) in old.entries() {
            let Some(is) = new.get(name) else { continue };
            let (was, is) = (self.base.resolve(was), self.revision.resolve(is));
            let value = |scheme: Loc<'a>, key: &str| scheme.get(key).map(|it| it.value);
            if let Some(key) = KEYS.iter().find(|key| value(was, key) != value(is, key)) {
                let message = format!("`{key}` of the scheme `{}` is another", shorten(name));
                let places = (Some(key_of(was)), Some(key_of(is)));
                let kind = &kinds::SECURITY_SCHEME_CHANGED;
                self.security(node, kind, places, name, &message);
            }
        }
    }

    fn servers(&mut self, node: NodeId, old: Loc<'a>, new: Loc<'a>) {
        let servers = |root: Loc<'a>| -> Vec<(&'a str, Loc<'a>)> {
            let list = root.get("servers").into_iter().flat_map(Loc::elements);
            list.filter_map(|it| Some((it.text("url")?, it))).collect()
        };
        let (before, after) = (servers(old), servers(new));
        let holder = |root: Loc<'a>| Some(key_of(root.get("servers").unwrap_or(root)));
        let mut note = |kind, url: &str, what: &str, places| {
            let message = format!("the server `{}` is {what}", shorten(url));
            for direction in [Direction::Request, Direction::Reply] {
                self.noted(node, kind, direction, places, (url, &message));
            }
        };
        for (url, at) in &before {
            if after.iter().all(|it| it.0 != *url) {
                let places = (Some(value_of(*at)), holder(new));
                note(&kinds::SERVER_REMOVED, url, "gone", places);
            }
        }
        for (url, at) in &after {
            if before.iter().all(|it| it.0 != *url) {
                let places = (holder(old), Some(value_of(*at)));
                note(&kinds::SERVER_ADDED, url, "new", places);
            }
        }
    }
}

/// The schemes of an alternative in words.
fn named(alternative: Loc<'_>) -> String {
    let names = schemes(alternative);
    let names: Vec<String> = names
        .iter()
        .map(|it| format!("`{}`", shorten(it)))
        .collect();
    names.join(" and ")
}
