//! Bodies of the media type `multipart/form-data`.

use serde::Serialize;
use serde_json::Value;

use super::form::text_of;
use super::request::RequestParts;
use crate::blob::Blob;
use crate::secret::Secret;
use crate::time::{TimeFormat, Timestamp};

/// The media type of a part with JSON.
const JSON: &str = "application/json";

/// Collects the parts of a body.
///
/// Parts keep the order of the calls; an absent one is left out. The boundary between them is the
/// first of a fixed list that stands in none of them, so that the same call is the same bytes.
///
/// ```
/// use cloudbackup_core::{Blob, RequestParts};
///
/// let mut request = RequestParts::new();
/// request
///     .multipart()
///     .member("name", &Some("tap"))
///     .file("picture", &Some(Blob::from("...")), None)
///     .finish();
/// assert_eq!(
///     request.content_type(),
///     Some("multipart/form-data; boundary=cloudbackup-boundary-0")
/// );
/// ```
#[derive(Debug)]
#[must_use = "the parts become a body in `finish`"]
pub struct MultipartBody<'a> {
    request: &'a mut RequestParts,
    parts: Vec<Part>,
    is_wanted: bool,
}

#[derive(Debug)]
struct Part {
    head: String,
    content: Vec<u8>,
}

impl<'a> MultipartBody<'a> {
    pub(super) fn new(request: &'a mut RequestParts) -> Self {
        Self {
            request,
            parts: Vec::new(),
            is_wanted: false,
        }
    }

    /// Adds a part, if the member is present: text as it is, an object as JSON, a list as a part for
    /// each item.
    pub fn member<T: Serialize>(mut self, name: &'static str, value: &Option<T>) -> Self {
        match self.request.form_value(name, value) {
            None => {}
            Some(Value::Array(items)) => items.iter().for_each(|item| self.value(name, item)),
            Some(value) => self.value(name, &value),
        }
        self
    }

    /// Adds a part of this media type, if the member is present: JSON where the type is one of JSON
    /// or the value is no single text or number.
    pub fn member_as<T: Serialize>(
        mut self,
        name: &'static str,
        value: &Option<T>,
        media_type: &'static str,
    ) -> Self {
        if let Some(value) = self.request.form_value(name, value) {
            let text = match is_json(media_type) {
                true => value.to_string(),
                false => text_of(&value),
            };
            self.part(name, None, Some(media_type), text.into_bytes());
        }
        self
    }

    /// Adds a time, if it is present: in this form if it can be converted and else as it is.
    pub fn member_time(
        self,
        name: &'static str,
        value: &Option<Timestamp>,
        format: TimeFormat,
    ) -> Self {
        let text = value.as_ref().map(|time| time.text_for(format));
        self.member(name, &text)
    }

    /// Adds what nobody may see, if it is present.
    pub fn member_secret(self, name: &'static str, value: &Option<Secret>) -> Self {
        self.member(name, &value.as_ref().map(Secret::expose))
    }

    /// Adds the members of an object whose names are not known before.
    pub fn members<T: Serialize>(mut self, value: &T) -> Self {
        self.is_wanted = true;
        for (name, value) in self.request.form_object(value) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| self.value(&name, item)),
                value => self.value(&name, &value),
            }
        }
        self
    }

    /// Adds a file, if it is present. Its media type is what it says, or else this one, or else
    /// `application/octet-stream`; its name is what it says, or else that of the part, since many
    /// servers take a part without one for text.
    pub fn file(
        mut self,
        name: &'static str,
        value: &Option<Blob>,
        media_type: Option<&'static str>,
    ) -> Self {
        if let Some(blob) = value {
            self.blob(name, blob, media_type);
        }
        self
    }

    /// Adds a part for each file.
    pub fn files(
        mut self,
        name: &'static str,
        values: &Option<Vec<Blob>>,
        media_type: Option<&'static str>,
    ) -> Self {
        for blob in values.iter().flatten() {
            self.blob(name, blob, media_type);
        }
        self
    }

    /// Asks for a body even if there is no part.
    pub fn always(mut self) -> Self {
        self.is_wanted = true;
        self
    }

    /// Makes the body, if there is any part or one was asked for.
    pub fn finish(self) {
        if self.parts.is_empty() && !self.is_wanted {
            return;
        }
        let boundary = boundary(&self.parts);
        let Some(body) = self.request.body_mut() else {
            return;
        };
        for Part { head, content } in &self.parts {
            body.extend(format!("--{boundary}\r\n{head}\r\n\r\n").bytes());
            body.extend(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        let media_type = format!("multipart/form-data; boundary={boundary}");
        self.request.set_content_type(media_type);
    }

    fn value(&mut self, name: &str, value: &Value) {
        let media_type = match value {
            Value::Object(_) | Value::Array(_) => Some(JSON),
            _ => None,
        };
        self.part(name, None, media_type, text_of(value).into_bytes());
    }

    fn blob(&mut self, name: &'static str, blob: &Blob, media_type: Option<&str>) {
        let media_type = blob.media_type().or(media_type);
        let media_type = media_type.unwrap_or("application/octet-stream");
        if !is_media_type(media_type) {
            self.request.refuse_media_type(Some(name));
            return;
        }
        let file_name = blob.file_name().unwrap_or(name);
        self.part(
            name,
            Some(file_name),
            Some(media_type),
            blob.bytes().to_vec(),
        );
    }

    fn part(
        &mut self,
        name: &str,
        file_name: Option<&str>,
        media_type: Option<&str>,
        content: Vec<u8>,
    ) {
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(name));
        if let Some(file_name) = file_name {
            head.push_str(&format!("; filename=\"{}\"", quoted(file_name)));
        }
        if let Some(media_type) = media_type {
            head.push_str(&format!("\r\nContent-Type: {media_type}"));
        }
        self.parts.push(Part { head, content });
    }
}

