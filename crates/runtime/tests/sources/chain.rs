//! One source after the other.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudbackup_runtime::BoxFuture;
use cloudbackup_runtime::auth::{
    AccessKeys, ChainSource, Credential, CredentialSource, EnvironmentSource, Issued,
    MetadataSource, ProfileSource, SourceError, SourceErrorKind, Variables, Wish, default_chain,
};
use cloudbackup_runtime::testing::ManualClock;
use tempfile::TempDir;

use crate::support::stand_in::{StandIn, Step, reply};
use crate::support::{
    AK, SK, TOKEN, ask, assert_holds, assert_prints_sealed, assert_sealed, at_once, child, failure,
    keys, parts, wish,
};

type Answers = Arc<dyn Fn(usize) -> Result<&'static str, SourceError> + Send + Sync>;

/// Answers by the number of the question, and prints what it should not.
#[derive(Clone)]
struct Scripted {
    asked: Arc<AtomicUsize>,
    limits: Arc<Mutex<Vec<Duration>>>,
    answers: Answers,
}

impl Scripted {
    fn new(
        answers: impl Fn(usize) -> Result<&'static str, SourceError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            asked: Arc::default(),
            limits: Arc::default(),
            answers: Arc::new(answers),
        }
    }

    fn missing() -> Self {
        Self::new(|_| Err(SourceError::missing("nothing in the drawer")))
    }

    fn giving(secret_key: &'static str) -> Self {
        Self::new(move |_| Ok(secret_key))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted { planted }")
    }
}

impl CredentialSource for Scripted {
    fn issue<'a>(&'a self, wish: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        self.limits.lock().unwrap().push(wish.limit);
        let answer = (self.answers)(self.asked.fetch_add(1, Ordering::Relaxed));
        let keys = answer.map(|secret_key| Credential::Keys(AccessKeys::new(AK, secret_key)));
        Box::pin(std::future::ready(keys.map(Issued::new)))
    }
}

fn empty_environment() -> EnvironmentSource {
    EnvironmentSource::new().with_variables(Variables::of::<&str, &str>([]))
}

fn full_environment() -> EnvironmentSource {
    let keys = [("HUAWEICLOUD_SDK_AK", AK), ("HUAWEICLOUD_SDK_SK", SK)];
    EnvironmentSource::new().with_variables(Variables::of(keys))
}

