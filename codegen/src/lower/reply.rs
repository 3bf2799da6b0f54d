//! What success brings, and the statuses that mean it.

use openapiv3::{Operation as Spec, ReferenceOr, Response, StatusCode};

use super::Lower;
use super::media::Content;
use super::message::Root;
use crate::ir::{Field, Format, Media, Method, Reply, Status, TypeRef};
use crate::lint::Profile;
use crate::load::push;
use crate::name::Words;

/// What success brings, and how it is known and read.
pub(super) struct Success {
    pub(super) reply: Reply,
    pub(super) media: Media,
    pub(super) statuses: Vec<Status>,
    pub(super) heads: Vec<Field>,
}

impl<'a> Lower<'a> {
    /// What success brings, and the statuses that mean it.
    pub(super) fn replies(
        &mut self,
        pointer: &str,
        spec: &'a Spec,
        id: &str,
        method: Method,
    ) -> Success {
        let mut statuses = Vec::new();
        let mut bodies: Vec<Content<'a>> = Vec::new();
        let mut heads = Vec::new();
        let mut is_in_all = true;
        for (status, at, response) in self.successes(pointer, spec) {
            statuses.push(status);
            self.heads(&push(&at, "headers"), response, &mut heads);
            // What stands there is what GET would answer with.
            let content = match method {
                Method::Head => None,
                _ => self.content(&push(&at, "content"), &response.content),
            };
            is_in_all &= content.is_some();
            let known = |content: &Content<'a>| {
                let mut bodies = bodies.iter();
                bodies.any(|known| known.schema == content.schema && known.media == content.media)
            };
            bodies.extend(content.filter(|content| !known(content)));
        }
        let is_foreign = self.profile == Profile::Foreign;
        let (reply, media) = match bodies.first() {
            None if is_foreign => {
                let media = Media::new(crate::ir::JSON, Format::Nothing);
                (Reply::Empty, media)
            }
            None => (Reply::Empty, Media::default()),
            // In a spec of our own, what a document promises is promised for every status.
            Some(_) => self.merged(&bodies, is_in_all || !is_foreign, id),
        };
        if statuses.is_empty() {
            statuses.push(Status::Class(2));
        }
        Success {
            reply,
            media,
            statuses,
            heads,
        }
    }

    /// The responses that mean success with their places. `default` is one of them where no other
    /// is listed.
    fn successes(&mut self, pointer: &str, spec: &'a Spec) -> Vec<(Status, String, &'a Response)> {
        let listed = spec.responses.responses.iter();
        let mut found: Vec<(Status, String, &'a ReferenceOr<Response>)> = listed
            .filter_map(|(code, response)| {
                Some((
                    success_status(code)?,
                    push(pointer, &code.to_string()),
                    response,
                ))
            })
            .collect();
        if found.is_empty()
            && let Some(response) = &spec.responses.default
        {
            found.push((Status::Class(2), push(pointer, "default"), response));
        }
        let mut successes = Vec::new();
        for (status, at, response) in found {
            if let Some((at, response)) = self.response(&at, response) {
                successes.push((status, at, response));
            }
        }
        successes
    }

    /// The bodies of all success statuses as one. `is_in_all`: no status is without a body.
    fn merged(&mut self, bodies: &[Content<'a>], is_in_all: bool, id: &str) -> (Reply, Media) {
        let hint = Words::split(id).with("reply");
        let media = bodies[0].media.clone();
        if bodies.iter().any(|body| body.media.format != media.format) {
            self.differ(&bodies[1], "it is given as bytes, whatever it is");
            let media = Media::new("*/*", Format::Bytes);
            return (whole(self, &bodies[0], TypeRef::Blob, is_in_all), media);
        }
        let reply = match media.format {
            Format::Json => {
                let roots: Vec<(usize, Root)> = bodies
                    .iter()
                    .enumerate()
                    .map(|(index, body)| (index, self.json_root(body, &hint)))
                    .collect();
                self.merged_roots(bodies, roots, is_in_all)
            }
            Format::Text => whole(self, &bodies[0], self.text(&bodies[0]), is_in_all),
            _ => whole(self, &bodies[0], TypeRef::Blob, is_in_all),
        };
        (reply, media)
    }

    fn merged_roots(
        &mut self,
        bodies: &[Content<'a>],
        roots: Vec<(usize, Root)>,
        is_in_all: bool,
    ) -> Reply {
        let mut merged: Option<Reply> = None;
        for (index, root) in roots {
            let next = match root {
                // Replies are taken as they come, so rules say nothing of them.
                Root::Object(fields, _) => Reply::Object(fields),
                Root::Whole(field) => Reply::Whole(field),
            };
            merged = Some(match (merged, next) {
                (None, next) => next,
                (Some(Reply::Object(fields)), Reply::Object(others)) => {
                    Reply::Object(self.merged_fields(&bodies[index], fields, others))
                }
                (Some(Reply::Whole(field)), Reply::Whole(other)) if field.ty == other.ty => {
                    Reply::Whole(field)
                }
                _ => {
                    self.differ(&bodies[index], "it is free JSON");
                    return whole(self, &bodies[0], TypeRef::Json, true);
                }
            });
        }
        let mut reply = merged.unwrap_or(Reply::Empty);
        for field in reply.fields_mut() {
            field.required &= is_in_all;
        }
        reply
    }

    /// The members of both; mandatory is what both promise.
    fn merged_fields(
        &mut self,
        at: &Content<'a>,
        mut fields: Vec<Field>,
        others: Vec<Field>,
    ) -> Vec<Field> {
        for field in &mut fields {
            field.required &= others.iter().any(|other| other.wire == field.wire);
        }
        for other in others {
            let known = fields.iter_mut().find(|field| field.wire == other.wire);
            match known {
                None => fields.push(Field {
                    required: false,
                    ..other
                }),
                Some(field) => {
                    field.required &= other.required;
                    field.nullable |= other.nullable;
                    if field.ty != other.ty {
                        field.ty = match field.is_rest {
                            true => TypeRef::Map(Box::new(TypeRef::Json)),
                            false => TypeRef::Json,
                        };
                        field.constraints.clear();
                        let message = format!(
                            "`{}` has another type than under another status of success",
                            other.wire
                        );
                        let at = push(&push(&at.at, "properties"), &other.wire);
                        self.error(&at, message, "it is free JSON", "give both one type");
                    }
                }
            }
        }
        fields
    }

    fn differ(&mut self, body: &Content<'a>, becomes: &str) {
        self.error(
            &body.at,
            "two success statuses with different bodies that can't be one type",
            becomes,
            "give both statuses one schema that holds the members of both",
        );
    }

    /// Documented error statuses with their descriptions.
    pub(super) fn error_responses(&self, spec: &'a Spec) -> Vec<(String, String)> {
        let listed = spec.responses.responses.iter();
        let listed = listed
            .filter(|(code, _)| success_status(code).is_none())
            .map(|(code, response)| (code.to_string(), response));
        let default = spec.responses.default.iter();
        listed
            .chain(default.map(|response| ("default".to_owned(), response)))
            .filter_map(|(code, response)| {
                let (_, response) = self.response("", response)?;
                Some((code, response.description.clone()))
            })
            .collect()
    }

    fn response(
        &self,
        pointer: &str,
        response: &'a ReferenceOr<Response>,
    ) -> Option<(String, &'a Response)> {
        let components = self.openapi.components.as_ref();
        let (mut pointer, mut response) = (pointer.to_owned(), response);
        // Longer chains go round; the lint has said so.
        for _ in 0..32 {
            match response {
                ReferenceOr::Item(item) => return Some((pointer, item)),
                ReferenceOr::Reference { reference } => {
                    let name = component(reference, "#/components/responses/")?;
                    response = components?.responses.get(&name)?;
                    pointer = push("/components/responses", &name);
                }
            }
        }
        None
    }
}

/// The name of a component in a reference.
pub(super) fn component(reference: &str, place: &str) -> Option<String> {
    let name = reference.strip_prefix(place)?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

/// A reply that is one value.
fn whole(lower: &Lower<'_>, body: &Content<'_>, ty: TypeRef, required: bool) -> Reply {
    let wire = match ty {
        TypeRef::Text | TypeRef::Secret => "text",
        TypeRef::Blob => "content",
        _ => "value",
    };
    Reply::Whole(Box::new(lower.root_field(&body.at, wire, ty, required)))
}

fn success_status(code: &StatusCode) -> Option<Status> {
    match code {
        StatusCode::Code(code) if (200..300).contains(code) => Some(Status::Code(*code)),
        StatusCode::Range(2) => Some(Status::Class(2)),
        _ => None,
    }
}
