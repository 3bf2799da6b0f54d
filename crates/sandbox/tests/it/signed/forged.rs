//! What an attacker, or a careless signer, would try.

use cloudbackup_sandbox::Sandbox;

use super::signer::{Draft, Signed, Signer, date};
use super::{assert_accepted, assert_refused, list_backups, send, show_backup};

/// A right request and what it is made from.
struct Right {
    sandbox: Sandbox,
    key: Signer,
    draft: Draft,
    signed: Signed,
}

impl Right {
    async fn new() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let key = Signer::lasting(&sandbox);
        let draft = list_backups(&sandbox).pair("limit", "10");
        let signed = key.sign(&draft);
        assert_accepted(&sandbox, &signed).await;
        Self {
            sandbox,
            key,
            draft,
            signed,
        }
    }

    async fn accepts(&self, signed: &Signed) {
        assert_accepted(&self.sandbox, signed).await;
    }

    async fn refuses(&self, signed: &Signed) {
        assert_refused(&self.sandbox, signed).await;
    }

    async fn refuses_authorization(&self, header: &str) {
        let signed = self.signed.clone().replacing("authorization", header);
        self.refuses(&signed).await;
    }

    /// The three parts of the header: access key, names and signature.
    fn parts(&self) -> [String; 3] {
        let mut signed = self.signed.clone();
        let header = signed.header_mut("authorization");
        let parts = header.strip_prefix("SDK-HMAC-SHA256 ").unwrap().split(", ");
        let parts: Vec<String> = parts.map(str::to_owned).collect();
        parts.try_into().unwrap()
    }
}

#[tokio::test]
async fn an_authorization_with_a_part_missing_doubled_or_unknown_is_refused() {
    let right = Right::new().await;
    let parts = right.parts();
    right
        .refuses(&right.signed.clone().without("authorization"))
        .await;
    for at in 0..parts.len() {
        let mut fewer = parts.to_vec();
        let part = fewer.remove(at);
        let (name, value) = part.split_once('=').unwrap();
        let mut wrong = vec![fewer.join(", ")];
        let others = [
            format!("{part}, {part}"),
            format!("{part}, {name}="),
            format!("{name}="),
            name.to_owned(),
            format!("{}={value}", name.to_lowercase()),
            format!("{name} = {value}"),
            format!("{name}=\"{value}\""),
            format!("{name}={value};"),
            format!("{part}, Other={value}"),
            format!("{part},"),
        ];
        for other in others {
            let mut changed = parts.clone();
            changed[at] = other;
            wrong.push(changed.join(", "));
        }
        for wrong in wrong {
            right
                .refuses_authorization(&format!("SDK-HMAC-SHA256 {wrong}"))
                .await;
        }
    }
    right.accepts(&right.signed).await;
}

#[tokio::test]
async fn an_authorization_of_another_scheme_or_form_is_refused() {
    let right = Right::new().await;
    let parts = right.parts().join(", ");
    let schemes = [
        "",
        "SDK-HMAC-SHA256",
        "sdk-hmac-sha256 ",
        "SDK-HMAC-SHA256, ",
        "SDK-HMAC-SHA512 ",
        "SDK-HMAC-SM3 ",
        "V11-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 ",
        "Bearer ",
    ];
    for scheme in schemes {
        right
            .refuses_authorization(&format!("{scheme}{parts}"))
            .await;
    }
    for header in ["", "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 ,,", "é"] {
        right.refuses_authorization(header).await;
    }
    let separated = right.parts().join("; ");
    right
        .refuses_authorization(&format!("SDK-HMAC-SHA256 {separated}"))
        .await;
    right.accepts(&right.signed).await;
}

#[tokio::test]
async fn a_signature_that_is_no_64_lowercase_digits_is_refused() {
    let right = Right::new().await;
    let [access, names, signature] = right.parts();
    let digits = signature.strip_prefix("Signature=").unwrap();
    let others = [
        digits.to_uppercase(),
        digits[..63].to_owned(),
        digits[..32].to_owned(),
        format!("{digits}00"),
        "0".repeat(64),
        "x".repeat(64),
        format!("0x{}", &digits[2..]),
        "é".repeat(32),
    ];
    for other in others {
        let header = format!("SDK-HMAC-SHA256 {access}, {names}, Signature={other}");
        right.refuses_authorization(&header).await;
    }
}

#[tokio::test]
async fn two_authorizations_are_refused_even_if_one_or_both_are_right() {
    let right = Right::new().await;
    let mut signed = right.signed.clone();
    let header = signed.header_mut("authorization").clone();
    for other in [&header, "Bearer x", "SDK-HMAC-SHA256 Access=x"] {
        let after = right.signed.clone().adding("authorization", other);
        right.refuses(&after).await;
        let before = right.signed.clone().replacing("authorization", other);
        right
            .refuses(&before.adding("Authorization", &header))
            .await;
    }
}

