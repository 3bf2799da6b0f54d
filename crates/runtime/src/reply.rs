//! Decodes the body of a successful reply; a failure says where and quotes what stood there.

use cloudbackup_core::de::{Lenient, Read};
use cloudbackup_core::operation::{Operation, OperationInfo, ReplyFormat, ReplyHead};

use crate::attempt::{Reply, capped};
use crate::drift;
use crate::error::{AttemptRecord, Error, ReplyProblem};
use crate::excerpt::{excerpt, is_secret_name};
use crate::raw::Raw;
use crate::response::Response;
use crate::text::printable;

/// Longest quoted value in the words of the decoder.
const QUOTED_CHARS: usize = 48;
/// Longest reason shown.
const REASON_CHARS: usize = 300;

/// Decodes a reply into the output of its operation.
pub(crate) fn decode<O: Operation>(reply: Reply) -> Result<Response<O::Output>, Error> {
    let (settings, id) = (reply.client.settings(), reply.request_id.as_deref());
    let info = &O::INFO;
    let value_of = |name: &str| reply.headers.get(name)?.to_str().ok();
    let decoded: Result<_, Failure> = drift::observed(settings, id, info, || {
        let mut output = decode_format(&reply.body, info.reply_format())?;
        O::read_head(&mut output, &ReplyHead::new(&value_of));
        Ok(output)
    });
    match decoded {
        Ok(output) => Ok(Response {
            attempts: reply.attempts(),
            status: reply.status,
            headers: reply.headers,
            request_id: reply.request_id,
            output,
        }),
        Err(failure) => Err(failure.into_error(reply, info)),
    }
}

/// Why a body cannot be decoded.
#[derive(Debug, PartialEq)]
enum Failure {
    Empty,
    Decode { path: String, reason: String },
}

fn decode_format<T: Lenient>(body: &[u8], format: ReplyFormat) -> Result<T, Failure> {
    match format {
        ReplyFormat::Text => decode_raw(Raw::Text(text_of(body)?)),
        ReplyFormat::Bytes => decode_raw(Raw::Bytes(body)),
        ReplyFormat::Nothing => decode_body(b""),
        _ => decode_body(body),
    }
}

fn decode_raw<T: Lenient>(raw: Raw<'_>) -> Result<T, Failure> {
    T::lenient(raw).map_err(|error| Failure::Decode {
        path: String::new(),
        reason: error.to_string(),
    })
}

fn text_of(body: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(body).map_err(|error| Failure::Decode {
        path: String::new(),
        reason: format!("no UTF-8 after byte {}", error.valid_up_to()),
    })
}

fn decode_body<T: Lenient>(body: &[u8]) -> Result<T, Failure> {
    if body.trim_ascii().is_empty() {
        return ["{}", "null"]
            .into_iter()
            .find_map(|nothing| serde_json::from_str(nothing).ok())
            .map(|Read(output)| output)
            .ok_or(Failure::Empty);
    }
    // Checked as a whole, since members that no type mentions are otherwise passed over unread.
    let text = text_of(body)?;
    match serde_json::from_str(text) {
        Ok(Read(output)) => Ok(output),
        Err(error) => Err(locate::<T>(text, error)),
    }
}

/// Decodes once more, this time keeping track of the path: too slow for every reply.
fn locate<T: Lenient>(text: &str, error: serde_json::Error) -> Failure {
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, Read<T>>(&mut reader) {
        Err(located) => Failure::Decode {
            path: located.path().to_string(),
            reason: located.inner().to_string(),
        },
        // What was decoded is fine, so the fault lies behind it.
        Ok(_) => Failure::Decode {
            path: String::new(),
            reason: error.to_string(),
        },
    }
}

/// The decoder's words without the values that it quotes, where these may be secret or long.
fn safe_reason(reason: &str, path: &str) -> String {
    if path.split(['.', '[', ']']).any(is_secret_name) {
        return "not the type that is documented".into();
    }
    // Every second piece stands between quotes.
    let limits = [REASON_CHARS, QUOTED_CHARS].into_iter().cycle();
    let pieces = reason
        .split('"')
        .zip(limits)
        .map(|(piece, limit)| printable(piece, limit));
    let out = pieces.collect::<Vec<_>>().join("\"");
    printable(&out, REASON_CHARS)
}

impl Failure {
    fn into_error(self, reply: Reply, info: &OperationInfo) -> Error {
        let settings = reply.client.settings();
        let error = match self {
            Self::Empty => Error::reply(ReplyProblem::Empty, "the reply has no body"),
            Self::Decode { path, reason } => {
                let (path, reason) = (settings.masked(path), settings.masked(reason));
                let reason = safe_reason(&reason, &path);
                let place = match path.as_str() {
                    "" | "." => String::new(),
                    path => format!(" at `{}`", printable(path, REASON_CHARS)),
                };
                let quote = excerpt(&settings.masked_bytes(&reply.body));
                let text = format!("cannot read the reply{place}: {reason}; the reply is {quote}");
                Error::reply(ReplyProblem::Decode, text)
                    .with_raw_body(capped(&reply.body, settings.max_error_bytes))
            }
        };
        unusable(error, reply, info)
    }
}

