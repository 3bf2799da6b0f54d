//! Calls and what is wrong with them: a table that drives client and sandbox.

use std::collections::BTreeSet;

use cloudbackup::{Error, ErrorKind, Outcome, PreparedRequest};
use cloudbackup_core::operation::Operation;
use serde_json::{Value, json};

use crate::spec;

/// A call of a client, with its checks or without them.
pub(crate) trait Call: Clone {
    type Input: Operation;

    fn prepare(&self, with_checks: bool) -> Result<PreparedRequest<Self::Input>, Error>;
}

/// Makes the calls of the documented operations rows of a table.
macro_rules! calls {
    ($($call:ty: $input:ty;)*) => {$(
        impl $crate::table::Call for $call {
            type Input = $input;

            fn prepare(
                &self,
                with_checks: bool,
            ) -> Result<cloudbackup::PreparedRequest<$input>, cloudbackup::Error> {
                self.clone().with_validation(with_checks).build()
            }
        }
    )*};
}
pub(crate) use calls;

/// What a refusal says: status, body, and code and message as a caller reads them.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) body: Value,
}

impl Refusal {
    /// What a body says, whatever its shape.
    pub(crate) fn new(status: u16, body: Value) -> Self {
        let text = |at: [&str; 2]| {
            let found = at.iter().find_map(|at| body.pointer(at)?.as_str());
            found.unwrap_or_default().to_owned()
        };
        Self {
            status,
            code: text(["/error_code", "/error/code"]),
            message: text(["/error_msg", "/error/message"]),
            body,
        }
    }

    fn read(error: &Error) -> Self {
        let body = error.raw_body().unwrap_or_default();
        Self {
            status: error.status().map_or(0, |status| status.as_u16()),
            code: error.code().unwrap_or_default().to_owned(),
            message: error.message().unwrap_or_default().to_owned(),
            body: serde_json::from_slice(body).unwrap_or_default(),
        }
    }
}

/// How a service refuses.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Its code for a request that breaks a limit.
    pub(crate) code: &'static str,
    /// Its shape of an error body.
    pub(crate) body: fn(&str, &str) -> Value,
    /// Status and message of its answer to a call that breaks no limit, unless it does what it is
    /// asked.
    pub(crate) otherwise: Option<(u16, &'static str)>,
}

/// The body that most of the services have.
pub(crate) fn flat(code: &str, message: &str) -> Value {
    json!({"error_code": code, "error_msg": message})
}

impl Manner {
    fn refusal(&self, status: u16, code: &str, message: &str) -> Refusal {
        Refusal {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            body: (self.body)(code, message),
        }
    }

    /// Whether this is what the service says where these limits are broken. Which code it has for
    /// something else is not the matter here.
    pub(crate) fn is_answer(&self, violations: &str, answer: Option<&Refusal>) -> bool {
        match (violations, answer) {
            ("", None) => self.otherwise.is_none(),
            ("", Some(refusal)) => self.otherwise.is_some_and(|(status, message)| {
                *refusal == self.refusal(status, &refusal.code, message)
            }),
            (violations, Some(refusal)) => *refusal == self.refusal(400, self.code, violations),
            (_, None) => false,
        }
    }
}

struct Case<C> {
    /// The limit that the case is about, as [`spec::limits`] names it.
    limit: Option<&'static str>,
    call: C,
    violations: Vec<String>,
}

/// Cases of one operation.
pub(crate) struct Table<C> {
    base: C,
    cases: Vec<Case<C>>,
}

impl<C: Call> Table<C> {
    /// A table of changes to a call that keeps all limits.
    pub(crate) fn new(base: C) -> Self {
        let mut table = Self {
            base,
            cases: Vec::new(),
        };
        table.add(None, table.base.clone(), Vec::new());
        table
    }

    /// The call that keeps all limits.
    pub(crate) fn call(&self) -> C {
        self.base.clone()
    }

    /// A call that just keeps a limit.
    pub(crate) fn inside(&mut self, limit: &'static str, call: C) {
        self.add(Some(limit), call, Vec::new());
    }

    /// A call that just breaks a limit, and what is said of it.
    pub(crate) fn outside(&mut self, limit: &'static str, call: C, violation: impl Into<String>) {
        self.add(Some(limit), call, vec![violation.into()]);
    }

    /// A call that breaks several limits.
    pub(crate) fn outside_of_all(&mut self, call: C, violations: &[&str]) {
        let violations = violations.iter().map(|&text| text.to_owned());
        self.add(None, call, violations.collect());
    }

    fn add(&mut self, limit: Option<&'static str>, call: C, violations: Vec<String>) {
        self.cases.push(Case {
            limit,
            call,
            violations,
        });
    }

    /// The limits of the cases, and whether they are broken.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (String, bool)> {
        let cases = self.cases.iter();
        cases.filter_map(|case| Some((case.limit?.to_owned(), !case.violations.is_empty())))
    }

    /// Has every call checked by the client, then sent to the sandbox without the client's checks.
    pub(crate) async fn drive(&self, manner: &Manner) {
        let mut faults = Vec::new();
        for case in &self.cases {
            let request = case.call.prepare(false).unwrap();
            let shown = request.to_string();
            let refused = request.send().await.err();
            let refused = refused.map(|error| Refusal::read(&error));
            let found = violations(case.call.prepare(true));
            if found != case.violations {
                let expected = &case.violations;
                faults.push(format!("{shown}\nclient: {found:?}\n   not: {expected:?}"));
            }
            let expected = case.violations.join("; ");
            if !manner.is_answer(&expected, refused.as_ref()) {
                faults.push(format!(
                    "{shown}\nsandbox: {refused:?}\n    not: {expected:?}"
                ));
            }
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n\n"));
    }
}

/// Pointer and message of everything that a client finds wrong; empty if nothing is.
pub(crate) fn violations<T>(result: Result<T, Error>) -> Vec<String> {
    let Err(error) = result else {
        return Vec::new();
    };
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    let violations = error.violations().iter();
    violations.map(ToString::to_string).collect()
}

/// Each limit of an operation must have cases on both of its sides, and each case a limit.
pub(crate) fn assert_complete(
    spec: &str,
    operation: &str,
    cases: impl IntoIterator<Item = (String, bool)>,
) {
    let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for (limit, is_broken) in cases {
        match is_broken {
            true => outside.insert(limit),
            false => inside.insert(limit),
        };
    }
    let limits = spec::limits(spec, operation);
    assert_eq!(outside, limits, "cases outside (left), limits (right)");
    assert_eq!(inside, limits, "cases inside (left), limits (right)");
}
