//! What a body holds that nobody may see: passwords in requests, by the pointers of the operation.

use cloudbackup_core::Secret;
use serde_json::Value;

use crate::text::REDACTED;

/// The texts at these pointers. A body that is no JSON has none.
pub(crate) fn secrets(pointers: &[&str], body: Option<&[u8]>) -> Vec<Secret> {
    let mut found = Vec::new();
    let body = body.filter(|_| !pointers.is_empty());
    if let Some(mut value) = body.and_then(|body| serde_json::from_slice(body).ok()) {
        for pointer in pointers {
            each(&mut value, pointer, &mut |text| {
                found.push(Secret::new(text.as_str()));
            });
        }
    }
    found
}

/// The body as it may be shown.
pub(crate) fn shown(pointers: &[&str], body: &[u8]) -> String {
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

/// Visits the texts at a pointer, in which `*` stands for everything at its place.
fn each(value: &mut Value, pointer: &str, visit: &mut impl FnMut(&mut String)) {
    let Some(rest) = pointer.strip_prefix('/') else {
        if let Value::String(text) = value {
            visit(text);
        }
        return;
    };
    let (step, rest) = match rest.find('/') {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
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
            if let Some(member) = members.get_mut(step) {
                each(member, rest, visit);
            }
        }
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
        let shown = shown(POINTERS, BODY.as_bytes());
        assert!(!shown.contains("pw-"), "{shown}");
        assert!(shown.contains(r#""name":"n""#), "{shown}");
    }

    #[test]
    fn body_without_secrets_is_shown_as_it_is() {
        assert_eq!(shown(&[], b"{ \"a\" :1}"), "{ \"a\" :1}");
        assert_eq!(shown(POINTERS, b"no JSON"), "no JSON");
        assert!(secrets(&[], Some(BODY.as_bytes())).is_empty());
        assert!(secrets(POINTERS, None).is_empty());
    }
}
