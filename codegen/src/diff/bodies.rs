//! Request bodies, replies, and their media types.

use std::collections::HashSet;

use super::kinds;
use super::operations::Operation;
use super::schema::Pair;
use super::side::{Loc, Side};
use super::walk::{ANYTHING, Direction, Medium, NodeId, Walk, Way, key_of, value_of};
use crate::lint::words::shorten;

/// The media types of a body, in lower case and without parameters.
fn media_types<'a>(content: Option<Loc<'a>>) -> Vec<(String, Loc<'a>)> {
    let entries = content.into_iter().flat_map(Loc::entries);
    let mut found: Vec<(String, Loc<'a>)> = Vec::new();
    for (name, media) in entries {
        let name = name.split(';').next().unwrap_or(name);
        let name = name.trim().to_ascii_lowercase();
        if found.iter().all(|it| it.0 != name) {
            found.push((name, media));
        }
    }
    found
}

fn medium(media_type: &str) -> Medium {
    match media_type {
        "application/x-www-form-urlencoded" | "multipart/form-data" | "text/plain" => Medium::Text,
        _ => Medium::Body,
    }
}

/// Replies of one side, references followed, statuses in lower case.
fn replies<'a>(side: &'a Side, operation: &Operation<'a>) -> Vec<(String, Loc<'a>, Loc<'a>)> {
    let replies = operation.at.get("responses").into_iter();
    let entries = replies
        .flat_map(Loc::entries)
        .filter(|it| !it.0.starts_with("x-"));
    entries
        .map(|(status, at)| (status.to_ascii_lowercase(), at, side.resolve(at)))
        .collect()
}

fn has_body(reply: Loc<'_>) -> bool {
    !media_types(reply.get("content")).is_empty()
}

fn is_success(status: &str) -> bool {
    status.len() == 3 && status.starts_with('2')
}

/// Where two things stand.
#[derive(Clone, Copy)]
struct Both<'a> {
    old: Loc<'a>,
    new: Loc<'a>,
}

impl<'a> Walk<'a> {
    /// Compares what is sent.
    pub(super) fn request_body(
        &mut self,
        node: NodeId,
        old: &Operation<'a>,
        new: &Operation<'a>,
        sent: Direction,
    ) {
        let body = |side: &'a Side, operation: &Operation<'a>| {
            operation.at.get("requestBody").map(|it| side.resolve(it))
        };
        let (was, is) = (body(self.base, old), body(self.revision, new));
        let places = (
            Some(key_of(was.unwrap_or(old.at))),
            Some(key_of(is.unwrap_or(new.at))),
        );
        let (kind, message) = match (was, is) {
            (None, None) => return,
            (None, Some(is)) if is.is_true("required") => (
                &kinds::REQUIRED_REQUEST_BODY_ADDED,
                "a request body is new and required",
            ),
            (None, Some(_)) => (&kinds::REQUEST_BODY_ADDED, "a request body is new"),
            (Some(_), None) => (&kinds::REQUEST_BODY_REMOVED, "the request body is gone"),
            (Some(was), Some(is)) => {
                self.texts(was, is);
                self.body_required(node, was, is, sent);
                let both = Both { old: was, new: is };
                return self.content(node, both, sent, "the request body");
            }
        };
        self.noted(node, kind, sent, places, ("", message));
    }

    fn body_required(&mut self, node: NodeId, was: Loc<'a>, is: Loc<'a>, sent: Direction) {
        let (kind, message) = match (was.is_true("required"), is.is_true("required")) {
            (false, true) => (&kinds::REQUEST_BODY_BECAME_REQUIRED, "must be sent now"),
            (true, false) => (
                &kinds::REQUEST_BODY_BECAME_OPTIONAL,
                "need not be sent any more",
            ),
            _ => return,
        };
        let place = |at: Loc<'a>| Some(at.get("required").map_or(value_of(at), key_of));
        let message = format!("the request body {message}");
        self.noted(node, kind, sent, (place(was), place(is)), ("", &message));
    }

