//! Limits of single members: what passes, where a violation points, what it says.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use cloudbackup_core::enums::{OpenEnum, UnknownValue};
use cloudbackup_core::time::{TimeFormat, Timestamp};
use cloudbackup_core::validate::{Member, Validate, Validator, ViolationKind, Violations};

/// Everything that these checks find, one violation a line.
fn lines(checks: impl FnOnce(&mut Validator)) -> String {
    let mut validator = Validator::new();
    checks(&mut validator);
    validator
        .finish()
        .err()
        .map(|found| found.to_string())
        .unwrap_or_default()
}

/// What one check says about a member of this value; empty if it passes.
fn says<T>(value: T, check: impl FnOnce(Member<'_, T>) -> Member<'_, T>) -> String {
    let value = Some(value);
    let line = lines(|v| {
        check(v.member("m", &value));
    });
    line.strip_prefix("/m: ").unwrap_or(&line).to_owned()
}

/// [`says`] for text, which most checks are about.
fn text(value: &str, check: impl FnOnce(Member<'_, String>) -> Member<'_, String>) -> String {
    says(value.to_owned(), check)
}

#[test]
fn only_required_minds_an_absent_member() {
    let found = lines(|v| {
        v.member("text", &None::<String>)
            .length(4..)
            .first("a")
            .chars("a")
            .prefix("a")
            .full_hours();
        v.member("number", &None::<i64>).range(1..).multiple_of(2);
        v.member("list", &None::<Vec<i64>>)
            .items(1..)
            .unique()
            .each(|v, _| v.place("x", |_| ()));
        v.member("time", &None::<Timestamp>)
            .time(TimeFormat::BasicOffset);
        v.member("needed", &None::<i64>).required().range(1..);
    });
    assert_eq!(found, "/needed: is required");
    assert_eq!(text("", |m| m.required()), "");
}

#[test]
fn integers() {
    let range = |value| says(value, |m| m.range(1..=1825));
    assert_eq!([range(1), range(7), range(1825)], [""; 3]);
    assert_eq!(range(0), "must be between 1 and 1825, is 0");
    assert_eq!(range(1826), "must be between 1 and 1825, is 1826");
    assert_eq!(says(-1, |m| m.range(0..)), "must be at least 0, is -1");
    assert_eq!(
        says(i64::MAX, |m| m.range(..=100)),
        "must be at most 100, is 9223372036854775807"
    );
    assert_eq!(says(5, |m| m.range(7..=7)), "must be 7, is 5");
    assert_eq!(says(0, |m| m.exclusive_min(0)), "must be more than 0, is 0");
    assert_eq!(says(1, |m| m.exclusive_min(0)), "");
    assert_eq!(says(9, |m| m.exclusive_max(9)), "must be less than 9, is 9");
    assert_eq!(says(8, |m| m.exclusive_max(9)), "");
    assert_eq!(
        says(15, |m| m.multiple_of(10)),
        "must be a multiple of 10, is 15"
    );
    assert_eq!(says(-20, |m| m.multiple_of(10)), "");
    assert_eq!(says(i64::MIN, |m| m.multiple_of(-1)), "");
    assert_eq!(says(3, |m| m.multiple_of(0)), "");
}

#[test]
fn floats() {
    let range = |value: f64| says(value, |m| m.range(0.5..=1.0));
    assert_eq!([range(0.5), range(1.0)], ["", ""]);
    assert_eq!(range(0.25), "must be between 0.5 and 1, is 0.25");
    assert_eq!(range(f64::NAN), "must be between 0.5 and 1, is NaN");
    assert_eq!(
        says(0.0, |m| m.exclusive_min(0.0)),
        "must be more than 0, is 0"
    );
    assert_eq!(says(0.3, |m| m.multiple_of(0.1)), "");
    assert_eq!(
        says(0.35, |m| m.multiple_of(0.1)),
        "must be a multiple of 0.1, is 0.35"
    );
    assert_eq!(
        says(f64::INFINITY, |m| m.multiple_of(0.1)),
        "must be a multiple of 0.1, is inf"
    );
}

#[test]
fn lengths_count_characters() {
    let length = |value: &str| text(value, |m| m.length(4..=64));
    assert_eq!(length("abc"), "must be 4 to 64 characters long, is 3");
    assert_eq!(length("üüü"), "must be 4 to 64 characters long, is 3");
    assert_eq!([length("üüüü"), length(&"ü".repeat(64))], ["", ""]);
    assert_eq!(
        length(&"x".repeat(65)),
        "must be 4 to 64 characters long, is 65"
    );
    assert_eq!(
        text("", |m| m.length(1..)),
        "must be at least 1 character long, is 0"
    );
    assert_eq!(
        text("ab", |m| m.length(..=1)),
        "must be at most 1 character long, is 2"
    );
    assert_eq!(
        text("ab", |m| m.length(0..=1)),
        "must be at most 1 character long, is 2"
    );
    assert_eq!(
        text("ab", |m| m.length(36..=36)),
        "must be 36 characters long, is 2"
    );
}

#[test]
fn characters() {
    let first = |value: &str| text(value, |m| m.first("A-Za-z"));
    assert_eq!([first("a1"), first("Z")], ["", ""]);
    assert_eq!(
        first("1a"),
        "must start with a letter (A-Z, a-z), starts with `1`"
    );
    assert_eq!(
        first("é"),
        "must start with a letter (A-Z, a-z), starts with `é`"
    );
    assert_eq!(first(""), "must start with a letter (A-Z, a-z), is empty");

    let chars = |value: &str| text(value, |m| m.chars("A-Za-z0-9_-"));
    assert_eq!([chars("a-Z_0"), chars("")], ["", ""]);
    assert_eq!(
        chars("a b!"),
        "must hold only letters (A-Z, a-z), digits, `_` and `-`, holds a space"
    );

    let none = |value: &str| text(value, |m| m.no_chars(">!<\"&'="));
    assert_eq!([none("manual backup"), none("")], ["", ""]);
    assert_eq!(
        none("a=b"),
        "must hold none of `>`, `!`, `<`, `\"`, `&`, `'` and `=`, holds `=`"
    );
}

#[test]
fn starts() {
    assert_eq!(
        text("default", |m| m.not_prefix("default")),
        "must not start with `default`"
    );
    assert_eq!(text("a default", |m| m.not_prefix("default")), "");
    assert_eq!(text("abc", |m| m.prefix("ab")), "");
    assert_eq!(
        text("a\nc", |m| m.prefix("ab")),
        r#"must start with `ab`, is "a\nc""#
    );
}

#[test]
fn forms() {
    assert_eq!(text("22:00,00:00", |m| m.full_hours()), "");
    let found = text("12:30", |m| m.full_hours());
    assert_eq!(
        found,
        r#"must be full hours such as `22:00,00:00`, is "12:30""#
    );
    assert_eq!(text("1,2,7", |m| m.week_days()), "");
    let found = text("1,8", |m| m.week_days());
    assert_eq!(found, r#"must be days such as `1,2,5`, is "1,8""#);
    assert_eq!(text("23:15-00:15", |m| m.hour_window(15)), "");
    let found = text("23:15-00:15", |m| m.hour_window(60));
    assert_eq!(
        found,
        r#"must be an hour such as `21:00-22:00`, is "23:15-00:15""#
    );
    for good in ["2024-02-29", "2026-12-31", "0001-01-01"] {
        assert_eq!(text(good, |m| m.date()), "", "{good}");
    }
    let wrong = [
        "",
        "2025-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-1-1",
        "20260101",
        "2026-01-01-",
        "2026-01-01T",
        "+026-01-01",
        "----------",
    ];
    for wrong in wrong {
        let found = text(wrong, |m| m.date());
        assert!(
            found.starts_with("must be a day such as"),
            "{wrong}: {found}"
        );
    }
    assert_eq!(text("UTC-02:00", |m| m.utc_offset()), "");
    let found = text("+02:00", |m| m.utc_offset());
    assert_eq!(
        found,
        r#"must be an offset such as `UTC+08:00`, is "+02:00""#
    );
}

#[test]
fn times() {
    let time = |value: &str| says(Timestamp::from(value), |m| m.time(TimeFormat::BasicOffset));
    for value in [
        "2018-08-06T10:41:14+0800",
        "2018-08-06T10:41:14Z",
        "1533523274000",
    ] {
        assert_eq!(time(value), "", "{value}");
    }
    let must = "must be a time with an offset such as `2018-08-06T10:41:14+0800`";
    assert_eq!(
        time("2018-08-06T10:41:14"),
        format!(r#"{must}, is "2018-08-06T10:41:14""#)
    );
    assert_eq!(
        time("2018-02-30T10:41:14Z"),
        format!(r#"{must}, is "2018-02-30T10:41:14Z""#)
    );
}

#[test]
fn long_values_are_cut() {
    let found = text(&"x".repeat(500), |m| m.full_hours());
    assert!(
        found.ends_with(&format!("is \"{}\"…", "x".repeat(64))),
        "{found}"
    );
}

#[test]
fn lists() {
    let items = |value: Vec<i64>| says(value, |m| m.items(1..=2));
    assert_eq!([items(vec![1]), items(vec![1, 2])], ["", ""]);
    assert_eq!(items(vec![]), "must hold 1 to 2 items, holds 0");
    assert_eq!(items(vec![1, 2, 3]), "must hold 1 to 2 items, holds 3");

    let list = Some(vec!["a", "b", "a", "a"]);
    let found = lines(|v| {
        v.member("ids", &list).unique();
    });
    assert_eq!(
        found,
        "/ids/2: must differ from item 0\n/ids/3: must differ from item 0"
    );
    assert_eq!(says(vec![1, 2], |m| m.unique()), "");
}

#[test]
fn items_are_checked_at_their_index() {
    let list = Some(vec![
        "ok".to_owned(),
        "no!".to_owned(),
        "also no".to_owned(),
    ]);
    let found = lines(|v| {
        v.member("names", &list).each(|v, item| {
            v.item(item).chars("a-z").length(..=3);
        });
    });
    let only = "must hold only small letters (a-z), holds";
    let long = "must be at most 3 characters long, is 7";
    assert_eq!(
        found,
        format!("/names/1: {only} `!`\n/names/2: {only} a space\n/names/2: {long}")
    );
}

#[test]
fn maps() {
    let map: BTreeMap<_, _> = [("a/b~c", 0), ("d", 1)]
        .map(|(key, n)| (key.to_owned(), n))
        .into();
    let map = Some(map);
    let found = lines(|v| {
        v.member("limits", &map).items(..=1).each(|v, number| {
            v.item(number).range(1..);
        });
    });
    let expected =
        "/limits: must hold at most 1 item, holds 2\n/limits/a~1b~0c: must be at least 1, is 0";
    assert_eq!(found, expected);
}

#[derive(Clone, Debug, PartialEq)]
enum Day {
    Sun,
    Unknown(UnknownValue),
}

impl OpenEnum for Day {
    const VALUES: &'static [&'static str] = &["SUN", "MON"];

    fn from_text(text: String) -> Self {
        if text == "SUN" {
            Self::Sun
        } else {
            Self::Unknown(UnknownValue::new(text))
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Sun => "SUN",
            Self::Unknown(value) => value.as_str(),
        }
    }
}

impl Validate for Day {
    fn validate(&self, v: &mut Validator) {
        v.known(self);
    }
}

#[test]
fn unknown_enum_values_are_violations() {
    assert_eq!(says(Day::Sun, |m| m.known()), "");
    let found = says(Day::from_text("Sunday".into()), |m| m.known());
    assert_eq!(found, r#"must be one of `SUN` or `MON`, is "Sunday""#);
    let days = Some(vec![Day::Sun, Day::from_text("x".into())]);
    let found = lines(|v| {
        v.member("days", &days).each(|v, day| day.validate(v));
    });
    assert_eq!(found, r#"/days/1: must be one of `SUN` or `MON`, is "x""#);
}

#[test]
fn some_values_of_an_enum_are_a_list_of_their_own() {
    let of_two = |text: &str| says(text.to_owned(), |m| m.one_of(&["MON", "TUE"]));
    assert_eq!([of_two("MON"), of_two("TUE")], [""; 2]);
    for text in ["SUN", "mon", ""] {
        let expected = format!("must be one of `MON` or `TUE`, is {text:?}");
        assert_eq!(of_two(text), expected);
    }
    let absent = lines(|v| {
        v.member("m", &None::<String>).one_of(&["MON"]);
    });
    assert_eq!(absent, "");
}

struct Policy {
    keep_days: Option<i64>,
    inner: Option<Box<Policy>>,
}

impl Validate for Policy {
    fn validate(&self, v: &mut Validator) {
        v.member("keep_days", &self.keep_days)
            .required()
            .range(1..=1825);
        v.member("inner", &self.inner).nested();
    }
}

struct Input {
    id: Option<String>,
    name: Option<String>,
    policies: Option<Vec<Policy>>,
}

impl Validate for Input {
    fn validate(&self, v: &mut Validator) {
        v.place("path", |v| {
            v.member("id", &self.id).required();
        });
        v.place("query", |v| {
            v.member("name~", &self.name).length(..=2);
        });
        v.place("body", |v| {
            v.member("policies", &self.policies)
                .required()
                .each(|v, policy| policy.validate(v));
        });
    }
}

fn check(input: &Input) -> Violations {
    Validator::check(input).unwrap_err()
}

#[test]
fn what_is_behind_a_reference_is_checked() {
    let input = Input {
        id: None,
        name: None,
        policies: Some(vec![]),
    };
    let found = Validator::check(&&input).unwrap_err();
    assert_eq!(found.to_string(), "/path/id: is required");
    assert_eq!(Validator::check(&Box::new(input)), Err(found));
}

#[test]
fn pointers_lead_into_the_request() {
    let inner = Policy {
        keep_days: Some(0),
        inner: None,
    };
    let outer = Policy {
        keep_days: None,
        inner: Some(Box::new(inner)),
    };
    let good = Policy {
        keep_days: Some(1),
        inner: None,
    };
    let found = check(&Input {
        id: None,
        name: Some("abc".into()),
        policies: Some(vec![good, outer]),
    });
    let found: Vec<_> = found.iter().map(|v| (v.pointer.as_str(), v.kind)).collect();
    assert_eq!(
        found,
        [
            ("/path/id", ViolationKind::Required),
            ("/query/name~0", ViolationKind::Length),
            ("/body/policies/1/keep_days", ViolationKind::Required),
            ("/body/policies/1/inner/keep_days", ViolationKind::Range),
        ]
    );
}

#[test]
fn a_valid_value_passes() {
    let input = Input {
        id: Some("1".into()),
        name: None,
        policies: Some(vec![Policy {
            keep_days: Some(1825),
            inner: None,
        }]),
    };
    assert_eq!(Validator::check(&input), Ok(()));
    assert_eq!(Validator::check(&&input), Ok(()));
}

#[test]
fn violations_are_a_list_and_an_error() {
    let found = check(&Input {
        id: None,
        name: None,
        policies: None,
    });
    assert_eq!(found.len(), 2);
    let error: &dyn std::error::Error = &found;
    assert_eq!(
        error.to_string(),
        "/path/id: is required\n/body/policies: is required"
    );
    assert_eq!((&found).into_iter().count(), 2);
    let first = found.clone().into_iter().next().unwrap();
    assert_eq!(Violations::from(first).to_string(), "/path/id: is required");
}

#[test]
fn places_of_a_request() {
    let found = lines(|v| {
        v.in_path(|v| v.report("a", ViolationKind::Format, "1"));
        v.in_query(|v| v.report("a", ViolationKind::Format, "2"));
        v.in_header(|v| v.report("a", ViolationKind::Format, "3"));
        v.in_body(|v| v.report("a", ViolationKind::Format, "4"));
    });
    assert_eq!(found, "/path/a: 1\n/query/a: 2\n/header/a: 3\n/body/a: 4");
}

#[test]
fn own_violations() {
    let found = lines(|v| {
        v.place("body", |v| {
            v.report("a/b", ViolationKind::Format, "must be odd");
            v.report("", ViolationKind::Relation, String::from("is too much"));
        });
        v.report("", ViolationKind::Relation, "needs a body");
    });
    assert_eq!(
        found,
        "/body/a/b: must be odd\n/body: is too much\nneeds a body"
    );
}
