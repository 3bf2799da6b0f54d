//! What the canonical form is made of, beyond the vectors: paths, queries, headers, bodies.

use http::Method;
use sha2::{Digest, Sha256};

use super::{canonical_lines, get, hex, put, signed, signed_names, text};

#[test]
fn path_and_query_are_decoded_and_encoded_again() {
    for (target, path, query) in [
        ("", "/", ""),
        ("/", "/", ""),
        ("?a=1", "/", "a=1"),
        ("/?", "/", ""),
        ("/a/b", "/a/b/", ""),
        ("//a//", "//a//", ""),
        ("/a/./../b", "/a/./../b/", ""),
        ("/a%2Fb", "/a/b/", ""),
        ("/a%2f", "/a/", ""),
        ("/%61%7e", "/a~/", ""),
        ("/a%252Fb", "/a%252Fb/", ""),
        ("/a+b", "/a%2Bb/", ""),
        ("/a;b=c,d@e:f", "/a%3Bb%3Dc%2Cd%40e%3Af/", ""),
        ("/%zz%", "/%25zz%25/", ""),
        ("/%ff", "/%FF/", ""),
        ("/備", "/%E5%82%99/", ""),
        ("/x?flag", "/x/", "flag="),
        ("/x?=v", "/x/", "=v"),
        ("/x?a=b=c", "/x/", "a=b%3Dc"),
        ("/x?a=1;b=2", "/x/", "a=1%3Bb%3D2"),
        ("/x?a=%26%3D%2B&a=+", "/x/", "a=%20&a=%26%3D%2B"),
        ("/x?a+b=1&a%20a=2", "/x/", "a%20a=2&a%20b=1"),
        ("/x?a=2&a=10&A=3", "/x/", "A=3&a=10&a=2"),
        ("/x?k=b&k=&k=a", "/x/", "k=&k=a&k=b"),
        // By what is decoded, not by what is written.
        ("/x?b=1&%61=2", "/x/", "a=2&b=1"),
        ("/x?a-b=1&a=2", "/x/", "a=2&a-b=1"),
        (
            "/x?%F0%9F%98%80=1&%EF%BF%BD=2",
            "/x/",
            "%EF%BF%BD=2&%F0%9F%98%80=1",
        ),
        ("/x?a=%e5%a4%87?/", "/x/", "a=%E5%A4%87%3F%2F"),
    ] {
        let uri = format!("https://h.example{target}");
        let request = signed(get(&uri));
        let lines = canonical_lines(&request);
        assert_eq!(
            (lines[1].as_str(), lines[2].as_str()),
            (path, query),
            "{uri}"
        );
        assert_eq!(request.uri(), get(&uri).uri());
    }
}

#[test]
fn method_is_signed_in_upper_case() {
    let mut request = get("https://h.example/");
    *request.method_mut() = Method::from_bytes(b"purge").unwrap();
    assert_eq!(canonical_lines(&signed(request))[0], "PURGE");
}

#[test]
fn every_header_is_signed_but_those_that_may_change_on_the_way() {
    let request = signed(put(
        &[
            ("accept", "application/json"),
            ("authorization", "Basic Og=="),
            ("connection", "keep-alive"),
            ("content-length", "2"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "Basic Og=="),
            ("proxy-connection", "keep-alive"),
            ("te", "trailers"),
            ("trailer", "x-sum"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("user-agent", "  cloudbackup-test/0.1.0  (a  b)\t"),
            ("x-auth-token", "MIIE"),
            ("x-empty", ""),
            ("x-latin", "caf\u{e9}"),
            ("x-twice", "1"),
            ("x-twice", "2"),
            ("x_underscore", "1"),
        ],
        "{}",
    ));
    let names = "accept;host;user-agent;x-auth-token;x-empty;x-sdk-date";
    assert_eq!(signed_names(&request), names);
    let lines = canonical_lines(&request);
    let expected = [
        "accept:application/json",
        "host:h.example",
        "user-agent:cloudbackup-test/0.1.0  (a  b)",
        "x-auth-token:MIIE",
        "x-empty:",
        "x-sdk-date:20260102T120000Z",
        "",
        names,
    ];
    assert_eq!(lines[3..11], expected);
    // What is not signed stays, but for the credentials that the signature replaces.
    assert_eq!(request.headers().get_all("x-twice").iter().count(), 2);
    assert_eq!(request.headers().get_all("authorization").iter().count(), 1);
    assert!(request.headers().contains_key("connection"));
}

#[test]
fn body_is_signed_unless_its_type_or_a_header_says_otherwise() {
    let own = hex(&Sha256::digest("{}"));
    let nothing = hex(&Sha256::digest(""));
    let hash = ("x-sdk-content-sha256", "given");
    for (headers, body, expected, added) in [
        (vec![], "{}", own.as_str(), None),
        (vec![("content-type", "")], "{}", &own, None),
        (vec![("content-type", "application/json")], "{}", &own, None),
        (
            vec![("content-type", "Application/JSON;a=b")],
            "{}",
            &own,
            None,
        ),
        (vec![("content-type", "application/bson")], "{}", &own, None),
        (
            vec![("content-type", "text/json")],
            "{}",
            "UNSIGNED-PAYLOAD",
            Some("UNSIGNED-PAYLOAD"),
        ),
        (
            vec![("content-type", "text/json")],
            "",
            &nothing,
            Some("UNSIGNED-PAYLOAD"),
        ),
        (vec![hash], "{}", "given", Some("given")),
        (
            vec![("content-type", "text/json"), hash],
            "{}",
            "given",
            Some("given"),
        ),
        (vec![hash], "", &nothing, Some("given")),
    ] {
        let request = signed(put(&headers, body));
        let lines = canonical_lines(&request);
        assert_eq!(lines.last().unwrap(), expected, "{headers:?} {body:?}");
        let found = text(request.headers(), "x-sdk-content-sha256");
        assert_eq!(found, added, "{headers:?} {body:?}");
        let is_signed = signed_names(&request).contains("x-sdk-content-sha256");
        assert_eq!(is_signed, added.is_some(), "{headers:?}");
    }
}