/// Whether a text can stand in a header as a media type.
pub(super) fn is_media_type(text: &str) -> bool {
    let visible = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let mut halves = text.split(';').next().unwrap_or_default().split('/');
    let is_token = |half: Option<&str>| {
        half.is_some_and(|half| {
            let half = half.trim();
            let is_mark = |c: char| "!#$&-^_.+".contains(c);
            !half.is_empty()
                && half
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || is_mark(c))
        })
    };
    visible && is_token(halves.next()) && is_token(halves.next()) && halves.next().is_none()
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// A name between quotes, as browsers write it: nothing in it can end it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The first boundary that stands nowhere in the parts.
fn boundary(parts: &[Part]) -> String {
    let candidates = (0_u64..).map(|number| format!("cloudbackup-boundary-{number}"));
    let is_free = |candidate: &String| {
        let is_in = |bytes: &[u8]| {
            let mut windows = bytes.windows(candidate.len());
            windows.any(|window| window == candidate.as_bytes())
        };
        let mut parts = parts.iter();
        !parts.any(|part| is_in(part.head.as_bytes()) || is_in(&part.content))
    };
    candidates.into_iter().find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Blob, RequestParts, is_media_type};

    fn body(request: &RequestParts) -> String {
        String::from_utf8_lossy(request.body_bytes().unwrap_or_default()).into_owned()
    }

    #[test]
    fn parts_of_each_kind() {
        let mut request = RequestParts::new();
        request
            .multipart()
            .member("text", &Some("a\"b"))
            .member("list", &Some([1, 2]))
            .member("object", &Some(json!({"x": 1})))
            .member_as("note", &Some("hi"), "text/markdown")
            .file("file", &Some(Blob::from(b"\x00\xff")), None)
            .finish();
        let head = "Content-Disposition: form-data; name=";
        let edge = "--cloudbackup-boundary-0";
        assert_eq!(
            body(&request),
            format!(
                "{edge}\r\n{head}\"text\"\r\n\r\na\"b\r\n\
                 {edge}\r\n{head}\"list\"\r\n\r\n1\r\n\
                 {edge}\r\n{head}\"list\"\r\n\r\n2\r\n\
                 {edge}\r\n{head}\"object\"\r\nContent-Type: application/json\r\n\r\n{{\"x\":1}}\r\n\
                 {edge}\r\n{head}\"note\"\r\nContent-Type: text/markdown\r\n\r\nhi\r\n\
                 {edge}\r\n{head}\"file\"; filename=\"file\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n\0\u{fffd}\r\n\
                 {edge}--\r\n"
            )
        );
    }

    #[test]
    fn boundary_stands_in_no_part() {
        let mut request = RequestParts::new();
        let content = "--cloudbackup-boundary-0\r\n--cloudbackup-boundary-1--";
        request
            .multipart()
            .file("a", &Some(Blob::from(content)), None)
            .file(
                "b",
                &Some(Blob::from("").with_file_name("cloudbackup-boundary-2")),
                None,
            )
            .finish();
        let media_type = "multipart/form-data; boundary=cloudbackup-boundary-3";
        assert_eq!(request.content_type(), Some(media_type));
        assert_eq!(body(&request).matches("cloudbackup-boundary-3").count(), 3);
    }

    #[test]
    fn names_of_files_end_nothing() {
        let mut request = RequestParts::new();
        let blob = Blob::from("x").with_file_name("a\"; name=\"b\r\nX-Evil: 1\r\n\r\n");
        request
            .multipart()
            .file("a", &Some(blob), Some("text/plain"))
            .finish();
        let text = body(&request);
        assert!(
            text.contains("filename=\"a%22; name=%22b%0D%0AX-Evil: 1%0D%0A%0D%0A\"\r\n"),
            "{text}"
        );
        assert!(!text.contains("\nX-Evil"), "{text}");
    }

    #[test]
    fn media_type_that_ends_the_line_is_refused() {
        for wrong in [
            "text/plain\r\nX-Evil: 1",
            "text",
            "",
            "a/b/c",
            "é/b",
            "a b/c",
        ] {
            let mut request = RequestParts::new();
            let blob = Blob::from("x").with_media_type(wrong);
            request.multipart().file("f", &Some(blob), None).finish();
            assert_eq!(request.body_bytes(), None, "{wrong:?}");
            let error = request.take_error().unwrap();
            assert_eq!(error.member(), Some("f"));
            assert_eq!(error.to_string(), "the media type of `f` is not one");
        }
        assert!(is_media_type("text/plain; charset=\"utf-8\""));
        assert!(is_media_type("application/vnd.a-b+json"));
    }
}
