//! Test cases of another tool: ids, operations and what a client notices.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use cloudbackup_codegen::diff::{Change, Level, Wire};
use serde_json::Value;

/// Ids of the other tool and kinds of ours.
const KINDS: &str = include_str!("kinds.tsv");
/// Cases that we judge otherwise, and why.
const REASONS: &str = include_str!("reasons.tsv");

/// The one entry about all texts has no direction.
const TEXTS: &str = "documentation-changed";

/// The share of cases that must agree.
const WANTED: f64 = 0.9;

fn table(text: &str) -> BTreeMap<&str, &str> {
    let lines = text
        .lines()
        .filter(|it| !it.starts_with('#') && !it.is_empty());
    lines.map(|line| line.split_once('\t').unwrap()).collect()
}

/// What the other tool says about one of its ids.
struct Check {
    direction: String,
    wire: String,
}

struct Judge {
    checks: HashMap<String, Check>,
    kinds: BTreeMap<&'static str, &'static str>,
}

/// Whether enough of the cases agree, and each other one has a reason.
pub(crate) fn judge(folder: &Path, verbose: bool) -> bool {
    let read = |name: &str| -> Vec<Value> {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = read("checks.json").into_iter().map(|it| {
        let check = Check {
            direction: text(&it["direction"]),
            wire: text(&it["client_wire"]),
        };
        (text(&it["id"]), check)
    });
    let judge = Judge {
        checks: checks.collect(),
        kinds: table(KINDS),
    };
    let reasons = table(REASONS);
    let (mut agreed, mut judged, mut policy, mut unexplained) = (0, 0, 0, 0);
    let mut seen: HashMap<String, usize> = HashMap::new();
    for case in read("cases.json") {
        // Some tests run several pairs.
        let count = seen.entry(text(&case["test"])).or_default();
        *count += 1;
        let name = format!("{}#{count}", text(&case["test"]));
        if judge.is_policy(&case) {
            policy += 1;
            continue;
        }
        judged += 1;
        let data = folder.join("data");
        let (base, revision) = (text(&case["base"]), text(&case["revision"]));
        let changes = super::changes(&data.join(base), &data.join(revision));
        let complaints = judge.case(&case, &changes);
        if complaints.is_empty() {
            agreed += 1;
            continue;
        }
        let reason = reasons.get(name.as_str());
        unexplained += usize::from(reason.is_none());
        println!("{name}: {}", reason.unwrap_or(&"UNEXPLAINED"));
        if verbose || reason.is_none() {
            println!("    {}", text(&case["doc"]));
            for complaint in complaints {
                println!("    {complaint}");
            }
            for change in &changes {
                let (request, reply) = (change.wire_request.as_str(), change.wire_reply.as_str());
                let at = change.operations.join(", ");
                println!(
                    "    - {} [{request}/{reply}] {} ({at})",
                    change.kind.id, change.message
                );
            }
        }
    }
    let share = f64::from(agreed) / f64::from(judged);
    println!(
        "{}: {agreed} of {judged} cases agree ({:.1} %), {policy} only judge policies, {unexplained} without a reason",
        folder.display(),
        share * 100.0
    );
    share >= WANTED && unexplained == 0
}

impl Judge {
    /// Kinds that an id may mean.
    fn kinds(&self, id: &str) -> Vec<&'static str> {
        let kinds = self
            .kinds
            .get(id)
            .unwrap_or_else(|| panic!("{id} is not mapped"));
        kinds.split(',').collect()
    }

    /// Sunsets, stability levels and the like: nothing a caller notices.
    fn is_policy(&self, case: &Value) -> bool {
        let policy = |id: &Value| self.kinds(id.as_str().unwrap()) == ["-"];
        let expected = case["expected"].as_array().unwrap();
        expected.iter().any(|it| policy(&it["id"]))
    }

    /// What does not agree.
    fn case(&self, case: &Value, changes: &[Change]) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut used = vec![false; changes.len()];
        for expected in case["expected"].as_array().unwrap() {
            let id = expected["id"].as_str().unwrap();
            let kinds = self.kinds(id);
            let fits: Vec<usize> = changes
                .iter()
                .enumerate()
                .filter(|(_, it)| kinds.contains(&it.kind.id) && self.direction(id, it))
                .filter(|(_, it)| reaches(it, expected))
                .map(|it| it.0)
                .collect();
            if fits.is_empty() {
                complaints.push(format!("missing: {id}"));
            } else if !fits.iter().any(|it| self.verdict(id, &changes[*it])) {
                complaints.push(format!("other verdict: {id} is {}", self.checks[id].wire));
            }
            for index in fits {
                used[index] = true;
            }
        }
        if case["exact"] == true {
            let extra = changes
                .iter()
                .zip(used)
                .filter(|it| !it.1 && self.in_scope(case, it.0));
            complaints.extend(extra.map(|it| format!("extra: {}", it.0.kind.id)));
        }
        complaints
    }

    /// Whether a change was found in the direction that an id is about.
    fn direction(&self, id: &str, change: &Change) -> bool {
        if change.kind.id == TEXTS {
            return true;
        }
        match self.checks[id].direction.as_str() {
            "request" => change.wire_request != Wire::None,
            "response" => change.wire_reply != Wire::None,
            _ => true,
        }
    }

    fn verdict(&self, id: &str, change: &Change) -> bool {
        let check = &self.checks[id];
        let wire = match check.direction.as_str() {
            "request" => change.wire_request,
            "response" => change.wire_reply,
            _ => change.wire_request.max(change.wire_reply),
        };
        match check.wire.as_str() {
            "ok" => wire <= Wire::DataLost,
            "risk" => matches!(wire, Wire::ClosedBreak | Wire::Risk),
            "break" => wire == Wire::Break,
            "ok-if-open" => wire == Wire::ClosedBreak,
            other => panic!("unknown verdict {other}"),
        }
    }

    /// Whether the case would have told of a change.
    fn in_scope(&self, case: &Value, change: &Change) -> bool {
        let loud = match case["min_level"].as_str().unwrap() {
            "INFO" | "NONE" => Level::Note,
            _ => Level::Risk,
        };
        let level = Level::of(change.wire_request, change.wire_reply, Default::default());
        if level < loud || change.kind.id == TEXTS {
            return false;
        }
        let Some(rules) = case["scope"]["rule_ids"].as_array() else {
            return true;
        };
        let mut rules = rules.iter().map(|it| it.as_str().unwrap());
        rules.any(|id| self.kinds(id).contains(&change.kind.id) && self.direction(id, change))
    }
}

/// Whether a change reaches the operation that is named.
fn reaches(change: &Change, expected: &Value) -> bool {
    let (Some(method), Some(path)) = (expected["operation"].as_str(), expected["path"].as_str())
    else {
        return true;
    };
    let wanted = format!("{method} {path}");
    let wanted = erased(&wanted);
    let reaches = |it: &String| erased(it) == wanted;
    change.operations.is_empty() || change.operations.iter().any(reaches)
}

/// A path without the names of its parameters, which the two tools take from
/// different sides.
fn erased(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|it| if it.starts_with('{') { "{}" } else { it });
    parts.collect::<Vec<_>>().join("/")
}
