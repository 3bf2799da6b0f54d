//! `cargo xtask coverage`: what of a vendor's catalogue of an API stands in a
//! spec.
//!
//! A catalogue is a JSON file: `operations`, each with `method`, `path`,
//! `parameters` (`name`, `in`, `constraints`), `request_body` (a type),
//! `response` (members and their types) or `success` (status and type); and
//! `models`, members with `type` and `constraints`. A type is `string`,
//! `array<…>`, `map<string,…>` or the name of a model. Of each operation that
//! the spec has, every parameter, member and limit must be found in the spec,
//! or be named by an `x-note` there.

mod limits;
mod spec;
mod walk;

use std::fmt::Write as _;
use std::fs;

use cloudbackup_codegen::diag::Diagnostics;
use cloudbackup_codegen::load;
use cloudbackup_codegen::source::Sources;
use serde_json::Value;

use crate::commands::chosen;
use crate::project::Project;
use crate::{DONE, FINDINGS};
use spec::{Spec, erased};

/// What was looked for of one kind.
#[derive(Debug, Default)]
struct Column {
    found: usize,
    noted: Vec<String>,
    missing: Vec<String>,
}

/// What was looked for in a spec.
#[derive(Debug, Default)]
struct Coverage {
    operations: usize,
    parameters: Column,
    members: Column,
    limits: Column,
    /// Operations of the spec that the catalogue does not have.
    unknown: Vec<String>,
}

/// Whether something of the catalogue stands in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Found,
    /// An `x-note` names it.
    Noted,
    Missing,
}

impl Column {
    fn enter(&mut self, verdict: Verdict, place: impl FnOnce() -> String) {
        match verdict {
            Verdict::Found => self.found += 1,
            Verdict::Noted => self.noted.push(place()),
            Verdict::Missing => self.missing.push(place()),
        }
    }

    fn print(&self, what: &str, out: &mut String) {
        let all = self.found + self.noted.len() + self.missing.len();
        let (found, noted, missing) = (self.found, self.noted.len(), self.missing.len());
        let _ = writeln!(
            out,
            "  {what:<11}{all:>5} in the catalogue, {found:>5} found, {noted:>4} noted, {missing:>4} missing"
        );
    }
}

impl Coverage {
    fn print(&self, service: &str, verbose: bool) -> String {
        let mut out = format!("{service}: {} operations\n", self.operations);
        for (what, column) in self.columns() {
            column.print(what, &mut out);
        }
        for (what, column) in self.columns() {
            for place in &column.missing {
                let _ = writeln!(out, "  missing {what}: {place}");
            }
            for place in column.noted.iter().filter(|_| verbose) {
                let _ = writeln!(out, "  noted {what}: {place}");
            }
        }
        for operation in &self.unknown {
            let _ = writeln!(out, "  not in the catalogue: {operation}");
        }
        out
    }

