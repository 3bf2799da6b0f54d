//! Character offsets to byte offsets.

/// Character offsets, which the parser gives, to byte offsets, with a
/// checkpoint every so many characters; none where the two are the same.
pub(super) struct Offsets<'a> {
    text: &'a str,
    checkpoints: Option<Vec<usize>>,
}

const STRIDE: usize = 64;

impl<'a> Offsets<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = || text.char_indices().map(|(at, _)| at);
        Self {
            text,
            checkpoints: (!text.is_ascii()).then(|| starts().step_by(STRIDE).collect()),
        }
    }

    pub(super) fn byte(&self, characters: usize) -> usize {
        let Some(checkpoints) = &self.checkpoints else {
            return characters.min(self.text.len());
        };
        let Some(start) = checkpoints.get(characters / STRIDE) else {
            return self.text.len();
        };
        let rest = self.text.get(*start..).unwrap_or("");
        let nth = rest.char_indices().nth(characters % STRIDE);
        nth.map_or(self.text.len(), |(at, _)| start + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_found() {
        for text in ["abc", "", &"aé漢😀".repeat(100)] {
            let offsets = Offsets::new(text);
            for (count, (at, _)) in text.char_indices().enumerate() {
                assert_eq!(offsets.byte(count), at);
            }
            assert_eq!(offsets.byte(text.chars().count()), text.len());
            assert_eq!(offsets.byte(usize::MAX), text.len());
        }
    }
}
