//! The path of an operation.

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
