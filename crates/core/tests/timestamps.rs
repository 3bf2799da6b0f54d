//! Every form of time stamp that the services print, and what is refused.
#![allow(clippy::unwrap_used)]

use std::borrow::Cow;

use cloudbackup_core::time::{TimeFormat, Timestamp};
use serde_json::json;

/// 2018-08-06T02:41:14Z.
const SECONDS: i64 = 1_533_523_274;

fn stamp(text: &str) -> Timestamp {
    Timestamp::from(text)
}

#[test]
fn the_forms_of_the_services() {
    let table = [
        ("2018-08-06T10:41:14+0800", SECONDS, 0, Some(28_800)),
        ("2018-08-06T10:41:14+08:00", SECONDS, 0, Some(28_800)),
        ("2018-08-06T10:41:14+08", SECONDS, 0, Some(28_800)),
        ("2018-08-05T20:41:14-0600", SECONDS, 0, Some(-21_600)),
        ("2018-08-06T08:26:14+05:45", SECONDS, 0, Some(20_700)),
        ("2018-08-06T02:41:14Z", SECONDS, 0, Some(0)),
        ("2018-08-06t02:41:14z", SECONDS, 0, Some(0)),
        ("2018-08-06T02:41:14-00:00", SECONDS, 0, Some(0)),
        ("2018-08-06T02:41:14.000+00:00", SECONDS, 0, Some(0)),
        ("2018-08-06T02:41:14.5Z", SECONDS, 500_000_000, Some(0)),
        ("2018-08-06T02:41:14,25Z", SECONDS, 250_000_000, Some(0)),
        ("2018-08-06T02:41:14.999999", SECONDS, 999_999_000, None),
        (
            "2018-08-06T02:41:14.1234567899Z",
            SECONDS,
            123_456_789,
            Some(0),
        ),
        ("2018-08-06T02:41:14", SECONDS, 0, None),
        ("2018-08-06 02:41:14 UTC", SECONDS, 0, Some(0)),
        ("2018-08-06 02:41:14", SECONDS, 0, None),
        ("2018-08-06 10:41:14 +0800", SECONDS, 0, Some(28_800)),
        ("2018-08-06T10:41:14_0800", SECONDS, 0, Some(28_800)),
        ("1533523274", SECONDS, 0, Some(0)),
        ("1533523274000", SECONDS, 0, Some(0)),
        ("1533523274987", SECONDS, 987_000_000, Some(0)),
        ("1970-01-01T00:00:00Z", 0, 0, Some(0)),
        ("1969-12-31T23:59:59.5Z", -1, 500_000_000, Some(0)),
        ("0000-01-01T00:00:00Z", -62_167_219_200, 0, Some(0)),
        ("9999-12-31T23:59:59Z", 253_402_300_799, 0, Some(0)),
        ("2016-02-29T00:00:00Z", 1_456_704_000, 0, Some(0)),
        // The end of a day, and a leap second, are the second after them.
        ("2018-08-05T24:00:00Z", 1_533_513_600, 0, Some(0)),
        ("2016-12-31T23:59:60Z", 1_483_228_800, 0, Some(0)),
    ];
    for (text, seconds, nanos, offset) in table {
        let stamp = stamp(text);
        assert_eq!(stamp.unix_seconds(), Some(seconds), "{text}");
        assert_eq!(stamp.subsec_nanos(), Some(nanos), "{text}");
        assert_eq!(stamp.offset(), offset, "{text}");
        assert_eq!(stamp.as_str(), text);
        assert_eq!(stamp.to_string(), text);
        let lent: &str = stamp.as_ref();
        assert_eq!(lent, text);
        assert_eq!(String::from(stamp), text);
    }
}

#[test]
fn odd_texts_are_kept_and_have_no_value() {
    let texts = [
        "",
        " ",
        "null",
        "not yet",
        "2018",
        "20180806",
        "0",
        "20180806104114",
        "-1533523274",
        "2018-08-06",
        "2018-08-06T10:41",
        "2018-08-06T10:41Z",
        "2018-8-6T10:41:14Z",
        "2018-13-01T00:00:00Z",
        "2018-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2018-04-31T00:00:00Z",
        "2018-00-10T00:00:00Z",
        "2018-08-00T00:00:00Z",
        "2018-08-06T25:00:00Z",
        "2018-08-06T24:00:01Z",
        "2018-08-06T24:01:00Z",
        "2018-08-06T10:60:00Z",
        "2018-08-06T10:41:61Z",
        "2018-08-06T10:41:14.Z",
        "2018-08-06T10:41:14+",
        "2018-08-06T10:41:14+8",
        "2018-08-06T10:41:14+080",
        "2018-08-06T10:41:14+08:0",
        "2018-08-06T10:41:14+2400",
        "2018-08-06T10:41:14+0860",
        "2018-08-06T10:41:14+0800 ",
        "2018-08-06T10:41:14 ",
        " 2018-08-06T10:41:14Z",
        "2018-08-06T10:41:14ZZ",
        "2018-08-06T10:41:14 CEST",
        "2018-08-06T10:41:14 0800",
        "２018-08-06T10:41:14Z",
        "+12018-08-06T10:41:14Z",
    ];
    for text in texts {
        let stamp = stamp(text);
        assert_eq!(stamp.unix_seconds(), None, "{text}");
        assert_eq!(stamp.subsec_nanos(), None, "{text}");
        assert_eq!(stamp.offset(), None, "{text}");
        assert_eq!(stamp.to_format(TimeFormat::BasicOffset), None, "{text}");
        assert_eq!(stamp.as_str(), text);
    }
}

