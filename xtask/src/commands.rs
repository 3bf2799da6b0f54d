//! The commands.

use std::io::IsTerminal;

use cloudbackup_codegen::{Output, diag};

use crate::apply::{Mode, Report, apply};
use crate::project::{Project, Service};
use crate::{DONE, FINDINGS, show};

/// `cargo xtask generate`
pub(crate) fn generate(wanted: &[String], major: bool) -> Result<u8, String> {
    let project = Project::find()?;
    let services = chosen(project.services()?, wanted)?;
    let mut code = DONE;
    for service in &services {
        let output = output(&project, service, major)?;
        print_diagnostics(&output);
        if output.diagnostics.has_errors() {
            eprintln!("\n{}: nothing written", service.name);
            code = FINDINGS;
            continue;
        }
        let report = apply(project.root(), &service.layout, &output.files, Mode::Write)?;
        print_written(service, &output, &report);
    }
    Ok(code)
}

/// `cargo xtask check`
pub(crate) fn check() -> Result<u8, String> {
    let project = Project::find()?;
    let mut code = DONE;
    for service in &project.services()? {
        let output = output(&project, service, false)?;
        print_diagnostics(&output);
        if output.diagnostics.has_errors() {
            eprintln!(
                "{}: the spec has errors, so its files were not compared",
                service.name
            );
            code = FINDINGS;
            continue;
        }
        let report = apply(project.root(), &service.layout, &output.files, Mode::Check)?;
        if report.is_clean() {
            println!(
                "{}: {} files as they should be",
                service.name, report.unchanged
            );
        } else {
            print_drift(service, &report);
            code = FINDINGS;
        }
    }
    for path in project.unnamed_examples()? {
        eprintln!("error: {path} is named by no spec");
        eprintln!("  = help: name it in `x-examples`, or remove it");
        code = FINDINGS;
    }
    Ok(code)
}

/// `cargo xtask explain`
pub(crate) fn explain(code: &str) -> Result<u8, String> {
    let Some(page) = diag::explain(code) else {
        let known: Vec<String> = diag::CODES
            .iter()
            .map(|info| info.code.to_string())
            .collect();
        return Err(format!(
            "there is no code `{code}`; the codes are {}",
            known.join(", ")
        ));
    };
    println!("{}", page.trim_end());
    Ok(DONE)
}

pub(crate) fn chosen(
    mut services: Vec<Service>,
    wanted: &[String],
) -> Result<Vec<Service>, String> {
    let known: Vec<String> = services
        .iter()
        .map(|service| service.name.clone())
        .collect();
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        return Err(format!(
            "there is no service `{unknown}`; the services are {}",
            known.join(", ")
        ));
    }
    if !wanted.is_empty() {
        services.retain(|service| wanted.contains(&service.name));
    }
    Ok(services)
}

fn output(project: &Project, service: &Service, major: bool) -> Result<Output, String> {
    let input = project.input(service, major)?;
    Ok(cloudbackup_codegen::generate(&input, &service.layout))
}

fn print_diagnostics(output: &Output) {
    if !output.diagnostics.is_empty() {
        let color = std::io::stderr().is_terminal();
        eprint!(
            "{}",
            show::render(&output.sources, &output.diagnostics, color)
        );
    }
}

fn print_written(service: &Service, output: &Output, report: &Report) {
    let plural = if output.operations == 1 { "" } else { "s" };
    let counts = format!(
        "{} operation{plural}, {} files",
        output.operations,
        output.files.len()
    );
    if report.is_clean() {
        println!("{}: {counts}, nothing to change", service.name);
        return;
    }
    println!("{}: {counts}", service.name);
    for (verb, paths) in [
        ("added", &report.added),
        ("changed", &report.changed),
        ("removed", &report.removed),
    ] {
        for path in paths {
            println!("  {verb} {path}");
        }
    }
}

fn print_drift(service: &Service, report: &Report) {
    for (what, paths) in [
        ("is missing", &report.added),
        ("differs from what the spec says", &report.changed),
        ("has no place here", &report.removed),
    ] {
        for path in paths {
            eprintln!("error: {path} {what}");
        }
    }
    eprintln!("  = help: run `cargo xtask generate {}`", service.name);
}
