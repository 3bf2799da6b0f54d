//! Finds code, message and request id in the many shapes of error body that these services send.

use serde_json::{Map, Value};

use crate::excerpt::excerpt;
use crate::text::one_line;

/// Spellings of code and message that belong together, the most specific first.
const PAIRS: &[(&str, &str)] = &[
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("code", "message"),
    ("errCode", "externalMessage"),
    ("error_code", "error_message"),
    ("errorCode", "errorMessage"),
    ("errCode", "errMsg"),
    ("code", "msg"),
];
const CODES: &[&str] = &["error_code", "errorCode", "errCode", "code"];
const MESSAGES: &[&str] = &[
    "error_msg",
    "errorMsg",
    "error_message",
    "errorMessage",
    "externalMessage",
    "errMsg",
    "message",
    "msg",
    "detail",
    "error",
    "title",
];
const REQUEST_IDS: &[&str] = &["request_id", "requestId", "RequestId"];

/// Members further down than this are not searched.
const MAX_DEPTH: usize = 6;
/// Longest code that is believed to be one.
const MAX_CODE: usize = 256;
/// Longest message kept, in characters; the whole body stays available as `raw_body`.
const MAX_MESSAGE: usize = 4096;
/// Longest message made from a body that has none of its own, in characters.
const MAX_FALLBACK: usize = 300;

/// What an error body says. Nothing is invented: what the body does not hold is `None`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// Reads an error body, which may be JSON of any shape, HTML, text or nothing.
pub(crate) fn parse(body: &[u8]) -> ErrorBody {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return ErrorBody {
            message: cut(one_line(body), MAX_FALLBACK),
            ..ErrorBody::default()
        };
    };
    let mut found = pair_in(&value, MAX_DEPTH)
        .or_else(|| pair_in_lists(&value, MAX_DEPTH))
        .or_else(|| halves_in(&value, MAX_DEPTH))
        .unwrap_or_default();
    found.request_id = request_id_in(&value);
    if found.message.is_none() && found.code.is_none() && has_content(&value) {
        found.message = cut(excerpt(body), MAX_FALLBACK);
    }
    found
}

/// A success body that is an error all the same: `{"error":{"code","message"}}`, or `error_code`
/// with `error_msg` or `code` with `message` at the top. Anything less clear is taken as a reply.
pub(crate) fn error_in_success(body: &[u8]) -> Option<ErrorBody> {
    // Cheap first look, so that ordinary replies are not parsed twice.
    let text = std::str::from_utf8(body).ok()?;
    let has_pair = text.contains("\"code\"") && text.contains("\"message\"");
    if !has_pair && !text.contains("\"error") {
        return None;
    }
    let Ok(Value::Object(top)) = serde_json::from_slice::<Value>(body) else {
        return None;
    };
    let nested = top.get("error").and_then(Value::as_object);
    let mut found = match nested {
        Some(error) => pair(error, &[("code", "message")]),
        None => pair(&top, &[("error_code", "error_msg"), ("code", "message")]),
    }?;
    if found.code.as_deref().is_some_and(is_code_of_success) {
        return None;
    }
    found.request_id = first(&top, REQUEST_IDS);
    Some(found)
}

/// Codes by which services say that all went well.
fn is_code_of_success(code: &str) -> bool {
    let is_status = code.len() == 3 && code.starts_with('2') && code.parse::<u16>().is_ok();
    is_status
        || code == "0"
        || ["ok", "success"]
            .iter()
            .any(|word| code.eq_ignore_ascii_case(word))
}

/// Both halves of a pair in one object; else in its members, where the last one counts, as the
/// vendor's own SDK has it.
fn pair_in(value: &Value, depth: usize) -> Option<ErrorBody> {
    let object = value.as_object()?;
    if let Some(found) = pair(object, PAIRS) {
        return Some(found);
    }
    let deeper = depth.checked_sub(1)?;
    object
        .values()
        .filter_map(|member| pair_in(member, deeper))
        .next_back()
}

/// A pair inside a list of errors, where the first one counts.
fn pair_in_lists(value: &Value, depth: usize) -> Option<ErrorBody> {
    let deeper = depth.checked_sub(1)?;
    match value {
        Value::Array(items) => items
            .iter()
            .find_map(|item| pair_in(item, deeper).or_else(|| pair_in_lists(item, deeper))),
        Value::Object(object) => object
            .values()
            .find_map(|member| pair_in_lists(member, deeper)),
        _ => None,
    }
}

/// A code or a message alone, or a body that is just text.
fn halves_in(value: &Value, depth: usize) -> Option<ErrorBody> {
    let found = match value {
        Value::Object(object) => ErrorBody {
            code: first(object, CODES).filter(|code| code.len() <= MAX_CODE),
            message: first(object, MESSAGES)
                .or_else(|| object.get("errors")?.as_array()?.iter().find_map(text_of))
                .and_then(|text| cut(text, MAX_MESSAGE)),
            request_id: None,
        },
        Value::String(text) => ErrorBody {
            message: cut(text.clone(), MAX_MESSAGE),
            ..ErrorBody::default()
        },
        _ => ErrorBody::default(),
    };
    if found.code.is_some() || found.message.is_some() {
        return Some(found);
    }
    // Text further down is not taken for a message: it may be anything, a secret included.
    let deeper = depth.checked_sub(1)?;
    let members: Vec<&Value> = match value {
        Value::Object(object) => object.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => return None,
    };
    members
        .into_iter()
        .filter(|member| !member.is_string())
        .find_map(|m| halves_in(m, deeper))
}