#[test]
fn cut_and_changed_texts_never_panic() {
    let text = "2018-08-06T10:41:14.123456+08:00";
    for end in 0..text.len() {
        for strange in ["", "é", "\u{202e}", "-", "9", ":"] {
            let _ = stamp(&format!("{}{strange}", &text[..end])).unix_seconds();
            let _ = stamp(&format!("{}{strange}{}", &text[..end], &text[end + 1..])).offset();
        }
    }
}

#[test]
fn rendering() {
    use TimeFormat::{BasicOffset, Rfc3339};
    let table = [
        (
            "2018-08-06T10:41:14+08:00",
            BasicOffset,
            Some("2018-08-06T10:41:14+0800"),
        ),
        (
            "2018-08-06T02:41:14Z",
            BasicOffset,
            Some("2018-08-06T02:41:14+0000"),
        ),
        (
            "2018-08-06T02:41:14.999Z",
            BasicOffset,
            Some("2018-08-06T02:41:14+0000"),
        ),
        (
            "2018-08-06 02:41:14 UTC",
            BasicOffset,
            Some("2018-08-06T02:41:14+0000"),
        ),
        (
            "2018-08-06T10:41:14_0800",
            BasicOffset,
            Some("2018-08-06T10:41:14+0800"),
        ),
        (
            "2018-08-05T20:41:14-06",
            BasicOffset,
            Some("2018-08-05T20:41:14-0600"),
        ),
        (
            "1533523274000",
            BasicOffset,
            Some("2018-08-06T02:41:14+0000"),
        ),
        (
            "2018-08-05T24:00:00+0800",
            BasicOffset,
            Some("2018-08-06T00:00:00+0800"),
        ),
        (
            "2016-12-31T23:59:60+0000",
            BasicOffset,
            Some("2017-01-01T00:00:00+0000"),
        ),
        (
            "2018-08-06T10:41:14+0800",
            Rfc3339,
            Some("2018-08-06T10:41:14+08:00"),
        ),
        (
            "2018-08-06T10:41:14-0330",
            Rfc3339,
            Some("2018-08-06T10:41:14-03:30"),
        ),
        (
            "2018-08-06 02:41:14 UTC",
            Rfc3339,
            Some("2018-08-06T02:41:14Z"),
        ),
        (
            "2018-08-06t02:41:14.120z",
            Rfc3339,
            Some("2018-08-06T02:41:14.12Z"),
        ),
        ("1533523274987", Rfc3339, Some("2018-08-06T02:41:14.987Z")),
        // Nearly in the form, but not as every reader takes it.
        (
            "2018-08-06 10:41:14+08:00",
            Rfc3339,
            Some("2018-08-06T10:41:14+08:00"),
        ),
        (
            "2018-08-06T02:41:14,5Z",
            Rfc3339,
            Some("2018-08-06T02:41:14.5Z"),
        ),
        (
            "2018-08-05T24:00:00Z",
            Rfc3339,
            Some("2018-08-06T00:00:00Z"),
        ),
        // No offset is invented, and no year of five digits is written.
        ("2018-08-06T02:41:14", BasicOffset, None),
        ("2018-08-06T02:41:14.999999", Rfc3339, None),
        ("9999-12-31T24:00:00Z", Rfc3339, None),
    ];
    for (text, format, expected) in table {
        assert_eq!(
            stamp(text).to_format(format).as_deref(),
            expected,
            "{text} {format:?}"
        );
    }
}

#[test]
fn a_text_in_the_form_is_handed_out_as_it_is() {
    let table = [
        ("2018-08-06T10:41:14+0800", TimeFormat::BasicOffset),
        ("2018-08-06T10:41:14-0000", TimeFormat::BasicOffset),
        ("2018-08-06T10:41:14+08:00", TimeFormat::Rfc3339),
        ("2018-08-06T10:41:14.120Z", TimeFormat::Rfc3339),
        ("2018-08-06T10:41:14.000-00:00", TimeFormat::Rfc3339),
    ];
    for (text, format) in table {
        let stamp = stamp(text);
        let same = matches!(stamp.to_format(format), Some(Cow::Borrowed(same)) if same == text);
        assert!(same, "{text}");
    }
}

#[test]
fn examples_are_in_their_form() {
    for format in [TimeFormat::BasicOffset, TimeFormat::Rfc3339] {
        let stamp = stamp(format.example());
        assert!(
            matches!(stamp.to_format(format), Some(Cow::Borrowed(_))),
            "{format:?}"
        );
    }
}

