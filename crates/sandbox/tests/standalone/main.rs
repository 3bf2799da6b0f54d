//! The program on its own: what it prints, what can be done with that, and how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod files;
#[path = "../it/support.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use cloudbackup_sandbox::Sandbox;
use tokio::io::AsyncWriteExt;

use support::{Reply, call, connect, exchange, read_reply, request};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cloudbackup-sandbox");
const LAST_LINE: &str = "Ctrl-C ends it.";
const TOKEN: &str = "X-Auth-Token";

/// A child that does not outlive its test, however that ends.
struct Program(Child);

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    fn stdout(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.0.stdout.take().unwrap())
    }

    /// Waits for the end of one that does not serve.
    fn output(mut self) -> Output {
        let mut text = String::new();
        for line in self.stdout().lines() {
            let line = line.unwrap();
            assert_ne!(line, LAST_LINE, "it serves");
            text.push_str(&format!("{line}\n"));
        }
        Output {
            stderr: self.rest_of_stderr().into_bytes(),
            status: self.0.wait().unwrap(),
            stdout: text.into_bytes(),
        }
    }

    fn rest_of_stderr(&mut self) -> String {
        let mut text = String::new();
        let mut stderr = self.0.stderr.take().unwrap();
        stderr.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program that serves, and what it printed.
struct Serving {
    text: String,
    program: Program,
    /// Open as long as the program runs, as a terminal would be.
    _stdout: BufReader<ChildStdout>,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        Self::try_start(arguments).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What it says instead, if it does not serve.
    fn try_start(arguments: &[&str]) -> Result<Self, String> {
        let mut program = Program::start(arguments);
        let mut stdout = program.stdout();
        let mut text = String::new();
        while !text.ends_with(&format!("\n{LAST_LINE}\n")) {
            if stdout.read_line(&mut text).unwrap() == 0 {
                return Err(text + &program.rest_of_stderr());
            }
        }
        Ok(Self {
            text,
            program,
            _stdout: stdout,
        })
    }

    /// The lines under a heading.
    fn section(&self, heading: &str) -> Vec<&str> {
        let lines = self.text.lines();
        let mut below = lines.skip_while(|line| !line.starts_with(heading)).skip(1);
        let found: Vec<&str> = below.by_ref().take_while(|line| !line.is_empty()).collect();
        assert!(!found.is_empty(), "{heading} is not in:\n{}", self.text);
        found.into_iter().map(str::trim).collect()
    }

    /// What stands behind a label in the section with this heading.
    fn value(&self, heading: &str, label: &str) -> &str {
        let lines = self.section(heading).into_iter();
        let mut values = lines.filter_map(|line| {
            let value = line.strip_prefix(label)?.strip_prefix("  ")?;
            Some(value.trim())
        });
        values
            .next()
            .unwrap_or_else(|| panic!("{label} is not in:\n{}", self.text))
    }

    fn endpoint(&self, service: &str) -> &str {
        self.value("endpoints", service)
    }

    /// The policies of the home region, by the token that was printed.
    async fn policies(&self) -> Reply {
        let target = format!("/v2/{}/backuppolicy", self.value("projects", "eu-de"));
        let headers = [(TOKEN, self.value("credentials", "token eu-de"))];
        call(self.endpoint("vbs"), "GET", &target, &headers, "").await
    }
}

/// A line for a shell, taken apart; as much as the printed ones need.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (index, part) in line.split('\'').enumerate() {
        let is_quoted = index % 2 == 1;
        for (index, piece) in part.split(' ').enumerate() {
            match is_quoted {
                true if index > 0 => words.last_mut().unwrap().push(' '),
                false if index > 0 => words.push(String::new()),
                _ => {}
            }
            words.last_mut().unwrap().push_str(piece);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Does what a curl line does.
async fn curl(line: &str) -> Reply {
    let mut words = words(line).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"), "{line}");
    let (mut headers, mut body, mut method, mut url) = (Vec::new(), None, None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-H" => headers.push(words.next().unwrap()),
            "-d" => body = words.next(),
            "-X" => method = words.next(),
            option => {
                assert!(!option.starts_with('-'), "{line}");
                assert_eq!(url.replace(word), None, "{line}");
            }
        }
    }
    let default = if body.is_some() { "POST" } else { "GET" };
    let method = method.unwrap_or_else(|| default.to_owned());
    let url = url.unwrap();
    let url = url.strip_prefix("http://").unwrap_or(&url);
    let (host, path) = url.split_once('/').unwrap();
    let headers = headers
        .iter()
        .map(|header| header.split_once(": ").unwrap());
    let headers: Vec<(&str, &str)> = headers.collect();
    let endpoint = format!("http://{host}");
    let body = body.unwrap_or_default();
    call(&endpoint, &method, &format!("/{path}"), &headers, &body).await
}

#[tokio::test]
async fn printed_curl_lines_work_as_they_are() {
    let serving = Serving::start(&[]);
    let lines = serving.section("try");
    let services = Sandbox::services();
    assert_eq!(lines.len(), services.len(), "{}", serving.text);
    for service in services {
        let address = format!("'{}/", serving.endpoint(service));
        let mut lines = lines.iter().filter(|line| line.contains(&address));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            panic!("{service} has not one line:\n{}", serving.text);
        };
        let reply = curl(line).await;
        assert_eq!(reply.status, 200, "{line}: {reply:?}");
        assert!(reply.json().is_object(), "{line}");
    }
}