    /// Compares the media types of a body, and the schemas of each.
    fn content(&mut self, node: NodeId, both: Both<'a>, direction: Direction, what: &str) {
        let (from, to) = (both.old.get("content"), both.new.get("content"));
        let (old, new) = (media_types(from), media_types(to));
        let places = |found: Option<Loc<'a>>, missing: Option<Loc<'a>>, holder: Loc<'a>| {
            Some(found.map_or(key_of(missing.unwrap_or(holder)), key_of))
        };
        for (name, media) in &old {
            match new.iter().find(|it| it.0 == *name) {
                Some((_, now)) => {
                    let way = Way::new(direction, medium(name));
                    self.media(node, *media, *now, way);
                }
                None => {
                    let message = format!("{what} is not `{}` any more", shorten(name));
                    let places = (Some(key_of(*media)), places(None, to, both.new));
                    let kind = &kinds::MEDIA_TYPE_REMOVED;
                    self.noted(node, kind, direction, places, (name, &message));
                }
            }
        }
        for (name, media) in &new {
            if old.iter().all(|it| it.0 != *name) {
                let message = format!("{what} may be `{}` now", shorten(name));
                let places = (places(None, from, both.old), Some(key_of(*media)));
                let kind = &kinds::MEDIA_TYPE_ADDED;
                self.noted(node, kind, direction, places, (name, &message));
            }
        }
    }

    fn media(&mut self, node: NodeId, was: Loc<'a>, is: Loc<'a>, way: Way) {
        self.texts(was, is);
        let schema = |media: Loc<'a>| {
            let anything = Loc {
                doc: media.doc,
                value: &ANYTHING,
            };
            media.get("schema").unwrap_or(anything)
        };
        let (old, new) = (schema(was), schema(is));
        let (from, to) = (self.old_shape(&[old]), self.new_shape(&[new]));
        let pair = Pair {
            node,
            way,
            base: &from,
            revision: &to,
        };
        let places = (Some(value_of(old)), Some(value_of(new)));
        self.presence(pair, places, (true, false));
        self.schemas(node, &[old], &[new], way);
    }

    /// Compares what is received.
    pub(super) fn replies(
        &mut self,
        node: NodeId,
        old: &Operation<'a>,
        new: &Operation<'a>,
        received: Direction,
    ) {
        let (before, after) = (replies(self.base, old), replies(self.revision, new));
        let statuses: HashSet<&str> = after.iter().map(|it| it.0.as_str()).collect();
        let known: HashSet<&str> = before.iter().map(|it| it.0.as_str()).collect();
        let gone: Vec<_> = before
            .iter()
            .filter(|it| !statuses.contains(it.0.as_str()))
            .collect();
        let added: Vec<_> = after
            .iter()
            .filter(|it| !known.contains(it.0.as_str()))
            .collect();
        for (status, _, was) in &before {
            if let Some((_, _, is)) = after.iter().find(|it| it.0 == *status) {
                let both = Both {
                    old: *was,
                    new: *is,
                };
                self.reply(node, both, received, status);
            }
        }
        let success = |list: &[&(String, Loc<'a>, Loc<'a>)]| -> Vec<usize> {
            let list = list.iter().enumerate();
            list.filter(|it| is_success(&it.1.0))
                .map(|it| it.0)
                .collect()
        };
        let holder = |operation: &Operation<'a>| {
            Some(key_of(
                operation.at.get("responses").unwrap_or(operation.at),
            ))
        };
        // One status of success in the place of another one is one change.
        let moved = match (success(&gone).as_slice(), success(&added).as_slice()) {
            ([from], [to]) => Some((gone[*from], added[*to])),
            _ => None,
        };
        if let Some((was, is)) = moved {
            let places = (Some(key_of(was.1)), Some(key_of(is.1)));
            let message = format!("the status of success is {} now, not {}", is.0, was.0);
            let detail = format!("{}>{}", was.0, is.0);
            let kind = &kinds::SUCCESS_STATUS_CHANGED;
            let both = Both {
                old: was.2,
                new: is.2,
            };
            // A body that comes or goes says more than the status.
            if has_body(was.2) == has_body(is.2) {
                self.noted(node, kind, received, places, (&detail, &message));
            }
            self.reply(node, both, received, &is.0);
        }
        let kept = |status: &str| moved.is_some() && is_success(status);
        for (status, at, _) in gone.into_iter().filter(|it| !kept(&it.0)) {
            let kind = match is_success(status) {
                true => &kinds::SUCCESS_STATUS_REMOVED,
                false => &kinds::ERROR_STATUS_REMOVED,
            };
            let message = format!("the reply {status} is gone");
            let places = (Some(key_of(*at)), holder(new));
            self.noted(node, kind, received, places, (status, &message));
        }
        for (status, at, _) in added.into_iter().filter(|it| !kept(&it.0)) {
            let kind = match is_success(status) {
                true => &kinds::SUCCESS_STATUS_ADDED,
                false => &kinds::ERROR_STATUS_ADDED,
            };
            let message = format!("the reply {status} is new");
            let places = (holder(old), Some(key_of(*at)));
            self.noted(node, kind, received, places, (status, &message));
        }
    }

    fn reply(&mut self, node: NodeId, both: Both<'a>, received: Direction, status: &str) {
        let Both { old, new } = both;
        self.texts(old, new);
        self.headers(node, both, received);
        let (kind, message) = match (has_body(old), has_body(new)) {
            (false, true) => (&kinds::REPLY_BODY_ADDED, "has a body now"),
            (true, false) => (&kinds::REPLY_BODY_REMOVED, "has no body any more"),
            _ => {
                let what = format!("the body of the reply {status}");
                return self.content(node, both, received, &what);
            }
        };
        let place = |reply: Loc<'a>| Some(reply.get("content").map_or(value_of(reply), key_of));
        let message = format!("the reply {status} {message}");
        self.noted(
            node,
            kind,
            received,
            (place(old), place(new)),
            (status, &message),
        );
    }

    fn headers(&mut self, node: NodeId, both: Both<'a>, received: Direction) {
        let headers = |side: &'a Side, reply: Loc<'a>| -> Vec<(String, Loc<'a>, Loc<'a>)> {
            let entries = reply.get("headers").into_iter().flat_map(Loc::entries);
            entries
                .map(|(name, at)| (name.to_ascii_lowercase(), at, side.resolve(at)))
                .collect()
        };
        let (before, after) = (
            headers(self.base, both.old),
            headers(self.revision, both.new),
        );
        let holder = |reply: Loc<'a>| Some(key_of(reply.get("headers").unwrap_or(reply)));
        for (name, at, was) in &before {
            let shown = shorten(name);
            match after.iter().find(|it| it.0 == *name) {
                Some((_, now, is)) => {
                    let places = Both {
                        old: *at,
                        new: *now,
                    };
                    self.header(
                        node,
                        &shown,
                        places,
                        Both {
                            old: *was,
                            new: *is,
                        },
                        received,
                    );
                }
                None => {
                    let message = format!("the header `{shown}` is gone");
                    let places = (Some(key_of(*at)), holder(both.new));
                    let kind = &kinds::HEADER_REMOVED;
                    self.noted(node, kind, received, places, (name, &message));
                }
            }
        }
        for (name, at, _) in &after {
            if before.iter().all(|it| it.0 != *name) {
                let message = format!("the header `{}` is new", shorten(name));
                let places = (holder(both.old), Some(key_of(*at)));
                let kind = &kinds::HEADER_ADDED;
                self.noted(node, kind, received, places, (name, &message));
            }
        }
    }

    fn header(
        &mut self,
        node: NodeId,
        name: &str,
        places: Both<'a>,
        both: Both<'a>,
        received: Direction,
    ) {
        let places = (Some(key_of(places.old)), Some(key_of(places.new)));
        let required = |header: Loc<'a>| header.is_true("required");
        let found = match (required(both.old), required(both.new)) {
            (false, true) => Some((&kinds::HEADER_BECAME_REQUIRED, "is always there now")),
            (true, false) => Some((&kinds::HEADER_BECAME_OPTIONAL, "may be missing now")),
            _ => None,
        };
        if let Some((kind, message)) = found {
            let message = format!("the header `{name}` {message}");
            self.noted(node, kind, received, places, (name, &message));
        }
        let way = Way::new(received, Medium::Header);
        self.media(node, both.old, both.new, way);
    }
}
