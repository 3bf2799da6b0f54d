//! Paths as a whole: templates, their parameters, operation ids.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Lint;
use super::table::METHODS;
use super::words::{list, shorten};
use crate::diag::{Diagnostic, code};
use crate::load::pointer::split_last;
use crate::load::push;

/// A parameter of an operation.
pub(super) struct Param<'a> {
    /// Where the list names it; perhaps a reference.
    pub(super) listed: String,
    /// Where it is described.
    pub(super) pointer: String,
    pub(super) name: &'a str,
    pub(super) place: &'a str,
}

/// An operation and where it stands.
pub(super) struct Op<'a> {
    pub(super) item: String,
    pub(super) pointer: String,
    pub(super) path: &'a str,
    pub(super) method: &'static str,
}

impl<'a> Lint<'a> {
    /// Checks what concerns several parts of `paths` at once.
    pub(super) fn paths(&mut self) {
        let mut shapes: HashMap<String, String> = HashMap::new();
        for (pointer, path, _) in self.path_items() {
            if !self.template(&pointer, path) {
                continue;
            }
            if let Some(first) = shapes.insert(shape(path), pointer.clone()) {
                self.same_shape(&first, &pointer);
            }
        }
        let mut ids: HashMap<&'a str, String> = HashMap::new();
        for op in self.operations() {
            let at = push(&op.pointer, "operationId");
            if let Some(id) = self.get(&at).and_then(Value::as_str) {
                if let Some(first) = ids.get(id) {
                    self.same_id(id, &first.clone(), &at);
                } else {
                    ids.insert(id, at);
                }
            }
            self.template_parameters(&op);
        }
        for (pointer, _, _) in self.path_items() {
            self.repeated_parameters(&push(&pointer, "parameters"));
        }
    }

    fn path_items(&self) -> Vec<(String, &'a str, &'a Value)> {
        let mut items = self.entries("/paths");
        items.retain(|(_, path, _)| !path.starts_with("x-"));
        items
    }