#[tokio::test]
async fn host_and_date_are_signed_and_a_signed_header_is_there_once() {
    let right = Right::new().await;
    for name in ["host", "x-sdk-date"] {
        let unsigned = right.draft.clone().leaving_out(name);
        right.refuses(&right.key.sign(&unsigned)).await;
    }
    let undated = right.signed.clone().without("x-sdk-date");
    right.refuses(&undated).await;
    let draft = right.draft.clone().with_header("X-Own", "a");
    let signed = right.key.sign(&draft);
    right.accepts(&signed).await;
    right.refuses(&signed.clone().without("x-own")).await;
    for value in ["a", "b", ""] {
        right.refuses(&signed.clone().adding("X-OWN", value)).await;
    }
    right.refuses(&signed.adding("x-sdk-date", &date(0))).await;
    // Signed as two, it still cannot be told which of them is meant.
    let twice = draft.with_header("X-Own", "b");
    right.refuses(&right.key.sign(&twice)).await;
    // What is not signed may be there in any number.
    let unsigned = right.signed.clone().adding("X-Free", "a");
    right.accepts(&unsigned.adding("X-Free", "b")).await;
}

#[tokio::test]
async fn names_of_signed_headers_are_listed_once_and_in_lower_case() {
    let right = Right::new().await;
    let [access, names, signature] = right.parts();
    let names = names.strip_prefix("SignedHeaders=").unwrap();
    let lists = [
        names.to_uppercase(),
        names.replace("host", "Host"),
        names.replace("x-sdk-date", "X-Sdk-Date"),
        names.replace(';', ","),
        names.replace(';', "; "),
        format!("{names};"),
        format!(";{names}"),
        format!("{names};host"),
        format!("{names};;"),
        format!("{names};x-not-there"),
        format!("{names};not a name"),
        format!("{names};authorization"),
        // A text of 90 MB, if each were looked up and written down.
        format!("{names}{}", ";host".repeat(3000)),
        format!("{names}{}", ";authorization".repeat(1000)),
    ];
    for list in lists {
        let header = format!("SDK-HMAC-SHA256 {access}, SignedHeaders={list}, {signature}");
        right.refuses_authorization(&header).await;
    }
    // None of these is a try at the signature, or the key would be locked after five.
    for _ in 0..6 {
        let list = format!("{names};host");
        let header = format!("SDK-HMAC-SHA256 {access}, SignedHeaders={list}, {signature}");
        let signed = right.signed.clone().replacing("authorization", header);
        assert_eq!(send(&right.sandbox, "cbr", &signed).await.status, 401);
    }
    right.accepts(&right.signed).await;
}

#[tokio::test]
async fn a_query_that_is_read_as_another_one_is_refused() {
    let right = Right::new().await;
    let draft = list_backups(&right.sandbox).pair("name", "a+b");
    let signed = right.key.sign(&draft.pair("x", ""));
    assert_eq!(signed.query, "name=a%2Bb&x=");
    right.accepts(&signed).await;
    let queries = [
        // A plus sign for itself would be read as a blank.
        "name=a+b&x=",
        "name=a%20b&x=",
        "name=a%252Bb&x=",
        "name=a%2Bb",
        "name=a%2Bb&x=&y=",
        "name=a%2Bb&x=&x=",
        "name=a%2Bb&x%3D",
        "name%3Da%2Bb&x=",
        "name=a%2Bb%26x=",
        "Name=a%2Bb&x=",
        "name=a%2Bb&x=%00",
        "",
    ];
    for query in queries {
        right.refuses(&signed.clone().with_query(query)).await;
    }
}

#[tokio::test]
async fn a_query_that_is_read_the_same_is_accepted() {
    let right = Right::new().await;
    let draft = list_backups(&right.sandbox).pair("name", "a b:ö");
    let signed = right.key.sign(&draft.pair("x", ""));
    assert_eq!(signed.query, "name=a%20b%3A%C3%B6&x=");
    let queries = [
        "x=&name=a%20b%3A%C3%B6",
        "name=a%20b%3a%c3%b6&x=",
        "name=a+b%3A%C3%B6&x=",
        "n%61me=a%20b:%C3%B6&x",
        "&name=a%20b:%C3%B6&&x=&",
    ];
    for query in queries {
        right.accepts(&signed.clone().with_query(query)).await;
    }
}

