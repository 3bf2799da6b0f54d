//! Bodies of other kinds than plain JSON, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use cloudbackup_core::time::Timestamp;
use cloudbackup_core::{Blob, Secret};
use cloudbackup_others_messages_client::{Client, model};
use cloudbackup_runtime::PreparedRequest;

use model::{Keys, Lock, Place, Thing};

fn client() -> Client {
    let builder = Client::builder().endpoint("http://127.0.0.1:9");
    builder.build().unwrap()
}

fn body<O>(request: &PreparedRequest<O>) -> String {
    String::from_utf8_lossy(request.body().unwrap_or_default()).into_owned()
}

fn header<'a, O>(request: &'a PreparedRequest<O>, name: &str) -> &'a str {
    let value = request.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

fn place() -> Place {
    Place::builder().city("a & b").floor(2).build()
}

#[test]
fn json_goes_under_the_name_that_the_document_gives() {
    let request = client().merge_thing("t-1").name("n").build().unwrap();
    assert_eq!(
        header(&request, "content-type"),
        "application/merge-patch+json"
    );
    assert_eq!(
        header(&request, "accept"),
        "application/vnd.things.v2+json; charset=utf-8"
    );
    assert_eq!(body(&request), r#"{"name":"n"}"#);
    assert!(request.to_string().ends_with("\n{\"name\":\"n\"}"));
}

#[test]
fn any_media_type_for_an_object_is_json() {
    let request = client().put_any().value([("a", 1)]).build().unwrap();
    assert_eq!(header(&request, "content-type"), "application/json");
    assert_eq!(body(&request), r#"{"a":1}"#);
}

#[test]
fn form_holds_every_kind_of_member() {
    let request = client()
        .post_form()
        .name("ä b")
        .count(-1)
        .ratio(2.0)
        .is_new(true)
        .at(Timestamp::from("2026-01-02T03:04:05Z"))
        .tags(["x", "y&z"])
        .place(place())
        .build()
        .unwrap();
    assert_eq!(
        header(&request, "content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        body(&request),
        "name=%C3%A4+b&count=-1&ratio=2&is_new=true&at=2026-01-02T03%3A04%3A05Z&tags=x&tags=y%26z\
         &place=%7B%22city%22%3A%22a+%26+b%22%2C%22floor%22%3A2%7D"
    );
}

#[test]
fn password_in_a_form_is_sent_and_not_shown() {
    let call = client().post_form().name("n");
    let request = call.password(Secret::from("p&w")).build().unwrap();
    assert_eq!(body(&request), "name=n&password=p%26w");
    let shown = request.to_string();
    assert!(shown.ends_with("\nname=n&password=[redacted]"), "{shown}");
}

#[test]
fn secrets_in_all_places_are_sent_and_not_shown() {
    let secret = |text: &str| Secret::from(text);
    let lock = Lock::builder().code("hush-4").place("door").build();
    let deepest = Keys::builder().main("hush-8").build();
    let deeper = Keys::builder().main("hush-7").next(deepest).build();
    let more = [("x".to_owned(), secret("hush-6"))];
    let next = Keys::builder().main("hush-5").either(lock).next(deeper);
    let call = client()
        .post_secrets()
        .main("hush-1")
        .old([Some(secret("hush-2")), None])
        .either(vec![secret("hush-3")])
        .a_b_c("hush-9")
        .next(next.additional_properties(more.clone()).build())
        .additional_properties(more);
    let request = call.clone().build().unwrap();
    let sent: serde_json::Value = serde_json::from_str(&body(&request)).unwrap();
    let next = serde_json::json!({
        "main": "hush-5", "either": {"code": "hush-4", "place": "door"}, "x": "hush-6",
        "next": {"main": "hush-7", "next": {"main": "hush-8"}},
    });
    let expected = serde_json::json!({
        "main": "hush-1", "old": ["hush-2", null], "either": ["hush-3"], "a/b~c": "hush-9",
        "next": next, "x": "hush-6",
    });
    assert_eq!(sent, expected);
    for shown in [request.to_string(), format!("{request:?} {call:?}")] {
        assert!(!shown.contains("hush"), "{shown}");
    }
    assert!(request.to_string().contains(r#""old":["[redacted]",null]"#));
}

#[test]
fn secrets_in_a_form_are_sent_and_not_shown() {
    let call = client().post_secret_form().each(["hush-1", "hush-2"]);
    let request = call.joined(["hush-3"]).whole(["hush-4"]).build().unwrap();
    assert_eq!(
        body(&request),
        "each=hush-1&each=hush-2&joined=hush-3&whole=%5B%22hush-4%22%5D"
    );
    assert!(!request.to_string().contains("hush"), "{request}");
}

#[test]
fn body_that_is_a_secret_is_sent_and_not_shown() {
    let request = client().post_secret_text().text("hush").build().unwrap();
    assert_eq!(body(&request), "hush");
    assert!(!request.to_string().contains("hush"), "{request}");
    let request = client().post_secret_list().entries(["hush"]).build();
    let request = request.unwrap();
    assert_eq!(body(&request), r#"["hush"]"#);
    assert!(!request.to_string().contains("hush"), "{request}");
}

#[test]
fn limits_of_a_form_are_checked() {
    let error = client()
        .post_form()
        .name("12345678901")
        .build()
        .unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/body/name");
}

#[test]
fn encoding_decides_how_members_of_a_form_are_written() {
    let call = client().post_styled().deep(place()).flat(place());
    let request = call.joined(["a", "b"]).piped([1, 2]).build().unwrap();
    assert_eq!(
        body(&request),
        "deep%5Bcity%5D=a+%26+b&deep%5Bfloor%5D=2&joined=a%2Cb&piped=1%7C2&city=a+%26+b&floor=2"
    );
    assert_eq!(client().post_styled().build().unwrap().body(), None);
}

#[test]
fn form_of_a_map() {
    let call = client().post_free_form().value([("a=b", "c d")]);
    assert_eq!(body(&call.build().unwrap()), "a%3Db=c+d");
}

#[test]
fn parts_are_texts_json_and_files() {
    let request = client()
        .upload()
        .name("n")
        .file(Blob::from(b"\x00\x01").with_file_name("a \"b\".bin"))
        .picture(b"png")
        .more(["x", "y"])
        .place(place())
        .tags(["t"])
        .note("*hi*")
        .build()
        .unwrap();
    let edge = "--cloudbackup-boundary-0";
    let part = |head: &str, content: &str| {
        format!("{edge}\r\nContent-Disposition: form-data; name={head}\r\n\r\n{content}\r\n")
    };
    let bytes = "Content-Type: application/octet-stream";
    let expected = [
        part("\"name\"", "n"),
        part(
            &format!("\"file\"; filename=\"a %22b%22.bin\"\r\n{bytes}"),
            "\0\u{1}",
        ),
        part(
            "\"picture\"; filename=\"picture\"\r\nContent-Type: image/png",
            "png",
        ),
        part(&format!("\"more\"; filename=\"more\"\r\n{bytes}"), "x"),
        part(&format!("\"more\"; filename=\"more\"\r\n{bytes}"), "y"),
        part(
            "\"place\"\r\nContent-Type: application/json",
            r#"{"city":"a & b","floor":2}"#,
        ),
        part("\"tags\"", "t"),
        part("\"note\"\r\nContent-Type: text/markdown", "*hi*"),
        format!("{edge}--\r\n"),
    ];
    assert_eq!(body(&request), expected.concat());
    assert_eq!(
        header(&request, "content-type"),
        "multipart/form-data; boundary=cloudbackup-boundary-0"
    );
}

#[test]
fn of_parts_only_the_length_is_shown() {
    let call = client().upload().name("n").file("content");
    let call = call.password(Secret::from("hunter2"));
    let length = call.clone().build().unwrap().body().unwrap().len();
    let shown = call.clone().build().unwrap().to_string();
    let expected = format!("\n<{length} bytes of multipart/form-data>");
    assert!(shown.ends_with(&expected), "{shown}");
    let debug = format!("{call:?}");
    assert!(
        debug.contains("Blob { len: 7, .. }") && !debug.contains("hunter2"),
        "{debug}"
    );
}

#[test]
fn number_of_files_is_checked() {
    let call = client().upload().name("n").file("f").more(["1", "2", "3"]);
    let error = call.build().unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/body/more");
}

#[test]
fn media_type_of_a_file_that_would_end_its_line_is_refused() {
    let evil = Blob::from("x").with_media_type("text/plain\r\nX-Evil: 1");
    let call = client().upload().name("n").file(evil.clone());
    let error = call.build().unwrap_err();
    assert_eq!(
        error.violations()[0].to_string(),
        "/body/file: has a media type that is not one"
    );
    let error = client()
        .put_picture("id")
        .content(evil)
        .build()
        .unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/body");
}

#[test]
fn bytes_go_as_they_are() {
    let archive = [0_u8, 255, 10, 13];
    let call = client().put_archive("a").content(&archive);
    let request = call.build().unwrap();
    assert_eq!(request.body(), Some(&archive[..]));
    assert_eq!(header(&request, "content-type"), "application/x-tar");
    let shown = request.to_string();
    assert!(
        shown.ends_with("\n<4 bytes of application/x-tar>"),
        "{shown}"
    );
}

#[test]
fn caller_says_what_the_bytes_are_where_the_document_gives_a_range() {
    let picture = Blob::from("x");
    let call = client().put_picture("a").content(picture.clone());
    let request = call.build().unwrap();
    assert_eq!(header(&request, "content-type"), "application/octet-stream");
    let call = client().put_picture("a");
    let request = call.content(picture.with_media_type("image/png")).build();
    assert_eq!(header(&request.unwrap(), "content-type"), "image/png");
    assert_eq!(client().put_picture("a").build().unwrap().body(), None);
}

#[test]
fn text_goes_as_it_is() {
    let call = client().put_script("s").text("echo \"hi\"\n");
    let request = call.build().unwrap();
    assert_eq!(body(&request), "echo \"hi\"\n");
    assert_eq!(header(&request, "content-type"), "text/x-shellscript");
    assert_eq!(header(&request, "accept"), "text/html");
    let request = client().put_xml("x").text("<a/>").build().unwrap();
    assert_eq!(header(&request, "content-type"), "application/xml");
    assert!(request.to_string().ends_with("\n<a/>"));
}

#[test]
fn methods_that_are_seldom_used() {
    for (method, request) in [
        ("HEAD", client().probe().build().unwrap().method().clone()),
        (
            "OPTIONS",
            client().ask_methods().build().unwrap().method().clone(),
        ),
        (
            "TRACE",
            client().trace_way().build().unwrap().method().clone(),
        ),
    ] {
        assert_eq!(request.as_str(), method);
    }
    let request = client().find_things().name("n").build().unwrap();
    assert_eq!(request.method().as_str(), "GET");
    assert_eq!(body(&request), r#"{"name":"n"}"#);
    // A type of replies alone is no type of requests.
    let _: fn(Thing) -> Option<String> = |thing| thing.name;
}
