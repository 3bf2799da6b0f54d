//! The path of an operation.

use super::{Input, Place};

/// A path with parameters.
#[derive(Clone, Debug)]
pub struct PathTemplate {
    /// As in the spec: `/v3/{project_id}/backups`.
    pub text: String,
}

impl PathTemplate {
    /// What is sent of it. Documents of others tell operations of one path apart by what stands
    /// behind a `#`, which no request has.
    pub fn sent(&self) -> &str {
        self.text.split('#').next().unwrap_or_default()
    }

    /// Takes out of a query behind the path what is a parameter of the query as well.
    pub(crate) fn without_queries(&mut self, inputs: &[Input]) {
        let Some((path, query)) = self.text.split_once('?') else {
            return;
        };
        let is_input = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let braced = value.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            let mut inputs = inputs.iter().filter(|input| input.place == Place::Query);
            inputs.any(|input| input.field.wire == name || Some(&*input.field.wire) == braced)
        };
        let kept: Vec<&str> = query.split('&').filter(|pair| !is_input(pair)).collect();
        self.text = match kept.join("&").as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
    }

    /// The template with parameter names erased: what the wire knows of it.
    pub fn erased(&self) -> String {
        let mut out = String::new();
        let mut inside = false;
        for c in self.text.chars() {
            match c {
                '{' => {
                    inside = true;
                    out.push('{');
                }
                '}' => {
                    inside = false;
                    out.push('}');
                }
                _ if inside => {}
                _ => out.push(c),
            }
        }
        out
    }

    /// Parameter names in the order of the template.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
    }
}