#[tokio::test]
async fn a_path_is_the_signed_one_whatever_its_form() {
    let right = Right::new().await;
    let signed = right.key.sign(&show_backup(&right.sandbox, "a b%2F"));
    right.accepts(&signed).await;
    let start = signed.path.strip_suffix("a%20b%252F").unwrap();
    let at = |end: &str| Signed {
        path: format!("{start}{end}"),
        ..signed.clone()
    };
    right.accepts(&at("%61%20b%252F")).await;
    right.accepts(&at("a%20%62%252F")).await;
    for end in [
        "a%20b%2F",
        "a%20b%252f",
        "a+b%252F",
        "a%20b%25252F",
        "A%20b%252F",
        "a%20b%252F%20",
    ] {
        right.refuses(&at(end)).await;
    }
    // The scheme takes an encoded slash for a slash, and adds one at the end: nothing that checks
    // by its rules can tell these from each other.
    right.accepts(&at("a%20b%252F%2F")).await;
}

#[tokio::test]
async fn a_body_is_left_unsigned_only_if_its_signer_said_so() {
    let right = Right::new().await;
    let post = show_backup(&right.sandbox, "a").segment("replicate");
    let post = Draft {
        method: "POST".to_owned(),
        ..post.body("{}")
    };
    const HASH: &str = "X-Sdk-Content-Sha256";
    const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
    let json = post.clone().with_header("Content-Type", "application/json");
    let binary = post
        .clone()
        .with_header("Content-Type", "application/octet-stream");

    // It cannot be said afterwards.
    for draft in [&post, &json] {
        let signed = right.key.sign(draft);
        right.accepts(&signed).await;
        right.refuses(&signed.clone().with_body("[]")).await;
        right.refuses(&signed.clone().with_body("")).await;
        let added = signed.adding(HASH, UNSIGNED);
        right.refuses(&added).await;
        right.refuses(&added.with_body("[]")).await;
    }
    // JSON is never left unsigned, nor is a body of no kind.
    for draft in [&post, &json] {
        let draft = draft.clone().with_header(HASH, UNSIGNED);
        right.refuses(&right.key.sign(&draft)).await;
    }
    // Another kind is, and it stays that kind.
    let signed = right.key.sign(&binary);
    right.accepts(&signed).await;
    right.accepts(&signed.clone().with_body("[]")).await;
    right.refuses(&signed.clone().with_body("")).await;
    let as_json = signed.clone().replacing("content-type", "application/json");
    right.refuses(&as_json).await;
    right.refuses(&signed.without(HASH)).await;
    // Saying so is signed itself.
    let unsaid = binary.clone().leaving_out("x-sdk-content-sha256");
    right.refuses(&right.key.sign(&unsaid)).await;
    // There is nothing to leave out of a request without a body.
    let signed = right.key.sign(&binary.body(""));
    right.accepts(&signed).await;
    right.refuses(&signed.with_body("{}")).await;
}

#[tokio::test]
async fn a_hash_of_the_body_given_in_advance_must_be_that_of_the_body() {
    const HASH: &str = "X-Sdk-Content-Sha256";
    const OF_EMPTY_OBJECT: &str =
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let right = Right::new().await;
    let draft = right.draft.clone().with_header(HASH, OF_EMPTY_OBJECT);
    let signed = right.key.sign(&draft.body("{}"));
    right.accepts(&signed).await;
    right.refuses(&signed.clone().with_body("[]")).await;
    right.refuses(&signed.clone().with_body("")).await;
    right.refuses(&signed.without(HASH)).await;
    for wrong in ["", "x", UNKNOWN_HASH] {
        let draft = right.draft.clone().with_header(HASH, wrong);
        right.refuses(&right.key.sign(&draft)).await;
        right.refuses(&right.key.sign(&draft.body("{}"))).await;
    }
}

const UNKNOWN_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[tokio::test]
async fn a_signature_is_for_one_method() {
    let right = Right::new().await;
    let show = right.key.sign(&show_backup(&right.sandbox, "a"));
    right.accepts(&show).await;
    let delete = Signed {
        method: "DELETE".to_owned(),
        ..show
    };
    right.refuses(&delete).await;
}

#[tokio::test]
async fn two_tokens_are_refused_even_if_both_are_right() {
    let right = Right::new().await;
    let token = right.sandbox.token("eu-de").unwrap();
    let with_token = Signed {
        headers: Vec::from([
            ("Host".to_owned(), "sandbox".to_owned()),
            ("X-Auth-Token".to_owned(), token.expose().to_owned()),
        ]),
        ..right.signed.clone()
    };
    right.accepts(&with_token).await;
    for other in [token.expose(), "", "other"] {
        right
            .refuses(&with_token.clone().adding("x-auth-token", other))
            .await;
        let before = with_token.clone().replacing("x-auth-token", other);
        right
            .refuses(&before.adding("x-auth-token", token.expose()))
            .await;
    }
    // A token that is not good is not made up for by a signature.
    for wrong in ["", "other", "é"] {
        let wrong = right.signed.clone().adding("X-Auth-Token", wrong);
        right.refuses(&wrong).await;
    }
}
