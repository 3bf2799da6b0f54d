//! A signer of the tests' own. It is written from the rules of `SDK-HMAC-SHA256` and works from
//! decoded texts, apart from the sandbox's verifier, which works from what stands on the wire.

use std::time::{SystemTime, UNIX_EPOCH};

use cloudbackup_core::Timestamp;
use cloudbackup_sandbox::Sandbox;
use sha2::{Digest, Sha256};

/// What to sign with, and for whom.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) access: String,
    pub(crate) secret: String,
    pub(crate) security_token: Option<String>,
    pub(crate) project_id: Option<String>,
}

impl Signer {
    /// With the lasting key, for the project of the home region.
    pub(crate) fn lasting(sandbox: &Sandbox) -> Self {
        let credentials = sandbox.credentials();
        Self {
            access: credentials.access_key,
            secret: credentials.secret_key.expose().to_owned(),
            security_token: None,
            project_id: Some(sandbox.project_id("eu-de").unwrap().to_owned()),
        }
    }

    /// As `lasting`, with the temporary key.
    pub(crate) fn temporary(sandbox: &Sandbox) -> Self {
        let credentials = sandbox.credentials();
        Self {
            access: credentials.temporary_access_key,
            secret: credentials.temporary_secret_key.expose().to_owned(),
            security_token: Some(credentials.security_token.expose().to_owned()),
            ..Self::lasting(sandbox)
        }
    }

    pub(crate) fn with_project(mut self, project_id: Option<&str>) -> Self {
        self.project_id = project_id.map(str::to_owned);
        self
    }

    /// Signs with the time of now.
    pub(crate) fn sign(&self, draft: &Draft) -> Signed {
        self.sign_at(draft, &date(0))
    }

    /// Signs with this as the time.
    pub(crate) fn sign_at(&self, draft: &Draft, date: &str) -> Signed {
        let mut headers = draft.headers.clone();
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        add("X-Sdk-Date", date);
        if let Some(id) = &self.project_id {
            add("X-Project-Id", id);
        }
        if let Some(token) = &self.security_token {
            add("X-Security-Token", token);
        }
        let kind = draft.header("content-type").unwrap_or_default();
        let is_json = ["application/json", "application/bson"].map(|json| kind.starts_with(json));
        if !kind.is_empty() && is_json == [false; 2] {
            add("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD");
        }
        let mut lines: Vec<(String, &str)> = headers
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.trim()))
            .filter(|(name, _)| !draft.unsigned.contains(&name.as_str()))
            .collect();
        lines.sort();
        let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: String = lines.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
        let mut given = headers.iter();
        let given = given.rfind(|(name, _)| name.eq_ignore_ascii_case("x-sdk-content-sha256"));
        let payload = match given {
            Some((_, given)) if !draft.body.is_empty() => given.clone(),
            _ => hex(&Sha256::digest(&draft.body)),
        };
        let (path, query) = (draft.canonical_path(), draft.canonical_query());
        let canonical = format!(
            "{}\n{path}\n{query}\n{lines}\n{names}\n{payload}",
            draft.method
        );
        let hashed = hex(&Sha256::digest(canonical));
        let text = format!("SDK-HMAC-SHA256\n{date}\n{hashed}");
        let signature = hex(&hmac(self.secret.as_bytes(), text.as_bytes()));
        let authorization = format!(
            "SDK-HMAC-SHA256 Access={}, SignedHeaders={names}, Signature={signature}",
            self.access
        );
        headers.push(("Authorization".to_owned(), authorization));
        Signed {
            method: draft.method.clone(),
            path: draft.path(),
            query: draft.query(),
            headers,
            body: draft.body.clone(),
        }
    }
}

/// The time of now and so many seconds, as `X-Sdk-Date` has it.
pub(crate) fn date(offset: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    let text = Timestamp::from_unix(now + offset, 0).to_string();
    text.replace(['-', ':'], "")
}

/// A request before it is signed, with nothing encoded.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) method: String,
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    /// Headers that the signature leaves out, in lower case.
    pub(crate) unsigned: Vec<&'static str>,
    pub(crate) body: Vec<u8>,
}

impl Draft {
    /// A request to an endpoint such as `http://127.0.0.1:40123`. The path is split at its slashes.
    pub(crate) fn new(endpoint: &str, method: &str, path: &str) -> Self {
        let host = endpoint.strip_prefix("http://").unwrap();
        let segments = path.strip_prefix('/').unwrap().split('/');
        Self {
            method: method.to_owned(),
            segments: segments.map(str::to_owned).collect(),
            query: Vec::new(),
            headers: vec![("Host".to_owned(), host.to_owned())],
            unsigned: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn segment(mut self, segment: &str) -> Self {
        self.segments.push(segment.to_owned());
        self
    }

    pub(crate) fn pair(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn leaving_out(mut self, name: &'static str) -> Self {
        self.unsigned.push(name);
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        body.as_bytes().clone_into(&mut self.body);
        self
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    pub(crate) fn path(&self) -> String {
        let segments = self.segments.iter();
        segments.map(|it| format!("/{}", encoded(it))).collect()
    }

    fn canonical_path(&self) -> String {
        let path = self.path().replace("%2F", "/");
        let end = if path.ends_with('/') { "" } else { "/" };
        path + end
    }

    pub(crate) fn query(&self) -> String {
        pairs(&self.query)
    }

    fn canonical_query(&self) -> String {
        let mut sorted = self.query.clone();
        sorted.sort();
        pairs(&sorted)
    }
}

fn pairs(query: &[(String, String)]) -> String {
    let pairs = query.iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes();
    let bytes = bytes.map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC by its definition, for keys of at most 64 bytes.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36), text].concat());
    let outer = Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner].concat());
    outer.to_vec()
}

/// A signed request, as it goes out.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Signed {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { method, path, .. } = self;
        let mut text = format!("{method} {path}");
        if !self.query.is_empty() {
            text = format!("{text}?{}", self.query);
        }
        text.push_str(" HTTP/1.1\r\n");
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        [format!("{text}\r\n").as_bytes(), &self.body].concat()
    }

    pub(crate) fn header_mut(&mut self, name: &str) -> &mut String {
        let mut headers = self.headers.iter_mut();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        &mut found.unwrap().1
    }

    /// With another value for a header.
    pub(crate) fn replacing(mut self, name: &str, value: impl Into<String>) -> Self {
        *self.header_mut(name) = value.into();
        self
    }

    /// With a header more, after the others.
    pub(crate) fn adding(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn with_query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    pub(crate) fn with_body(mut self, body: &str) -> Self {
        body.as_bytes().clone_into(&mut self.body);
        self
    }
}
