//! Every construct of the test spec as a caller meets it: what goes out and what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cloudbackup_core::Json;
use cloudbackup_core::builder::Set;
use cloudbackup_kitchen_sink_client::{Client, CreateSinks, DeleteSink, UpdateTap, model};
use cloudbackup_runtime::{Error, PreparedRequest};
use serde_json::{from_value, json, to_value};

use model::{Cleaning, Part, Sink, Source, TapKind, TapState};

fn client() -> Client {
    let builder = Client::builder().endpoint("http://127.0.0.1:9");
    builder.project_id("p").token("t").build().unwrap()
}

fn query<O>(request: &PreparedRequest<O>) -> &str {
    request.url().split_once('?').map_or("", |(_, query)| query)
}

fn body<O>(request: &PreparedRequest<O>) -> &str {
    request
        .body()
        .map_or("", |bytes| std::str::from_utf8(bytes).unwrap())
}

/// Pointer and message of everything that is wrong; empty if nothing is.
fn wrong<O>(result: Result<PreparedRequest<O>, Error>) -> Vec<String> {
    let Err(error) = result else {
        return Vec::new();
    };
    let violations = error.violations().iter();
    violations.map(ToString::to_string).collect()
}

/// A tap that lacks nothing.
fn tap() -> UpdateTap<Set, Set, Set, Set> {
    let call = client().update_tap().sink_id("s-1").tap_id("t-1");
    call.kind(TapKind::Mixer).on(true).flow(1.0)
}

mod query_strings {
    use super::*;

    #[test]
    fn lists_are_repeated_or_joined_by_commas_as_the_spec_says() {
        let call = client().list_sinks().limit(1);
        let request = call
            .ids(["a", "b&c"])
            .tags(["x", "y z"])
            .weights([-1, 2])
            .build()
            .unwrap();
        assert_eq!(
            query(&request),
            "id=a&id=b%26c&tags=x%2Cy%20z&limit=1&weights=-1&weights=2"
        );
    }

    #[test]
    fn an_item_of_a_comma_list_may_not_hold_a_comma() {
        let error = client()
            .list_sinks()
            .limit(1)
            .tags(["x", "y,z"])
            .build()
            .unwrap_err();
        let pointers: Vec<&str> = error
            .violations()
            .iter()
            .map(|v| v.pointer.as_str())
            .collect();
        assert_eq!(pointers, ["/query/tags/1"]);
    }

    #[test]
    fn empty_lists_and_absent_members_leave_no_trace() {
        let call = client().list_sinks().limit(100);
        let nothing: [&str; 0] = [];
        let request = call.ids(nothing).tags(nothing).weights([]).build().unwrap();
        assert_eq!(query(&request), "limit=100");
    }

    #[test]
    fn booleans_and_times_are_text() {
        let call = client().list_sinks().limit(1);
        for (deep, text) in [(true, "true"), (false, "false")] {
            let request = call.clone().deep(deep).build().unwrap();
            assert_eq!(query(&request), format!("limit=1&deep={text}"));
        }
        let request = call.since("2018-08-06T02:41:14Z").build().unwrap();
        assert_eq!(
            query(&request),
            "limit=1&since=2018-08-06T02%3A41%3A14%2B0000"
        );
    }

    #[test]
    fn value_of_an_enum_may_be_refused_in_one_place_only() {
        let call = client().list_sinks().limit(1);
        let request = call.clone().state(TapState::Running).build().unwrap();
        assert_eq!(query(&request), "limit=1&state=RUNNING");
        for state in [TapState::Closed, "DRIPPING".into()] {
            let message = format!("/query/state: must be one of `RUNNING`, is \"{state}\"");
            assert_eq!(wrong(call.clone().state(state).build()), [message]);
        }
    }

    #[test]
    fn later_call_replaces_an_earlier_one() {
        let call = client().list_sinks().limit(1).ids(["a"]);
        let request = call.limit(2).ids(["b"]).build().unwrap();
        assert_eq!(query(&request), "id=b&limit=2");
    }

    #[test]
    fn path_without_a_project_needs_none() {
        let builder = Client::builder().endpoint("http://127.0.0.1:9");
        let client = builder.build().unwrap();
        let request = client.list_sinks().limit(1).build().unwrap();
        assert_eq!(request.url(), "http://127.0.0.1:9/v1/sinks?limit=1");
    }
}

mod bodies {
    use super::*;

