//! The parts of a request before they become HTTP.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::form::{FORM, FormBody};
use super::multipart::{MultipartBody, is_media_type};
use super::style::{self, Style};
use super::wire::{ListStyle, WireText};
use crate::blob::Blob;
use crate::secret::Secret;
use crate::time::{TimeFormat, Timestamp};

/// The media type of a body unless another one is set.
const JSON: &str = "application/json";

/// Names and texts in the order in which they were written.
type Pairs = Vec<(&'static str, String)>;

/// What an operation puts into a request: path values, query, headers, body.
///
/// Nothing is percent-encoded, and nothing that is absent is in it. `Debug`
/// shows no values, because a body may hold a password.
#[derive(Default)]
pub struct RequestParts {
    path: Pairs,
    query: Pairs,
    headers: Pairs,
    styled: Styled,
    body: Option<Vec<u8>>,
    content_type: Option<String>,
    /// The members of a form as JSON, files aside.
    form: Option<Map<String, Value>>,
    error: Option<EncodeError>,
}

/// What is percent-encoded already, and what can't be written.
#[derive(Default)]
struct Styled {
    path: Pairs,
    query: String,
    cookies: String,
    refused: Vec<Refused>,
}

/// A value that can't be written where its parameter stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// A JSON Pointer to it, such as `/query/filter`.
    pub pointer: String,
    /// A clause that follows its name.
    pub message: &'static str,
}

impl RequestParts {
    /// A request with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a parameter of the path template.
    pub fn path<T: WireText>(&mut self, name: &'static str, value: &Option<T>) {
        push(&mut self.path, name, value);
    }

    /// Adds a query pair.
    pub fn query<T: WireText>(&mut self, name: &'static str, value: &Option<T>) {
        push(&mut self.query, name, value);
    }

    /// Adds a list to the query; an empty list adds nothing.
    pub fn query_list<T: WireText>(
        &mut self,
        name: &'static str,
        values: &Option<Vec<T>>,
        style: ListStyle,
    ) {
        let texts = values.iter().flatten().map(WireText::wire_text);
        match style {
            ListStyle::Repeated => {
                self.query
                    .extend(texts.map(|text| (name, text.into_owned())));
            }
            ListStyle::Comma => {
                let texts: Vec<_> = texts.collect();
                if !texts.is_empty() {
                    self.query.push((name, texts.join(",")));
                }
            }
        }
    }

    /// Adds a time to the query, in this form if it can be converted and else
    /// as it is.
    pub fn query_time(
        &mut self,
        name: &'static str,
        value: &Option<Timestamp>,
        format: TimeFormat,
    ) {
        if let Some(time) = value {
            self.query.push((name, time.text_for(format).into_owned()));
        }
    }

    /// Adds a header.
    pub fn header<T: WireText>(&mut self, name: &'static str, value: &Option<T>) {
        push(&mut self.headers, name, value);
    }

    /// Adds a time as a header, in this form if it can be converted and else as
    /// it is.
    pub fn header_time(
        &mut self,
        name: &'static str,
        value: &Option<Timestamp>,
        format: TimeFormat,
    ) {
        if let Some(time) = value {
            self.headers
                .push((name, time.text_for(format).into_owned()));
        }
    }

