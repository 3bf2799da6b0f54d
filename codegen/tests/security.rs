//! Security schemes and servers of documents of others: what can't be met is said with its place, and
//! what is made of the rest.

mod support;

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::{Input, Output};
use support::{file, input, messages, run_input};

fn made(spec: &str) -> Output {
    let input = Input {
        profile: Profile::Foreign,
        name: Some("shelf".to_owned()),
        ..input(spec, None)
    };
    run_input(&input)
}

/// A document with this `servers` and these schemes, and one operation with this `security`.
fn document(servers: &str, schemes: &str, security: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: Shelf, version: '1'}}\nservers: {servers}\npaths:\n  /a:\n    \
         get:\n      operationId: show\n      {security}\n      responses: {{'204': {{description: ok}}}}\n\
         components:\n  securitySchemes: {schemes}\n"
    )
}

fn asked(schemes: &str, security: &str) -> (String, Vec<String>) {
    let made = made(&document("[{url: 'https://a.example'}]", schemes, security));
    let model = file(&made, "model/src/generated/operations/show.rs");
    let start = model.find(".security(").map(|at| &model[at..]);
    let asked = start.and_then(|text| text.split(';').next());
    let asked: String = asked.unwrap_or("-").split_whitespace().collect();
    (asked, messages(&made))
}

const KEYS: &str = "{a: {type: apiKey, in: header, name: A}, b: {type: http, scheme: bearer}, \
                    d: {type: http, scheme: digest}, t: {type: apiKey, in: header, name: X-Auth-Token}}";

#[test]
fn requirements_become_lists() {
    for (security, expected) in [
        ("security: [{a: [], b: []}]", "&[&[\"a\",\"b\"]]"),
        ("security: [{}, {a: []}]", "&[&[\"a\"],&[]]"),
        ("security: []", "&[]"),
        ("security: [{d: []}, {b: [read]}]", "&[&[\"b\"]]"),
        ("security: [{a: [], d: []}]", "&[&[\"a\"]]"),
        ("security: [{d: []}]", "&[]"),
        (
            "x-none: 1",
            "&[&[\"a\",\"b\",\"t\"],&[\"a\"],&[\"b\"],&[\"t\"],&[]]",
        ),
    ] {
        let (found, _) = asked(KEYS, security);
        assert!(found.contains(expected), "{security}: {found}");
    }
}

#[test]
fn schemes_that_no_request_can_meet_are_said() {
    let schemes = "{d: {type: http, scheme: digest}, h: {type: apiKey, in: header, name: 'a b'}, \
                   a: {type: apiKey, in: query, name: 'a b'}, m: {type: mutualTLS}}";
    let (found, messages) = asked(schemes, "security: [{d: []}, {m: []}, {h: []}, {a: []}]");
    assert!(found.contains("&[&[\"a\"]]"), "{found}");
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn document_that_knows_only_our_token_makes_a_client_like_ours() {
    let schemes = "{t: {type: apiKey, in: header, name: x-auth-token}}";
    let (found, messages) = asked(schemes, "security: [{t: []}]");
    assert_eq!((found.as_str(), messages.len()), ("-", 0));
}

#[test]
fn first_server_is_the_address_where_it_is_whole() {
    for (servers, expected) in [
        (
            "[{url: 'https://a.example/v1/'}]",
            Some("https://a.example/v1"),
        ),
        (
            "[{url: '{s}://{h}:{p}/{b}', variables: {s: {default: http}, h: {default: h.example}, \
             p: {default: '8443'}, b: {default: v2}}}]",
            Some("http://h.example:8443/v2"),
        ),
        ("[{url: /v1}]", None),
        ("[{url: '//a.example'}]", None),
        ("[{url: 'https://user@a.example'}]", None),
        ("[{url: 'https://a.example/?x=1'}]", None),
        ("[{url: 'https://{h}/'}]", None),
        ("[{url: 'https://a.example:port'}]", None),
        ("[]", None),
        ("[{url: /}]", None),
    ] {
        let made = made(&document(servers, "{}", "security: []"));
        let client = file(&made, "client/src/generated/client.rs");
        let found = client.split(".endpoint(\"").nth(1);
        let found = found.and_then(|text| text.split('"').next());
        assert_eq!(found, expected, "{servers}");
        let said = messages(&made)
            .iter()
            .any(|text| text.contains("is not whole"));
        let is_said = expected.is_none() && !matches!(servers, "[]" | "[{url: /}]");
        assert_eq!(said, is_said, "{servers}");
    }
}

#[test]
fn guide_tells_of_an_address_in_plain_http() {
    for (url, is_plain) in [("http://a.example", true), ("https://a.example", false)] {
        let spec = document(&format!("[{{url: '{url}'}}]"), KEYS, "security: [{a: []}]");
        let made = made(&spec);
        let guide = file(&made, "client/src/generated/guide.md");
        assert_eq!(
            guide.contains("    .allow_http(true)\n"),
            is_plain,
            "{guide}"
        );
        assert_eq!(guide.contains("plain http"), is_plain, "{guide}");
    }
}
