//! What stands in a profile file.

use cloudbackup_runtime::auth::{CredentialSource, ProfileSource, SourceErrorKind};
use tempfile::NamedTempFile;

use crate::support::{AK, SK, TOKEN, ask, assert_holds, failure, keys, keys_of, parts};

/// A file that only its owner can read.
struct Profile(NamedTempFile);

impl Profile {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(&file, content).unwrap();
        Self(file)
    }

    fn source(&self) -> ProfileSource {
        ProfileSource::new().with_path(self.0.path())
    }

    /// The name as it stands in errors.
    fn path(&self) -> String {
        self.0.path().display().to_string()
    }

    /// What is wrong with it, which must begin with this line of the file.
    async fn wrong(&self, source: &impl CredentialSource, line: usize) -> String {
        let text = failure(source, SourceErrorKind::Invalid).await;
        let place = format!("{}:{line}: ", self.path());
        let what = text.strip_prefix(&place);
        what.unwrap_or_else(|| panic!("{place:?} does not begin {text:?}"))
            .to_owned()
    }
}

#[tokio::test]
async fn each_section_gives_its_own_key() {
    let profile = Profile::new(format!(
        "# two accounts\n[basic]\nak = {AK}\nsk = {SK}\nproject_id = p1\n\n; the other one\n\
         [global]\nak: {AK}2\nSK: {SK}2\nsecurity_token: {TOKEN}\ndomain_id: d1\n\
         iam_endpoint: https://iam.example.com\n"
    ));
    let issued = ask(&profile.source()).await.unwrap();
    assert_eq!(parts(&keys_of(&issued)), (AK, SK, None));
    let ids = (issued.project_id(), issued.domain_id());
    assert_eq!(ids, (Some("p1"), None));
    assert_eq!(issued.lifetime(), None);
    let issued = ask(&profile.source().with_section("global")).await.unwrap();
    let (access_key, secret_key) = (format!("{AK}2"), format!("{SK}2"));
    let expected = (access_key.as_str(), secret_key.as_str(), Some(TOKEN));
    assert_eq!(parts(&keys_of(&issued)), expected);
    let ids = (issued.project_id(), issued.domain_id());
    assert_eq!(ids, (None, Some("d1")));
}

#[tokio::test]
async fn forms_of_the_same_text_give_the_same_key() {
    for content in [
        format!("[basic]\r\nak = {AK}\r\nsk = {SK}\r\n"),
        format!("\u{feff}[basic]\nak = {AK}\nsk = {SK}"),
        format!("[DEFAULT]\nak = {AK}\n[basic]\nsk : {SK}\nsecurity_token =\nproject_id ="),
        format!("  [basic]\n  ak={AK}\n  sk={SK}\n"),
        format!("[other]\nx = 1\n  more\n%y = %\n[basic]\nak={AK}\nsk={SK}\n"),
    ] {
        let profile = Profile::new(&content);
        assert_eq!(
            parts(&keys(&profile.source()).await),
            (AK, SK, None),
            "{content}"
        );
    }
    let profile = Profile::new(format!("[basic]\nak={AK}\nsk=planted%%%%+/=\n"));
    let expected = (AK, "planted%%+/=", None);
    assert_eq!(parts(&keys(&profile.source()).await), expected);
}

#[tokio::test]
async fn file_is_read_anew_each_time() {
    let profile = Profile::new(format!("[basic]\nak = {AK}\nsk = {SK}\n"));
    let source = profile.source();
    assert_eq!(parts(&keys(&source).await).1, SK);
    std::fs::write(&profile.0, format!("[basic]\nak = {AK}\nsk = planted-2\n")).unwrap();
    assert_eq!(parts(&keys(&source).await).1, "planted-2");
}

#[tokio::test]
async fn section_that_is_not_there_is_an_error_that_helps() {
    for (content, section, parts) in [
        ("", "basic", &["has no section [basic]"][..]),
        (
            "[planted]\nak = planted",
            "basic",
            &["has no section [basic]"],
        ),
        (
            "[x]\n[global]\nak=planted\n[basiccredentials]",
            "basic",
            &[
                "has no section [basic]",
                "[global] in line 2 and [basiccredentials] in line 4",
                ".with_section(",
            ],
        ),
        (
            "[basic]\nak=planted",
            "mine",
            &["no section [mine]", "[basic] in line 1"],
        ),
        (
            "[DEFAULT]\nak=planted",
            "DEFAULT",
            &["no section [DEFAULT]"],
        ),
    ] {
        let profile = Profile::new(content);
        let source = profile.source().with_section(section);
        let text = failure(&source, SourceErrorKind::Invalid).await;
        assert_holds(&text, parts);
        assert_holds(&text, &[&profile.path()]);
    }
    let profile = Profile::new("\n[ Basic ]\nak=planted\nsk=planted\n");
    let what = profile.wrong(&profile.source(), 2).await;
    assert_holds(&what, &["[basic]", "upper and lower case"]);
}

