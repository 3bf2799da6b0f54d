//! How an error prints: `{}` on one line with all that is known, `{:?}` as a list of members.

use std::error::Error as StdError;
use std::fmt;

use super::{Error, ErrorKind, Inner, Outcome};
use crate::text::{SHOWN_CHARS, printable};

/// Longest code and request id shown.
const SHOWN_ID: usize = 128;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let (Some(service), Some(operation)) = (inner.service, inner.operation) {
            write!(f, "{service} {operation}: ")?;
        }
        match inner.kind {
            ErrorKind::Validation if !inner.violations.is_empty() => write_violations(f, inner)?,
            ErrorKind::Service => write_service(f, inner)?,
            _ => write_own(f, inner)?,
        }
        write_trail(f, inner)?;
        if let Some(hint) = inner.effect() {
            write!(f, " ({hint})")?;
        }
        if let Some(note) = &inner.note {
            write!(f, "; {note}")?;
        }
        Ok(())
    }
}

/// The request id, and the number of attempts where there was more than one.
fn write_trail(f: &mut fmt::Formatter<'_>, inner: &Inner) -> fmt::Result {
    let id = inner.request_id.as_ref();
    let id = id.map(|id| format!("request id {}", printable(id, SHOWN_ID)));
    let count = inner.attempts.len();
    let attempts = (count > 1).then(|| format!("{count} attempts"));
    let trail: Vec<_> = id.into_iter().chain(attempts).collect();
    if trail.is_empty() {
        return Ok(());
    }
    write!(f, " [{}]", trail.join(", "))
}

impl Inner {
    /// What to tell about the effect; reads have none, and set-up errors speak for themselves.
    fn effect(&self) -> Option<&'static str> {
        if !self.is_write {
            return None;
        }
        Some(match self.outcome {
            Outcome::NotSent => "not sent",
            Outcome::Rejected => "rejected, nothing was changed",
            Outcome::Unknown => "may have been applied",
            Outcome::Applied => "was applied",
        })
    }
}

fn write_violations(f: &mut fmt::Formatter<'_>, inner: &Inner) -> fmt::Result {
    match inner.violations.len() {
        1 => f.write_str("the request breaks a rule: ")?,
        count => write!(f, "the request breaks {count} rules: ")?,
    }
    for (index, violation) in inner.violations.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        write!(
            f,
            "{separator}{}",
            printable(&violation.to_string(), SHOWN_CHARS)
        )?;
    }
    Ok(())
}

fn write_service(f: &mut fmt::Formatter<'_>, inner: &Inner) -> fmt::Result {
    f.write_str("the service answered")?;
    if let Some(status) = inner.status {
        write!(f, " {}", status.as_u16())?;
        if let Some(reason) = status.canonical_reason() {
            write!(f, " {reason}")?;
        }
    }
    if let Some(code) = &inner.code {
        write!(f, ", code {}", printable(code, SHOWN_ID))?;
    }
    if let Some(message) = &inner.message {
        write!(f, ": {}", printable(message, SHOWN_CHARS))?;
    }
    if let Some(wait) = inner.retry_after {
        write!(f, "; it asks to wait {} s", wait.as_secs())?;
    }
    Ok(())
}

fn write_own(f: &mut fmt::Formatter<'_>, inner: &Inner) -> fmt::Result {
    f.write_str(&inner.text)?;
    if let Some(status) = inner.status {
        write!(f, " (status {})", status.as_u16())?;
    }
    if let Some(cause) = inner.cause() {
        write!(f, ": {}", printable(&cause, SHOWN_CHARS))?;
    }
    Ok(())
}

impl Inner {
    /// The innermost source: the outer ones only say that something failed.
    fn cause(&self) -> Option<String> {
        let mut cause: &(dyn StdError + 'static) = self.source.as_deref()?;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Some(cause.to_string())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &inner.kind)
            .field("outcome", &inner.outcome);
        if let Some(problem) = &inner.problem {
            out.field("reply_problem", problem);
        }
        if let Some(problem) = &inner.connect_problem {
            out.field("connect_problem", problem);
        }
        if let Some(phase) = &inner.timeout_phase {
            out.field("timeout_phase", phase);
        }
        if let Some(problem) = &inner.paging_problem {
            out.field("paging_problem", problem);
        }
        if !inner.text.is_empty() {
            out.field("text", &inner.text);
        }
        out.field("service", &inner.service)
            .field("operation", &inner.operation);
        if let Some(status) = inner.status {
            out.field("status", &status.as_u16());
        }
        for (name, value, max) in [
            ("code", &inner.code, SHOWN_ID),
            ("message", &inner.message, SHOWN_CHARS),
            ("request_id", &inner.request_id, SHOWN_ID),
        ] {
            if let Some(value) = value {
                out.field(name, &format_args!("\"{}\"", printable(value, max)));
            }
        }
        if !inner.violations.is_empty() {
            out.field("violations", &inner.violations);
        }
        if let Some(wait) = inner.retry_after {
            out.field("retry_after", &wait);
        }
        if inner.attempts.len() > 1 {
            out.field("attempts", &inner.attempts.len());
        }
        if let Some(body) = &inner.raw_body {
            // Its length only: a body may hold what the caller must not log.
            out.field("raw_body_len", &body.len());
        }
        if let Some(note) = &inner.note {
            out.field("note", note);
        }
        if let Some(source) = &inner.source {
            out.field("source", source);
        }
        out.finish_non_exhaustive()
    }
}