    #[test]
    fn optional_body_is_left_out_as_a_whole() {
        let call: DeleteSink = client().delete_sink("s/1");
        let request = call.clone().build().unwrap();
        assert_eq!(
            (request.body(), request.method().as_str()),
            (None, "DELETE")
        );
        assert_eq!(request.url(), "http://127.0.0.1:9/v1/sinks/s%2F1");
        assert!(!request.headers().contains_key("content-type"));
        let request = call.reason("").build().unwrap();
        assert_eq!(body(&request), r#"{"reason":""}"#);
        assert!(request.headers().contains_key("content-type"));
    }

    #[test]
    fn whole_body_can_be_a_list() {
        let call: CreateSinks = client().create_sinks();
        let part = |name: &str| Part::builder().name(name).build();
        let request = call
            .clone()
            .entries([part("a"), part("b")])
            .build()
            .unwrap();
        assert_eq!(body(&request), r#"[{"name":"a"},{"name":"b"}]"#);
        let request = call.clone().entries(Vec::<Part>::new()).build().unwrap();
        assert_eq!(body(&request), "[]");
        let found = wrong(call.entries([part("a"), part("")]).build());
        assert_eq!(
            found,
            ["/body/1/name: must be 1 to 8 characters long, is 0"]
        );
    }

    #[test]
    fn recursive_types_nest_and_are_checked_at_every_depth() {
        let part = |name: &str| Part::builder().name(name);
        let screw = part("screw").spares([part("a").build(), part("far too long").build()]);
        let handle = part("handle").inner(screw.build()).build();
        let call = tap().parts([handle]);
        let expected = "/body/parts/0/inner/spares/1/name: must be 1 to 8 characters long, is 12";
        assert_eq!(wrong(call.clone().build()), [expected]);
        let request = call.with_validation(false).build().unwrap();
        let text = concat!(
            r#""parts":[{"name":"handle","inner":{"name":"screw","#,
            r#""spares":[{"name":"a"},{"name":"far too long"}]}}]"#,
        );
        assert!(body(&request).contains(text), "{}", body(&request));
    }

    #[test]
    fn maps_and_free_json_are_written_as_they_are() {
        let call = tap().labels([("b", "2"), ("a", "1")]);
        let request = call.extra(json!({"deep": [1, null, {"x": "é"}]})).build();
        let text = r#""labels":{"a":"1","b":"2"},"extra":{"deep":[1,null,{"x":"é"}]}"#;
        let request = request.unwrap();
        assert!(body(&request).contains(text), "{}", body(&request));
        let request = tap().extra(Json::Null).build().unwrap();
        assert!(body(&request).contains(r#""extra":null"#));
        let request = tap().extra("text").build().unwrap();
        assert!(body(&request).contains(r#""extra":"text""#));
    }

    #[test]
    fn keyword_names_and_odd_values_keep_their_wire_names() {
        let call = tap().r#type("chrome").kind(TapKind::Double);
        let request = call.build().unwrap();
        let expected = r#"{"kind":"2","on":true,"type":"chrome","flow":1.0}"#;
        assert_eq!(body(&request), expected);
        let request = tap().kind("two-handle").build().unwrap();
        assert!(body(&request).starts_with(r#"{"kind":"two-handle""#));
    }

    #[test]
    fn times_are_written_in_the_form_of_each_member() {
        let part = Part::builder()
            .name("a")
            .made_at("2018-08-06T10:41:14+0800");
        let call = tap().parts([part.build()]);
        let request = call
            .opens_at("2018-08-06T02:41:14Z")
            .closes_at("2018-08-06 03:41:14 UTC")
            .build()
            .unwrap();
        for text in [
            r#""opens_at":"2018-08-06T02:41:14+0000""#,
            r#""closes_at":"2018-08-06T03:41:14+0000""#,
            r#""made_at":"2018-08-06T10:41:14+08:00""#,
        ] {
            assert!(body(&request).contains(text), "{}", body(&request));
        }
    }

    #[test]
    fn number_that_is_none_goes_nowhere() {
        for flow in [f64::NAN, f64::INFINITY] {
            assert_eq!(wrong(tap().flow(flow).build()).len(), 1, "{flow}");
        }
    }
}

mod clients {
    use super::*;

    #[test]
    fn call_can_name_another_project() {
        let url = |call: UpdateTap<Set, Set, Set, Set>| call.build().unwrap().url().to_owned();
        assert_eq!(url(tap()), "http://127.0.0.1:9/v1/p/sinks/s-1/taps/t-1");
        let other = tap().with_project_id("q/r");
        assert_eq!(url(other), "http://127.0.0.1:9/v1/q%2Fr/sinks/s-1/taps/t-1");
        let found = wrong(tap().with_project_id("..").build());
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("/path/project_id: "), "{found:?}");
    }

    #[test]
    fn language_of_the_client_goes_where_the_document_has_it() {
        let builder = Client::builder().endpoint("http://127.0.0.1:9");
        let client = builder.project_id("p").language("zh-cn").build().unwrap();
        let call = client.update_tap().sink_id("s").tap_id("t");
        let request = call.kind("MIXER").on(true).flow(1.0).build().unwrap();
        assert_eq!(request.headers()["x-language"], "zh-cn");
        let request = client.list_sinks().limit(1).build().unwrap();
        assert!(!request.headers().contains_key("x-language"));
        let request = tap().build().unwrap();
        assert!(!request.headers().contains_key("x-language"));
    }

    #[test]
    fn headers_of_a_call_are_sent_and_limited() {
        let request = tap().x_trace("abc").build().unwrap();
        assert_eq!(request.headers()["x-trace"], "abc");
        let expected = "/header/X-Trace: must be at most 8 characters long, is 9";
        assert_eq!(wrong(tap().x_trace("123456789").build()), [expected]);
        let forged = "a\r\nX-A: b";
        let call = tap().x_trace(forged).with_validation(false);
        let found = wrong(call.build());
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("/header/X-Trace: "), "{found:?}");
    }
}

mod limits {
    use super::*;

    #[test]
    fn at_least_one_of_two_is_needed() {
        let bare = || client().update_tap().sink_id("s").tap_id("t");
        let bare = || bare().kind("MIXER").on(true);
        let expected = "/body: needs `flow` or `pressure`";
        assert_eq!(wrong(bare().build()), [expected]);
        assert_eq!(wrong(bare().flow(0.5).build()), [""; 0]);
        assert_eq!(wrong(bare().pressure(9).build()), [""; 0]);
        assert_eq!(wrong(bare().flow(12.0).pressure(1).build()), [""; 0]);
    }

    #[test]
    fn numbers_have_ends_that_count_or_do_not() {
        for (call, message) in [
            (
                tap().flow(0.49),
                "/body/flow: must be between 0.5 and 12, is 0.49",
            ),
            (
                tap().flow(12.01),
                "/body/flow: must be between 0.5 and 12, is 12.01",
            ),
            (
                tap().pressure(10),
                "/body/pressure: must be between 1 and 9, is 10",
            ),
            (
                tap().pressure(0),
                "/body/pressure: must be between 1 and 9, is 0",
            ),
        ] {
            assert_eq!(wrong(call.build()), [message]);
        }
    }

    #[test]
    fn times_go_together_and_in_order() {
        let (early, late) = ("2018-08-06T10:41:14+0800", "2018-08-06T10:41:15+0800");
        assert_eq!(
            wrong(tap().opens_at(early).build()),
            ["/body/closes_at: is required with `opens_at`"]
        );
        assert_eq!(
            wrong(tap().closes_at(early).build()),
            ["/body/opens_at: is required with `closes_at`"]
        );
        assert_eq!(
            wrong(tap().opens_at(late).closes_at(early).build()),
            ["/body/closes_at: must be later than `opens_at`"]
        );
        let call = tap().opens_at(early).closes_at(late);
        assert_eq!(wrong(call.build()), [""; 0]);
    }

    #[test]
    fn one_switch_needs_another() {
        let expected = "/body/hot: is allowed only with `on`";
        assert_eq!(wrong(tap().on(false).hot(true).build()), [expected]);
        for (on, hot) in [(true, true), (true, false), (false, false)] {
            assert_eq!(wrong(tap().on(on).hot(hot).build()), [""; 0]);
        }
    }

    #[test]
    fn one_value_may_need_other_members() {
        let plan = |litres: i64| model::RinsingPlan::builder().litres(litres);
        let call = |plan: model::RinsingPlan| client().update_rinsing("s-1").plan(plan).build();
        assert_eq!(wrong(call(plan(0).build())), [""; 0]);
        assert_eq!(
            wrong(call(plan(30).build())),
            ["/body/plan/hour: is required unless `litres` is `0`"]
        );
        let hot = plan(0)
            .heat(model::RinsingHeat::Hot)
            .soap(false)
            .degrees(60);
        assert_eq!(
            wrong(call(hot.days("1,2").brand("own").build())),
            [
                "/body/plan/checked_on: is required when `heat` is `HOT`",
                "/body/plan/hour: is required with `days`"
            ]
        );
        let soap = plan(0).heat(model::RinsingHeat::Cold).soap(true);
        assert_eq!(
            wrong(call(soap.build())),
            ["/body/plan/brand: is required when `soap` is `true`"]
        );
        let both = client().update_rinsing("s-1").plan(plan(0).build());
        assert_eq!(
            wrong(both.plan_id("p-1").build()),
            ["/body/plan_id: cannot be given with `plan`"]
        );
    }

    #[test]
    fn steps_values_beside_a_range_and_forms_are_kept() {
        let plan = |litres: i64| {
            let plan = model::RinsingPlan::builder().litres(litres);
            plan.hour("21:15-22:15")
        };
        let call = |plan: model::RinsingPlan| client().update_rinsing("s-1").plan(plan).build();
        for litres in [0, 20, 90] {
            assert_eq!(wrong(call(plan(litres).build())), [""; 0], "{litres}");
        }
        let at = "/body/plan/litres: must be";
        for (litres, message) in [
            (25, format!("{at} a multiple of 10, is 25")),
            (10, format!("{at} between 20 and 95 or 0, is 10")),
            (100, format!("{at} between 20 and 95 or 0, is 100")),
        ] {
            assert_eq!(wrong(call(plan(litres).build())), [message]);
        }
        let odd = plan(20)
            .silent_hour("21:15-22:15")
            .days("8")
            .checked_on("2026-02-30");
        assert_eq!(
            wrong(call(odd.build())),
            [
                "/body/plan/silent_hour: must be an hour such as `21:00-22:00`, is \"21:15-22:15\"",
                "/body/plan/days: must be days such as `1,2,5`, is \"8\"",
                "/body/plan/checked_on: must be a day such as `2026-01-31`, is \"2026-02-30\""
            ]
        );
    }

    #[test]
    fn schedule_asks_for_zone_and_days() {
        let cleaning = |hours: &str| Cleaning::builder().hours(hours);
        let call = tap().cleaning(cleaning("22:00,00:00").build());
        let expected = "/body/zone: is required, as the times of `cleaning/hours` do not ascend";
        assert_eq!(wrong(call.clone().build()), [expected]);
        let expected = "/body/cleaning/days: is required, \
                        as the times of `cleaning/hours` lie on different UTC days";
        assert_eq!(wrong(call.zone("UTC+02:00").build()), [expected]);
        let call = tap().cleaning(cleaning("22:00,00:00").days(["MON"]).build());
        assert_eq!(wrong(call.zone("UTC+02:00").build()), [""; 0]);
        let call = tap().cleaning(cleaning("2:00").days(["FRI"]).build());
        let expected = [
            "/body/cleaning/hours: must be full hours such as `22:00,00:00`, is \"2:00\"",
            "/body/cleaning/days/0: must be one of `MON` or `TUE`, is \"FRI\"",
        ];
        assert_eq!(wrong(call.build()), expected);
    }

    #[test]
    fn lists_have_sizes_and_items_have_limits() {
        let part = || Part::builder().name("a").build();
        let expected = |count: usize| {
            [format!(
                "/body/parts: must hold 1 to 3 items, holds {count}"
            )]
        };
        for count in [0, 4] {
            let call = tap().parts(vec![part(); count]);
            assert_eq!(wrong(call.build()), expected(count));
        }
        let call = tap().nicknames(["mixer", "tap-1", "mixer", "m"]);
        let expected = [
            "/body/nicknames/2: must differ from item 0",
            "/body/nicknames/1: must not start with `tap`",
            "/body/nicknames/3: must be at least 2 characters long, is 1",
        ];
        assert_eq!(wrong(call.build()), expected);
        let expected = "/body/remark: must hold none of `<` and `>`, holds `>`";
        assert_eq!(wrong(tap().remark(">").build()), [expected]);
        let expected = "/body/kind: must be one of `MIXER`, `two-handle` or `2`, is \"mixer\"";
        assert_eq!(wrong(tap().kind("mixer").build()), [expected]);
    }
}

mod replies {
    use super::*;

    fn reply(value: Json) -> Result<model::UpdateTapOutput, serde_json::Error> {
        from_value(value)
    }

    #[test]
    fn list_as_a_whole_reply_is_a_list() {
        let list = json!([{"id": 7, "widthMm": "12", "twin": {"id": "b", "new": 1}}, {"id": "c"}]);
        let reply: model::ListSinksOutput = from_value(list).unwrap();
        let twin = Sink::builder().id("b").build().unwrap();
        let sink = Sink::builder().id("7").width_mm(12).twin(twin).build();
        assert_eq!(reply.items[0], sink.unwrap());
        assert_eq!(reply.items.len(), 2);
        let reply: model::ListSinksOutput = from_value(Json::Null).unwrap();
        assert_eq!(reply.items, []);
        assert!(from_value::<model::ListSinksOutput>(json!({"items": []})).is_err());
    }

    #[test]
    fn reply_without_members_takes_an_empty_object_and_more() {
        for value in [json!({}), json!({"job_id": "j"})] {
            let reply: model::DeleteSinkOutput = from_value(value).unwrap();
            assert_eq!(reply, model::DeleteSinkOutput::builder().build().unwrap());
        }
    }

    #[test]
    fn promised_members_are_asked_for_and_lists_may_be_null() {
        let found = reply(json!({"id": "t", "parts": null, "counts": null})).unwrap();
        assert_eq!((found.parts.len(), found.counts.len()), (0, 0));
        for (value, member) in [
            (json!({"parts": [], "counts": []}), "id"),
            (json!({"id": "t", "counts": []}), "parts"),
            (json!({"id": "t", "parts": []}), "counts"),
        ] {
            let error = reply(value).unwrap_err().to_string();
            assert!(error.contains(&format!("`{member}`")), "{error}");
        }
        assert!(reply(json!({"id": null, "parts": [], "counts": []})).is_err());
    }

    #[test]
    fn unions_know_their_branches_and_keep_the_rest() {
        let origin = |value: Json| {
            let value = json!({"id": "t", "parts": [], "counts": [], "origin": value});
            reply(value).unwrap().origin
        };
        let well = model::Well::builder().depth(12).build().unwrap();
        assert_eq!(origin(json!({"depth": 12})), Some(Source::Well(well)));
        let river = model::River::builder().river("Elbe").build().unwrap();
        assert_eq!(origin(json!({"river": "Elbe"})), Some(Source::from(river)));
        assert_eq!(origin(Json::Null), None);
        let lake = json!({"lake": [1, {"x": null}]});
        let Some(Source::Unknown(kept)) = origin(lake.clone()) else {
            panic!("a lake is neither well nor river");
        };
        assert_eq!(kept.as_json(), &lake);
        assert_eq!(to_value(Source::Unknown(kept)).unwrap(), lake);
    }

    #[test]
    fn numbers_and_texts_stand_in_for_each_other() {
        let found = reply(json!({
            "id": 12, "parts": [{"name": 3}], "counts": ["7", 8.0, 1e3],
            "meters": {"a": "1.5", "b": 2}, "state": "LEAKING", "opened_at": 1533523274,
        }));
        let found = found.unwrap();
        assert_eq!(found.id, "12");
        assert_eq!(found.parts[0].name.as_deref(), Some("3"));
        assert_eq!(found.counts, [7, 8, 1000]);
        let meters = found.meters.unwrap();
        assert_eq!((meters["a"], meters["b"]), (1.5, 2.0));
        let state = found.state.unwrap();
        assert!(matches!(&state, TapState::Unknown(text) if text.as_str() == "LEAKING"));
        assert_eq!(to_value(&state).unwrap(), "LEAKING");
        let opened = found.opened_at.unwrap();
        assert_eq!(opened.as_str(), "1533523274");
        assert_eq!(opened.unix_seconds(), Some(1_533_523_274));
        assert!(reply(json!({"id": "t", "parts": [], "counts": [1.5]})).is_err());
        assert!(reply(json!({"id": "t", "parts": {}, "counts": []})).is_err());
    }

    #[test]
    fn builder_of_a_reply_names_what_is_missing() {
        let builder = model::UpdateTapOutput::builder().id("t");
        let error = builder.clone().build().unwrap_err().to_string();
        assert!(
            error.contains("UpdateTapOutput") && error.contains("parts"),
            "{error}"
        );
        let parts = [Part::builder().name("a").build()];
        let made = builder.parts(parts).counts([1]).build().unwrap();
        let came = json!({"id": "t", "parts": [{"name": "a"}], "counts": [1]});
        assert_eq!(made, reply(came.clone()).unwrap());
        assert_eq!(to_value(made).unwrap(), came);
    }
}
