//! For machines. The form is described in `README.md` beside this file; a
//! change that readers notice counts [`VERSION`] up.

use cloudbackup_codegen::diff::{Change, Item, Level, Site};
use serde_json::{Map, Value, json};

use super::report::{Compared, Report};

/// Version of the form.
const VERSION: u32 = 1;

/// The whole report.
pub(super) fn render(report: &Report) -> String {
    let documents: Vec<Value> = report.compared.iter().map(document).collect();
    let all = json!({
        "version": VERSION,
        "base": report.base,
        "revision": report.revision,
        "breaking": report.count(Level::Breaking),
        "risk": report.count(Level::Risk),
        "note": report.count(Level::Note),
        "accepted": report.accepted(),
        "documents": documents,
        "changes": changes(report),
        "findings": report.findings,
    });
    // Strings and numbers always print.
    let text = serde_json::to_string_pretty(&all).unwrap_or_default();
    format!("{text}\n")
}

fn document(compared: &Compared) -> Value {
    let crates: Vec<Value> = compared
        .crates()
        .iter()
        .map(|it| {
            json!({
                "name": it.name,
                "bump": it.rust.as_str(),
                "items": it.items.iter().map(item).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "name": compared.name, "crates": crates, "notes": compared.notes })
}

fn item(item: &Item) -> Value {
    json!({
        "path": item.path,
        "change": item.change.as_str(),
        "signature": item.text,
        "rust": item.rust.as_str(),
    })
}

fn changes(report: &Report) -> Vec<Value> {
    let mut all = Vec::new();
    for compared in &report.compared {
        let open = compared.changes.iter().map(|it| (it, None));
        let accepted = compared.accepted.iter().map(|it| (&it.0, Some(&it.1)));
        for (found, reason) in open.chain(accepted) {
            all.push(change(&compared.name, found, reason));
        }
    }
    all
}

fn change(document: &str, change: &Change, reason: Option<&String>) -> Value {
    // The base says where a change is, unless the thing is new.
    let place = |site: &Option<Site>| site.as_ref().map_or(Value::Null, self::site);
    let pointer = change.base.as_ref().or(change.revision.as_ref());
    json!({
        "id": change.kind.id,
        "level": change.level.as_str(),
        "document": document,
        "operation": change.operations.first(),
        "operations": change.operations,
        "pointer": pointer.map(|it| it.pointer.as_str()),
        "base": place(&change.base),
        "revision": place(&change.revision),
        "wire_request": change.wire_request.as_str(),
        "wire_reply": change.wire_reply.as_str(),
        "rust": change.rust.as_str(),
        "message": change.message,
        "also": change.also,
        "fingerprint": change.fingerprint,
        "accepted": reason,
    })
}

fn site(site: &Site) -> Value {
    let mut map = Map::new();
    map.insert("file".to_owned(), json!(site.file));
    map.insert("pointer".to_owned(), json!(site.pointer));
    map.insert("line".to_owned(), json!(site.line));
    map.insert("column".to_owned(), json!(site.column));
    Value::Object(map)
}
