//! Parameters as OpenAPI writes them: texts, lists and objects in paths, queries, headers and cookies.
//!
//! Paths, queries and cookies follow RFC 6570, on which OpenAPI builds: what parts items stands as it is, and
//! everything in the items but unreserved characters is percent-encoded. So an item may hold a comma
//! there. Headers are not encoded, so an item must not.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;

/// How a parameter is written. The examples are those of `color` with the list `blue, black`, then
/// with the object of `R` and `G`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Style {
    /// `blue,black` and `R,100,G,200`, in paths and headers.
    Simple,
    /// `blue,black` and `R=100,G=200`, in paths and headers.
    SimpleExploded,
    /// `.blue,black` and `.R,100,G,200`, in paths.
    Label,
    /// `.blue.black` and `.R=100.G=200`, in paths.
    LabelExploded,
    /// `;color=blue,black` and `;color=R,100,G,200`, in paths.
    Matrix,
    /// `;color=blue;color=black` and `;R=100;G=200`, in paths.
    MatrixExploded,
    /// `color=blue,black` and `color=R,100,G,200`, in queries and cookies.
    Form,
    /// `color=blue&color=black` and `R=100&G=200` in queries; cookies are parted by `; `.
    FormExploded,
    /// `color=blue%20black` and `color=R%20100%20G%20200`, in queries.
    SpaceDelimited,
    /// `color=blue%7Cblack` and `color=R%7C100%7CG%7C200`, in queries.
    PipeDelimited,
    /// `color%5BR%5D=100&color%5BG%5D=200` in queries, with more brackets for objects in objects. A
    /// list is repeated.
    DeepObject,
    /// The JSON text of the value.
    Json,
}

/// Appends a text of which everything but unreserved characters is percent-encoded.
pub fn push_encoded(out: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
}

/// Why a value can't be written.
pub(super) type Refusal = &'static str;

const NESTED: Refusal = "must be a text, a list of texts or an object of texts: what stands deeper can't be written there";
const UNWRITABLE: Refusal = "cannot be written as text";

/// A value as far as parameters can say it.
pub(super) enum Value {
    Absent,
    One(String),
    List(Vec<String>),
    Object(Vec<(String, Value)>),
}

impl Value {
    pub(super) fn of<T: Serialize>(value: &T) -> Result<Self, Refusal> {
        let text = serde_json::to_string(value).map_err(|_| UNWRITABLE)?;
        let value: Self = serde_json::from_str(&text).map_err(|_| NESTED)?;
        Ok(value)
    }

    /// The JSON text of a value.
    pub(super) fn json<T: Serialize>(value: &T) -> Result<Self, Refusal> {
        let text = serde_json::to_string(value).map_err(|_| UNWRITABLE)?;
        Ok(Self::One(text))
    }

    /// Whether there is nothing to write.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::One(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Object(members) => members.is_empty(),
        }
    }

    /// Names and texts of an object, whose members are texts.
    fn pairs(members: Vec<(String, Self)>) -> Result<Vec<(String, String)>, Refusal> {
        let pairs = members.into_iter();
        pairs
            .map(|(name, value)| match value {
                Self::One(text) => Ok((name, text)),
                _ => Err(NESTED),
            })
            .collect()
    }
}

/// How items are put together.
struct Joint {
    /// Before the first.
    start: String,
    /// Between two.
    between: &'static str,
    /// Between a name and its value.
    equals: &'static str,
    /// Writes an item.
    push: fn(&mut String, &str),
}

impl Joint {
    fn list(&self, items: &[String]) -> String {
        let mut out = self.start.clone();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(self.between);
            }
            (self.push)(&mut out, item);
        }
        out
    }

    fn object(&self, members: &[(String, String)]) -> String {
        let mut out = self.start.clone();
        for (index, (name, value)) in members.iter().enumerate() {
            if index > 0 {
                out.push_str(self.between);
            }
            (self.push)(&mut out, name);
            out.push_str(self.equals);
            (self.push)(&mut out, value);
        }
        out
    }
}

/// A part of the path, encoded.
pub(super) fn path(name: &str, value: Value, style: Style) -> Result<String, Refusal> {
    let mut named = String::from(";");
    push_encoded(&mut named, name);
    let (start, between, equals) = match style {
        Style::SimpleExploded => ("", ",", "="),
        Style::Label => (".", ",", ","),
        Style::LabelExploded => (".", ".", "="),
        Style::Matrix => return matrix(&named, value),
        Style::MatrixExploded => return matrix_exploded(&named, value),
        _ => ("", ",", ","),
    };
    let joint = Joint {
        start: start.to_owned(),
        between,
        equals,
        push: push_encoded,
    };
    Ok(match value {
        Value::Absent => String::new(),
        Value::One(text) => joint.list(&[text]),
        Value::List(items) => joint.list(&items),
        Value::Object(members) => joint.object(&Value::pairs(members)?),
    })
}

