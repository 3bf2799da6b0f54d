//! Doc text: the spec's description, then what its keywords say.

use crate::ir::{Constraint, Docs, Field, Operation, Rule, When};
use crate::settle::MemberNames;

/// Doc text of what callers give: description, limits, unit, default, wire
/// name.
pub(super) fn input(field: &Field, names: &MemberNames) -> String {
    let mut facts = Vec::new();
    if field.required {
        facts.push("Mandatory.".to_owned());
    }
    facts.extend(limits(field));
    if let Some(default) = &field.docs.default {
        facts.push(format!("When absent, the service takes {}.", code(default)));
    }
    facts.extend(on_the_wire(field, names));
    member(field, &facts)
}

/// Doc text of what a service answers with.
pub(super) fn reply(field: &Field, names: &MemberNames) -> String {
    let mut facts = limits(field);
    facts.extend(on_the_wire(field, names));
    member(field, &facts)
}

fn member(field: &Field, facts: &[String]) -> String {
    let mut text = match field.is_rest {
        true => rest(&field.docs),
        false => description(&field.docs, &format!("The {} member.", code(&field.wire))),
    };
    if !facts.is_empty() {
        text.push_str("\n\n");
        text.push_str(&facts.join(" "));
    }
    text
}

/// What holds the members that have no name of their own.
fn rest(docs: &Docs) -> String {
    let text = "All members that have no name here, side by side with the others on the wire.";
    match description(docs, "").as_str() {
        "" => text.to_owned(),
        each => format!("{text}\n\nEach of them: {each}"),
    }
}

/// What a schema says that is no type of its own.
pub(super) fn alias(alias: &Field) -> String {
    let mut text = description(&alias.docs, &format!("The schema {}.", code(&alias.wire)));
    let facts = limits(alias);
    if !facts.is_empty() {
        text.push_str("\n\n");
        text.push_str(&facts.join(" "));
    }
    text
}

fn limits(field: &Field) -> Vec<String> {
    let mut facts: Vec<String> = field.constraints.iter().map(|c| limit(c, field)).collect();
    if let (Some(unit), false) = (&field.docs.unit, has_range(field)) {
        facts.push(format!("In {}.", one_line(unit)));
    }
    facts
}

fn on_the_wire(field: &Field, names: &MemberNames) -> Option<String> {
    let has_other = names.rust != field.wire && !field.is_rest;
    has_other.then(|| format!("On the wire: {}.", code(&field.wire)))
}

fn has_range(field: &Field) -> bool {
    field.constraints.iter().any(|c| {
        matches!(
            c,
            Constraint::Range(..) | Constraint::RangeOr(..) | Constraint::NumberRange(..)
        )
    })
}

fn only<T: ToString>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(|it| code(&it.to_string())).collect();
    format!("Only {}.", joined(&values, "or"))
}

/// The description, or a sentence in its place, which is Markdown already.
pub(super) fn description(docs: &Docs, otherwise: &str) -> String {
    match docs.description.as_deref().map(escape) {
        Some(text) if !text.is_empty() => text,
        _ => otherwise.to_owned(),
    }
}

/// What an operation does, where it goes and which statuses are documented.
pub(super) fn operation(operation: &Operation, service: &str) -> String {
    let mut text = String::new();
    match operation.docs.summary.as_deref().map(one_line) {
        Some(summary) if !summary.is_empty() => text.push_str(&summary),
        _ => text.push_str(&format!("Calls {}.", code(&operation.id))),
    }
    let description = operation.docs.description.as_deref().map(escape);
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        text.push_str("\n\n");
        text.push_str(&description);
    }
    let line = format!("{} {}", operation.method.as_str(), operation.path.sent());
    text.push_str(&format!("\n\n{}", code(&line)));
    if let Some(source) = source(operation, service) {
        text.push_str("\n\n");
        text.push_str(&source);
    }
    text
}

/// The document behind an operation.
pub(super) fn source(operation: &Operation, service: &str) -> Option<String> {
    let document = operation.source.document.as_ref()?;
    let date = match operation.source.date.as_deref() {
        None | Some("undated") => "undated".to_owned(),
        Some(date) => format!("of {}", one_line(date)),
    };
    let (document, service) = (one_line(document), one_line(service));
    Some(format!(
        "Source: \u{201c}{document}\u{201d}, {service}, {date}."
    ))
}

