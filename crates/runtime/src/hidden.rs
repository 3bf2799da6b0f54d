//! What a body holds that nobody may see: passwords in requests, by the pointers of the operation.

use cloudbackup_core::Secret;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::text::REDACTED;

/// The pointer to a body as a whole.
const WHOLE: &str = "";

/// The texts at these pointers. Of a body that is no JSON only the whole can be one.
pub(crate) fn secrets(pointers: &[&str], body: Option<&[u8]>) -> Vec<Secret> {
    let mut found = Vec::new();
    let Some(body) = body.filter(|_| !pointers.is_empty()) else {
        return found;
    };
    match serde_json::from_slice(body) {
        Ok(mut value) => {
            for pointer in pointers {
                each(&mut value, pointer, &mut |text| {
                    found.push(Secret::new(text.as_str()));
                });
            }
        }
        Err(_) if pointers.contains(&WHOLE) => {
            found.push(Secret::new(String::from_utf8_lossy(body)));
        }
        Err(_) => {}
    }
    found
}

/// The body as it may be shown. `members` is the JSON in which secrets stand: of a form its members,
/// else the body itself.
pub(crate) fn shown(pointers: &[&str], media_type: &str, body: &[u8], members: &[u8]) -> String {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    match essence {
        "application/x-www-form-urlencoded" => shown_form(&secrets(pointers, Some(members)), body),
        essence if essence.ends_with("json") => shown_json(pointers, body),
        essence if essence.starts_with("text/") || essence.ends_with("xml") => {
            if pointers.contains(&WHOLE) {
                return REDACTED.to_owned();
            }
            String::from_utf8_lossy(body).into_owned()
        }
        essence => format!("<{} bytes of {essence}>", body.len()),
    }
}

/// A form with every value hidden that has a secret in it.
fn shown_form(secrets: &[Secret], body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let spaced = value.replace('+', " ");
        let value = percent_decode_str(&spaced).decode_utf8_lossy();
        let is_secret = secrets.iter().any(|secret| {
            let secret = secret.expose();
            !secret.is_empty() && (value.contains(secret) || holds_as_json(&value, secret))
        });
        match is_secret {
            true => format!("{name}={REDACTED}"),
            false => pair.to_owned(),
        }
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Whether a text stands in JSON, where marks in it are escaped.
fn holds_as_json(value: &str, text: &str) -> bool {
    let escaped = Value::from(text).to_string();
    value.contains(escaped.trim_matches('"'))
}

fn shown_json(pointers: &[&str], body: &[u8]) -> String {
    let parsed = (!pointers.is_empty()).then(|| serde_json::from_slice::<Value>(body).ok());
    match parsed.flatten() {
        Some(mut value) => {
            for pointer in pointers {
                each(&mut value, pointer, &mut |text| REDACTED.clone_into(text));
            }
            value.to_string()
        }
        None => String::from_utf8_lossy(body).into_owned(),
    }
}

/// Visits the texts at a pointer, in which `*` stands for everything at its place, and `**` for
/// everything below as well.
fn each(value: &mut Value, pointer: &str, visit: &mut impl FnMut(&mut String)) {
    let Some(rest) = pointer.strip_prefix('/') else {
        if let Value::String(text) = value {
            visit(text);
        }
        return;
    };
    if rest == "**" {
        every(value, visit);
        return;
    }
    let (step, rest) = match rest.find('/') {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    let step = step.replace("~1", "/").replace("~0", "~");
    match value {
        Value::Array(items) => {
            for item in items {
                each(item, rest, visit);
            }
        }
        Value::Object(members) if step == "*" => {
            for (_, member) in members {
                each(member, rest, visit);
            }
        }
        Value::Object(members) => {
            if let Some(member) = members.get_mut(&step) {
                each(member, rest, visit);
            }
        }
        _ => {}
    }
}

/// Visits all texts in a value.
fn every(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| every(item, visit)),
        Value::Object(members) => members.values_mut().for_each(|it| every(it, visit)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"name":"n","password":"pw-1","users":[{"password":"pw-2"},{}],"more":{"a":{"key":"pw-3"}}}"#;
    const POINTERS: &[&str] = &["/password", "/users/*/password", "/more/*/key", "/absent/x"];

    #[test]
    fn texts_at_the_pointers_are_found_and_hidden() {
        let found = secrets(POINTERS, Some(BODY.as_bytes()));
        let found: Vec<&str> = found.iter().map(Secret::expose).collect();
        assert_eq!(found, ["pw-1", "pw-2", "pw-3"]);
        let shown = shown_json(POINTERS, BODY.as_bytes());
        assert!(!shown.contains("pw-"), "{shown}");
        assert!(shown.contains(r#""name":"n""#), "{shown}");
    }

    #[test]
    fn everything_below_and_odd_names_are_reached() {
        let body = br#"{"name":"n","a/b~c":"pw-1","next":{"x":["pw-2",{"y":"pw-3"}]}}"#;
        let shown = shown_json(&["/a~1b~0c", "/next/**"], body);
        assert!(!shown.contains("pw-"), "{shown}");
        assert!(shown.contains(r#""name":"n""#), "{shown}");
        assert_eq!(secrets(&["/**"], Some(body)).len(), 4);
    }

    #[test]
    fn text_that_is_a_secret_is_not_shown() {
        assert_eq!(shown(&[""], "text/plain", b"pw-1", b"pw-1"), REDACTED);
        let found = secrets(&[""], Some(b"pw-1"));
        assert_eq!(found.first().map(Secret::expose), Some("pw-1"));
    }

    #[test]
    fn body_without_secrets_is_shown_as_it_is() {
        let json = |pointers, body: &[u8]| shown(pointers, "application/a+json", body, body);
        assert_eq!(json(&[], b"{ \"a\" :1}"), "{ \"a\" :1}");
        assert_eq!(json(POINTERS, b"no JSON"), "no JSON");
        assert!(secrets(&[], Some(BODY.as_bytes())).is_empty());
        assert!(secrets(POINTERS, None).is_empty());
    }

    #[test]
    fn values_of_forms_are_hidden_where_they_hold_a_secret() {
        let members = br#"{"password":"p \"w","users":[{"password":"pw-2"}]}"#;
        let body = b"name=n&password=p+%22w&users=%5B%7B%22password%22%3A%22pw-2%22%7D%5D&p=x";
        let form = "application/x-www-form-urlencoded";
        assert_eq!(
            shown(POINTERS, form, body, members),
            format!("name=n&password={REDACTED}&users={REDACTED}&p=x")
        );
    }

    #[test]
    fn of_bytes_and_parts_only_the_length_is_shown() {
        let parts = "multipart/form-data; boundary=b";
        assert_eq!(
            shown(&[], parts, b"--b", b""),
            "<3 bytes of multipart/form-data>"
        );
        assert_eq!(
            shown(&[], "image/png", b"\xff", b""),
            "<1 bytes of image/png>"
        );
        assert_eq!(shown(&[], "text/plain", b"hi", b""), "hi");
    }
}
