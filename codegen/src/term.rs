//! Where a value of `with` and `where` comes from, as a spec writes it.

/// What a term says, before anyone has looked whether it is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term<'a> {
    /// `reply.PATH`: a member of the reply.
    Reply(&'a str),
    /// `request.PATH`: a parameter, or a member of the body.
    Request(&'a str),
    /// `'text'`: always this.
    Literal(&'a str),
    /// `started`: when the call was made.
    Started,
}

impl<'a> Term<'a> {
    /// Reads a term; `None` for anything else.
    pub fn read(text: &'a str) -> Option<Term<'a>> {
        if text == "started" {
            return Some(Term::Started);
        }
        if let Some(path) = text.strip_prefix("reply.") {
            return is_path(path).then_some(Term::Reply(path));
        }
        if let Some(path) = text.strip_prefix("request.") {
            return is_path(path).then_some(Term::Request(path));
        }
        let literal = text.strip_prefix('\'')?.strip_suffix('\'')?;
        (!literal.is_empty() && !literal.contains('\'')).then_some(Term::Literal(literal))
    }
}

/// Whether a text names a member, perhaps inside of objects: `backup.id`.
pub fn is_path(text: &str) -> bool {
    text.split('.').all(|step| !step.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_told_apart() {
        for (text, expected) in [
            ("reply.job_id", Some(Term::Reply("job_id"))),
            ("reply.backup.id", Some(Term::Reply("backup.id"))),
            ("request.X-Trace", Some(Term::Request("X-Trace"))),
            ("'restore now'", Some(Term::Literal("restore now"))),
            ("started", Some(Term::Started)),
            ("reply.", None),
            ("reply.a..b", None),
            ("request.a.", None),
            ("job_id", None),
            ("'", None),
            ("''", None),
            ("'a'b'", None),
            ("", None),
        ] {
            assert_eq!(Term::read(text), expected, "{text}");
        }
    }
}
