//! Whether an outline keeps what an older one promised, read off its lines.

use std::collections::BTreeMap;

/// Lines of the first outline that the second one lacks. A marker may stop
/// being asked for, anything may be gone from the spec, and a handle may keep
/// less.
pub(crate) fn lost(promised: &str, now: &str) -> Vec<String> {
    let now = lines(now);
    let kept = |place: &String, value: &String| {
        let found = now.get(place);
        found.is_some_and(|found| found == value || is_wait(place) && value.starts_with(found))
    };
    let promised = lines(promised);
    let lost = promised.iter().filter(|(place, value)| !kept(place, value));
    lost.map(|(place, value)| format!("{place}: {value}"))
        .collect()
}

fn is_wait(place: &str) -> bool {
    place.ends_with(" starts") || place.ends_with(" watches")
}

/// Values by the keys that lead to them.
pub(crate) fn lines(outline: &str) -> BTreeMap<String, String> {
    let mut above: Vec<&str> = Vec::new();
    let mut found = BTreeMap::new();
    for line in outline.lines().filter(|line| !line.starts_with('#')) {
        let text = line.trim();
        let (key, value) = match text.rsplit_once(": ") {
            Some((key, value)) => (key, value),
            None => (text.trim_end_matches(':'), ""),
        };
        above.truncate((line.len() - line.trim_start().len()) / 2);
        above.push(key);
        if key != "gone" {
            let value = value.split(", gone ").next().unwrap_or_default();
            found.insert(above.join(" "), value.replace("slot ", "required "));
        }
    }
    found
}