/// The `# Errors` section of an operation.
pub(super) fn errors(operation: &Operation) -> String {
    let mut text = "# Errors\n\nFails before anything is sent when the request breaks a limit \
                    that the document states, with all violations in one error."
        .to_owned();
    if !operation.errors.is_empty() {
        text.push_str(" The service documents these statuses:\n");
    }
    for error in &operation.errors {
        let status = match error.status.as_str() {
            "default" => "any other status".to_owned(),
            status => code(status),
        };
        let description = one_line(&error.description);
        text.push_str(&format!("\n* {status}: {description}"));
    }
    text
}

/// A sentence for a rule over several members, which callers know by the names
/// that `rust` gives for paths of wire names.
pub(super) fn rule(rule: &Rule, rust: &dyn Fn(&str) -> String) -> String {
    let names = |members: &[String]| {
        let quoted: Vec<String> = members.iter().map(|m| code(&rust(m))).collect();
        joined(&quoted, "and")
    };
    match rule {
        Rule::AnyOf {
            members,
            first_wins,
        } => {
            let wins = match first_wins {
                true => "; the service takes the first when several are given",
                false => "",
            };
            format!("At least one of {} is needed{wins}.", names(members))
        }
        Rule::Together(members) => format!("{} go together or not at all.", names(members)),
        Rule::AtMostOne(members) => format!("At most one of {} can be given.", names(members)),
        Rule::Needs {
            member,
            when,
            needs,
        } => {
            let member = code(&rust(member));
            let value = |value: &serde_json::Value| match value {
                serde_json::Value::String(text) => code(text),
                other => code(&other.to_string()),
            };
            match when {
                When::Given => format!("{member} needs {}.", names(needs)),
                When::Is(is) => {
                    format!("{member} needs {} when it is {}.", names(needs), value(is))
                }
                When::IsNot(is) => {
                    format!(
                        "{member} needs {} unless it is {}.",
                        names(needs),
                        value(is)
                    )
                }
            }
        }
        Rule::Order(earlier, later) => {
            let (later, earlier) = (code(&rust(later)), code(&rust(earlier)));
            format!("{later} must be later than {earlier}.")
        }
        Rule::OnlyWhen { member, needs } => {
            let (member, needs) = (code(&rust(member)), code(&rust(needs)));
            format!("{member} can be true only when {needs} is.")
        }
        Rule::Schedule {
            hours,
            time_zone,
            days,
        } => format!(
            "The hours of {} are UTC and ascend by local time. When they fall on different days in \
             UTC, {} and {} are needed.",
            code(&rust(hours)),
            code(&rust(time_zone)),
            code(&rust(days))
        ),
    }
}

/// `a, b and c`
pub(super) fn joined(words: &[String], conjunction: &str) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {conjunction} {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn limit(constraint: &Constraint, field: &Field) -> String {
    let unit = match &field.docs.unit {
        Some(unit) => format!(" {}", one_line(unit)),
        None => String::new(),
    };
    match constraint {
        Constraint::Range(least, most) => sentence(&span(least.as_ref(), most.as_ref()), &unit),
        Constraint::RangeOr(least, most, others) => {
            let others: Vec<String> = others.iter().map(i64::to_string).collect();
            let range = sentence(&span(least.as_ref(), most.as_ref()), &unit);
            format!(
                "{}, or {}.",
                range.trim_end_matches('.'),
                joined(&others, "or")
            )
        }
        Constraint::MultipleOf(step) => format!("A multiple of {step}."),
        Constraint::NumberRange(least, most) => {
            sentence(&span(least.as_ref(), most.as_ref()), &unit)
        }
        Constraint::Above(low) => format!("More than {low}{unit}."),
        Constraint::Below(high) => format!("Less than {high}{unit}."),
        Constraint::Step(step) => format!("A multiple of {step}."),
        Constraint::Integers(values) => only(values),
        Constraint::Numbers(values) => only(values),
        Constraint::Only(value) => format!("Only {}.", code(&value.to_string())),
        Constraint::Length(Some(1), None) => "At least one character.".to_owned(),
        Constraint::Length(least, most) => {
            sentence(&span(least.as_ref(), most.as_ref()), " characters")
        }
        Constraint::First(class) => format!("Starts with one of {}.", code(class)),
        Constraint::Chars(class) => format!("Only characters of {}.", code(class)),
        Constraint::NoChars(class) => format!("None of the characters {}.", code(class)),
        Constraint::NotPrefix(prefix) => format!("Does not start with {}.", code(prefix)),
        Constraint::OneOf(values) => {
            let values: Vec<String> = values.iter().map(|value| code(value)).collect();
            format!("Here only {}.", joined(&values, "or"))
        }
        Constraint::FullHours => "Full hours as `HH:00`, comma-separated.".to_owned(),
        Constraint::UtcOffset => "In the form `UTC+HH:MM` or `UTC-HH:MM`.".to_owned(),
        Constraint::WeekDays => {
            "Days of the week, 1 for Monday to 7 for Sunday, comma-separated.".to_owned()
        }
        Constraint::HourWindow(60) => "An hour as `HH:00-HH:00`.".to_owned(),
        Constraint::HourWindow(step) => {
            format!("An hour as `hh:mm-HH:MM`, from a multiple of {step} minutes on.")
        }
        Constraint::Date => "A day as `yyyy-mm-dd`.".to_owned(),
        Constraint::Items(Some(1), None) => "At least one item.".to_owned(),
        Constraint::Items(least, most) => sentence(&span(least.as_ref(), most.as_ref()), " items"),
        Constraint::Unique => "No item twice.".to_owned(),
        Constraint::Each(inner) => {
            let inner: Vec<String> = inner.iter().map(|c| limit(c, field)).collect();
            format!("Each item: {}", inner.join(" "))
        }
    }
}

fn sentence(span: &str, unit: &str) -> String {
    let mut chars = span.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect::<String>() + unit + "."
}

fn span<T: std::fmt::Display>(least: Option<&T>, most: Option<&T>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "any number of".to_owned(),
    }
}

