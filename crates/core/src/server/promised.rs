//! Whether a reply has the members that its document promises.

use serde_json::Value;

/// The first promised member that a reply lacks, as a JSON Pointer into it.
///
/// A promise is a pointer in which `*` stands for every item of a list and every value of a map:
/// `/backups/*/id`. A member is only missed where the object that it belongs to is there.
pub(super) fn missing(reply: &Value, promises: &[&str]) -> Option<String> {
    promises.iter().find_map(|promise| {
        let steps: Vec<&str> = promise.split('/').skip(1).collect();
        missing_below(reply, &steps, &mut String::new())
    })
}

fn missing_below(value: &Value, steps: &[&str], at: &mut String) -> Option<String> {
    let (step, rest) = steps.split_first()?;
    match value {
        Value::Array(items) if *step == "*" => {
            let items = items.iter().enumerate();
            first(
                items.map(|(index, item)| (index.to_string(), item)),
                rest,
                at,
            )
        }
        Value::Object(members) if *step == "*" => {
            let members = members.iter();
            first(members.map(|(name, value)| (name.clone(), value)), rest, at)
        }
        Value::Object(members) => match members.get(&step.replace("~1", "/").replace("~0", "~")) {
            Some(member) => first([((*step).to_owned(), member)], rest, at),
            None if rest.is_empty() => Some(format!("{at}/{step}")),
            None => None,
        },
        _ => None,
    }
}

fn first<'v>(
    values: impl IntoIterator<Item = (String, &'v Value)>,
    rest: &[&str],
    at: &mut String,
) -> Option<String> {
    let end = at.len();
    for (name, value) in values {
        at.push('/');
        at.push_str(&name);
        let found = missing_below(value, rest, at);
        at.truncate(end);
        if found.is_some() {
            return found;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::missing;

    #[test]
    fn promises_are_looked_for_wherever_their_object_is() {
        let reply = json!({
            "backups": [{"id": "a", "tags": {}}, {"id": "b", "tags": {"x": {"k": 1}, "y": {}}}],
            "count": null,
            "a/b": 1,
        });
        for (promise, expected) in [
            ("/backups", None),
            ("/count", None),
            ("/a~1b", None),
            ("/total", Some("/total")),
            ("/backups/*/id", None),
            ("/backups/*/name", Some("/backups/0/name")),
            ("/backups/*/tags/*/k", Some("/backups/1/tags/y/k")),
            ("/policy/id", None),
            ("/count/id", None),
        ] {
            assert_eq!(
                missing(&reply, &[promise]).as_deref(),
                expected,
                "{promise}"
            );
        }
        let both = ["/backups", "/total"];
        assert_eq!(missing(&reply, &both).as_deref(), Some("/total"));
        assert_eq!(missing(&reply, &[]), None);
    }
}
