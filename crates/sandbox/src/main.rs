//! The sandbox on its own, for any language: prints addresses and credentials, then serves.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::process::ExitCode;

use cloudbackup_sandbox::{Sandbox, SandboxBuilder};
use lexopt::prelude::*;

const USAGE: &str = "\
A local stand-in for the backup services of Huawei Cloud and Open Telekom Cloud.

Usage: cloudbackup-sandbox [options]

  --port PORT        port of the control endpoint; IAM and the services have the
                     next ones (default: free ports)
  --region NAME      a region; several make several, the first is the home
                     region (default: eu-de and eu-nl)
  --seed NUMBER      where ids and secrets come from (default: 0)
  --state FILE       keeps everything in this file, and goes on with what is in it
                     (its own seed, regions and clock)
  --speed NUMBER     the clock runs so many times as fast as the real one
                     (default: 1, at most 100000)
  --log FILE         adds a line for each request to this file; `-` is the standard
                     error
  --address ADDRESS  where to listen (default: 127.0.0.1)
  --allow-remote     permits an address that is not loopback: whoever reaches it
                     may do everything, and nothing is encrypted
  --help             prints this
";

/// What the command line asks for.
enum Wish {
    Help,
    Serve(SandboxBuilder),
}

#[tokio::main]
async fn main() -> ExitCode {
    let wish = match wish(lexopt::Parser::from_env()) {
        Ok(wish) => wish,
        Err(error) => return misused(&error),
    };
    let served = match wish {
        Wish::Help => io::stdout().write_all(USAGE.as_bytes()),
        Wish::Serve(builder) => serve(builder).await,
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output went away.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        // Regions that make no sense.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => misused(&error),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the arguments, and how they should be.
fn misused(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}\n\n{USAGE}");
    ExitCode::from(2)
}

fn wish(mut arguments: lexopt::Parser) -> Result<Wish, lexopt::Error> {
    let mut builder = Sandbox::builder();
    let (mut regions, mut address, mut allow_remote) = (Vec::new(), None, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => builder = builder.first_port(arguments.value()?.parse()?),
            Long("seed") => builder = builder.seed(arguments.value()?.parse()?),
            Long("state") => builder = state(builder, arguments.value()?)?,
            Long("speed") => builder = builder.speed(speed(arguments.value()?)?),
            Long("log") => builder = log(builder, arguments.value()?)?,
            Long("region") => regions.push(arguments.value()?.string()?),
            Long("address") => address = Some(arguments.value()?.parse::<IpAddr>()?),
            Long("allow-remote") => allow_remote = true,
            Long("help") | Short('h') => return Ok(Wish::Help),
            other => return Err(other.unexpected()),
        }
    }
    if let Some(address) = address {
        if !address.is_loopback() && !allow_remote {
            return Err("an address that is not loopback needs --allow-remote".into());
        }
        builder = builder.address(address);
    }
    if !regions.is_empty() {
        builder = builder.regions(regions);
    }
    Ok(Wish::Serve(builder))
}

#[cfg(feature = "state")]
fn state(builder: SandboxBuilder, file: OsString) -> Result<SandboxBuilder, lexopt::Error> {
    Ok(builder.state(file))
}

#[cfg(not(feature = "state"))]
fn state(_: SandboxBuilder, _: OsString) -> Result<SandboxBuilder, lexopt::Error> {
    Err("this sandbox was built without the feature `state`".into())
}

fn speed(text: OsString) -> Result<u32, lexopt::Error> {
    match text.parse()? {
        speed @ 1..=100_000 => Ok(speed),
        _ => Err("--speed is a number from 1 to 100000".into()),
    }
}

fn log(builder: SandboxBuilder, file: OsString) -> Result<SandboxBuilder, lexopt::Error> {
    if file == "-" {
        return Ok(builder.log(io::stderr()));
    }
    let opened = OpenOptions::new().append(true).create(true).open(&file);
    let opened = opened.map_err(|error| format!("cannot log to {}: {error}", file.display()))?;
    Ok(builder.log(opened))
}

/// Serves until it is interrupted.
async fn serve(builder: SandboxBuilder) -> io::Result<()> {
    let sandbox = builder.start().await?;
    let mut interrupt = std::pin::pin!(interrupted());
    // It is waited for from its first poll on, which must be before anyone reads how to end this.
    tokio::select! {
        biased;
        interrupted = &mut interrupt => return interrupted,
        () = std::future::ready(()) => {}
    }
    let mut out = io::stdout().lock();
    out.write_all(describe(&sandbox).as_bytes())?;
    out.flush()?;
    drop(out);
    interrupt.await
}

