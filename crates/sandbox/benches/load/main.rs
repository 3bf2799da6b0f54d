//! Many typed clients at once against one sandbox: each creates, lists, waits and deletes until the
//! time is over, and keeps account of what it was answered. Prints latencies, memory, and what was
//! lost or doubled, of which there must be nothing.
//!
//! `cargo bench -p cloudbackup-sandbox --bench load -- --clients 1000 --seconds 60 --state`

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod account;
mod program;
mod workers;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use self::account::Account;
use self::program::Program;
use self::workers::{Databases, Disks, Vaults, Worker, work};

/// What the command line asks for.
struct Wish {
    clients: usize,
    seconds: u64,
    is_kept: bool,
}

fn wish() -> Wish {
    let mut wish = Wish {
        clients: 1000,
        seconds: 60,
        is_kept: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments.next().and_then(|value| value.parse().ok());
            value.unwrap_or_else(|| panic!("{argument} needs a number"))
        };
        match argument.as_str() {
            "--clients" => wish.clients = number() as usize,
            "--seconds" => wish.seconds = number(),
            "--state" => wish.is_kept = true,
            // cargo adds it.
            "--bench" => {}
            other => panic!("there is no option {other}"),
        }
    }
    wish
}

/// The client of this number, which belongs to one of the services.
fn worker(program: &Program, number: usize) -> Worker {
    let there = |label: &str| program.told(label);
    match number % 5 {
        0 => Worker::Vaults(Vaults(program.client())),
        1 => Worker::Disks(Disks {
            client: program.client(),
            volume: there(["vbs volume", "vbs attached volume"][number / 5 % 2]),
        }),
        2 => Worker::Rds(Databases {
            client: program.client(),
            instance: there(["rds instance", "rds spare"][number / 5 % 2]),
        }),
        3 => Worker::MySql(Databases {
            client: program.client(),
            instance: there(["gaussdb-mysql instance", "gaussdb-mysql spare"][number / 5 % 2]),
        }),
        _ => Worker::OpenGauss(Databases {
            client: program.client(),
            instance: there(
                ["gaussdb-opengauss instance", "gaussdb-opengauss spare"][number / 5 % 2],
            ),
        }),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let wish = wish();
    let folder = tempfile::tempdir().unwrap();
    let state = wish.is_kept.then(|| folder.path().join("load.redb"));
    let program = Program::start(state.as_deref());
    let account = Arc::new(Account::default());
    let until = Instant::now() + Duration::from_secs(wish.seconds);
    let mut clients = JoinSet::new();
    for number in 0..wish.clients {
        let worker = worker(&program, number);
        clients.spawn(work(worker, number, until, Arc::clone(&account)));
    }
    let mut memory = vec![program.memory()];
    let mut each_second = tokio::time::interval(Duration::from_secs(1));
    let mut lives = BTreeMap::new();
    loop {
        tokio::select! {
            ended = clients.join_next() => match ended {
                Some(ended) => {
                    let (service, count) = ended.unwrap();
                    *lives.entry(service).or_insert(0_usize) += count;
                }
                None => break,
            },
            _ = each_second.tick() => memory.push(program.memory()),
        }
    }
    println!(
        "{} clients, {} s, state file: {}",
        wish.clients, wish.seconds, wish.is_kept
    );
    for (service, count) in &lives {
        println!("  {service:<20}{count:>8} created, seen once, completed, deleted and gone");
    }
    account.print();
    let at = |part: usize| memory[(memory.len() - 1) * part / 4];
    println!(
        "memory of the sandbox in MiB: {} at first, then {} {} {} {}",
        at(0),
        at(1),
        at(2),
        at(3),
        at(4)
    );
    if let Some(state) = state {
        let size = std::fs::metadata(state).unwrap().len();
        println!("state file: {:.1} MiB", size as f64 / 1_048_576.0);
    }
    let wrong = account.wrong();
    for line in wrong.iter().take(20) {
        println!("wrong: {line}");
    }
    println!("lost or doubled: {}", wrong.len());
    // Returned and not exited with, so that the sandbox is ended.
    ExitCode::from(u8::from(!wrong.is_empty()))
}
