//! Names: wire spellings split into words once, printed by use, and claimed in
//! a scope so that two things never share one.

use std::collections::HashMap;

use crate::source::Span;

/// A name as a list of lower-case words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Splits at everything that is neither letter nor digit, and where the
    /// case says that a new word begins: `backupPolicy`, `HTTPStatus`.
    pub fn split(text: &str) -> Words {
        let mut words = Vec::new();
        let mut word = String::new();
        let chars: Vec<char> = text.chars().collect();
        for (index, &c) in chars.iter().enumerate() {
            if !c.is_alphanumeric() {
                flush(&mut words, &mut word);
                continue;
            }
            let previous = index.checked_sub(1).map(|i| chars[i]);
            let next = chars.get(index + 1);
            let after_lower = previous.is_some_and(|p| p.is_lowercase() || p.is_ascii_digit());
            let before_lower = previous.is_some_and(char::is_uppercase)
                && next.is_some_and(|next| next.is_lowercase());
            if c.is_uppercase() && (after_lower || before_lower) {
                flush(&mut words, &mut word);
            }
            word.extend(c.to_lowercase());
        }
        flush(&mut words, &mut word);
        Words(words)
    }

    /// These words and those of `more`.
    pub fn with(&self, more: &str) -> Words {
        let mut words = self.0.clone();
        words.extend(Words::split(more).0);
        Words(words)
    }

    /// The last word in the singular, for the items of a list.
    pub fn singular(&self) -> Words {
        let mut words = self.0.clone();
        if let Some(last) = words.last_mut() {
            if let Some(stem) = last.strip_suffix("ies") {
                *last = format!("{stem}y");
            } else if last.ends_with('s') && !last.ends_with("ss") && !last.ends_with("us") {
                last.pop();
            }
        }
        Words(words)
    }

    /// `backup_policy`
    pub fn snake(&self) -> String {
        self.0.join("_")
    }

    /// `backup-policy`
    pub fn kebab(&self) -> String {
        self.0.join("-")
    }

    /// `BackupPolicy`
    pub fn pascal(&self) -> String {
        self.0.iter().map(|word| capital(word)).collect()
    }
}

fn flush(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Whether the text can stand as an identifier, perhaps in its raw form.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    starts && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') && !NEVER.contains(&text)
}

/// Keywords that no raw form makes an identifier, and names that would shadow
/// what generated code says.
const NEVER: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// One name for each thing; remembers who has it.
#[derive(Debug, Default)]
pub struct Scope {
    taken: HashMap<String, Span>,
}

impl Scope {
    /// Takes the name, or says who has it already.
    pub fn claim(&mut self, name: &str, at: Span) -> Result<(), Span> {
        match self.taken.get(name) {
            Some(first) => Err(*first),
            None => {
                self.taken.insert(name.to_owned(), at);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_by_case_and_signs() {
        for (text, snake, pascal) in [
            (
                "backup_policy_name",
                "backup_policy_name",
                "BackupPolicyName",
            ),
            (
                "remain_first_backup_of_curMonth",
                "remain_first_backup_of_cur_month",
                "RemainFirstBackupOfCurMonth",
            ),
            ("X-Auth-Token", "x_auth_token", "XAuthToken"),
            ("HTTPStatus2xx", "http_status2xx", "HttpStatus2xx"),
            ("COMPLETED", "completed", "Completed"),
            ("os-backup:id", "os_backup_id", "OsBackupId"),
        ] {
            assert_eq!(Words::split(text).snake(), snake);
            assert_eq!(Words::split(text).pascal(), pascal);
        }
    }

    #[test]
    fn items_of_a_list_are_singular() {
        for (plural, singular) in [
            ("policies", "policy"),
            ("tags", "tag"),
            ("status", "status"),
        ] {
            assert_eq!(Words::split(plural).singular().snake(), singular);
        }
    }

    #[test]
    fn keywords_without_a_raw_form_are_no_identifiers() {
        assert!(is_identifier("type"));
        for bad in ["", "self", "2fa", "a-b", "é"] {
            assert!(!is_identifier(bad), "{bad:?}");
        }
    }
}