    /// Sets a parameter of the path template that is a list, an object or written in another style than
    /// [`path`](Self::path).
    pub fn path_styled<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
        style: Style,
    ) {
        if let Some(text) = self.written("path", name, value, style, style::path) {
            self.styled.path.push((name, text));
        }
    }

    /// Adds a parameter to the query that is a list, an object or written in another style than
    /// [`query`](Self::query). An empty list adds nothing.
    pub fn query_styled<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
        style: Style,
    ) {
        let pairs = self.written("query", name, value, style, style::pairs);
        for pair in pairs.into_iter().flatten() {
            join(&mut self.styled.query, "&", &pair);
        }
    }

    /// Adds a header that is a list or an object.
    pub fn header_styled<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
        style: Style,
    ) {
        let write = |_: &str, value, style| style::header(value, style);
        if let Some(text) = self.written("header", name, value, style, write) {
            self.headers.push((name, text));
        }
    }

    /// Adds cookies, whose values are percent-encoded as in a query.
    pub fn cookie<T: Serialize>(&mut self, name: &'static str, value: &Option<T>, style: Style) {
        let pairs = self.written("cookie", name, value, style, style::pairs);
        for pair in pairs.into_iter().flatten() {
            join(&mut self.styled.cookies, "; ", &pair);
        }
    }

    /// A value in its style, if there is one and it can be written so.
    fn written<T: Serialize, W>(
        &mut self,
        place: &'static str,
        name: &'static str,
        value: &Option<T>,
        style: Style,
        write: impl FnOnce(&str, style::Value, Style) -> Result<W, &'static str>,
    ) -> Option<W> {
        let value = match style {
            Style::Json => style::Value::json(value.as_ref()?),
            _ => style::Value::of(value.as_ref()?),
        };
        let written = match value {
            Ok(value) if value.is_nothing() && place != "path" => return None,
            Ok(value) => write(name, value, style),
            Err(message) => Err(message),
        };
        let refuse = |message| Refused {
            pointer: format!("/{place}/{}", name.replace('~', "~0").replace('/', "~1")),
            message,
        };
        written
            .map_err(|message| self.styled.refused.push(refuse(message)))
            .ok()
    }

    /// Starts a body that is a JSON object, replacing any earlier body.
    ///
    /// There is a body only if a member is written or
    /// [`always`](BodyObject::always) is called.
    pub fn body(&mut self) -> BodyObject<'_> {
        self.body = None;
        BodyObject { request: self }
    }

    /// Sets a body that need not be a JSON object.
    pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.body = Some(bytes),
            Err(source) => self.fail(None, source),
        }
    }

    /// Starts a body of pairs, `application/x-www-form-urlencoded`, replacing any earlier body.
    pub fn form(&mut self) -> FormBody<'_> {
        self.body = None;
        self.form = Some(Map::new());
        self.set_content_type(FORM);
        FormBody::new(self)
    }

    /// Starts a body of parts, `multipart/form-data`, replacing any earlier body.
    pub fn multipart(&mut self) -> MultipartBody<'_> {
        self.body = None;
        self.form = Some(Map::new());
        MultipartBody::new(self)
    }

    /// Sets a body that is text of this media type.
    pub fn text(&mut self, media_type: &'static str, text: &str) {
        self.body = Some(text.as_bytes().to_vec());
        self.set_content_type(media_type);
    }

    /// Sets a body of bytes. Their media type is what they say, or else this one, or else
    /// `application/octet-stream`.
    pub fn bytes(&mut self, media_type: Option<&'static str>, blob: &Blob) {
        let media_type = blob.media_type().or(media_type);
        let media_type = media_type.unwrap_or("application/octet-stream");
        if is_media_type(media_type) {
            self.body = Some(blob.bytes().to_vec());
            self.set_content_type(media_type);
        } else {
            self.refuse_media_type(None);
        }
    }

    /// Sets the media type of the body, where it is not `application/json`.
    pub fn set_content_type(&mut self, media_type: impl Into<String>) {
        self.content_type = Some(media_type.into());
    }

    /// The values of the path template, by parameter name.
    #[must_use]
    pub fn path_values(&self) -> &[(&'static str, String)] {
        &self.path
    }

    /// The value of one parameter of the path template.
    #[must_use]
    pub fn path_value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.path.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }

    /// A part of the path that is percent-encoded already.
    #[must_use]
    pub fn path_text(&self, name: &str) -> Option<&str> {
        let (_, text) = self.styled.path.iter().find(|(known, _)| *known == name)?;
        Some(text)
    }

    /// Pairs of the query that are percent-encoded already, parted by `&`.
    #[must_use]
    pub fn query_text(&self) -> &str {
        &self.styled.query
    }

    /// The cookies, parted by `; `.
    #[must_use]
    pub fn cookie_text(&self) -> &str {
        &self.styled.cookies
    }

    /// The values that can't be written where they should stand.
    #[must_use]
    pub fn refused(&self) -> &[Refused] {
        &self.styled.refused
    }

    /// The query pairs in order; a name can occur more than once.
    #[must_use]
    pub fn query_pairs(&self) -> &[(&'static str, String)] {
        &self.query
    }

    /// The headers in order.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The media type of the body; without a body there is none.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.body.as_ref()?;
        Some(self.content_type.as_deref().unwrap_or(JSON))
    }

    /// The members of a form as a JSON object, files aside; `None` for any other body.
    #[must_use]
    pub fn form_members(&self) -> Option<&Map<String, Value>> {
        self.form.as_ref()
    }

    /// Takes the members of a form out.
    #[must_use]
    pub fn take_form_members(&mut self) -> Option<Map<String, Value>> {
        self.form.take()
    }

    /// The bytes of the body, if the request has one.
    #[must_use]
    pub fn body_bytes(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// Takes the body out.
    #[must_use]
    pub fn take_body(&mut self) -> Option<Vec<u8>> {
        self.body.take()
    }

    /// The first value that could not be written; there is no body then.
    #[must_use]
    pub fn error(&self) -> Option<&EncodeError> {
        self.error.as_ref()
    }

    /// Takes the error out.
    #[must_use]
    pub fn take_error(&mut self) -> Option<EncodeError> {
        self.error.take()
    }

    /// Half a body must never be sent, so it goes with the first error.
    fn fail(&mut self, member: Option<&'static str>, source: serde_json::Error) {
        self.body = None;
        let problem = Problem::Json(source);
        self.error.get_or_insert(EncodeError { member, problem });
    }

    /// What a caller calls a media type can't stand in a header.
    pub(super) fn refuse_media_type(&mut self, member: Option<&'static str>) {
        self.body = None;
        let problem = Problem::MediaType;
        self.error.get_or_insert(EncodeError { member, problem });
    }

    /// A member of a form as JSON, which is kept for those who look for secrets.
    pub(super) fn form_value<T: Serialize>(
        &mut self,
        name: &'static str,
        value: &Option<T>,
    ) -> Option<Value> {
        let value = value.as_ref().filter(|_| self.error.is_none())?;
        match serde_json::to_value(value) {
            Ok(value) => {
                let form = self.form.get_or_insert_with(Map::new);
                form.insert(name.to_owned(), value.clone());
                Some(value)
            }
            Err(source) => {
                self.fail(Some(name), source);
                None
            }
        }
    }

    /// The members of an object that becomes a form; what is no object has none.
    pub(super) fn form_object<T: Serialize>(&mut self, value: &T) -> Map<String, Value> {
        match serde_json::to_value(value) {
            Ok(Value::Object(members)) => {
                self.form = Some(members.clone());
                members
            }
            Ok(_) => Map::new(),
            Err(source) => {
                self.fail(None, source);
                Map::new()
            }
        }
    }

    /// The body, made where there is none yet; never after an error.
    pub(super) fn body_mut(&mut self) -> Option<&mut Vec<u8>> {
        if self.error.is_some() {
            return None;
        }
        Some(self.body.get_or_insert_default())
    }
}

