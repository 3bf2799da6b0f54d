//! Bodies of the media type `application/x-www-form-urlencoded`.

use serde::Serialize;
use serde_json::Value;

use super::request::RequestParts;
use crate::secret::Secret;
use crate::time::{TimeFormat, Timestamp};

/// The media type of such a body.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// How a list or an object becomes pairs of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormStyle {
    /// A pair for each item, `a=1&a=2`; the members of an object stand for themselves, `x=1&y=2`.
    Exploded,
    /// One pair with this between the items, `a=1,2`; names and values of an object alternate.
    Joined(&'static str),
    /// Brackets, `a[x]=1&a[y]=2`; items of a list have their numbers.
    Deep,
    /// One pair with JSON.
    Json,
}

/// Writes pairs into a body.
///
/// Members keep the order of the calls; an absent one is left out.
///
/// ```
/// use cloudbackup_core::RequestParts;
///
/// let mut request = RequestParts::new();
/// request
///     .form()
///     .member("name", &Some("a & b"))
///     .member("size", &None::<i64>)
///     .member("tag", &Some(vec!["x", "y"]));
/// assert_eq!(request.body_bytes(), Some(&b"name=a+%26+b&tag=x&tag=y"[..]));
/// ```
#[derive(Debug)]
pub struct FormBody<'a> {
    request: &'a mut RequestParts,
}

impl<'a> FormBody<'a> {
    pub(super) fn new(request: &'a mut RequestParts) -> Self {
        Self { request }
    }

    /// Writes a member, if it is present: a list as a pair for each item, an object as JSON.
    pub fn member<T: Serialize>(self, name: &'static str, value: &Option<T>) -> Self {
        let Some(value) = self.request.form_value(name, value) else {
            return self;
        };
        match value {
            Value::Object(_) => self.pair(name, &value.to_string()),
            value => self.spread(name, value, FormStyle::Exploded),
        }
    }

    /// Writes a member, if it is present, in the style that its document asks for.
    pub fn styled<T: Serialize>(
        self,
        name: &'static str,
        value: &Option<T>,
        style: FormStyle,
    ) -> Self {
        match self.request.form_value(name, value) {
            Some(value) => self.spread(name, value, style),
            None => self,
        }
    }

    /// Writes a time, if it is present: in this form if it can be converted and else as it is.
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

    /// Writes the members of an object whose names are not known before.
    pub fn members<T: Serialize>(mut self, value: &T) -> Self {
        self.request.body_mut();
        for (name, value) in self.request.form_object(value) {
            self = match value {
                Value::Object(_) => self.pair(&name, &value.to_string()),
                value => self.spread(&name, value, FormStyle::Exploded),
            };
        }
        self
    }

    /// Asks for a body even if every member is absent: an empty one.
    pub fn always(self) -> Self {
        self.request.body_mut();
        self
    }

    fn spread(mut self, name: &str, value: Value, style: FormStyle) -> Self {
        match (style, value) {
            (FormStyle::Json, value) => self.pair(name, &value.to_string()),
            (FormStyle::Exploded, Value::Array(items)) => {
                for item in &items {
                    self = self.pair(name, &text_of(item));
                }
                self
            }
            (FormStyle::Exploded, Value::Object(members)) => {
                for (member, value) in &members {
                    self = self.pair(member, &text_of(value));
                }
                self
            }
            (FormStyle::Joined(between), Value::Array(items)) => {
                let texts: Vec<String> = items.iter().map(text_of).collect();
                self.pair(name, &texts.join(between))
            }
            (FormStyle::Joined(between), Value::Object(members)) => {
                let texts = members.iter();
                let texts: Vec<String> = texts
                    .flat_map(|(member, value)| [member.clone(), text_of(value)])
                    .collect();
                self.pair(name, &texts.join(between))
            }
            (FormStyle::Deep, Value::Array(items)) => {
                for (index, item) in items.into_iter().enumerate() {
                    self = self.spread(&format!("{name}[{index}]"), item, style);
                }
                self
            }
            (FormStyle::Deep, Value::Object(members)) => {
                for (member, value) in members {
                    self = self.spread(&format!("{name}[{member}]"), value, style);
                }
                self
            }
            (_, value) => self.pair(name, &text_of(&value)),
        }
    }

    fn pair(self, name: &str, value: &str) -> Self {
        if let Some(body) = self.request.body_mut() {
            if !body.is_empty() {
                body.push(b'&');
            }
            push_encoded(body, name);
            body.push(b'=');
            push_encoded(body, value);
        }
        self
    }
}

/// A value as the text of a pair or a part: text as it is, a number as a query has it, else JSON.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or_default();
            float.to_string()
        }
        value => value.to_string(),
    }
}

fn push_encoded(body: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b' ' => body.push(b'+'),
            b'*' | b'-' | b'.' | b'_' => body.push(byte),
            byte if byte.is_ascii_alphanumeric() => body.push(byte),
            byte => body.extend([
                b'%',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{FormStyle, RequestParts};

    fn written(style: FormStyle, value: serde_json::Value) -> String {
        let mut request = RequestParts::new();
        request.form().styled("a", &Some(value), style);
        assert_eq!(
            request.content_type(),
            Some("application/x-www-form-urlencoded")
        );
        String::from_utf8(request.take_body().unwrap_or_default()).unwrap()
    }

    #[test]
    fn styles() {
        let (list, object) = (json!([1, "b c"]), json!({"x": 1, "y": [true]}));
        for (style, of_list, of_object) in [
            (FormStyle::Exploded, "a=1&a=b+c", "x=1&y=%5Btrue%5D"),
            (
                FormStyle::Joined(","),
                "a=1%2Cb+c",
                "a=x%2C1%2Cy%2C%5Btrue%5D",
            ),
            (
                FormStyle::Deep,
                "a%5B0%5D=1&a%5B1%5D=b+c",
                "a%5Bx%5D=1&a%5By%5D%5B0%5D=true",
            ),
            (
                FormStyle::Json,
                "a=%5B1%2C%22b+c%22%5D",
                "a=%7B%22x%22%3A1%2C%22y%22%3A%5Btrue%5D%7D",
            ),
        ] {
            assert_eq!(written(style, list.clone()), of_list, "{style:?}");
            assert_eq!(written(style, object.clone()), of_object, "{style:?}");
        }
    }

    #[test]
    fn nothing_that_ends_a_pair_gets_through() {
        let text = written(FormStyle::Exploded, json!("x&admin=1;=+%\r\n\0é"));
        assert_eq!(text, "a=x%26admin%3D1%3B%3D%2B%25%0D%0A%00%C3%A9");
    }

    #[test]
    fn numbers_are_written_as_in_a_query() {
        assert_eq!(written(FormStyle::Exploded, json!(1.0)), "a=1");
        assert_eq!(written(FormStyle::Exploded, json!(0.5)), "a=0.5");
        assert_eq!(written(FormStyle::Exploded, json!(-7)), "a=-7");
    }

    #[test]
    fn body_only_where_there_is_a_member_unless_asked_for() {
        let mut request = RequestParts::new();
        request.form().member("a", &None::<i64>);
        assert_eq!(request.body_bytes(), None);
        request.form().always();
        assert_eq!(request.body_bytes(), Some(&b""[..]));
    }
}