/// Text from a spec as Markdown that rustdoc reads as text: nothing in it
/// becomes HTML or a link to an item, and no code block begins, since rustdoc
/// would compile that as a test.
pub(super) fn escape(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(escape_line).collect();
    lines.join("\n")
}

/// The same on one line, for text that stands inside a sentence.
pub(super) fn one_line(text: &str) -> String {
    escape_line(text.trim())
}

/// A value of the spec in code marks; in quotes when it holds such a mark
/// itself, since a longer fence would not survive the breaking of lines.
pub(super) fn code(value: &str) -> String {
    let shown = value.chars().map(|c| match c {
        '\n' | '\r' | '\t' => ' ',
        c => visible(c),
    });
    let shown: String = shown.collect();
    if !shown.is_empty() && !shown.contains('`') {
        return format!("`{shown}`");
    }
    let mut quoted = String::new();
    for (index, part) in shown.split('`').enumerate() {
        if index > 0 {
            quoted.push_str("\\`");
        }
        prose(part, &mut quoted);
    }
    format!("\u{201c}{quoted}\u{201d}")
}

/// Spaces in front beyond these make a code block.
const MOST_INDENT: usize = 3;

fn escape_line(line: &str) -> String {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    // One space between words: more of them after the sign of a list item make
    // a code block too.
    let words: Vec<&str> = line.split_whitespace().collect();
    let words = without_fences(&words.join(" "));
    let text: String = words.chars().map(visible).collect();
    let mut out = match text.is_empty() {
        true => String::new(),
        false => " ".repeat(indent.min(MOST_INDENT)),
    };
    // An odd mark would pair up with one that the writer did not mean.
    let paired = text.matches('`').count().is_multiple_of(2);
    for (index, part) in text.split('`').enumerate() {
        match (paired, index % 2 == 1) {
            (true, true) => out.push_str(&format!("`{part}`")),
            (false, _) if index > 0 => {
                out.push_str("\\`");
                prose(part, &mut out);
            }
            _ => prose(part, &mut out),
        }
    }
    out
}

/// Signs that begin a fenced block or a code span of another kind become
/// apostrophes: two or more backticks, three or more tildes.
fn without_fences(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = rest.chars().take_while(|next| *next == c).count();
        let fence = (c == '`' && run > 1) || (c == '~' && run > 2);
        out.extend(std::iter::repeat_n(if fence { '\'' } else { c }, run));
        rest = rest.get(run * c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// Text outside of code marks: signs that Markdown would take for more than
/// themselves are escaped, and addresses become links.
fn prose(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(address) = address(rest) {
            out.push_str(&format!("<{address}>"));
            rest = rest.get(address.len()..).unwrap_or_default();
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        // The writer has put the address into brackets: `<https://…>`.
        let inner = address(rest).filter(|_| c == '<');
        if let Some(inner) = inner
            && let Some(after) = rest.get(inner.len()..).and_then(|r| r.strip_prefix('>'))
        {
            out.push_str(&format!("<{inner}>"));
            rest = after;
            continue;
        }
        // A pipe would cut a code span in two where it made a table.
        if matches!(c, '<' | '[' | ']' | '\\' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
}

/// The web address that the text begins with.
fn address(text: &str) -> Option<&str> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.starts_with(scheme))?;
    let ends = |c: char| c.is_whitespace() || c == '\u{fffd}' || "<>\"'`[]\\|".contains(c);
    let end = text.find(ends).unwrap_or(text.len());
    let found = text.get(..end)?;
    // A stop behind an address belongs to the sentence.
    let found = found.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '*', '_']);
    let host = found.strip_prefix(scheme)?;
    // A placeholder for the host leads nowhere.
    let begins = |c: char| c.is_alphanumeric() || "-@:%._+~#=".contains(c);
    host.starts_with(begins).then_some(found)
}