fn pair(object: &Map<String, Value>, pairs: &[(&str, &str)]) -> Option<ErrorBody> {
    pairs.iter().find_map(|(code, message)| {
        let code = text_of(object.get(*code)?).filter(|code| code.len() <= MAX_CODE)?;
        let message = cut(text_of(object.get(*message)?)?, MAX_MESSAGE)?;
        Some(ErrorBody {
            code: Some(code),
            message: Some(message),
            request_id: None,
        })
    })
}

fn first(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text_of(object.get(*name)?))
}

fn request_id_in(value: &Value) -> Option<String> {
    let object = value.as_object()?;
    first(object, REQUEST_IDS).or_else(|| {
        object
            .values()
            .filter_map(Value::as_object)
            .find_map(|member| first(member, REQUEST_IDS))
    })
}

/// Text or number as text; codes come as both. Empty text says nothing.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn has_content(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => items.iter().any(has_content),
        Value::Object(object) => object.values().any(has_content),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn cut(text: String, max: usize) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    match text.char_indices().nth(max) {
        Some((end, _)) => Some(format!("{}…", &text[..end])),
        None => Some(text),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn found(code: Option<&str>, message: Option<&str>) -> ErrorBody {
        ErrorBody {
            code: code.map(String::from),
            message: message.map(String::from),
            request_id: None,
        }
    }

    #[test]
    fn request_id_is_taken_from_body_or_from_the_error_object() {
        let flat = parse(br#"{"error_code":"A","error_msg":"m","request_id":"r-1"}"#);
        assert_eq!(flat.request_id.as_deref(), Some("r-1"));
        let nested = parse(br#"{"error":{"code":"A","message":"m","request_id":"r-2"}}"#);
        assert_eq!(nested.request_id.as_deref(), Some("r-2"));
    }

    #[test]
    fn escapes_in_messages_are_resolved() {
        let body = parse(br#"{"error_code":"A","error_msg":"say \"no\" \u4e2d"}"#);
        assert_eq!(body.message.as_deref(), Some("say \"no\" 中"));
    }

    #[test]
    fn deep_nesting_ends_quietly() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(parse(deep.as_bytes()).code, None);
        let deep = format!("{}1{}", r#"{"a":"#.repeat(60), "}".repeat(60));
        assert_eq!(parse(deep.as_bytes()).code, None);
    }

    #[test]
    fn number_or_true_as_a_body_is_quoted() {
        assert_eq!(parse(b"17"), found(None, Some("17")));
        assert_eq!(parse(b"null"), found(None, None));
    }

    #[test]
    fn unknown_object_is_quoted_with_secrets_masked() {
        let body = parse(br#"{"why":{"x":true},"token":"abc"}"#);
        assert_eq!(
            body.message.as_deref(),
            Some(r#"{"why":{"x":true},"token":[redacted]}"#)
        );
    }

    #[test]
    fn only_clear_errors_count_inside_a_success() {
        let nested = br#"{"error":{"code":"VBS.1","message":"m"}}"#;
        assert_eq!(
            error_in_success(nested),
            Some(found(Some("VBS.1"), Some("m")))
        );
        let flat = br#"{"error_code":"D.1","error_msg":"m"}"#;
        assert_eq!(error_in_success(flat), Some(found(Some("D.1"), Some("m"))));
        for reply in [
            r#"{"error_code":null,"error_msg":null,"job_id":"j"}"#,
            r#"{"error_code":"","error_msg":""}"#,
            r#"{"error_code":0,"error_msg":"ok"}"#,
            r#"{"code":"C","description":"message"}"#,
            r#"{"error":"text"}"#,
            r#"{"jobs":[{"error_code":"A","error_msg":"m"}]}"#,
            r#"{"job":{"error":{"code":"A","message":"m"}}}"#,
        ] {
            assert_eq!(error_in_success(reply.as_bytes()), None, "{reply}");
        }
    }

    #[test]
    fn only_codes_of_success_make_a_reply_of_a_pair() {
        for (code, is_error) in [
            ("0", false),
            ("200", false),
            ("202", false),
            ("ok", false),
            ("SUCCESS", false),
            ("404", true),
            ("500", true),
            ("20", true),
            ("2000", true),
            ("2xx", true),
            ("VBS.0200", true),
        ] {
            let body = format!(r#"{{"code":"{code}","message":"m"}}"#);
            assert_eq!(
                error_in_success(body.as_bytes()).is_some(),
                is_error,
                "{code}"
            );
        }
    }
}
