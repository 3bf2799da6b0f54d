//! Pairs of documents with a verdict for each direction.

use std::fs;
use std::path::Path;

use cloudbackup_codegen::diff::Wire;
use serde_json::Value;

/// Whether all verdicts are ours, too.
pub(crate) fn judge(folder: &Path, verbose: bool) -> bool {
    let index = fs::read_to_string(folder.join("index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let (mut agreed, mut all) = (0, 0);
    for pair in index.as_array().unwrap() {
        let id = pair["id"].as_str().unwrap();
        let place = folder.join(id);
        let changes = super::changes(&place.join("base.yaml"), &place.join("revision.yaml"));
        let request = changes.iter().map(|it| it.wire_request).max();
        let reply = changes.iter().map(|it| it.wire_reply).max();
        let fits = |key: &str, ours: Option<Wire>| {
            same(pair[key].as_str().unwrap(), ours.unwrap_or_default())
        };
        let good = fits("wire_request", request) && fits("wire_response", reply);
        all += 1;
        agreed += usize::from(good);
        if !good || verbose {
            let wanted = (
                pair["wire_request"].as_str(),
                pair["wire_response"].as_str(),
            );
            println!("{id}: {wanted:?}, here {request:?} {reply:?}");
            for change in &changes {
                println!("    {} {}", change.kind.id, change.message);
            }
        }
    }
    println!("{}: {agreed} of {all} verdicts agree", folder.display());
    agreed == all
}

/// A direction that a change does not touch is as good as one that it leaves
/// in order.
fn same(wanted: &str, ours: Wire) -> bool {
    match wanted {
        "-" | "ok" => ours <= Wire::Ok,
        "ok*" => ours == Wire::DataLost,
        "break*" => ours == Wire::ClosedBreak,
        "risk" => ours == Wire::Risk,
        "break" => ours == Wire::Break,
        other => panic!("unknown verdict {other}"),
    }
}