fn matrix(named: &str, value: Value) -> Result<String, Refusal> {
    let joint = Joint {
        start: format!("{named}="),
        between: ",",
        equals: ",",
        push: push_encoded,
    };
    Ok(match value {
        Value::Absent => String::new(),
        Value::One(text) if text.is_empty() => named.to_owned(),
        Value::One(text) => joint.list(&[text]),
        Value::List(items) => joint.list(&items),
        Value::Object(members) => joint.object(&Value::pairs(members)?),
    })
}

fn matrix_exploded(named: &str, value: Value) -> Result<String, Refusal> {
    let items = match value {
        Value::Object(members) => {
            let joint = Joint {
                start: String::from(";"),
                between: ";",
                equals: "=",
                push: push_encoded,
            };
            return Ok(joint.object(&Value::pairs(members)?));
        }
        Value::Absent => Vec::new(),
        Value::One(text) => vec![text],
        Value::List(items) => items,
    };
    let mut out = String::new();
    for item in items {
        out.push_str(named);
        if !item.is_empty() {
            out.push('=');
            push_encoded(&mut out, &item);
        }
    }
    Ok(out)
}

/// Pairs of a query or of cookies, encoded.
pub(super) fn pairs(name: &str, value: Value, style: Style) -> Result<Vec<String>, Refusal> {
    let mut named = String::new();
    push_encoded(&mut named, name);
    named.push('=');
    let one = |text: &str| {
        let mut pair = named.clone();
        push_encoded(&mut pair, text);
        pair
    };
    let (sign, between) = match style {
        Style::SpaceDelimited => (' ', "%20"),
        Style::PipeDelimited => ('|', "%7C"),
        Style::FormExploded | Style::DeepObject => {
            return match value {
                Value::Object(members) if style == Style::DeepObject => deep(name, members),
                Value::Object(members) => Ok(Value::pairs(members)?.iter().map(pair).collect()),
                Value::List(items) => Ok(items.iter().map(|item| one(item)).collect()),
                Value::One(text) => Ok(vec![one(&text)]),
                Value::Absent => Ok(Vec::new()),
            };
        }
        _ => (',', ","),
    };
    let items = match value {
        Value::Absent => return Ok(Vec::new()),
        Value::One(text) => return Ok(vec![one(&text)]),
        Value::List(items) => items,
        Value::Object(members) => {
            let pairs = Value::pairs(members)?.into_iter();
            pairs.flat_map(|(name, value)| [name, value]).collect()
        }
    };
    // Encoded, it looks like what parts items; an encoded comma does not.
    if sign != ',' && items.iter().any(|item| item.contains(sign)) {
        return Err(match sign {
            ' ' => "must not hold a space, which parts the items",
            _ => "must not hold a `|`, which parts the items",
        });
    }
    let joint = Joint {
        start: named,
        between,
        equals: between,
        push: push_encoded,
    };
    Ok(vec![joint.list(&items)])
}

fn pair((name, value): &(String, String)) -> String {
    let mut pair = String::new();
    push_encoded(&mut pair, name);
    pair.push('=');
    push_encoded(&mut pair, value);
    pair
}

fn deep(name: &str, members: Vec<(String, Value)>) -> Result<Vec<String>, Refusal> {
    let mut found = Vec::new();
    for (member, value) in members {
        let name = format!("{name}[{member}]");
        match value {
            Value::Object(members) => found.extend(deep(&name, members)?),
            value => found.extend(pairs(&name, value, Style::FormExploded)?),
        }
    }
    Ok(found)
}