#[tokio::test]
async fn control_lines_of_the_readme_work_with_the_printed_port() {
    let serving = Serving::start(&[]);
    let address = serving.endpoint("control").strip_prefix("http://").unwrap();
    let readme = include_str!("../../README.md");
    let start = readme.find("curl 127.0.0.1:PORT/ ").unwrap();
    let example = &readme[start..];
    let example = &example[..example.find("```").unwrap()];
    let mut done = 0;
    for line in example.split("curl ").skip(1) {
        // What the line does is told behind it.
        let line = line.replace("127.0.0.1:PORT", address).replace('\n', " ");
        let line = match line.split_once("}'") {
            Some((line, _)) => format!("curl {line}}}'"),
            None => format!("curl {}", line.split("   ").next().unwrap()),
        };
        let reply = curl(&line).await;
        assert_eq!(reply.status, 200, "{line}: {reply:?}");
        let told = match line.ends_with("/credentials") {
            true => "tokens",
            false => "endpoints",
        };
        assert!(reply.json()[told].is_object(), "{line}");
        done += 1;
    }
    assert_eq!(done, 5, "{example}");
}

#[tokio::test]
async fn printed_credentials_sign_in() {
    let serving = Serving::start(&[]);
    let value = |label| serving.value("credentials", label);
    let (user, password, domain) = (value("user"), value("password"), value("domain"));
    let project = serving.value("projects", "eu-nl");
    let body = format!(
        r#"{{"auth": {{"identity": {{"methods": ["password"], "password": {{"user":
            {{"name": "{user}", "password": "{password}", "domain": {{"name": "{domain}"}}}}}}}},
            "scope": {{"project": {{"id": "{project}"}}}}}}}}"#
    );
    let iam = serving.endpoint("iam");
    let reply = call(iam, "POST", "/v3/auth/tokens", &[], &body).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    let token = reply.header("x-subject-token").unwrap();
    for (region, token, status) in [
        ("eu-nl", token, 200),
        ("eu-de", token, 403),
        ("eu-nl", value("token eu-nl"), 200),
        ("eu-de", value("token eu-nl"), 403),
    ] {
        let target = format!("/v2/{}/backuppolicy", serving.value("projects", region));
        let headers = [(TOKEN, token)];
        let reply = call(serving.endpoint("vbs"), "GET", &target, &headers, "").await;
        assert_eq!(reply.status, status, "{region}: {reply:?}");
    }
    for label in ["access key", "secret key"] {
        assert!(value(label).len() >= 20, "{}", serving.text);
    }
}

#[tokio::test]
async fn printed_inventory_is_there() {
    let serving = Serving::start(&[]);
    let of = |label| serving.value("there from the start", label);
    let project = serving.value("projects", "eu-de");
    let list = format!("/v3/{project}/backups");
    for (service, target) in [
        ("cbr", format!("{list}/{}", of("cbr backup"))),
        ("rds", format!("{list}?instance_id={}", of("rds instance"))),
        (
            "gaussdb-mysql",
            format!("{list}?instance_id={}", of("gaussdb-mysql instance")),
        ),
        (
            "gaussdb-opengauss",
            format!(
                "{}?instance_id={}",
                list.replace("v3", "v3.2"),
                of("gaussdb-opengauss instance")
            ),
        ),
        ("vbs", format!("{list}/{}", of("vbs backup"))),
        (
            "vbs",
            format!("{list}/detail?volume_id={}", of("vbs volume")),
        ),
    ] {
        let headers = [(TOKEN, serving.value("credentials", "token eu-de"))];
        let reply = call(serving.endpoint(service), "GET", &target, &headers, "").await;
        assert_eq!(reply.status, 200, "{target}: {reply:?}");
        let told = reply.json();
        let first = told["backups"].as_array().map(|backups| &backups[0]);
        assert!(first.is_some_and(|it| it.is_object()) || told["backup"].is_object());
    }
    assert_eq!(of("cbr replication vault").len(), 36);
    for label in ["vbs attached volume", "vbs small volume", "vbs snapshot"] {
        assert_eq!(of(label).len(), 36, "{label}");
    }
}

