//! Bodies that no typed caller can write: members missing or of another type. They go to the
//! sandbox as they are.

use cloudbackup_sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::table::{Manner, Refusal};

/// A request in the home region, written by hand.
pub(crate) struct Raw<'a> {
    pub(crate) service: &'a str,
    pub(crate) method: &'a str,
    /// The path from the project on, and the query.
    pub(crate) target: &'a str,
    /// The version in the path.
    pub(crate) version: &'a str,
}

impl Raw<'_> {
    /// What the sandbox says to it; `None` where it does what it is asked.
    pub(crate) async fn send(&self, sandbox: &Sandbox, body: &str) -> Option<Refusal> {
        let region = sandbox.regions().next().unwrap();
        let endpoint = sandbox.endpoint(self.service).unwrap();
        let project = sandbox.project_id(region).unwrap();
        let host = endpoint.strip_prefix("http://").unwrap();
        let path = format!("/{}/{project}{}", self.version, self.target);
        let token = sandbox.token(region).unwrap();
        let (method, token, length) = (self.method, token.expose(), body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             X-Auth-Token: {token}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let status: u16 = head["HTTP/1.1 ".len()..][..3].parse().unwrap();
        (status >= 300).then(|| Refusal::new(status, serde_json::from_str(body).unwrap()))
    }
}

struct Case {
    /// The limit that the case is about.
    limit: String,
    body: String,
    /// What the sandbox finds wrong, or how that begins; nothing where no limit is broken.
    violation: String,
}

/// A body with every member, and what can be done to it.
pub(crate) struct Bodies {
    full: Value,
    cases: Vec<Case>,
}

impl Bodies {
    /// Every value of this body is of its type, and every member is there. What becomes of values
    /// of other types, and of a body without the mandatory members, are the cases.
    pub(crate) fn new(full: Value, mandatory: &[&str]) -> Self {
        let mut bodies = Self {
            full,
            cases: Vec::new(),
        };
        bodies.cases_of_the_whole();
        let mut pointers = Vec::new();
        collect_pointers(&bodies.full, &mut String::new(), &mut pointers);
        for pointer in &pointers {
            bodies.cases_of_type(pointer);
        }
        for pointer in mandatory {
            bodies.cases_of_mandatory(pointer);
        }
        bodies
    }

    fn cases_of_the_whole(&mut self) {
        let full = self.full.to_string();
        let missing = "/body: is missing, a JSON object is expected";
        self.add("", "required", full.clone(), "");
        self.add("", "required", String::new(), missing);
        self.add("", "type", full.clone(), "");
        for other in ["[]", "null", "\"text\"", "7"] {
            let violation = "/body: must be a JSON object";
            self.add("", "type", other.to_owned(), violation);
        }
        for torn in [&full[..full.len() - 1], "{'name': 1}", "\u{1}"] {
            self.add("", "type", torn.to_owned(), "/body: is no JSON: ");
        }
    }

    fn cases_of_type(&mut self, pointer: &str) {
        self.add(pointer, "type", self.full.to_string(), "");
        let others = match self.full.pointer(pointer).unwrap() {
            Value::String(_) => vec![json!([]), json!({})],
            Value::Array(_) => vec![json!("text"), json!({}), json!(7)],
            // A list of as many values as it has members, each of which could be absent, is none.
            Value::Object(members) => {
                let nulls = vec![Value::Null; members.len()];
                vec![json!("text"), json!(7), json!([]), json!(nulls)]
            }
            _ => vec![json!("text"), json!([]), json!({}), json!(1.5)],
        };
        for other in others {
            let violation = format!("/body{pointer}: cannot be read: ");
            self.add(pointer, "type", self.with(pointer, other), &violation);
        }
        // Tags are in replies too, which are read forgivingly: a number is taken for its text.
        if self.full.pointer(pointer).unwrap().is_string() && !pointer.starts_with("/tags/") {
            // Of the words of an enum it is none.
            let violation = format!("/body{pointer}: ");
            self.add(pointer, "type", self.with(pointer, json!(7)), &violation);
        }
    }

    fn cases_of_mandatory(&mut self, pointer: &str) {
        self.add(pointer, "required", self.full.to_string(), "");
        let violation = format!("/body{pointer}: is required");
        let (object, name) = pointer.rsplit_once('/').unwrap();
        let mut without = self.full.clone();
        let members = without.pointer_mut(object).unwrap();
        members.as_object_mut().unwrap().remove(name).unwrap();
        for body in [without.to_string(), self.with(pointer, Value::Null)] {
            self.add(pointer, "required", body, &violation);
        }
    }

    /// The body with another value in a place.
    fn with(&self, pointer: &str, value: Value) -> String {
        let mut body = self.full.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body.to_string()
    }

    fn add(&mut self, pointer: &str, keyword: &str, body: String, violation: &str) {
        let pointer = pointer.replace("/0", "/*");
        self.cases.push(Case {
            limit: format!("/body{pointer} {keyword}"),
            body,
            violation: violation.to_owned(),
        });
    }

    /// The limits of the cases, and whether they are broken.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (String, bool)> {
        let cases = self.cases.iter();
        cases.map(|case| (case.limit.clone(), !case.violation.is_empty()))
    }

    /// Sends every body.
    pub(crate) async fn drive(&self, sandbox: &Sandbox, raw: &Raw<'_>, manner: &Manner) {
        let mut faults = Vec::new();
        for case in &self.cases {
            let refused = raw.send(sandbox, &case.body).await;
            // One violation only, of which the decoder's own words are left out.
            let told = refused.as_ref().map_or("", |refused| &refused.message);
            let is_one = told.starts_with(&case.violation) && !told.contains("; /");
            let violation = match case.violation.as_str() {
                "" => "",
                _ => told,
            };
            let is_right = is_one && manner.is_answer(violation, refused.as_ref());
            if !is_right {
                let (body, violation) = (&case.body, &case.violation);
                faults.push(format!(
                    "{body}\nsandbox: {refused:?}\n    not: {violation:?}"
                ));
            }
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
    }
}

/// The pointers of all values below this one.
fn collect_pointers(value: &Value, at: &mut String, found: &mut Vec<String>) {
    let names: Vec<String> = match value {
        Value::Object(members) => members.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => return,
    };
    for name in names {
        let end = at.len();
        *at = format!("{at}/{name}");
        found.push(at.clone());
        collect_pointers(value.pointer(&at[end..]).unwrap(), at, found);
        at.truncate(end);
    }
}
