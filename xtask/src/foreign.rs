//! `cargo xtask generate --spec`: crates for a document from anywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::name::Words;
use cloudbackup_codegen::scaffold::{self, Base};
use cloudbackup_codegen::{Input, Layout};

use crate::apply::{Mode, apply};
use crate::args::Foreign;
use crate::commands::{print_diagnostics, print_given_up, print_written};
use crate::project::{Project, failed, source};
use crate::{DONE, FINDINGS};

/// Longest name of a crate, without what is put behind it.
const LONGEST_NAME: usize = 48;

pub(crate) fn generate(wanted: &Foreign) -> Result<u8, String> {
    let name = match &wanted.name {
        Some(name) => given_name(name)?,
        None => name_of(&wanted.spec),
    };
    let layout = Layout::of_others(&name);
    let promises = wanted.out.join(&layout.promises);
    let input = Input {
        spec: source(&wanted.spec, wanted.spec.display().to_string())?,
        promised: match promises.is_file() {
            true => Some(source(&promises, promises.display().to_string())?),
            false => None,
        },
        bodies: BTreeMap::new(),
        profile: Profile::Foreign,
        version: "0.1.0".to_owned(),
        major: wanted.major,
        name: Some(name.clone()),
    };
    let output = cloudbackup_codegen::generate(&input, &layout);
    print_diagnostics(&output);
    if output.diagnostics.has_errors() {
        eprintln!("\n{name}: nothing written");
        return Ok(FINDINGS);
    }
    let mut files = output.files.clone();
    files.extend(scaffold::crates(
        &name,
        &layout,
        &base(wanted)?,
        &output.files,
    ));
    let report = apply(&wanted.out, &layout, &files, Mode::Write)?;
    print_written(&name, &output, &report);
    print_given_up(&name, &output);
    Ok(DONE)
}

/// Where core and runtime are: nothing depends on where the crates are moved to.
fn base(wanted: &Foreign) -> Result<Base, String> {
    let folder = match &wanted.runtime_path {
        Some(folder) => folder.clone(),
        None => Project::find()?.root().join("crates"),
    };
    let found = fs::canonicalize(&folder).map_err(|error| failed("find", &folder, &error))?;
    for part in ["core", "runtime"] {
        if !found.join(part).join("Cargo.toml").is_file() {
            return Err(format!(
                "there is no crate `{part}` in `{}`; `--runtime-path` names the folder with both",
                found.display()
            ));
        }
    }
    Ok(Base::Folder(found.display().to_string()))
}

/// A name that was given is used as it is, or not at all.
fn given_name(name: &str) -> Result<String, String> {
    match is_name(name) {
        true => Ok(name.to_owned()),
        false => Err(format!(
            "`{}` can't be the name of crates: it has to begin with a lower-case letter, and \
             lower-case letters, digits and single `-` follow, {LONGEST_NAME} characters in all",
            name.escape_debug()
        )),
    }
}

/// A name from that of the file.
fn name_of(spec: &Path) -> String {
    let stem = spec.file_stem().unwrap_or_default().to_string_lossy();
    let ascii: String = stem
        .chars()
        .map(|c| if c.is_ascii() { c } else { ' ' })
        .collect();
    let mut name = Words::split(&ascii).kebab();
    name.truncate(LONGEST_NAME - "api-".len());
    let name = name.trim_matches('-').to_owned();
    match is_name(&name) {
        true => name,
        false => format!("api-{name}").trim_end_matches('-').to_owned(),
    }
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_single = !name.contains("--") && !name.ends_with('-');
    starts && is_single && name.chars().all(allowed) && name.len() <= LONGEST_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_comes_from_the_file() {
        for (file, name) in [
            ("specs/petstore.yaml", "petstore"),
            ("My API (v2).json", "my-api-v2"),
            ("2fa.json", "api-2fa"),
            ("é.yaml", "api"),
            (".yaml", "yaml"),
        ] {
            assert_eq!(name_of(Path::new(file)), name, "{file}");
            assert!(is_name(name), "{name}");
        }
        let long = format!("{}.json", "word-".repeat(40));
        assert!(is_name(&name_of(Path::new(&long))));
    }

    #[test]
    fn name_that_no_crate_can_have_is_refused() {
        for name in [
            "",
            "A",
            "1a",
            "a b",
            "a--b",
            "a-",
            "a/../b",
            &"a".repeat(49),
        ] {
            assert!(given_name(name).is_err(), "{name}");
        }
    }
}
