//! Each limit of a value with what is found for it.

use serde_json::json;

use super::{DONE, Size, api_at, both, one, sent, with_body};

#[test]
fn texts_keep_their_limits_and_stay_readable() {
    for (limits, expected) in [
        ("", "instance_id-1"),
        ("maxLength: 64", "instance_id-1"),
        ("maxLength: 8", "instan-1"),
        ("maxLength: 2", "i1"),
        ("maxLength: 1", "1"),
        ("minLength: 20", "instance_id-00000001"),
        ("minLength: 4, maxLength: 4", "in-1"),
        ("pattern: '^[A-Za-z0-9]+$'", "instanceid1"),
        ("pattern: '^[a-z_]+$'", "instanceida"),
        ("pattern: '^[A-Z]{12}$'", "INSTANCEIDXA"),
        ("pattern: '^[A-Z][A-Za-z0-9-]*$'", "Instanceid-1"),
        ("pattern: '^[0-9]+$'", "1"),
        ("pattern: '^[0-9]{3,5}$'", "123"),
        ("pattern: '^[0-9-]*$', minLength: 12", "123456789012"),
        ("pattern: '^[-+]{3}$'", "-+-"),
        ("pattern: '^(?!inst)[a-z_0-9]+$'", "xinstance_id_1"),
        ("pattern: '^[^_<>]*$'", "instanceid-1"),
        ("pattern: '^(?!a)[a-c]{2}$'", "bb"),
        ("format: full-hours", "01:00,13:00"),
        ("format: full-hours, maxLength: 5", "01:00"),
        ("format: utc-offset", "UTC+08:00"),
        ("format: week-days", "1,3,7"),
        ("format: hour-window", "21:00-22:00"),
        ("format: full-hour-window", "21:00-22:00"),
        ("format: date", "2026-01-31"),
        ("format: date-time", "2026-01-01T08:00:00Z"),
        ("format: basic-offset-time", "2026-01-01T08:00:00+0800"),
    ] {
        let found = one(&format!("{{type: string, {limits}}}"));
        assert_eq!(found, Some(json!(expected)), "{limits}");
    }
}

#[test]
fn numbers_lie_a_little_above_the_least() {
    for (schema, expected) in [
        ("type: integer", json!(1)),
        ("type: integer, minimum: 7, maximum: 35", json!(8)),
        ("type: integer, minimum: 7, maximum: 7", json!(7)),
        ("type: integer, maximum: -3", json!(-3)),
        ("type: integer, minimum: 40, multipleOf: 10", json!(50)),
        (
            "type: integer, minimum: 0, maximum: 12, multipleOf: 8",
            json!(8),
        ),
        (
            "type: integer, minimum: 5, maximum: 9, x-also: [-1]",
            json!(6),
        ),
        (
            "type: integer, minimum: 0, exclusiveMinimum: true",
            json!(2),
        ),
        (
            "type: integer, minimum: 9223372036854775807",
            json!(i64::MAX),
        ),
        ("type: number", json!(1.5)),
        ("type: number, minimum: 0.25, maximum: 12", json!(1.75)),
        ("type: number, minimum: 0.25, maximum: 0.5", json!(0.5)),
        ("type: boolean", json!(true)),
    ] {
        assert_eq!(one(&format!("{{{schema}}}")), Some(expected), "{schema}");
    }
}

#[test]
fn neighbours_differ() {
    let properties = "a: {type: integer}, b: {type: integer}, from: {type: string, format: date-time}, \
                      to: {type: string, format: date-time}";
    let expected = json!({
        "a": 1, "b": 2, "from": "2026-01-03T08:00:00Z", "to": "2026-01-04T08:00:00Z"
    });
    assert_eq!(both("", properties)[1], Some(expected));
}

#[test]
fn lists_keep_their_counts() {
    let text = "items: {type: string}";
    for (schema, expected) in [
        (text.to_owned(), json!(["instance_id-1", "instance_id-2"])),
        (format!("maxItems: 1, {text}"), json!(["instance_id-1"])),
        (
            format!("minItems: 3, {text}"),
            json!(["instance_id-1", "instance_id-2", "instance_id-3"]),
        ),
        (
            "items: {type: string, maxLength: 3, pattern: '^[a-z]*$'}".to_owned(),
            json!(["ina", "inb"]),
        ),
        (
            "uniqueItems: true, items: {type: integer, minimum: 5, maximum: 5}".to_owned(),
            json!([5]),
        ),
        ("items: {type: boolean}".to_owned(), json!([true, false])),
        (
            "items: {type: array, items: {type: integer}}".to_owned(),
            json!([[1, 2], [1, 2]]),
        ),
    ] {
        let found = one(&format!("{{type: array, {schema}}}"));
        assert_eq!(found, Some(expected), "{schema}");
    }
}

#[test]
fn maps_and_free_json() {
    let map = one("{type: object, additionalProperties: {type: string, maxLength: 3}}");
    assert_eq!(map, Some(json!({"key-1": "i-1", "key-2": "i-2"})));
    assert_eq!(one("{}"), Some(json!("instance_id-1")));
}

#[test]
fn values_of_enums_and_of_some_of_them() {
    let schemas = "Day: {type: string, enum: [MON, TUE, WED]}";
    let properties = "all: {type: array, items: {$ref: '#/components/schemas/Day'}}, one: {$ref: \
                      '#/components/schemas/Day'}, some: {allOf: [{$ref: '#/components/schemas/Day'}], \
                      enum: [WED]}";
    let schema = format!("{{type: object, required: [one], properties: {{{properties}}}}}");
    let api = with_body(true, &schema, schemas);
    assert_eq!(sent(&api, Size::Smallest), Some(json!({"one": "MON"})));
    let fullest = json!({"all": ["MON", "TUE"], "one": "TUE", "some": "WED"});
    assert_eq!(sent(&api, Size::Fullest), Some(fullest));
}

#[test]
fn an_item_twice_is_not_unique() {
    let schemas = "Day: {type: string, enum: [MON]}";
    let days = "type: array, uniqueItems: true, items: {$ref: '#/components/schemas/Day'}";
    for (count, expected) in [("", Some(json!({"days": ["MON"]}))), ("minItems: 2,", None)] {
        let schema =
            format!("{{type: object, required: [days], properties: {{days: {{{count} {days}}}}}}}");
        let api = with_body(true, &schema, schemas);
        assert_eq!(sent(&api, Size::Fullest), expected, "{count}");
    }
}

#[test]
fn what_no_value_keeps_has_no_sample() {
    for schema in [
        "type: string, pattern: '^(?!a)[a]+$'",
        "type: string, minLength: 2000",
        "type: string, maxLength: 0",
        "type: string, format: utc-offset, maxLength: 3",
        "type: array, minItems: 100, items: {type: string}",
    ] {
        assert_eq!(one(&format!("{{{schema}}}")), None, "{schema}");
    }
}

#[test]
fn a_value_that_its_place_cannot_hold_is_no_sample() {
    let parameter = |place: &str, value: &str| {
        let path = match place {
            "path" => "/boxes/{dot}",
            _ => "/boxes",
        };
        let parameter = format!(
            "parameters: [{{name: dot, in: {place}, required: true, schema: {{type: string, enum: \
             ['{value}']}}}}], {DONE}"
        );
        sent(&api_at(path, &parameter, ""), Size::Smallest).is_some()
    };
    let fits = [
        ("path", "."),
        ("path", "a"),
        ("header", "é"),
        ("header", "a"),
    ];
    let found = fits.map(|(place, value)| parameter(place, value));
    assert_eq!(found, [false, true, false, true]);
}