    fn columns(&self) -> [(&'static str, &Column); 3] {
        [
            ("parameters", &self.parameters),
            ("members", &self.members),
            ("limits", &self.limits),
        ]
    }

    fn is_complete(&self) -> bool {
        let mut columns = self.columns().into_iter();
        self.unknown.is_empty() && columns.all(|(_, column)| column.missing.is_empty())
    }
}

/// `cargo xtask coverage`
pub(crate) fn coverage(service: &str, catalogue: &str, verbose: bool) -> Result<u8, String> {
    let text = fs::read_to_string(catalogue)
        .map_err(|error| format!("cannot read `{catalogue}`: {error}"))?;
    let catalogue: Value = serde_json::from_str(&text)
        .map_err(|error| format!("`{catalogue}` is no catalogue: {error}"))?;
    let project = Project::find()?;
    let services = chosen(project.services()?, &[service.to_owned()])?;
    let mut code = DONE;
    for service in services {
        let source = project.input(&service, false)?.spec;
        let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
        let id = sources.add(&source.path, &source.text);
        let document = load::load(&sources, id, &mut diagnostics)
            .ok_or_else(|| format!("`{}` cannot be read; run `cargo xtask check`", source.path))?;
        let coverage = compare(&document.value, &catalogue);
        crate::print::result(&coverage.print(&service.name, verbose));
        if !coverage.is_complete() {
            code = FINDINGS;
        }
    }
    Ok(code)
}

fn compare(document: &Value, catalogue: &Value) -> Coverage {
    let spec = Spec { root: document };
    let mut coverage = Coverage::default();
    let known = catalogue["operations"].as_array();
    let known = known.map(Vec::as_slice).unwrap_or_default();
    for operation in spec.operations() {
        coverage.operations += 1;
        let same = |entry: &&Value| {
            entry["method"].as_str() == Some(&operation.method)
                && entry["path"].as_str().map(erased) == Some(erased(operation.path))
        };
        match known.iter().find(same) {
            Some(entry) => walk::operation(&spec, &operation, entry, catalogue, &mut coverage),
            None => coverage.unknown.push(operation.name()),
        }
    }
    coverage
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn catalogue() -> Value {
        json!({
            "operations": [{
                "method": "GET", "path": "/v3/{project_id}/things/{id}",
                "parameters": [
                    {"name": "thing_id", "in": "path"},
                    {"name": "limit", "in": "query", "constraints": {"minimum": 1, "maximum": 10}},
                    {"name": "left_out", "in": "query"}
                ],
                "response": {"things": "array<Thing>", "count": "integer"}
            }],
            "models": {"Thing": {
                "id": {"type": "string"},
                "kind": {"type": "string", "constraints": {"enum": ["a", "b"]}},
                "inner": {"type": "Thing"}
            }}
        })
    }

    fn spec() -> Value {
        json!({
            "paths": {"/v3/{project_id}/things/{thing_id}": {
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "get": {
                    "operationId": "list_things",
                    "parameters": [
                        {"name": "limit", "in": "query", "schema": {"minimum": 1, "maximum": 10}}
                    ],
                    "x-note": "There is also `left_out`, which does nothing.",
                    "responses": {"200": {"content": {"application/json": {"schema": {
                        "properties": {
                            "things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                            "count": {"type": "integer"}
                        }
                    }}}}}
                }
            }},
            "components": {
                "parameters": {"Id": {"name": "thing_id", "in": "path", "schema": {}}},
                "schemas": {"Thing": {"properties": {
                    "id": {"type": "string"},
                    "kind": {"allOf": [{"$ref": "#/components/schemas/Kind"}]},
                    "inner": {"$ref": "#/components/schemas/Thing"}
                }}, "Kind": {"enum": ["b", "a"]}}
            }
        })
    }

    fn figures(column: &Column) -> (usize, usize, &[String]) {
        (column.found, column.noted.len(), &column.missing)
    }

    #[test]
    fn everything_is_found_or_noted() {
        let coverage = compare(&spec(), &catalogue());
        assert!(coverage.is_complete(), "{coverage:?}");
        assert_eq!(figures(&coverage.parameters), (2, 1, &[][..]));
        assert_eq!(figures(&coverage.members), (5, 0, &[][..]));
        assert_eq!(figures(&coverage.limits), (3, 0, &[][..]));
    }

    #[test]
    fn what_lacks_is_named() {
        let mut spec = spec();
        spec["components"]["schemas"]["Thing"]["properties"] =
            json!({"kind": {"type": "string", "enum": ["a"]}});
        let operation = &mut spec["paths"]["/v3/{project_id}/things/{thing_id}"]["get"];
        operation["x-note"] = json!("The left_outer part is another thing.");
        operation["parameters"][0]["schema"]["maximum"] = json!(11);
        let coverage = compare(&spec, &catalogue());
        assert_eq!(coverage.parameters.missing, ["list_things: query left_out"]);
        assert_eq!(
            coverage.members.missing,
            ["list_things: Thing.id", "list_things: Thing.inner"]
        );
        assert_eq!(
            coverage.limits.missing,
            [
                "list_things: query limit maximum 10",
                "list_things: Thing.kind enum [\"a\",\"b\"]"
            ]
        );
    }

    #[test]
    fn operation_that_the_catalogue_lacks_is_named() {
        let mut catalogue = catalogue();
        catalogue["operations"] = json!([]);
        let coverage = compare(&spec(), &catalogue);
        assert_eq!(coverage.unknown, ["list_things"]);
        assert!(!coverage.is_complete());
    }
}
