//! `cargo xtask`: the maintainer's commands. `cargo xtask --help` teaches them.

mod apply;
mod args;
mod commands;
mod coverage;
mod diff;
mod foreign;
mod print;
mod project;
mod show;

use std::process::ExitCode;

use args::Command;

/// Done, nothing to complain of.
const DONE: u8 = 0;
/// Done, with findings.
const FINDINGS: u8 = 1;
/// Wrong usage, or a failure that has nothing to do with the specs.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let outcome = args::parse(std::env::args_os().skip(1)).and_then(|command| match command {
        Command::Help(text) => {
            print::result(text);
            Ok(DONE)
        }
        Command::Generate { services, major } => commands::generate(&services, major),
        Command::GenerateForeign(wanted) => foreign::generate(&wanted),
        Command::Check => commands::check(),
        Command::Coverage {
            service,
            catalogue,
            verbose,
        } => coverage::coverage(&service, &catalogue, verbose),
        Command::Diff(options) => diff::diff(&options),
        Command::Explain { code } => commands::explain(&code),
    });
    ExitCode::from(outcome.unwrap_or_else(|message| {
        eprintln!("error: {message}");
        FAILED
    }))
}