/// The error of a reply that cannot be used, with what its head says and the attempts before it.
pub(crate) fn unusable(error: Error, reply: Reply, info: &OperationInfo) -> Error {
    let error = error
        .with_status(reply.status)
        .with_request_id(reply.request_id.as_deref())
        .with_operation(info);
    let mut attempts = reply.failed;
    attempts.push(AttemptRecord::new(reply.delay, &error));
    error.with_attempts(attempts)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::collections::BTreeMap;

    use cloudbackup_core::{Blob, de};
    use serde::{Deserialize, Deserializer};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Item {
        size: i64,
        #[serde(default)]
        password: Option<i64>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct List {
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Nothing {}

    impl Lenient for List {
        fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            de::object(deserializer)
        }
    }

    impl Lenient for Nothing {
        fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            de::object(deserializer)
        }
    }

    fn failure(body: &str) -> (String, String) {
        match decode_body::<List>(body.as_bytes()) {
            Err(Failure::Decode { path, reason }) => {
                let reason = safe_reason(&reason, &path);
                (path, reason)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn failure_names_the_path() {
        let (path, reason) = failure(r#"{"items":[{"size":1},{"size":"x"}]}"#);
        assert_eq!(path, "items[1].size");
        assert!(reason.starts_with("invalid type: string \"x\""), "{reason}");
        let (path, reason) = failure(r#"{"items":[{"size":1},{}]}"#);
        assert!(
            path == "items[1]" && reason.contains("`size`"),
            "{path}: {reason}"
        );
    }

    #[test]
    fn secret_and_long_values_are_not_quoted() {
        let (path, reason) = failure(r#"{"items":[{"size":1,"password":"hunter2"}]}"#);
        assert!(
            path.ends_with("password") && !reason.contains("hunter2"),
            "{path}: {reason}"
        );
        let long = format!(r#"{{"items":[{{"size":"{}"}}]}}"#, "x".repeat(300));
        let (_, reason) = failure(&long);
        assert!(
            reason.len() < 150 && reason.contains("expected i64"),
            "{reason}"
        );
    }

    #[test]
    fn trailing_text_is_a_failure_and_trailing_space_is_not() {
        assert!(decode_body::<Nothing>(b"{} \r\n").is_ok());
        let failed = decode_body::<Nothing>(b"{}x").unwrap_err();
        assert!(matches!(failed, Failure::Decode { reason, .. } if reason.contains("trailing")));
    }

    #[test]
    fn nothing_decodes_where_the_output_needs_nothing() {
        assert_eq!(decode_body::<Nothing>(b"").unwrap(), Nothing {});
        assert_eq!(decode_body::<Option<List>>(b" \n").unwrap(), None);
        assert_eq!(
            decode_body::<BTreeMap<String, i64>>(b"").unwrap(),
            BTreeMap::new()
        );
        assert_eq!(decode_body::<List>(b"").unwrap_err(), Failure::Empty);
    }

    #[test]
    fn text_and_bytes_are_taken_as_they_are() {
        let text = |body| decode_format::<String>(body, ReplyFormat::Text);
        assert_eq!(text(b" 12 \n").unwrap(), " 12 \n");
        assert_eq!(text(b"").unwrap(), "");
        assert!(matches!(text(b"a\xff"), Err(Failure::Decode { reason, .. })
            if reason == "no UTF-8 after byte 1"));
        let bytes = |body| decode_format::<Option<Blob>>(body, ReplyFormat::Bytes);
        let blob = bytes(b"\xff\x00").unwrap();
        assert_eq!(blob, Some(Blob::from(b"\xff\x00")));
        assert_eq!(bytes(b"").unwrap(), None);
        let nothing = decode_format::<Nothing>(b"anything", ReplyFormat::Nothing);
        assert_eq!(nothing.unwrap(), Nothing {});
    }

    #[test]
    fn broken_json_is_a_failure() {
        let deep = format!(r#"{{"items":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        for body in [
            &br#"{"items":[{"size":99999999999999999999}]}"#[..],
            br#"{"items":[{"size":1"#,
            br#"{"items":[],"items":[]}"#,
            b"{\"items\":[],\"x\":\"\xff\"}",
            br#"{"items":null}"#,
            deep.as_bytes(),
        ] {
            assert!(matches!(
                decode_body::<List>(body),
                Err(Failure::Decode { .. })
            ));
        }
        let surrogate = decode_body::<BTreeMap<String, String>>(br#"{"a":"\ud800"}"#);
        assert!(matches!(surrogate, Err(Failure::Decode { path, .. }) if path == "a"));
    }
}