fn join(out: &mut String, sign: &str, text: &str) {
    if !out.is_empty() {
        out.push_str(sign);
    }
    out.push_str(text);
}

fn push<T: WireText>(pairs: &mut Pairs, name: &'static str, value: &Option<T>) {
    if let Some(value) = value {
        pairs.push((name, value.wire_text().into_owned()));
    }
}

impl fmt::Debug for RequestParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &Pairs| pairs.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        f.debug_struct("RequestParts")
            .field("path", &names(&self.path))
            .field("query", &names(&self.query))
            .field("headers", &names(&self.headers))
            .field("body_bytes", &self.body.as_ref().map(Vec::len))
            .field("error", &self.error)
            .finish()
    }
}

/// Writes the members of a JSON object straight into the body.
///
/// Members keep the order of the calls; an absent one is left out.
///
/// ```
/// use cloudbackup_core::RequestParts;
///
/// let mut request = RequestParts::new();
/// request
///     .body()
///     .member("name", &Some("nightly"))
///     .member("description", &None::<String>)
///     .member("keep_days", &Some(7));
/// assert_eq!(request.body_bytes(), Some(&br#"{"name":"nightly","keep_days":7}"#[..]));
/// ```
#[derive(Debug)]
pub struct BodyObject<'a> {
    request: &'a mut RequestParts,
}