/// The value of a header, which is not encoded.
pub(super) fn header(value: Value, style: Style) -> Result<String, Refusal> {
    let equals = if style == Style::SimpleExploded {
        "="
    } else {
        ","
    };
    let joint = Joint {
        start: String::new(),
        between: ",",
        equals,
        push: String::push_str,
    };
    let plain = |text: &String| !text.contains(',');
    let parted = "must not hold a comma, which parts the items";
    match value {
        Value::Absent => Ok(String::new()),
        Value::One(text) => Ok(text),
        Value::List(items) => match items.iter().all(plain) {
            true => Ok(joint.list(&items)),
            false => Err(parted),
        },
        Value::Object(members) => {
            let members = Value::pairs(members)?;
            match members
                .iter()
                .all(|(name, value)| plain(name) && plain(value))
            {
                true => Ok(joint.object(&members)),
                false => Err(parted),
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list of texts or an object")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::One(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::One(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::One(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::One(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::One(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            match item {
                Value::One(text) => items.push(text),
                Value::Absent => {}
                _ => return Err(serde::de::Error::custom(NESTED)),
            }
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match map.next_value()? {
                Value::Absent => {}
                value => members.push((name, value)),
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    /// A text in each place: of a path, of a query or of a header.
    fn written(style: Style, value: &Json) -> Result<String, Refusal> {
        let value = Value::of(value)?;
        match style {
            Style::Simple
            | Style::SimpleExploded
            | Style::Label
            | Style::LabelExploded
            | Style::Matrix
            | Style::MatrixExploded => path("color", value, style),
            _ => Ok(pairs("color", value, style)?.join("&")),
        }
    }

    /// An object whose members are in the order of the table, which a JSON value would not keep.
    struct Rgb;

    impl Serialize for Rgb {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("R", 100), ("G", 200), ("B", 150)])
        }
    }

    #[test]
    fn table_of_openapi() {
        let object = |style| {
            let value = Value::of(&Rgb).unwrap();
            match style {
                Style::Form | Style::FormExploded | Style::SpaceDelimited => {
                    pairs("color", value, style).unwrap().join("&")
                }
                Style::PipeDelimited | Style::DeepObject => {
                    pairs("color", value, style).unwrap().join("&")
                }
                _ => path("color", value, style).unwrap(),
            }
        };
        // Style, then what becomes of the empty text, a text, a list, an object.
        for (style, empty, one, list, of_object) in [
            (
                Style::Matrix,
                ";color",
                ";color=blue",
                ";color=blue,black,brown",
                ";color=R,100,G,200,B,150",
            ),
            (
                Style::MatrixExploded,
                ";color",
                ";color=blue",
                ";color=blue;color=black;color=brown",
                ";R=100;G=200;B=150",
            ),
            (
                Style::Label,
                ".",
                ".blue",
                ".blue,black,brown",
                ".R,100,G,200,B,150",
            ),
            (
                Style::LabelExploded,
                ".",
                ".blue",
                ".blue.black.brown",
                ".R=100.G=200.B=150",
            ),
            (
                Style::Simple,
                "",
                "blue",
                "blue,black,brown",
                "R,100,G,200,B,150",
            ),
            (
                Style::SimpleExploded,
                "",
                "blue",
                "blue,black,brown",
                "R=100,G=200,B=150",
            ),
            (
                Style::Form,
                "color=",
                "color=blue",
                "color=blue,black,brown",
                "color=R,100,G,200,B,150",
            ),
            (
                Style::FormExploded,
                "color=",
                "color=blue",
                "color=blue&color=black&color=brown",
                "R=100&G=200&B=150",
            ),
            (
                Style::SpaceDelimited,
                "color=",
                "color=blue",
                "color=blue%20black%20brown",
                "color=R%20100%20G%20200%20B%20150",
            ),
            (
                Style::PipeDelimited,
                "color=",
                "color=blue",
                "color=blue%7Cblack%7Cbrown",
                "color=R%7C100%7CG%7C200%7CB%7C150",
            ),
            (
                Style::DeepObject,
                "color=",
                "color=blue",
                "color=blue&color=black&color=brown",
                "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
            ),
        ] {
            let written = |value| written(style, &value).unwrap();
            assert_eq!(written(json!("")), empty, "{style:?}");
            assert_eq!(written(json!("blue")), one, "{style:?}");
            assert_eq!(
                written(json!(["blue", "black", "brown"])),
                list,
                "{style:?}"
            );
            assert_eq!(object(style), of_object, "{style:?}");
        }
    }

    #[test]
    fn items_are_encoded_and_what_parts_them_is_not() {
        let odd = json!(["a,b", "c d|e", "ü/?&=", 1.5, true, null, 7]);
        let items = "a%2Cb,c%20d%7Ce,%C3%BC%2F%3F%26%3D,1.5,true,7";
        assert_eq!(written(Style::Simple, &odd).unwrap(), items);
        assert_eq!(
            written(Style::Form, &odd).unwrap(),
            format!("color={items}")
        );
        let member = json!({"a&b": "c=d"});
        assert_eq!(
            written(Style::FormExploded, &member).unwrap(),
            "a%26b=c%3Dd"
        );
        assert!(
            written(Style::SpaceDelimited, &odd)
                .unwrap_err()
                .contains("a space")
        );
        assert!(
            written(Style::PipeDelimited, &odd)
                .unwrap_err()
                .contains("`|`")
        );
    }

    #[test]
    fn headers_are_not_encoded() {
        let of = |value: Json, style| header(Value::of(&value).unwrap(), style);
        assert_eq!(of(json!(["a b", "c=d"]), Style::Simple).unwrap(), "a b,c=d");
        assert_eq!(of(json!({"R": 100}), Style::Simple).unwrap(), "R,100");
        assert_eq!(
            of(json!({"R": 100}), Style::SimpleExploded).unwrap(),
            "R=100"
        );
        assert_eq!(of(json!("a,b"), Style::Simple).unwrap(), "a,b");
        assert!(of(json!(["a,b"]), Style::Simple).is_err());
        assert!(of(json!({"a": "b,c"}), Style::Simple).is_err());
    }

    #[test]
    fn what_stands_deeper_is_written_in_brackets_or_refused() {
        let nested = json!({"a": {"b": {"c": 1}, "d": ["x", "y"]}});
        let expected = "color%5Ba%5D%5Bb%5D%5Bc%5D=1&color%5Ba%5D%5Bd%5D=x&color%5Ba%5D%5Bd%5D=y";
        assert_eq!(written(Style::DeepObject, &nested).unwrap(), expected);
        for style in [
            Style::Form,
            Style::FormExploded,
            Style::Simple,
            Style::Matrix,
        ] {
            assert_eq!(written(style, &nested), Err(NESTED));
            assert_eq!(written(style, &json!([["a"]])), Err(NESTED));
        }
    }
}
