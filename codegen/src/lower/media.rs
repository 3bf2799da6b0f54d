//! Which of the media types of a body is used, and how.

use indexmap::IndexMap;
use openapiv3::{MediaType, ReferenceOr, Schema};

use super::Lower;
use super::fold::place;
use super::says::{Says, alone};
use crate::ir::{Format, JSON, Media, MemberForm, essence};
use crate::lint::Profile;
use crate::load::push;

/// What a body holds, and how it is written.
#[derive(Clone)]
pub(super) struct Content<'a> {
    pub(super) media: Media,
    /// Pointer of the schema; of the media type where it has none.
    pub(super) at: String,
    /// None where anything may stand.
    pub(super) schema: Option<&'a ReferenceOr<Schema>>,
}

impl<'a> Lower<'a> {
    /// The content to use: JSON if there is any, then forms, text, bytes.
    pub(super) fn content(
        &mut self,
        pointer: &str,
        content: &'a IndexMap<String, MediaType>,
    ) -> Option<Content<'a>> {
        let mut usable: Vec<(&'a str, &'a MediaType, Format)> = Vec::new();
        for (name, media) in content {
            match self.format(name, media) {
                Some(format) => usable.push((name, media, format)),
                None => self.left_out(
                    &push(pointer, name),
                    "this is no media type",
                    "bodies of it are not made",
                    "write it as `type/subtype`",
                ),
            }
        }
        if self.profile != Profile::Foreign {
            usable.retain(|(.., format)| *format == Format::Json);
        }
        let best = usable.iter().min_by_key(|(name, _, format)| {
            let is_other_json = essence(name) != JSON;
            (rank(*format), is_other_json)
        });
        let Some((name, media, format)) = best.copied() else {
            if !content.is_empty() {
                self.lost(
                    pointer,
                    "only JSON bodies are supported",
                    "there is no `application/json` among these",
                    "add `application/json`, or remove the content",
                );
            }
            return None;
        };
        self.others(pointer, content.len(), &usable, media);
        let at = push(pointer, name);
        if media.schema.is_none() && self.profile != Profile::Foreign {
            self.lost(
                &at,
                "a JSON body without a `schema`",
                "what does it hold?",
                "add a `schema`; an empty one stands for any JSON",
            );
            return None;
        }
        Some(Content {
            media: Media {
                members: self.member_forms(&at, media, format),
                ..Media::new(&sent_name(name, format), format)
            },
            schema: media.schema.as_ref(),
            at: match media.schema {
                Some(_) => push(&at, "schema"),
                None => at,
            },
        })
    }

    /// Names the media types that hold something else than the one that is used.
    fn others(
        &mut self,
        pointer: &str,
        listed: usize,
        usable: &[(&'a str, &'a MediaType, Format)],
        used: &'a MediaType,
    ) {
        if self.profile != Profile::Foreign {
            if listed > 1 {
                self.left_out(
                    pointer,
                    "only the JSON form of this body is used",
                    "other media types are left out",
                    "remove them, or leave them for readers of the spec",
                );
            }
            return;
        }
        let brings_more = |media: &MediaType, format: Format| {
            let is_form = matches!(format, Format::Form | Format::Multipart);
            is_form && media.schema.is_some() && media.schema != used.schema
        };
        let lost: Vec<String> = usable
            .iter()
            .filter(|(_, media, format)| brings_more(media, *format))
            .map(|(name, ..)| format!("`{name}`"))
            .collect();
        if !lost.is_empty() {
            self.left_out(
                pointer,
                &format!("{} is left out of this body", lost.join(", ")),
                "another media type of it is used, and holds something else",
                "make an operation of its own for it",
            );
        }
    }

    /// How bodies of a media type are made; none where its name is no media type. A range holds JSON
    /// where its schema says more than text.
    fn format(&self, name: &str, media: &MediaType) -> Option<Format> {
        let format = Format::of(name)?;
        let is_any = matches!(essence(name).as_str(), "*/*" | "application/*");
        match is_any && !self.is_text(media.schema.as_ref()) {
            true => Some(Format::Json),
            false => Some(format),
        }
    }

    /// Whether any media type may hold a text or nothing that is known.
    fn is_text(&self, schema: Option<&'a ReferenceOr<Schema>>) -> bool {
        let target = schema.and_then(|schema| self.item(place(schema)));
        target.is_none_or(|schema| matches!(alone(schema), Some(Says::Text(_))))
    }

    /// What `encoding` says of members.
    fn member_forms(
        &mut self,
        pointer: &str,
        media: &MediaType,
        format: Format,
    ) -> std::collections::BTreeMap<String, MemberForm> {
        let at = push(pointer, "encoding");
        let named = media.encoding.keys();
        let named = named.filter(|_| matches!(format, Format::Form | Format::Multipart));
        named
            .filter_map(|name| {
                let said = self.doc.get(&push(&at, name))?;
                let text = |key: &str| said.get(key).and_then(serde_json::Value::as_str);
                let form = match format {
                    Format::Form => {
                        let explode = said.get("explode").and_then(serde_json::Value::as_bool);
                        form_style(text("style"), explode, text("contentType"))?
                    }
                    _ => MemberForm::As(one_type(text("contentType")?)?),
                };
                Some((name.clone(), form))
            })
            .collect()
    }
}

fn rank(format: Format) -> u8 {
    match format {
        Format::Json => 0,
        Format::Form => 1,
        Format::Multipart => 2,
        Format::Text => 3,
        Format::Bytes => 4,
        Format::Nothing => 5,
    }
}

/// What is sent as the media type: a range is none.
fn sent_name(name: &str, format: Format) -> String {
    match format {
        Format::Json if essence(name).contains('*') => JSON.to_owned(),
        Format::Text if essence(name).contains('*') => "text/plain".to_owned(),
        _ => name.trim().to_owned(),
    }
}

/// The style of a member of a form; none where nothing special is said.
fn form_style(
    style: Option<&str>,
    explode: Option<bool>,
    content_type: Option<&str>,
) -> Option<MemberForm> {
    if style.is_none() && explode.is_none() {
        let is_json = content_type.is_some_and(|name| essence(name).ends_with("json"));
        return is_json.then_some(MemberForm::Json);
    }
    Some(match (style.unwrap_or("form"), explode) {
        ("deepObject", _) => MemberForm::Deep,
        ("spaceDelimited", _) => MemberForm::Joined(" "),
        ("pipeDelimited", _) => MemberForm::Joined("|"),
        (_, Some(false)) => MemberForm::Joined(","),
        _ => MemberForm::Exploded,
    })
}

/// A media type that can be sent: one, and no range.
fn one_type(text: &str) -> Option<String> {
    let is_one = !text.contains([',', '*']) && text.contains('/');
    let is_printed = text.chars().all(|c| matches!(c, ' '..='~'));
    (is_one && is_printed).then(|| text.trim().to_owned())
}
