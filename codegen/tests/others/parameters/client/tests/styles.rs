//! Every style of a parameter on the wire: the examples of OpenAPI, and what no style can write.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use cloudbackup_others_parameters_client::model::Rgb;
use cloudbackup_others_parameters_client::{Client, Error, PreparedRequest};
use serde_json::json;

const COLORS: [&str; 3] = ["blue", "black", "brown"];

fn client() -> Client {
    let builder = Client::builder().endpoint("http://127.0.0.1:9");
    builder.build().unwrap()
}

fn rgb() -> Rgb {
    Rgb::builder().r(100).g(200).b(150).build()
}

fn query<O>(request: &PreparedRequest<O>) -> &str {
    request.url().split_once('?').map_or("", |(_, query)| query)
}

/// Pointer and message of everything that is wrong.
fn wrong<O>(result: Result<PreparedRequest<O>, Error>) -> Vec<String> {
    let error = result.map(drop).expect_err("is refused");
    let violations = error.violations().iter();
    violations.map(ToString::to_string).collect()
}

#[test]
fn parts_of_a_path() {
    let call = client().show_path().simple(rgb()).list(COLORS).rgb(rgb());
    let call = call.label("a/b").labels(COLORS).matrix(COLORS);
    let call = call.matrices(rgb()).at("2026-01-02T03:04:05+0100");
    let request = call.build().unwrap();
    assert_eq!(
        request.path(),
        "/paths/R=100,G=200,B=150/blue,black,brown/R,100,G,200,B,150/x.a%2Fb/x.blue.black.brown\
         /y;matrix=blue,black,brown/z;R=100;G=200;B=150/at/2026-01-02T03%3A04%3A05%2B01%3A00"
    );
}

#[test]
fn only_part_of_a_path() {
    let request = client().show_day("2026-01-02T03:04:05Z").build().unwrap();
    assert_eq!(request.path(), "/days/2026-01-02T03%3A04%3A05Z");
    let sizes = BTreeMap::from([("x", 2), ("y", 3)].map(|(name, size)| (name.to_owned(), size)));
    let request = client().show_sizes(sizes).build().unwrap();
    assert_eq!(request.path(), "/sizes/x,2,y,3");
}

#[test]
fn parts_of_a_path_that_would_change_it_are_refused() {
    let call = client()
        .show_path()
        .simple(rgb())
        .list([".."])
        .rgb(Rgb::builder().build());
    let call = call.label("a\nb").labels(COLORS).matrix(["a\tb"]);
    let call = call
        .matrices(Rgb::builder().r(256).build())
        .at("2026-01-02T03:04:05Z");
    let wrong = wrong(call.build());
    for pointer in [
        "/path/list",
        "/path/rgb",
        "/path/label",
        "/path/matrix",
        "/path/matrices/R",
    ] {
        let is_there = wrong
            .iter()
            .any(|text| text.starts_with(&format!("{pointer}: ")));
        assert!(is_there, "{pointer}: {wrong:?}");
    }
    assert_eq!(wrong.len(), 5, "{wrong:?}");
}

#[test]
fn queries_of_lists() {
    let call = client().show_query().form(["a,b", "c d"]).repeated(COLORS);
    let request = call.spaces(COLORS).pipes(COLORS).build().unwrap();
    assert_eq!(
        query(&request),
        "repeated=blue&repeated=black&repeated=brown&form=a%2Cb,c%20d\
         &spaces=blue%20black%20brown&pipes=blue%7Cblack%7Cbrown"
    );
    let times = ["2026-01-02T03:04:05+0100", "2026-01-02T03:04:05Z"];
    let request = client().show_query().days(times).build().unwrap();
    assert_eq!(
        query(&request),
        "days=2026-01-02T03%3A04%3A05%2B01%3A00,2026-01-02T03%3A04%3A05Z"
    );
    let nothing: [&str; 0] = [];
    let call = client()
        .show_query()
        .form(nothing)
        .spaces(nothing)
        .deep(Rgb::builder().build());
    assert_eq!(query(&call.build().unwrap()), "");
}

#[test]
fn queries_of_objects() {
    let request = client().show_query().rgb(rgb()).rgb_form(rgb()).deep(rgb());
    assert_eq!(
        query(&request.build().unwrap()),
        "R=100&G=200&B=150&rgb_form=R,100,G,200,B,150\
         &deep%5BR%5D=100&deep%5BG%5D=200&deep%5BB%5D=150"
    );
    let labels = BTreeMap::from([("a b".to_owned(), "1&2".to_owned())]);
    let request = client().show_query().labels(labels.clone()).free(labels);
    let request = request.filter(Rgb::builder().r(1).build()).build().unwrap();
    assert_eq!(
        query(&request),
        "free%5Ba%20b%5D=1%262&a%20b=1%262&filter=%7B%22R%22%3A1%7D"
    );
}

#[test]
fn value_of_any_type_is_written_as_what_it_is() {
    for (value, expected) in [
        (json!("a b"), "any=a%20b"),
        (json!(1.5), "any=1.5"),
        (json!([1, true, null]), "any=1&any=true"),
        (json!({"x": "y"}), "x=y"),
        (json!(null), ""),
    ] {
        let request = client().show_query().any(value).build().unwrap();
        assert_eq!(query(&request), expected);
    }
    let nested = client().show_query().any(json!([[1]])).build();
    let wrong = wrong(nested);
    assert!(
        wrong[0].starts_with("/query/any: must be a text"),
        "{wrong:?}"
    );
}

#[test]
fn items_that_would_be_parted_are_refused() {
    let call = client().show_query().spaces(["a b"]).pipes(["a|b"]);
    assert_eq!(
        wrong(call.build()),
        [
            "/query/spaces: must not hold a space, which parts the items",
            "/query/pipes: must not hold a `|`, which parts the items",
        ]
    );
    let call = client().show_header().x_list(["a,b"]);
    assert_eq!(
        wrong(call.build()),
        ["/header/X-List: must not hold a comma, which parts the items"]
    );
}

#[test]
fn headers_and_cookies() {
    let call = client().show_header().x_list(COLORS).x_rgb(rgb());
    let call = call.x_rgb_exploded(rgb()).one("a b;c").list(COLORS);
    let request = call.lists(["x", "y"]).rgb(rgb()).build().unwrap();
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-list"), "blue,black,brown");
    assert_eq!(header("x-rgb"), "R,100,G,200,B,150");
    assert_eq!(header("x-rgb-exploded"), "R=100,G=200,B=150");
    assert_eq!(
        header("cookie"),
        "one=a%20b%3Bc; list=blue,black,brown; lists=x; lists=y; R=100; G=200; B=150"
    );
    assert_eq!(request.headers().get_all("cookie").iter().count(), 1);
}