    /// All operations, in the order of the document.
    pub(super) fn operations(&self) -> Vec<Op<'a>> {
        let mut operations = Vec::new();
        for (item, path, _) in self.path_items() {
            for (pointer, key, value) in self.entries(&item) {
                let method = METHODS.into_iter().find(|method| *method == key);
                if let (Some(method), true) = (method, value.is_object()) {
                    let item = item.clone();
                    operations.push(Op {
                        item,
                        pointer,
                        path,
                        method,
                    });
                }
            }
        }
        operations
    }

    /// The parameters of the operation at a pointer, those of its path item
    /// included.
    pub(super) fn parameters_of(&self, operation: &str) -> Vec<Param<'a>> {
        let item = split_last(operation).map_or("", |(item, _)| item);
        let mut all = self.parameter_list(&push(operation, "parameters"));
        let own: HashSet<_> = all.iter().map(|p| (p.name, p.place)).collect();
        let mut shared = self.parameter_list(&push(item, "parameters"));
        shared.retain(|p| !own.contains(&(p.name, p.place)));
        all.append(&mut shared);
        all
    }

    fn parameter_list(&self, pointer: &str) -> Vec<Param<'a>> {
        let listed = self.elements(pointer).into_iter();
        listed
            .filter_map(|(listed, _)| {
                let (pointer, value) = self.resolve(&listed)?;
                Some(Param {
                    name: value.get("name")?.as_str()?,
                    place: value.get("in")?.as_str()?,
                    listed,
                    pointer,
                })
            })
            .collect()
    }

    /// Whether a path is well formed.
    fn template(&mut self, pointer: &str, path: &str) -> bool {
        let is_house = self.house_profile();
        let (label, help) = if !path.starts_with('/') {
            (
                "the slash at the start is missing",
                format!("write `/{}`", shorten(path)),
            )
        } else if path.contains('?') || (is_house && path.contains('#')) {
            (
                "a path ends before `?` and `#`",
                "describe query parameters under `parameters`".to_owned(),
            )
        } else if names_in(path).is_none() {
            (
                "a brace is left open, is empty or stands inside another",
                "a parameter is written `{name}`".to_owned(),
            )
        } else {
            return true;
        };
        let message = format!("`{}` is no path template", shorten(path));
        let at = self.key(pointer);
        // Without its slash nobody can tell where a path goes.
        let found = match path.starts_with('/') {
            true => self.bearable(code::E110, message),
            false => Diagnostic::error(code::E110, message),
        };
        self.push(found.at(at, label).help(help));
        false
    }

    fn same_shape(&mut self, first: &str, second: &str) {
        let at = self.key(second);
        let also = self.key(first);
        self.push(
            self.strict(
                code::E115,
                "two paths differ only in the names of their parameters",
            )
            .at(at, "no request could tell this one")
            .also(also, "from this one")
            .help("put the operations of both under one path"),
        );
    }

    fn same_id(&mut self, id: &str, first: &str, second: &str) {
        let message = format!("two operations have the operationId `{}`", shorten(id));
        let at = self.val(second);
        let also = self.val(first);
        self.push(
            self.strict(code::E114, message)
                .at(at, "used again here")
                .also(also, "first used here")
                .help("give one of them an id of its own"),
        );
    }

    /// The template and the declared path parameters, both ways.
    fn template_parameters(&mut self, op: &Op<'a>) {
        self.repeated_parameters(&push(&op.pointer, "parameters"));
        let Some(names) = names_in(op.path) else {
            return;
        };
        let parameters = self.parameters_of(&op.pointer);
        let declared: Vec<&Param<'_>> = parameters.iter().filter(|p| p.place == "path").collect();
        let known: HashSet<&str> = declared.iter().map(|p| p.name).collect();
        // Documents of others write their queries behind paths.
        let in_query = |name: &str| {
            let mut others = parameters.iter();
            op.path.contains('?') && others.any(|p| p.place == "query" && p.name == name)
        };
        let unknown = names.iter().filter(|name| !known.contains(*name));
        for name in unknown.filter(|name| !in_query(name)) {
            self.undeclared(op, name, &declared);
        }
        let wanted: HashSet<&str> = names.iter().copied().collect();
        for parameter in declared.iter().filter(|p| !wanted.contains(p.name)) {
            self.not_in_template(op, parameter, &names);
        }
    }

    fn undeclared(&mut self, op: &Op<'_>, name: &str, declared: &[&Param<'_>]) {
        let shown = shorten(name);
        let message = format!("the path names `{{{shown}}}`, but no path parameter is called that");
        let near = self.hint(name, declared.iter().map(|p| p.name));
        let help = near.unwrap_or_else(|| {
            format!("add a parameter `name: {shown}`, `in: path`, `required: true`")
        });
        let (at, also) = (self.key(&op.pointer), self.key(&op.item));
        self.push(
            self.bearable(code::E111, message)
                .at(at, format!("this operation does not declare `{shown}`"))
                .also(also, "this path asks for it")
                .help(help),
        );
    }

    fn not_in_template(&mut self, op: &Op<'_>, parameter: &Param<'_>, names: &[&str]) {
        let shown = shorten(parameter.name);
        let message = format!("the path has no place for the path parameter `{shown}`");
        let help = self.hint(parameter.name, names.iter().copied());
        let help = help.unwrap_or_else(|| match names {
            [] => "remove it, or say where else it is sent".to_owned(),
            names => format!("the path asks for {}", list(names, "and")),
        });
        let found = self
            .strict(code::E111, message)
            .at(
                self.val(&push(&parameter.pointer, "name")),
                "this parameter",
            )
            .also(self.key(&op.item), format!("has no `{{{shown}}}`"))
            .help(help);
        self.push(found);
    }

    fn repeated_parameters(&mut self, pointer: &str) {
        let mut seen: HashMap<(&str, &str), String> = HashMap::new();
        for parameter in self.parameter_list(pointer) {
            let key = (parameter.place, parameter.name);
            match seen.get(&key) {
                Some(first) => self.repeated_parameter(&parameter, &first.clone()),
                None => {
                    seen.insert(key, parameter.listed);
                }
            }
        }
    }

    fn repeated_parameter(&mut self, parameter: &Param<'_>, first: &str) {
        let (name, place) = (shorten(parameter.name), shorten(parameter.place));
        let message = format!("the {place} parameter `{name}` is listed twice");
        let at = self.val(&parameter.listed);
        let also = self.val(first);
        self.push(
            Diagnostic::error(code::E113, message)
                .at(at, "listed again here")
                .also(also, "first listed here")
                .help("remove one of the two"),
        );
    }
}

/// The names in braces, or `None` when the braces are odd.
pub(crate) fn names_in(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.find(['{', '}']) {
        let inner = rest.get(at..)?.strip_prefix('{')?;
        let end = inner.find(['{', '}', '/'])?;
        let (name, after) = inner.split_at(end);
        rest = after.strip_prefix('}')?;
        if name.is_empty() {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// A template with the names taken out.
fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                shape.push(c);
            }
            '}' => {
                inside = false;
                shape.push(c);
            }
            _ if inside => {}
            other => shape.push(other),
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_taken_apart() {
        assert_eq!(names_in("/a/{b}/c/{d}.json"), Some(vec!["b", "d"]));
        assert_eq!(names_in("/a"), Some(vec![]));
        for bad in ["/{", "/}", "/{}", "/{a{b}}", "/{a/b}", "/{a}}"] {
            assert_eq!(names_in(bad), None, "{bad}");
        }
        assert_eq!(shape("/a/{b}/c"), shape("/a/{x}/c"));
        assert_ne!(shape("/a/{b}/c"), shape("/a/b/c"));
    }
}