#[tokio::test]
async fn first_source_with_credentials_answers() {
    let (empty, later) = (Scripted::missing(), Scripted::giving("planted-later"));
    let chain = ChainSource::new()
        .then(empty.clone())
        .then(full_environment())
        .then(later.clone());
    assert_eq!(parts(&keys(&chain).await), (AK, SK, None));
    assert_eq!((empty.asked(), later.asked()), (1, 0));
    let shown = format!("{chain:?}");
    assert_holds(&shown, &[r#"answered: Some("EnvironmentSource")"#]);
}

#[tokio::test]
async fn any_other_error_ends_the_chain() {
    for error in [
        SourceError::invalid("bent"),
        SourceError::refused("locked"),
        SourceError::unavailable("away").with_retry_after(Duration::from_secs(7)),
    ] {
        let (kind, text) = (error.kind(), error.to_string());
        let bad = Scripted::new(move |_| Err(error.clone()));
        let later = Scripted::giving("planted-later");
        let chain = ChainSource::new()
            .then(Scripted::missing())
            .then(bad)
            .then(later.clone());
        assert_eq!(failure(&chain, kind).await, text);
        assert_eq!(later.asked(), 0);
        let shown = format!("{:?}", ask(&chain).await.unwrap_err());
        assert_eq!(shown.contains("7s"), text == "away", "{shown}");
        assert_holds(&format!("{chain:?}"), &["answered: None"]);
    }
}

#[tokio::test]
async fn half_of_a_key_in_the_environment_ends_the_chain() {
    let half = Variables::of([("HUAWEICLOUD_SDK_AK", AK)]);
    let later = Scripted::giving("planted-later");
    let chain = ChainSource::new()
        .then(EnvironmentSource::new().with_variables(half))
        .then(later.clone());
    let text = failure(&chain, SourceErrorKind::Invalid).await;
    assert_holds(&text, &["HUAWEICLOUD_SDK_SK"]);
    assert_eq!(later.asked(), 0);
}

#[tokio::test]
async fn where_nothing_is_found_it_says_what_was_looked_for_where() {
    let home = TempDir::new().unwrap();
    let home_variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let variables = Variables::of([(home_variable, home.path())]);
    let server = StandIn::start([Step::Send(reply(404, &[], ""))]);
    let chain = ChainSource::new()
        .then(EnvironmentSource::new().with_variables(variables.clone()))
        .then(ProfileSource::new().with_variables(variables))
        .then(MetadataSource::on_loopback(server.port()))
        .then(ChainSource::new().then(Scripted::missing()));
    let text = failure(&chain, SourceErrorKind::Missing).await;
    let lines: Vec<_> = text.lines().collect();
    let path = home.path().join(".huaweicloud").join("credentials");
    let address = format!("http://127.0.0.1:{}", server.port());
    let expected: [&[&str]; 6] = [
        &["no credentials found"],
        &["- ", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"],
        &["- ", &path.display().to_string()],
        &["- ", &address, "no agency"],
        &["- no credentials found"],
        &["  - nothing in the drawer"],
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, parts) in lines.iter().zip(expected) {
        assert_holds(line, parts);
    }
}

#[tokio::test]
async fn chain_without_sources_has_no_credentials() {
    let chain = ChainSource::default();
    let text = failure(&chain, SourceErrorKind::Missing).await;
    assert_eq!(text, "no credentials found");
}

#[tokio::test]
async fn text_of_a_source_forges_no_lines_and_no_colours() {
    let odd = Scripted::new(|_| Err(SourceError::missing("a\r\u{1b}[31mb")));
    let text = failure(&ChainSource::new().then(odd), SourceErrorKind::Missing).await;
    assert_eq!(text, "no credentials found\n- a\\r\\u{1b}[31mb");
}

#[tokio::test]
async fn source_that_answered_is_asked_first_from_then_on() {
    // Something is set up in the first source after the second one has answered.
    let first = Scripted::new(|number| match number {
        0 => Err(SourceError::missing("not yet")),
        _ => Ok("planted-first"),
    });
    let second = Scripted::new(|number| match number {
        0 | 1 => Ok("planted-second"),
        _ => Err(SourceError::missing("no more")),
    });
    let chain = ChainSource::new().then(first.clone()).then(second.clone());
    assert_eq!(parts(&keys(&chain).await).1, "planted-second");
    assert_eq!(parts(&keys(&chain).await).1, "planted-second");
    assert_eq!((first.asked(), second.asked()), (1, 2));
    assert_eq!(parts(&keys(&chain).await).1, "planted-first");
    assert_eq!((first.asked(), second.asked()), (2, 3));
    assert_eq!(parts(&keys(&chain).await).1, "planted-first");
    assert_eq!((first.asked(), second.asked()), (3, 3));
}

#[tokio::test]
async fn lines_keep_the_order_of_the_sources() {
    let first = Scripted::new(|_| Err(SourceError::missing("one")));
    let second = Scripted::new(|number| match number {
        0 => Ok("planted"),
        _ => Err(SourceError::missing("two")),
    });
    let chain = ChainSource::new().then(first).then(second.clone());
    keys(&chain).await;
    let text = failure(&chain, SourceErrorKind::Missing).await;
    assert_eq!(text, "no credentials found\n- one\n- two");
    assert_eq!(second.asked(), 2);
}

#[tokio::test]
async fn each_source_gets_what_is_left_of_the_time() {
    let clock = ManualClock::new();
    let slow = Scripted::new({
        let clock = clock.clone();
        move |_| {
            clock.advance(Duration::from_secs(4));
            Err(SourceError::missing("slow"))
        }
    });
    let last = Scripted::missing();
    let chain = ChainSource::new()
        .then(slow.clone())
        .then(slow.clone())
        .then(last.clone())
        .with_clock(clock);
    let limit = Duration::from_secs(7);
    let answer = chain.issue(&Wish::within(limit)).await;
    assert_eq!(answer.unwrap_err().kind(), SourceErrorKind::Missing);
    let seconds = |source: &Scripted| source.limits.lock().unwrap().clone();
    assert_eq!(seconds(&slow), [limit, Duration::from_secs(3)]);
    assert_eq!(seconds(&last), [Duration::ZERO]);
}

#[tokio::test]
async fn wish_reaches_the_sources_as_it_is() {
    #[derive(Debug)]
    struct Picky;

    impl CredentialSource for Picky {
        fn issue<'a>(&'a self, wish: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
            assert_eq!((wish.project_id, wish.region), (Some("p1"), Some("eu-de")));
            Box::pin(std::future::ready(Err(SourceError::missing("seen"))))
        }
    }

    let mut wish = wish();
    (wish.project_id, wish.region) = (Some("p1"), Some("eu-de"));
    let answer = ChainSource::new().then(Picky).issue(&wish).await;
    assert_holds(&answer.unwrap_err().to_string(), &["seen"]);
}

/// What is logged goes here.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn log_names_the_source_that_answered_and_no_secret() {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let chain = ChainSource::new()
        .then(empty_environment())
        .then(Scripted::giving(SK));
    tracing::subscriber::with_default(subscriber, || at_once(chain.issue(&wish())).unwrap());
    let log = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    assert_holds(
        &log,
        &["DEBUG", "credentials found", r#"source="Scripted""#],
    );
    assert_sealed(&log);
    assert_prints_sealed(&chain);
}

#[test]
fn default_chain_looks_where_the_vendors_sdk_looks() {
    let shown = format!("{:?}", default_chain());
    let sources = r#"["EnvironmentSource", "ProfileSource", "MetadataSource"]"#;
    assert_holds(&shown, &[sources, "answered: None"]);
    let shown = format!("{:?}", MetadataSource::new());
    assert_holds(&shown, &[r#""http://169.254.169.254""#]);
}

/// With the environment and the home directory of a process of its own: first a key in the
/// environment, then the same and a file, then the file alone. None gets as far as the metadata
/// service.
#[tokio::test]
async fn default_chain_finds_the_environment_and_then_the_file() {
    let name = "chain::default_chain_finds_the_environment_and_then_the_file";
    if child::entered(name) {
        let chain = default_chain();
        let expected = std::env::var("CLOUDBACKUP_TEST_EXPECTED").unwrap();
        let found = keys(&chain).await;
        let token = found.security_token().map(|_| "EnvironmentSource");
        assert_eq!(token.unwrap_or("ProfileSource"), expected);
        assert_holds(&format!("{chain:?}"), &[&format!("Some({expected:?})")]);
        return;
    }
    let home = TempDir::new().unwrap();
    let run = |with_environment: bool, expected: &str| {
        let mut command = child::command(name);
        command
            .env("HOME", home.path())
            .env("USERPROFILE", home.path())
            .env("CLOUDBACKUP_TEST_EXPECTED", expected);
        if with_environment {
            command
                .env("HUAWEICLOUD_SDK_AK", AK)
                .env("HUAWEICLOUD_SDK_SK", SK)
                .env("HUAWEICLOUD_SDK_SECURITY_TOKEN", TOKEN);
        }
        child::assert_passed(&command.output().unwrap());
    };
    run(true, "EnvironmentSource");
    write_profile(&home);
    run(true, "EnvironmentSource");
    run(false, "ProfileSource");
}

fn write_profile(home: &TempDir) {
    let directory = home.path().join(".huaweicloud");
    std::fs::create_dir(&directory).unwrap();
    let path = directory.join("credentials");
    std::fs::write(&path, format!("[basic]\nak={AK}\nsk={SK}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, mode).unwrap();
    }
}
