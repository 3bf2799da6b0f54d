//! The examples do what they say, in a sandbox whose clock is known.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// Each example stands on its own, so each brings its own copy of what they share.
#![allow(clippy::duplicate_mod)]

use std::time::{Duration, UNIX_EPOCH};

use cloudbackup_sandbox::Sandbox;

/// An example as a module, and a test of what it prints.
macro_rules! examples {
    ($($name:ident: $path:literal;)*) => {$(
        #[allow(dead_code, reason = "its `main` is for those who run it")]
        #[path = $path]
        mod $name;

        #[tokio::test]
        async fn $name() {
            let stage = $name::support::Stage::in_sandbox(sandbox().await);
            let mut out = Vec::new();
            $name::run(&stage, &mut out).await.unwrap();
            let text = String::from_utf8(out).unwrap();
            insta::assert_snapshot!(stringify!($name), without_chance(&text));
        }
    )*};
}

async fn sandbox() -> Sandbox {
    let noon = UNIX_EPOCH + Duration::from_secs(1_767_268_800);
    Sandbox::builder().start_time(noon).start().await.unwrap()
}

/// What is the same in every run: waits are spread by chance, and handles name ports and times.
fn without_chance(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = match (line.split_once(" s  "), line.split_once('=')) {
            (Some((seconds, state)), _) if seconds.trim().parse::<u64>().is_ok() => {
                format!("  … s  {state}")
            }
            (_, Some(("CLOUDBACKUP_RESUME", _))) => "CLOUDBACKUP_RESUME=…".to_owned(),
            _ => without_ids(line),
        };
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

/// Ids are the only long words, and say nothing.
fn without_ids(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        out.push_str(before);
        out.push_str(if word.len() < 36 { word } else { "ID" });
        rest = after;
    }
    out + rest
}

examples! {
    create_backup: "../examples/create_backup.rs";
    backup_policy: "../examples/backup_policy.rs";
    offsite_backup_mysql: "../examples/offsite_backup_mysql.rs";
    offsite_backup_rds: "../examples/offsite_backup_rds.rs";
    replicate_backup: "../examples/replicate_backup.rs";
    find_lost_backup: "../examples/find_lost_backup.rs";
}

/// Stopped while it waits, an example prints a handle and ends well; another run goes on from it.
#[tokio::test]
async fn stopped_example_is_resumed_from_its_handle() {
    let mut stage = create_backup::support::Stage::in_sandbox(sandbox().await);
    stage.stop_after = Some(2);
    let mut out = Vec::new();
    create_backup::run(&stage, &mut out).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    insta::assert_snapshot!("stopped", without_chance(&text));

    let line = text.lines().last().unwrap();
    let handle = line.strip_prefix("CLOUDBACKUP_RESUME='").unwrap();
    stage.resumed = Some(handle.strip_suffix('\'').unwrap().to_owned());
    stage.stop_after = None;
    let mut out = Vec::new();
    create_backup::run(&stage, &mut out).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    insta::assert_snapshot!("resumed", without_chance(&text));
}

#[test]
fn terminal_shows_a_bar() {
    use create_backup::support::meter::{Meter, Step};

    let mut out = Vec::new();
    let mut meter = Meter::new(&mut out, true);
    for (seconds, percent) in [(2, None), (15, Some(40.0)), (90, Some(100.0))] {
        let step = Step {
            elapsed: Duration::from_secs(seconds),
            state: "Running".to_owned(),
            percent,
        };
        meter.show(&step).unwrap();
    }
    meter.end().unwrap();
    let text = String::from_utf8(out).unwrap();
    insta::assert_snapshot!(text.replace('\r', "\n").replace('\x1b', "ESC"));
}
