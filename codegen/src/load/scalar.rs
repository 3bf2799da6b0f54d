//! Plain YAML scalars to JSON values by the core schema of YAML 1.2.
//!
//! Only what that schema names is a boolean or a number. `ON`, `Y`, `no`,
//! `2020-01-01`, `1_000` and `12:30` stay text, whatever YAML 1.1 made of them.

use serde_json::{Number, Value};

/// What a plain scalar turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Plain {
    /// A value.
    Value(Value),
    /// A number that keeps only its first digits.
    Rounded(Value),
    /// A number that JSON cannot hold: not finite.
    NotFinite,
}

/// Reads a plain scalar.
pub(super) fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Value(Value::Null),
        "true" | "True" | "TRUE" => Plain::Value(Value::Bool(true)),
        "false" | "False" | "FALSE" => Plain::Value(Value::Bool(false)),
        other => number(other).unwrap_or_else(|| Plain::Value(Value::String(other.to_owned()))),
    }
}

fn number(text: &str) -> Option<Plain> {
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if is_special(unsigned) || text == ".nan" || text == ".NaN" || text == ".NAN" {
        return Some(Plain::NotFinite);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Some(integer(text));
    }
    is_float(unsigned).then(|| float(text))
}

fn is_special(unsigned: &str) -> bool {
    matches!(unsigned, ".inf" | ".Inf" | ".INF")
}

fn radix(digits: &str, base: u32) -> Option<Plain> {
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    Some(match u64::from_str_radix(digits, base) {
        Ok(number) => Plain::Value(number.into()),
        Err(_) => Plain::NotFinite,
    })
}

fn integer(text: &str) -> Plain {
    let bare = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = bare.parse::<i64>() {
        return Plain::Value(number.into());
    }
    if let Ok(number) = bare.parse::<u64>() {
        return Plain::Value(number.into());
    }
    match float(text) {
        Plain::Value(value) => Plain::Rounded(value),
        other => other,
    }
}

fn float(text: &str) -> Plain {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let number = bare.parse::<f64>().ok().and_then(Number::from_f64);
    number.map_or(Plain::NotFinite, |n| Plain::Value(Value::Number(n)))
}

/// `.5`, `1.`, `1.5`, `1e3`, without a sign.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let good_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let good_exponent = exponent.is_none_or(|exponent| {
        let bare = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !bare.is_empty() && digits(bare)
    });
    good_mantissa && good_exponent
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_of_yaml_1_1_stay_text() {
        for text in [
            "ON",
            "Off",
            "y",
            "N",
            "yes",
            "No",
            "tRUE",
            "nULL",
            "2020-01-01",
            "12:30",
            "1_000",
            "0b11",
            "0o8",
            "0x",
            "1e",
            "e3",
            ".",
            "-",
            "+",
            "--1",
            "+-1",
            "1.2.3",
            "0X1F",
            ".inF",
            "-.nan",
            "1e3.5",
            "١",
        ] {
            assert_eq!(plain(text), Plain::Value(json!(text)), "{text}");
        }
    }

    #[test]
    fn the_core_schema_is_read_to_the_letter() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("Null", json!(null)),
            ("TRUE", json!(true)),
            ("false", json!(false)),
            ("0", json!(0)),
            ("007", json!(7)),
            ("-12", json!(-12)),
            ("+12", json!(12)),
            ("0o17", json!(15)),
            ("0xFf", json!(255)),
            ("18446744073709551615", json!(u64::MAX)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("-1.", json!(-1.0)),
            ("1e3", json!(1000.0)),
            ("+1.5E-1", json!(0.15)),
        ] {
            assert_eq!(plain(text), Plain::Value(value), "{text}");
        }
    }

    #[test]
    fn numbers_json_cannot_hold_are_told_apart() {
        for text in [".inf", "-.INF", ".nan", "1e999", "0xFFFFFFFFFFFFFFFFF"] {
            assert_eq!(plain(text), Plain::NotFinite, "{text}");
        }
        assert!(matches!(plain("18446744073709551616"), Plain::Rounded(_)));
        assert!(matches!(plain("-9223372036854775809"), Plain::Rounded(_)));
    }
}
