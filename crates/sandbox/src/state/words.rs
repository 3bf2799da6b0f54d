//! Words of the sandbox's own, which stand in its states as `&'static str`.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer};

/// A word. Under a name of its own, since serde would borrow a `&'static str` from what it reads.
pub(crate) type Word = &'static str;

/// Those that were read. They are a few dozen, whatever the size of a file: it holds no others
/// than those of the program that wrote it.
static READ: Mutex<BTreeSet<Word>> = Mutex::new(BTreeSet::new());

fn kept(text: String) -> Word {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    match read.get(text.as_str()) {
        Some(word) => word,
        None => {
            let word: Word = text.leak();
            read.insert(word);
            word
        }
    }
}

/// Reads a word, for `#[serde(deserialize_with = "…")]`.
pub(crate) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    String::deserialize(deserializer).map(kept)
}

/// Reads a word that may not be there.
pub(crate) fn optional_word<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Word>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(kept))
}
