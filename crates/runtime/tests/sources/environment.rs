//! Keys from variables.

use cloudbackup_runtime::auth::{EnvironmentSource, SourceErrorKind, Variables};

use crate::support::{AK, SK, TOKEN, ask, assert_holds, child, failure, keys, keys_of, parts};

const FULL: [(&str, &str); 5] = [
    ("HUAWEICLOUD_SDK_AK", AK),
    ("HUAWEICLOUD_SDK_SK", SK),
    ("HUAWEICLOUD_SDK_SECURITY_TOKEN", TOKEN),
    ("HUAWEICLOUD_SDK_PROJECT_ID", "p1"),
    ("HUAWEICLOUD_SDK_DOMAIN_ID", "d1"),
];

/// The full set with some variables changed, or taken away.
fn source(changes: &[(&'static str, Option<&'static str>)]) -> EnvironmentSource {
    let changed = |name: &str| changes.iter().find(|(other, _)| *other == name);
    let kept = FULL.into_iter().filter(|(name, _)| changed(name).is_none());
    let set = changes
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    let variables: Vec<_> = kept.chain(set).collect();
    EnvironmentSource::new().with_variables(Variables::of(variables))
}

/// The full set less these.
fn without(names: &[&'static str]) -> EnvironmentSource {
    let changes: Vec<_> = names.iter().map(|&name| (name, None)).collect();
    source(&changes)
}

#[tokio::test]
async fn key_comes_with_all_that_belongs_to_it() {
    let issued = ask(&source(&[])).await.unwrap();
    assert_eq!(parts(&keys_of(&issued)), (AK, SK, Some(TOKEN)));
    let ids = (issued.project_id(), issued.domain_id());
    assert_eq!(ids, (Some("p1"), Some("d1")));
    assert_eq!(issued.lifetime(), None);
}

#[tokio::test]
async fn what_may_be_absent_may_be_empty() {
    for value in [None, Some("")] {
        let optional = FULL[2..].iter().map(|(name, _)| (*name, value));
        let issued = ask(&source(&optional.collect::<Vec<_>>())).await.unwrap();
        assert_eq!(parts(&keys_of(&issued)), (AK, SK, None));
        assert_eq!((issued.project_id(), issued.domain_id()), (None, None));
    }
}

#[tokio::test]
async fn nothing_set_is_missing_and_names_what_was_looked_for() {
    let names = FULL.map(|(name, _)| name);
    for left in [&names[..], &names[..3]] {
        let text = failure(&without(left), SourceErrorKind::Missing).await;
        assert_holds(&text, &["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"]);
    }
}

#[tokio::test]
async fn part_of_a_key_is_an_error_that_names_the_rest() {
    let [ak, sk, token, ..] = FULL.map(|(name, _)| name);
    for (absent, expected) in [
        (
            &[sk][..],
            "HUAWEICLOUD_SDK_AK is there without HUAWEICLOUD_SDK_SK",
        ),
        (
            &[ak],
            "HUAWEICLOUD_SDK_SK is there without HUAWEICLOUD_SDK_AK",
        ),
        (
            &[ak, token],
            "HUAWEICLOUD_SDK_SK is there without HUAWEICLOUD_SDK_AK",
        ),
        (
            &[ak, sk],
            "HUAWEICLOUD_SDK_SECURITY_TOKEN is there without HUAWEICLOUD_SDK_AK and \
             HUAWEICLOUD_SDK_SK",
        ),
    ] {
        let text = failure(&without(absent), SourceErrorKind::Invalid).await;
        assert_holds(&text, &[expected]);
    }
}

#[tokio::test]
async fn value_that_cannot_be_one_is_an_error_that_names_the_variable() {
    let [ak, sk, token, project, domain] = FULL.map(|(name, _)| name);
    for (name, value, part) in [
        (ak, "", "is empty"),
        (sk, "", "is empty"),
        (ak, "planted\n", "control character"),
        (sk, "planted\r\nplanted", "control character"),
        (sk, "planted\0", "control character"),
        (token, "planted\u{1b}", "control character"),
        (sk, " planted", "starts or ends with a space"),
        (ak, "planted # mine", "holds a space"),
        (sk, "\"planted\"", "quotation marks"),
        (token, "'planted'", "quotation marks"),
        (sk, "plantéd-planted", "outside ASCII"),
        (project, "planted\n", "control character"),
        (domain, "plantéd planted", "outside ASCII"),
    ] {
        let text = failure(&source(&[(name, Some(value))]), SourceErrorKind::Invalid).await;
        assert_holds(&text, &[name, part]);
        let others = FULL.into_iter().filter(|(other, _)| *other != name);
        for (other, _) in others {
            assert!(!text.contains(other), "{text}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn value_that_is_no_text_is_an_error_that_names_the_variable() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let broken = OsString::from_vec(b"planted\xff".to_vec());
    let variables = FULL.map(|(name, value)| match name {
        "HUAWEICLOUD_SDK_SK" => (name, broken.clone()),
        _ => (name, value.into()),
    });
    let source = EnvironmentSource::new().with_variables(Variables::of(variables));
    let text = failure(&source, SourceErrorKind::Invalid).await;
    assert_holds(&text, &["HUAWEICLOUD_SDK_SK", "UTF-8"]);
}

#[tokio::test]
async fn identity_provider_is_never_passed_over_in_silence() {
    let [ak, sk, token, ..] = FULL.map(|(name, _)| (name, None));
    let provider = ("HUAWEICLOUD_SDK_IDP_ID", Some("idp"));
    let file = ("HUAWEICLOUD_SDK_ID_TOKEN_FILE", Some("/run/planted"));
    for changes in [
        &[provider, file][..],
        &[provider, file, ak, sk, token],
        &[provider, ak, sk, token],
        &[file, ak, sk, token],
    ] {
        let text = failure(&source(changes), SourceErrorKind::Invalid).await;
        assert_holds(&text, &["identity provider", "not supported", changes[0].0]);
    }
    // Half a key is told as such.
    let text = failure(&source(&[provider, sk, token]), SourceErrorKind::Invalid).await;
    assert_holds(
        &text,
        &["HUAWEICLOUD_SDK_AK is there without HUAWEICLOUD_SDK_SK"],
    );
    // The vendor's SDK takes the keys too where one half of the login is absent.
    for change in [provider, file] {
        assert_eq!(
            parts(&keys(&source(&[change])).await),
            (AK, SK, Some(TOKEN))
        );
        let empty = (change.0, Some(""));
        assert_eq!(parts(&keys(&source(&[empty])).await), (AK, SK, Some(TOKEN)));
    }
}

#[tokio::test]
async fn variables_of_the_process_are_read_when_asked() {
    let name = "environment::variables_of_the_process_are_read_when_asked";
    if !child::entered(name) {
        child::assert_passed(&child::command(name).envs(FULL).output().unwrap());
        return;
    }
    let issued = ask(&EnvironmentSource::new()).await.unwrap();
    assert_eq!(parts(&keys_of(&issued)), (AK, SK, Some(TOKEN)));
    assert_eq!(issued.project_id(), Some("p1"));
}

#[test]
fn variables_print_their_names_only() {
    let variables = Variables::of(FULL);
    let shown = format!("{variables:?}");
    assert_holds(&shown, &["HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_DOMAIN_ID"]);
    assert!(!shown.contains("p1"), "{shown}");
    crate::support::assert_prints_sealed(&variables);
    let shown = format!("{:?}", Variables::of_process());
    assert_eq!(shown, "Variables(of the process)");
}
