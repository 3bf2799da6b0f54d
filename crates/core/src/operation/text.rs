//! Values from the texts of paths, queries and headers.

use crate::enums::OpenEnum;
use crate::secret::Secret;
use crate::time::Timestamp;

/// What [`WireText`](crate::operation::WireText) wrote, read back.
pub trait FromWireText: Sized {
    /// The value, or what is expected instead, in words that follow "must be".
    ///
    /// # Errors
    /// Where the text is of another kind.
    fn from_wire_text(text: &str) -> Result<Self, &'static str>;
}

impl<T: OpenEnum> FromWireText for T {
    fn from_wire_text(text: &str) -> Result<Self, &'static str> {
        Ok(Self::from_text(text.to_owned()))
    }
}

impl FromWireText for String {
    fn from_wire_text(text: &str) -> Result<Self, &'static str> {
        Ok(text.to_owned())
    }
}

impl FromWireText for Secret {
    fn from_wire_text(text: &str) -> Result<Self, &'static str> {
        Ok(Self::from(text))
    }
}

impl FromWireText for i64 {
    fn from_wire_text(text: &str) -> Result<Self, &'static str> {
        text.parse().map_err(|_| "a 64-bit integer")
    }
}

impl FromWireText for f64 {
    fn from_wire_text(text: &str) -> Result<Self, &'static str> {
        match text.parse() {
            Ok(number) if f64::is_finite(number) => Ok(number),
            _ => Err("a number"),
        }
    }
}

impl FromWireText for bool {
    fn from_wire_text(text: &str) -> Result<Self, &'static str> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("`true` or `false`"),
        }
    }
}

impl FromWireText for Timestamp {
    fn from_wire_text(text: &str) -> Result<Self, &'static str> {
        Ok(Self::from(text))
    }
}