#[tokio::test]
async fn options_say_regions_and_where_ids_come_from() {
    let regions = ["--region", "north", "--region", "south", "--region", "west"];
    let [first, same, other] = ["5", "5", "6"].map(|seed| {
        let arguments = [&["--seed", seed, "--address", "127.0.0.1"][..], &regions].concat();
        Serving::start(&arguments)
    });
    assert_eq!(first.section("projects").len(), 3);
    assert_eq!(first.section("projects"), same.section("projects"));
    let password = |serving: &Serving| serving.value("credentials", "password").to_owned();
    assert_eq!(password(&first), password(&same));
    assert_ne!(password(&first), password(&other));
    for region in ["north", "south", "west"] {
        assert_ne!(
            first.value("projects", region),
            other.value("projects", region)
        );
        let token = first.value("credentials", &format!("token {region}"));
        let target = format!("/v3/{}/backups", first.value("projects", region));
        let reply = call(first.endpoint("cbr"), "GET", &target, &[(TOKEN, token)], "").await;
        assert_eq!(reply.status, 200, "{region}: {reply:?}");
    }
}

#[test]
fn endpoints_are_on_loopback_and_each_has_its_own() {
    let serving = Serving::start(&[]);
    let mut endpoints = serving.section("endpoints");
    assert_eq!(endpoints.len(), Sandbox::services().len() + 1);
    assert!(
        endpoints
            .iter()
            .all(|line| line.contains(" http://127.0.0.1:"))
    );
    endpoints.sort_unstable_by_key(|line| line.rsplit(':').next());
    endpoints.dedup_by_key(|line| line.rsplit(':').next());
    assert_eq!(endpoints.len(), Sandbox::services().len() + 1);
}

#[test]
fn ports_follow_the_one_that_is_asked_for() {
    // Below the ports that systems hand out; whether seven are free shows when they are taken.
    let first = std::process::id() % 20_000 * 31;
    let serving = (0..50).find_map(|attempt| {
        let port = u16::try_from(10_000 + (first + attempt * 401) % 20_000).unwrap();
        let serving = Serving::try_start(&["--port", &port.to_string()]).ok()?;
        Some((port, serving))
    });
    let (port, serving) = serving.unwrap();
    let names = ["control"].into_iter().chain(Sandbox::services());
    for (name, port) in names.zip(port..) {
        assert_eq!(serving.endpoint(name), format!("http://127.0.0.1:{port}"));
    }
}

#[test]
fn wrong_arguments_end_with_2_and_the_usage() {
    for arguments in [
        &["--nonsense"][..],
        &["-x"],
        &["serve"],
        &["--port"],
        &["--port", "http"],
        &["--port", "65536"],
        &["--port=-1"],
        &["--seed", "random"],
        &["--speed", "0"],
        &["--speed", "100001"],
        &["--speed", "fast"],
        &["--log"],
        &["--state"],
        &["--region"],
        &["--region", ""],
        &["--region", "a", "--region", "a"],
        &["--address", "localhost"],
        &["--allow-remote=yes"],
        // What others could reach is served only by those who say that they mean it.
        &["--address", "0.0.0.0"],
        &["--address", "::"],
        &["--address", "192.0.2.1"],
        &["--address", "192.0.2.1", "--port", "0"],
    ] {
        let output = Program::start(arguments).output();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("error: "), "{arguments:?}: {told}");
        assert!(told.contains("\nUsage: cloudbackup-sandbox"), "{told}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        if arguments.contains(&"--address") && !arguments.contains(&"localhost") {
            assert!(told.contains("needs --allow-remote"), "{told}");
        }
    }
}