/// Waits for Ctrl-C, or for the signal that ends a container.
async fn interrupted() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// All that one needs to know to call it.
fn describe(sandbox: &Sandbox) -> String {
    let mut text = String::from("endpoints\n");
    let mut line = |label: &str, value: &str| {
        text.push_str(&format!("  {label:<22}{value}\n"));
    };
    for service in Sandbox::services() {
        line(service, &sandbox.endpoint(service).unwrap_or_default());
    }
    line("control", &sandbox.control_endpoint());
    text.push_str("\nprojects\n");
    for region in sandbox.regions() {
        let id = sandbox.project_id(region).unwrap_or_default();
        text.push_str(&format!("  {region:<22}{id}\n"));
    }
    text.push_str(&credentials(sandbox));
    text.push_str(&inventory(sandbox));
    text.push_str(&curl_lines(sandbox));
    let missing = Sandbox::missing_operations();
    if !missing.is_empty() {
        text.push_str("\nwithout behaviour, answered with 501\n");
        for operation in missing {
            text.push_str(&format!("  {operation}\n"));
        }
    }
    text.push_str("\nCtrl-C ends it.\n");
    text
}

fn credentials(sandbox: &Sandbox) -> String {
    let known = sandbox.credentials();
    let mut text = String::from("\ncredentials, of this sandbox only\n");
    for (label, value) in [
        ("domain", known.domain_name.as_str()),
        ("user", &known.user_name),
        ("password", known.password.expose()),
        ("access key", &known.access_key),
        ("secret key", known.secret_key.expose()),
    ] {
        text.push_str(&format!("  {label:<22}{value}\n"));
    }
    for region in sandbox.regions() {
        let token = sandbox.token(region);
        let token = token.as_ref().map_or("", |token| token.expose());
        text.push_str(&format!("  {:<22}{token}\n", format!("token {region}")));
    }
    text
}

fn inventory(sandbox: &Sandbox) -> String {
    let there = sandbox.inventory();
    let mut text = String::from("\nthere from the start\n");
    for (label, id) in [
        ("gaussdb-mysql instance", &there.gaussdb_mysql_instance),
        (
            "gaussdb-opengauss instance",
            &there.gaussdb_opengauss_instance,
        ),
        ("rds instance", &there.rds_instance),
        ("gaussdb-mysql spare", &there.gaussdb_mysql_spare_instance),
        (
            "gaussdb-opengauss spare",
            &there.gaussdb_opengauss_spare_instance,
        ),
        ("rds spare", &there.rds_spare_instance),
        ("cbr vault", &there.cbr_vault),
        ("cbr server", &there.cbr_server),
        ("cbr backup", &there.cbr_backup),
        ("cbr spare server", &there.cbr_spare_server),
        ("cbr disk", &there.cbr_disk),
        ("cbr file system", &there.cbr_file_system),
        ("cbr replication vault", &there.cbr_replication_vault),
        ("vbs volume", &there.vbs_volume),
        ("vbs attached volume", &there.vbs_attached_volume),
        ("vbs small volume", &there.vbs_small_volume),
        ("vbs snapshot", &there.vbs_snapshot),
        ("vbs backup", &there.vbs_backup),
    ] {
        text.push_str(&format!("  {label:<28}{id}\n"));
    }
    text
}

/// A line for each service that works when it is pasted into a shell.
fn curl_lines(sandbox: &Sandbox) -> String {
    let home = sandbox.regions().next().unwrap_or_default();
    let project = sandbox.project_id(home).unwrap_or_default();
    let token = sandbox.token(home);
    let token = token.as_ref().map_or("", |token| token.expose());
    let rds = format!(
        "/v3/{project}/backups?instance_id={}",
        sandbox.inventory().rds_instance
    );
    let mut text = String::from("\ntry\n");
    for (service, path) in [
        ("cbr", format!("/v3/{project}/backups")),
        ("gaussdb-mysql", format!("/v3/{project}/backups")),
        ("gaussdb-opengauss", format!("/v3.2/{project}/backups")),
        ("rds", rds),
        ("vbs", format!("/v2/{project}/backuppolicy")),
    ] {
        let endpoint = sandbox.endpoint(service).unwrap_or_default();
        text.push_str(&format!(
            "  curl -H 'X-Auth-Token: {token}' '{endpoint}{path}'\n"
        ));
    }
    let iam = sandbox.endpoint("iam").unwrap_or_default();
    text.push_str(&format!("  curl '{iam}/v3'\n"));
    text
}