#[tokio::test]
async fn line_that_is_wrong_is_named_and_not_shown() {
    for (content, line, part) in [
        ("planted\n[basic]\n", 1, "no [section]"),
        ("ak = planted\n[basic]\n", 1, "no [section]"),
        ("[basic]\nak = planted\nsk planted\n", 3, "no `key = value`"),
        ("[basic]\n\n= planted\n", 3, "no key"),
        (
            "[basic]\nak=planted\nsk=planted\nAK = planted2\n",
            4,
            "in line 2",
        ),
        (
            "[basic]\nak=planted\n[x]\n[basic]\nsk=planted",
            4,
            "in line 1",
        ),
        (
            "[basic]\nak=planted\nsk=planted\n[x]\nplanted\n",
            5,
            "no `key = value`",
        ),
        (
            "[basic]\nak = planted\n  sk = planted\n",
            3,
            "indented deeper than line 2",
        ),
        ("[basic]\nak=planted\nsk = planted%planted\n", 3, "`%%`"),
        ("[basic]\nak=planted\nsk = %(planted)s\n", 3, "`%(`"),
    ] {
        let profile = Profile::new(content);
        let what = profile.wrong(&profile.source(), line).await;
        assert_holds(&what, &[part]);
    }
}

#[tokio::test]
async fn part_of_a_key_is_an_error_that_names_the_rest() {
    for (content, line, part) in [
        ("[x]\n[basic]\nproject_id = p1\n", 2, "no `ak` and no `sk`"),
        ("[basic]\nak = planted\n", 2, "`ak` is there without `sk`"),
        (
            "[basic]\nx=1\nsk = planted\n",
            3,
            "`sk` is there without `ak`",
        ),
        (
            "[basic]\nsecurity_token = planted\n",
            2,
            "`security_token` is there without `ak` and `sk`",
        ),
        // In another section it is of no use.
        (
            "[global]\nsk=planted\n[basic]\nak = planted\n",
            4,
            "without `sk`",
        ),
    ] {
        let profile = Profile::new(content);
        let what = profile.wrong(&profile.source(), line).await;
        assert_holds(&what, &[part]);
    }
}

#[tokio::test]
async fn value_that_cannot_be_one_is_an_error_that_names_the_key() {
    for (content, line, parts) in [
        ("[basic]\nak =\nsk = planted", 2, ["`ak`", "is empty"]),
        ("[basic]\nak=planted\nsk=", 3, ["`sk`", "is empty"]),
        (
            "[basic]\nak=planted\nsk=planted # mine",
            3,
            ["`sk`", "line of its own"],
        ),
        (
            "[basic]\nak=\"planted\"\nsk=planted",
            2,
            ["`ak`", "quotation marks"],
        ),
        (
            "[basic]\nak=planted\nsk=planté",
            3,
            ["`sk`", "outside ASCII"],
        ),
        (
            "[basic]\nak=planted\nsk=plan\tted",
            3,
            ["`sk`", "control character"],
        ),
        (
            "[basic]\nak=planted\nsk=planted\nsecurity_token=planted planted",
            4,
            ["`security_token`", "holds a space"],
        ),
        (
            "[basic]\nak=planted\nsk=planted\nproject_id=p\u{7f}",
            4,
            ["`project_id`", "control character"],
        ),
        (
            "[DEFAULT]\ndomain_id=é\n[basic]\nak=planted\nsk=planted\n",
            2,
            ["`domain_id`", "outside ASCII"],
        ),
    ] {
        let profile = Profile::new(content);
        let what = profile.wrong(&profile.source(), line).await;
        assert_holds(&what, &parts);
    }
}

#[tokio::test]
async fn identity_provider_is_never_passed_over_in_silence() {
    for (content, line, part) in [
        ("[basic]\nidp_id = planted\n", 2, "`idp_id`"),
        ("[basic]\nid_token_file = /planted\n", 2, "`id_token_file`"),
        (
            "[basic]\nid_token_file = /planted\nidp_id = planted\n",
            3,
            "`idp_id`",
        ),
        (
            "[basic]\nak=planted\nsk=planted\nidp_id = planted\nid_token_file = /planted\n",
            4,
            "`idp_id`",
        ),
    ] {
        let profile = Profile::new(content);
        let what = profile.wrong(&profile.source(), line).await;
        assert_holds(
            &what,
            &[part, "identity provider", "not supported", "`ak` and `sk`"],
        );
    }
    // The vendor's SDK takes the keys too where one half of the login is absent.
    let half = Profile::new(format!("[basic]\nak={AK}\nsk={SK}\nidp_id = i\n"));
    assert_eq!(parts(&keys(&half.source()).await), (AK, SK, None));
}

#[tokio::test]
async fn text_that_is_no_utf8_is_an_error_with_its_line() {
    let profile = Profile::new(b"[basic]\nak = planted\nsk = planted\xff\n");
    let what = profile.wrong(&profile.source(), 3).await;
    assert_holds(&what, &["UTF-8"]);
}

#[tokio::test]
async fn file_of_64_kib_is_read_and_a_larger_one_is_not() {
    let head = format!("[basic]\nak = {AK}\nsk = {SK}\n#");
    let fill = "x".repeat(64 * 1024 - head.len());
    let most = Profile::new(format!("{head}{fill}"));
    assert_eq!(parts(&keys(&most.source()).await), (AK, SK, None));
    let more = Profile::new(format!("{head}{fill}x"));
    let text = failure(&more.source(), SourceErrorKind::Invalid).await;
    assert_holds(&text, &["larger than 64 KiB", &more.path()]);
}
