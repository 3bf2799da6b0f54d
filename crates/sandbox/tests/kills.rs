//! A sandbox with a state file is killed in the middle of its work, again and again: what it has
//! answered is there when it is started anew, and nothing is there twice.
//!
//! `SANDBOX_KILLS=100 cargo test -p cloudbackup-sandbox --test kills` kills it as often.

#![cfg(feature = "state")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "it/support.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod support;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use support::{Reply, exchange, read_reply, request};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cloudbackup-sandbox");
/// Those who write at the same time.
const WRITERS: usize = 8;

/// A sandbox that serves until it is killed.
struct Serving {
    child: Child,
    endpoints: BTreeMap<String, String>,
    project: String,
    token: String,
    /// Open as long as it serves.
    _stdout: BufReader<ChildStdout>,
}

impl Serving {
    fn start(file: &Path) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("--state").arg(file).args(["--speed", "100"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line| line != "Ctrl-C ends it.") {
            let mut line = String::new();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "it does not serve");
            lines.push(line.trim().to_owned());
        }
        // The first line with a label has the value that is meant.
        let mut told = BTreeMap::new();
        for line in &lines {
            if let Some((label, value)) = line.split_once("  ") {
                let value = value.trim().to_owned();
                told.entry(label.to_owned()).or_insert(value);
            }
        }
        Self {
            child,
            project: told["eu-de"].clone(),
            token: told["token eu-de"].clone(),
            endpoints: told,
            _stdout: stdout,
        }
    }

    fn caller(&self) -> Caller {
        Caller {
            endpoints: self.endpoints.clone(),
            project: self.project.clone(),
            token: self.token.clone(),
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends requests; none is answered once the sandbox is gone.
#[derive(Clone)]
struct Caller {
    endpoints: BTreeMap<String, String>,
    project: String,
    token: String,
}

impl Caller {
    async fn call(&self, service: &str, method: &str, path: &str, body: Value) -> Option<Reply> {
        let headers = [("X-Auth-Token", self.token.as_str())];
        let path = path.replace("PROJECT", &self.project);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let bytes = request(method, &path, &headers, &body);
        let address = self.endpoints[service].strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(&bytes).await.ok()?;
        read_reply(&mut stream).await.ok()
    }

    async fn get(&self, service: &str, path: &str) -> Value {
        let reply = self.call(service, "GET", path, Value::Null).await.unwrap();
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.json()
    }
}

/// What was asked for and what was answered, over all lives of the sandbox.
#[derive(Debug, Default)]
struct Ledger {
    /// Vaults by name: how far they have got.
    vaults: BTreeMap<String, Fate>,
    /// Tokens that were handed out.
    tokens: Vec<String>,
    /// For how long backups are kept: what was answered last, and what was asked for since.
    keep_days: (Option<i64>, Option<i64>),
}

#[derive(Clone, Debug, PartialEq)]
enum Fate {
    Asked,
    Made(String),
    /// Its deletion was asked for.
    Doomed(String),
    Gone,
}

/// Makes and deletes things until the sandbox is gone.
async fn write(caller: Caller, writer: usize, ledger: Arc<Mutex<Ledger>>, done: Arc<AtomicUsize>) {
    for turn in 0.. {
        let result = match (writer, turn % 4) {
            (0, _) => set_policy(&caller, &ledger).await,
            (_, 1 | 3) => delete_vault(&caller, writer, &ledger).await,
            (_, 2) => sign_in(&caller, &ledger).await,
            _ => make_vault(&caller, writer, &ledger).await,
        };
        if result.is_none() {
            return;
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn make_vault(caller: &Caller, writer: usize, ledger: &Mutex<Ledger>) -> Option<()> {
    let name = {
        let mut ledger = ledger.lock().unwrap();
        let name = format!("vault-{writer}-{}", ledger.vaults.len());
        ledger.vaults.insert(name.clone(), Fate::Asked);
        name
    };
    let billing = json!({
        "object_type": "server", "protect_type": "backup", "size": 10,
        "consistent_level": "crash_consistent",
    });
    let body = json!({"vault": {"name": name, "resources": [], "billing": billing}});
    let reply = caller
        .call("cbr", "POST", "/v3/PROJECT/vaults", body)
        .await?;
    assert!(reply.status < 300, "{reply:?}");
    let id = reply.json()["vault"]["id"].as_str().unwrap().to_owned();
    ledger.lock().unwrap().vaults.insert(name, Fate::Made(id));
    Some(())
}

async fn delete_vault(caller: &Caller, writer: usize, ledger: &Mutex<Ledger>) -> Option<()> {
    let own = format!("vault-{writer}-");
    let found = {
        let mut ledger = ledger.lock().unwrap();
        let mut vaults = ledger.vaults.iter_mut();
        vaults.find_map(|(name, fate)| match fate {
            Fate::Made(id) if name.starts_with(&own) => {
                let id = id.clone();
                *fate = Fate::Doomed(id.clone());
                Some((name.clone(), id))
            }
            _ => None,
        })
    };
    let Some((name, id)) = found else {
        return Some(());
    };
    let path = format!("/v3/PROJECT/vaults/{id}");
    let reply = caller.call("cbr", "DELETE", &path, Value::Null).await?;
    assert!(reply.status < 300, "{reply:?}");
    ledger.lock().unwrap().vaults.insert(name, Fate::Gone);
    Some(())
}

async fn sign_in(caller: &Caller, ledger: &Mutex<Ledger>) -> Option<()> {
    let identity = json!({"methods": ["token"], "token": {"id": caller.token}});
    let body = json!({"auth": {"identity": identity}});
    let reply = caller.call("iam", "POST", "/v3/auth/tokens", body).await?;
    let token = reply.header("x-subject-token").unwrap().to_owned();
    ledger.lock().unwrap().tokens.push(token);
    Some(())
}

/// Sets how long backups of an instance are kept.
async fn set_policy(caller: &Caller, ledger: &Mutex<Ledger>) -> Option<()> {
    let days = {
        let mut ledger = ledger.lock().unwrap();
        let days = ledger.keep_days.0.unwrap_or_default() % 700 + 1;
        ledger.keep_days.1 = Some(days);
        days
    };
    let policy = json!({"keep_days": days, "start_time": "08:00-09:00", "period": "1,2"});
    let body = json!({"backup_policy": policy});
    let path = format!(
        "/v3/PROJECT/instances/{}/backups/policy",
        caller.endpoints["rds instance"]
    );
    let reply = caller.call("rds", "PUT", &path, body).await?;
    assert_eq!(reply.status, 200, "{reply:?}");
    ledger.lock().unwrap().keep_days = (Some(days), None);
    Some(())
}

/// Compares what is there with what was answered, and what was not.
async fn check(caller: &Caller, ledger: &mut Ledger) {
    let mut there: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = 0;
    loop {
        let path = format!("/v3/PROJECT/vaults?limit=500&offset={seen}");
        let page = caller.get("cbr", &path).await;
        let vaults = page["vaults"].as_array().unwrap();
        for vault in vaults {
            let text = |name: &str| vault[name].as_str().unwrap().to_owned();
            let twice = there.insert(text("name"), text("id"));
            assert_eq!(twice, None, "{vault}");
            // A deletion that goes on was not lost.
            if vault["billing"]["status"] == "deleting" {
                there.remove(&text("name"));
            }
        }
        seen += vaults.len();
        if vaults.is_empty() {
            break;
        }
    }
    for (name, fate) in &mut ledger.vaults {
        let found = there.get(name);
        match (&*fate, found) {
            (Fate::Made(id), Some(found)) => assert_eq!(found, id, "{name}"),
            (Fate::Made(id), None) => panic!("{name} is lost, {id}"),
            (Fate::Gone, Some(found)) => panic!("{name} is there again, {found}"),
            // Nobody was told, so both are right, and from now on it is known.
            (Fate::Asked | Fate::Doomed(_), Some(found)) => *fate = Fate::Made(found.clone()),
            (_, None) => *fate = Fate::Gone,
        }
    }
    // The latest ones are the ones in danger.
    for token in ledger.tokens.iter().rev().take(20) {
        let headers = [
            ("X-Auth-Token", caller.token.as_str()),
            ("X-Subject-Token", token),
        ];
        let bytes = request("GET", "/v3/auth/tokens", &headers, "");
        let reply = exchange(&caller.endpoints["iam"], &bytes).await.unwrap();
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let path = format!(
        "/v3/PROJECT/instances/{}/backups/policy",
        caller.endpoints["rds instance"]
    );
    let days = caller.get("rds", &path).await["backup_policy"]["keep_days"].as_i64();
    let (answered, asked) = ledger.keep_days;
    assert!(
        answered.is_none() || days == answered || days == asked,
        "{days:?} {ledger:?}"
    );
    ledger.keep_days = (days, None);
}

async fn clock(caller: &Caller) -> String {
    let told = caller
        .call("control", "GET", "/", Value::Null)
        .await
        .unwrap();
    told.json()["clock"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_answered_is_lost_and_nothing_is_doubled() {
    let kills: usize = match std::env::var("SANDBOX_KILLS") {
        Ok(kills) => kills.parse().unwrap(),
        Err(_) => 4,
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.redb");
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let mut time = String::new();
    let mut answered = 0;
    for kill in 0..kills {
        let mut serving = Serving::start(&file);
        let caller = serving.caller();
        let now = clock(&caller).await;
        assert!(now > time, "the clock went back from {time} to {now}");
        {
            let mut known = std::mem::take(&mut *ledger.lock().unwrap());
            check(&caller, &mut known).await;
            *ledger.lock().unwrap() = known;
        }
        let done = Arc::new(AtomicUsize::new(0));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (ledger, done) = (Arc::clone(&ledger), Arc::clone(&done));
            writers.spawn(write(caller.clone(), writer, ledger, done));
        }
        // Another moment each time, in the middle of all of them.
        let enough = (kill * 37) % 151;
        while done.load(Ordering::Relaxed) < enough {
            tokio::task::yield_now().await;
        }
        time = clock(&caller).await;
        serving.child.kill().unwrap();
        serving.child.wait().unwrap();
        while let Some(written) = writers.join_next().await {
            written.unwrap();
        }
        answered += done.load(Ordering::Relaxed);
    }
    let serving = Serving::start(&file);
    let mut ledger = std::mem::take(&mut *ledger.lock().unwrap());
    check(&serving.caller(), &mut ledger).await;
    println!(
        "{kills} kills, {answered} answers, {} vaults",
        ledger.vaults.len()
    );
}