#[test]
fn addresses_that_cannot_be_listened_at_end_with_1_and_say_so() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap();
    let port = taken.port().to_string();
    for (arguments, address) in [
        (&["--port", &port][..], taken.to_string()),
        // Of a block that no machine has.
        (
            &["--allow-remote", "--address", "192.0.2.1"],
            "192.0.2.1:0".to_owned(),
        ),
    ] {
        let output = Program::start(arguments).output();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        let start = format!("error: cannot listen at {address}: ");
        assert!(
            told.starts_with(&start) && told.len() > start.len() + 5,
            "{told}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_is_printed_and_nothing_is_served() {
    for arguments in [&["--help"][..], &["-h"], &["--port", "0", "--help"]] {
        let output = Program::start(arguments).output();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        let options = [
            "port",
            "region",
            "seed",
            "state",
            "speed",
            "log",
            "address",
            "allow-remote",
            "help",
        ];
        for option in options {
            assert!(
                told.contains(&format!("\n  --{option} ")),
                "{option}: {told}"
            );
        }
        assert!(output.stderr.is_empty());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_and_the_signal_that_ends_containers_end_it_in_an_orderly_way() {
    for (signal, with_company) in [("-INT", false), ("-INT", true), ("-TERM", true)] {
        let mut serving = Serving::start(&[]);
        let mut idle = Vec::new();
        if with_company {
            idle.push(connect(serving.endpoint("iam")).await);
            assert_eq!(serving.policies().await.status, 200);
        }
        let id = serving.program.0.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let status = serving.program.0.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{status}");
        assert_eq!(serving.program.rest_of_stderr(), "");
    }
}

/// As with `| head`: that is no error.
#[test]
fn output_that_nobody_reads_ends_it_in_silence() {
    for arguments in [&[][..], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(PROGRAM);
        command.args(arguments).stdin(Stdio::null());
        command.stdout(writer).stderr(Stdio::piped());
        let mut program = Program(command.spawn().unwrap());
        assert_eq!(program.0.wait().unwrap().code(), Some(0));
        assert_eq!(program.rest_of_stderr(), "");
    }
}

#[tokio::test]
async fn idle_connections_keep_nobody_from_being_served() {
    let serving = Serving::start(&[]);
    let endpoint = serving.endpoint("vbs");
    let mut idle = Vec::new();
    for count in 0..200 {
        let mut stream = connect(endpoint).await;
        if count % 2 == 0 {
            let half = b"POST /v2/p/backuppolicy HTTP/1.1\r\nHost: a\r\nContent-Le";
            stream.write_all(half).await.unwrap();
        }
        idle.push(stream);
    }
    assert_eq!(serving.policies().await.status, 200);
    drop(idle);
    assert_eq!(serving.policies().await.status, 200);
}

/// Elsewhere a process may not have as many connections.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_beyond_the_limit_are_closed_at_once() {
    let serving = Serving::start(&[]);
    let endpoint = serving.endpoint("rds");
    let get = request("GET", "/", &[], "");
    let mut kept = Vec::new();
    // Each has been served once, so that it is known to have its place.
    for _ in 0..512 {
        let mut stream = connect(endpoint).await;
        stream.write_all(&get).await.unwrap();
        assert_eq!(read_reply(&mut stream).await.unwrap().status, 404);
        kept.push(stream);
    }
    let ended = exchange(endpoint, &get).await.unwrap_err();
    assert!(ended.bytes.is_empty(), "{ended:?}");
    assert_eq!(
        serving.policies().await.status,
        200,
        "others have their own"
    );

    kept.truncate(511);
    let mut tries = 0;
    while exchange(endpoint, &get).await.is_err() {
        tries += 1;
        assert!(tries < 10_000, "no place becomes free");
    }
    let last = kept.last_mut().unwrap();
    last.write_all(&get).await.unwrap();
    assert_eq!(read_reply(last).await.unwrap().status, 404);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_stays_bounded_whatever_is_sent() {
    let mut serving = Serving::start(&[]);
    let most = || {
        let path = format!("/proc/{}/status", serving.program.0.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line.unwrap().split_whitespace().nth(1).unwrap();
        kib.parse::<usize>().unwrap() / 1024
    };
    let endpoint = serving.endpoint("cbr");
    assert_eq!(serving.policies().await.status, 200);
    let before = most();

    let chunked = "POST /v3/p/backups/b/replicate HTTP/1.1\r\nHost: a\r\n\
                   Transfer-Encoding: chunked\r\n\r\n";
    // Tiny pieces, each of which would take more to keep than it says.
    let tiny = format!("{chunked}{}0\r\n\r\n", "1\r\nx\r\n".repeat(300_000));
    let reply = exchange(endpoint, tiny.as_bytes()).await.unwrap();
    assert_eq!(reply.status, 401, "{reply:?}");

    // More than there is to take, of everything that has no end of its own.
    let endless = "x".repeat(64 * 1024 * 1024);
    for start in [
        format!("{chunked}4000000\r\n"),
        "POST /v3/p/backups/b/replicate HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n"
            .to_owned(),
        format!("{chunked}1;"),
        format!("{chunked}0\r\nTrailer: "),
        "GET / HTTP/1.1\r\nHost: a\r\nX: ".to_owned(),
        "GET /".to_owned(),
        String::new(),
    ] {
        let mut stream = connect(endpoint).await;
        stream.write_all(start.as_bytes()).await.unwrap();
        let _ = stream.write_all(endless.as_bytes()).await;
        if let Ok(reply) = read_reply(&mut stream).await {
            assert!((400..500).contains(&reply.status), "{reply:?}");
        }
    }
    let after = most();
    assert!(after < before + 8, "from {before} MiB to {after} MiB");
    assert_eq!(serving.policies().await.status, 200);

    serving.program.0.kill().unwrap();
    assert_eq!(
        serving.program.rest_of_stderr(),
        "",
        "a panic would be told"
    );
}
