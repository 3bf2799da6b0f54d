//! What is refused, and that nothing secret is shown.

use std::time::{Duration, UNIX_EPOCH};

use cloudbackup_runtime::auth::{AccessKeys, SigningScope, canonical_form, sign};

use super::{ACCESS_KEY, SECRET_KEY, get, keys, noon, put, signed, text, time};

const TOKEN: &str = "gQpjbi1ub3J0aC00example+token/with=chars";

#[test]
fn times_are_whole_seconds_of_the_years_0_to_9999() {
    let second = Duration::from_secs(1);
    let year_0 = Duration::from_secs(62_167_219_200);
    let year_10000 = Duration::from_secs(253_402_300_800);
    let date = |at| {
        let mut request = get("https://h.example/");
        sign(&mut request, &keys(), SigningScope::None, at)
            .map(|()| text(request.headers(), "x-sdk-date").unwrap().to_owned())
            .map_err(|error| {
                assert!(request.headers().is_empty());
                error.to_string()
            })
    };
    for (at, expected) in [
        (UNIX_EPOCH, "19700101T000000Z"),
        (
            UNIX_EPOCH + second - Duration::from_nanos(1),
            "19700101T000000Z",
        ),
        (UNIX_EPOCH - Duration::from_nanos(1), "19691231T235959Z"),
        (UNIX_EPOCH - second, "19691231T235959Z"),
        (
            UNIX_EPOCH - second - Duration::from_nanos(1),
            "19691231T235958Z",
        ),
        (time("20240229T235959Z") + second, "20240301T000000Z"),
        (UNIX_EPOCH - year_0, "00000101T000000Z"),
        (UNIX_EPOCH + year_10000 - second, "99991231T235959Z"),
    ] {
        assert_eq!(date(at).as_deref(), Ok(expected));
    }
    let far = Duration::from_secs(u64::MAX / 4);
    for at in [
        UNIX_EPOCH - year_0 - Duration::from_nanos(1),
        UNIX_EPOCH + year_10000,
        UNIX_EPOCH - far,
        UNIX_EPOCH + far,
    ] {
        let error = date(at).unwrap_err();
        assert!(error.contains("years 0 to 9999"), "{error}");
    }
}

#[test]
fn secrets_are_marked_and_in_no_debug_output() {
    let keys = keys().with_security_token(TOKEN);
    let mut request = get("https://h.example/");
    sign(&mut request, &keys, SigningScope::Project("p1"), noon()).unwrap();
    for (name, value) in request.headers() {
        let is_secret = ["authorization", "x-security-token"].contains(&name.as_str());
        assert_eq!(value.is_sensitive(), is_secret, "{name}");
    }
    let form = canonical_form(&request).unwrap();
    assert!(form.canonical_request().contains(TOKEN));
    assert!(!form.string_to_sign().contains(TOKEN));
    let signature = text(request.headers(), "authorization").unwrap();
    let (_, signature) = signature.split_once("Signature=").unwrap();
    let shown = format!("{request:?} {request:#?} {form:?} {form:#?} {keys:?}");
    assert!(shown.contains("p1") && shown.contains("20260102T120000Z"));
    for secret in [ACCESS_KEY, SECRET_KEY, TOKEN, signature] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn unusable_values_are_refused_without_being_repeated() {
    let good = keys();
    for bad in [
        "",
        " s3cret",
        "s3cret ",
        "\ts3cret",
        "s3cret\n",
        "s3cret\r\nX-Other: 1",
        "s3\0cret",
        "s3cret\u{7f}",
        "s3crét",
    ] {
        let with_token = good.clone().with_security_token(bad);
        for (keys, scope, what) in [
            (
                AccessKeys::new(bad, SECRET_KEY),
                SigningScope::None,
                "access key",
            ),
            (
                AccessKeys::new(ACCESS_KEY, bad),
                SigningScope::None,
                "secret key",
            ),
            (with_token, SigningScope::None, "security token"),
            (good.clone(), SigningScope::Project(bad), "project id"),
            (good.clone(), SigningScope::Domain(bad), "domain id"),
        ] {
            let mut request = signed(get("https://h.example/"));
            let before = request.headers().clone();
            let error = sign(&mut request, &keys, scope, UNIX_EPOCH).unwrap_err();
            let shown = format!("{error} {error:?}");
            let start = format!("the {what} ");
            assert!(error.to_string().starts_with(&start), "{shown}");
            assert!(!shown.contains("s3"), "{shown}");
            assert_eq!(request.headers(), &before, "{what}");
        }
    }
}

#[test]
fn request_that_cannot_be_signed_is_refused() {
    for (uri, headers, part) in [
        ("/x", vec![], "no host"),
        ("h.example:443", vec![], "no host"),
        ("ftp://h.example/", vec![], "no host"),
        ("https://999.1.1.1/", vec![], "no host"),
        (
            "https://h/",
            vec![("host", "a"), ("host", "a")],
            "`host` twice",
        ),
        ("https://h/", vec![("host", "\u{e9}")], "`host`"),
        (
            "https://h/",
            vec![("x-sdk-content-sha256", "a"), ("x-sdk-content-sha256", "a")],
            "`x-sdk-content-sha256` twice",
        ),
    ] {
        let mut request = put(&headers, "{}");
        *request.uri_mut() = uri.parse().unwrap();
        let error = sign(&mut request, &keys(), SigningScope::None, noon()).unwrap_err();
        assert!(error.to_string().contains(part), "{uri}: {error}");
        assert_eq!(request.headers().len(), headers.len());
    }
    let error = canonical_form(&get("https://h.example/")).unwrap_err();
    assert!(error.to_string().contains("not signed"), "{error}");
}