#[test]
fn instants_come_back_from_their_text() {
    let offsets = [
        0, 3_600, -3_600, 28_800, 20_700, -12_600, 50_400, -43_200, 86_340, -86_340,
    ];
    // A prime step, so that all times of day and all months are met.
    for seconds in (-62_000_000_000..253_000_000_000_i64).step_by(86_399_981) {
        for offset in offsets {
            let written = Timestamp::from_unix(seconds, offset);
            assert_eq!(written.unix_seconds(), Some(seconds), "{written}");
            assert_eq!(written.offset(), Some(offset), "{written}");
            for format in [TimeFormat::BasicOffset, TimeFormat::Rfc3339] {
                let again = Timestamp::from(written.to_format(format).unwrap().into_owned());
                assert_eq!(again.unix_seconds(), Some(seconds), "{again}");
                assert_eq!(again.offset(), Some(offset), "{again}");
            }
        }
    }
}

#[test]
fn instants_at_the_edges() {
    let table = [
        (0, 0, "1970-01-01T00:00:00Z"),
        (-1, 0, "1969-12-31T23:59:59Z"),
        (SECONDS, 28_800, "2018-08-06T10:41:14+08:00"),
        (SECONDS, -1_800, "2018-08-06T02:11:14-00:30"),
        // Odd seconds of an offset cannot be written; the instant stays.
        (SECONDS, 28_859, "2018-08-06T10:41:14+08:00"),
        (SECONDS, -59, "2018-08-06T02:41:14Z"),
        (0, i32::MAX, "1970-01-01T23:59:00+23:59"),
        (0, i32::MIN, "1969-12-31T00:01:00-23:59"),
        (253_402_300_800, 0, "+010000-01-01T00:00:00Z"),
        (-62_167_219_201, 0, "-000001-12-31T23:59:59Z"),
    ];
    for (seconds, offset, text) in table {
        assert_eq!(Timestamp::from_unix(seconds, offset).as_str(), text);
    }
    for seconds in [i64::MIN, i64::MAX] {
        assert_eq!(Timestamp::from_unix(seconds, 3_600).unix_seconds(), None);
    }
}

#[test]
fn equality_is_of_texts() {
    assert_eq!(stamp("2018-08-06T02:41:14Z"), stamp("2018-08-06T02:41:14Z"));
    assert_ne!(
        stamp("2018-08-06T02:41:14Z"),
        stamp("2018-08-06T02:41:14+0000")
    );
}

#[test]
fn any_scalar_decodes() {
    let table = [
        (
            json!("2018-08-06T10:41:14+0800"),
            "2018-08-06T10:41:14+0800",
        ),
        (json!(""), ""),
        (json!("soon"), "soon"),
        (json!(1_533_523_274), "1533523274"),
        (json!(1_533_523_274_000_i64), "1533523274000"),
        (json!(1.533_523_274e12), "1533523274000"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(-5), "-5"),
        (json!(0.5), "0.5"),
        (json!(false), "false"),
    ];
    for (value, text) in table {
        let decoded: Timestamp = serde_json::from_value(value).unwrap();
        assert_eq!(decoded.as_str(), text);
        assert_eq!(serde_json::to_value(&decoded).unwrap(), json!(text));
    }
    for value in [json!(null), json!([]), json!({})] {
        assert!(
            serde_json::from_value::<Timestamp>(value.clone()).is_err(),
            "{value}"
        );
    }
}

#[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
struct Window {
    #[serde(default, with = "cloudbackup_core::time::basic_offset")]
    begin_time: Option<Timestamp>,
    #[serde(default, with = "cloudbackup_core::time::rfc3339")]
    end_time: Option<Timestamp>,
}

#[test]
fn members_are_sent_in_their_form() {
    let window = Window {
        begin_time: Some(stamp("2018-08-06T02:41:14Z")),
        end_time: Some(stamp("2018-08-06T10:41:14+0800")),
    };
    let sent = json!({
        "begin_time": "2018-08-06T02:41:14+0000",
        "end_time": "2018-08-06T10:41:14+08:00",
    });
    assert_eq!(serde_json::to_value(window).unwrap(), sent);
}

#[test]
fn members_are_read_in_any_form() {
    let sent = json!({"begin_time": "2018-08-06T02:41:14Z", "end_time": 1_533_523_274});
    let read = Window {
        begin_time: Some(stamp("2018-08-06T02:41:14Z")),
        end_time: Some(stamp("1533523274")),
    };
    assert_eq!(serde_json::from_value::<Window>(sent).unwrap(), read);
}

#[test]
fn members_that_cannot_be_read_are_sent_as_they_are() {
    let window = Window {
        begin_time: Some(stamp("yesterday")),
        end_time: None,
    };
    let sent = json!({"begin_time": "yesterday", "end_time": null});
    assert_eq!(serde_json::to_value(&window).unwrap(), sent);
    assert_eq!(serde_json::from_value::<Window>(sent).unwrap(), window);
}