impl BodyObject<'_> {
    /// Writes a member, if it is present.
    pub fn member<T: Serialize>(self, name: &'static str, value: &Option<T>) -> Self {
        let Some(value) = value else { return self };
        if self.request.error.is_some() {
            return self;
        }
        let body = self.request.body.get_or_insert_with(|| b"{}".to_vec());
        if let Err(source) = write_member(body, name, value) {
            self.request.fail(Some(name), source);
        }
        self
    }

    /// Writes a time, if it is present: in this form if it can be converted and
    /// else as it is.
    pub fn member_time(
        self,
        name: &'static str,
        value: &Option<Timestamp>,
        format: TimeFormat,
    ) -> Self {
        let text = value.as_ref().map(|time| time.text_for(format));
        self.member(name, &text)
    }

    /// Writes what nobody may see, if it is present.
    pub fn member_secret(self, name: &'static str, value: &Option<Secret>) -> Self {
        self.member(name, &value.as_ref().map(Secret::expose))
    }

    /// Writes members whose names are not known before.
    pub fn rest<T: Serialize>(self, values: &Option<BTreeMap<String, T>>) -> Self {
        for (name, value) in values.iter().flatten() {
            if self.request.error.is_some() {
                break;
            }
            let body = self.request.body.get_or_insert_with(|| b"{}".to_vec());
            if let Err(source) = write_member(body, name, value) {
                self.request.fail(None, source);
            }
        }
        self
    }

    /// Asks for a body even if every member is absent: `{}`.
    pub fn always(self) -> Self {
        if self.request.error.is_none() {
            self.request.body.get_or_insert_with(|| b"{}".to_vec());
        }
        self
    }
}

/// Puts a member before the closing brace, so that the text is a whole object
/// after every call.
fn write_member<T: Serialize>(body: &mut Vec<u8>, name: &str, value: &T) -> serde_json::Result<()> {
    body.pop();
    if body.len() > 1 {
        body.push(b',');
    }
    serde_json::to_writer(&mut *body, name)?;
    body.push(b':');
    serde_json::to_writer(&mut *body, value)?;
    body.push(b'}');
    Ok(())
}

/// A value could not be written.
#[derive(Debug)]
pub struct EncodeError {
    member: Option<&'static str>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    /// It can't be written as JSON.
    Json(serde_json::Error),
    /// What it calls its media type is none.
    MediaType,
}

impl EncodeError {
    /// The member of the body that failed; `None` if it was the body itself.
    #[must_use]
    pub fn member(&self) -> Option<&'static str> {
        self.member
    }

    /// What is wrong, in words that follow its name.
    #[must_use]
    pub fn problem(&self) -> &'static str {
        match self.problem {
            Problem::Json(_) => "cannot be written as JSON",
            Problem::MediaType => "has a media type that is not one",
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.problem, self.member) {
            (Problem::Json(_), Some(member)) => write!(f, "cannot write `{member}` as JSON"),
            (Problem::Json(_), None) => f.write_str("cannot write the body as JSON"),
            (Problem::MediaType, Some(member)) => {
                write!(f, "the media type of `{member}` is not one")
            }
            (Problem::MediaType, None) => f.write_str("the media type of the body is not one"),
        }
    }
}

impl Error for EncodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            Problem::Json(source) => Some(source),
            Problem::MediaType => None,
        }
    }
}