/// The character, or a mark in place of one that could not be seen or would
/// change how the rest is shown.
fn visible(c: char) -> char {
    if c.is_control() || is_bidi(c) {
        '\u{fffd}'
    } else {
        c
    }
}

/// Longest line of a doc comment, without its indentation.
const WIDTH: usize = 92;

/// Text in lines; code blocks stay as they are and list items hang.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
        }
        if code || line.chars().count() <= WIDTH {
            out.push(line.trim_end().to_owned());
            continue;
        }
        let hang = if line.starts_with("* ") { "  " } else { "" };
        wrap(line, hang, &mut out);
    }
    out
}

fn wrap(line: &str, hang: &str, out: &mut Vec<String>) {
    let mut current = String::new();
    for word in words(line) {
        let fits = current.chars().count() + 1 + word.chars().count() <= WIDTH;
        if !current.trim().is_empty() && fits {
            current.push(' ');
        } else if !current.trim().is_empty() {
            out.push(std::mem::replace(&mut current, hang.to_owned()));
        }
        current.push_str(word);
    }
    out.push(current);
}

/// Words between spaces. Spaces in a code span don't count: a part of one at
/// the start of a line could begin a block, and the rest would be no code.
fn words(line: &str) -> Vec<&str> {
    let (mut code, mut escaped) = (false, false);
    let is_gap = |c: char| {
        let gap = c == ' ' && !code;
        match c {
            '`' if !escaped => code = !code,
            _ => {}
        }
        escaped = c == '\\' && !code && !escaped;
        gap
    };
    line.split(is_gap).filter(|word| !word.is_empty()).collect()
}

/// Characters that change the order in which text is shown.
fn is_bidi(c: char) -> bool {
    matches!(
        c,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_becomes_a_code_block() {
        for (text, expected) in [
            ("a\n\n        let x = 1;", "a\n\n   let x = 1;"),
            ("a\n\n\tx", "a\n\nx"),
            ("-      x", "- x"),
            ("```rust\nx\n```", "'''rust\nx\n'''"),
            ("~~~\nx\n~~~", "'''\nx\n'''"),
            ("a ~~b~~", "a ~~b~~"),
            ("a\r\nb", "a\nb"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn marks_of_code_count_in_pairs() {
        for (text, expected) in [
            ("`a<b>` <c>", "`a<b>` \\<c>"),
            ("it`s <b>", "it\\`s \\<b>"),
            ("`a` and ` <b>", "\\`a\\` and \\` \\<b>"),
            ("``a ` b`` <c>", "''a \\` b'' \\<c>"),
            ("\\`a <b>` c", "\\\\`a <b>` c"),
            ("[`Box`](x)", "\\[`Box`\\](x)"),
            ("a | `b|c`", "a \\| `b|c`"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_become_links() {
        for (text, expected) in [
            ("See https://a.b/c_d?e=f.", "See <https://a.b/c_d?e=f>."),
            ("(http://a.b)", "(<http://a.b>)"),
            ("<https://a.b>", "<https://a.b>"),
            ("[x](https://a.b)", "\\[x\\](<https://a.b>)"),
            ("`https://a.b`", "`https://a.b`"),
            ("https://{endpoint}/v3", "https://{endpoint}/v3"),
            ("https://", "https://"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_marked() {
        assert_eq!(escape("a\u{202e}b\u{1b}c"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(one_line("a\n\n  b\r c\n"), "a b c");
        assert_eq!(code("a\u{202e}\nb"), "`a\u{fffd} b`");
    }

    #[test]
    fn values_with_marks_of_code_are_quoted() {
        assert_eq!(code("a<b>"), "`a<b>`");
        assert_eq!(code("a`<b>"), "\u{201c}a\\`\\<b>\u{201d}");
        assert_eq!(code("```"), "\u{201c}\\`\\`\\`\u{201d}");
        assert_eq!(code(""), "\u{201c}\u{201d}");
    }

    #[test]
    fn lines_do_not_break_inside_code() {
        let text = format!("{} `a > b` c", "x".repeat(WIDTH - 4));
        let lines = wrapped(&text);
        assert_eq!(lines, [&text[..WIDTH - 4], "`a > b` c"]);
        assert_eq!(words("a\\` b `c d`"), ["a\\`", "b", "`c d`"]);
    }
}
