//! Files that cannot be used: each is refused with words that say which, why, and what to do.

use std::io::ErrorKind;
use std::path::Path;

use cloudbackup_sandbox::{Sandbox, SandboxBuilder};
use redb::Database;

use super::format::{ABOUT, ROWS};
use super::{new_file, started};

/// Asserts that no sandbox starts with a file, and returns what is said instead.
async fn refused(builder: SandboxBuilder, file: &Path, kind: ErrorKind) -> String {
    let error = builder.state(file).start().await.unwrap_err();
    let told = error.to_string();
    assert_eq!(error.kind(), kind, "{told}");
    assert!(told.contains(file.to_str().unwrap()), "{told}");
    assert!(!told.contains("sandbox-"), "no token: {told}");
    told
}

/// Changes a row of a file, or a value in `about` where no part is named.
fn change(file: &Path, part: Option<&str>, key: &str, value: Option<&str>) {
    let database = Database::open(file).unwrap();
    let write = database.begin_write().unwrap();
    match part {
        None => {
            let mut about = write.open_table(ABOUT).unwrap();
            about.insert(key, value.unwrap().as_bytes()).unwrap();
        }
        Some(part) => {
            let mut rows = write.open_table(ROWS).unwrap();
            match value {
                Some(value) => drop(rows.insert((part, key), value.as_bytes()).unwrap()),
                None => drop(rows.remove((part, key)).unwrap().unwrap()),
            }
        }
    }
    write.commit().unwrap();
}

#[tokio::test]
async fn file_in_use_is_refused_until_it_is_free() {
    let (_folder, file) = new_file();
    let sandbox = started(&file).await;
    let told = refused(Sandbox::builder(), &file, ErrorKind::WouldBlock).await;
    assert!(
        told.contains("another sandbox uses it: end that one"),
        "{told}"
    );
    drop(sandbox);
    drop(started(&file).await);
}

#[tokio::test]
async fn file_keeps_its_seed_and_regions() {
    let (_folder, file) = new_file();
    let first = Sandbox::builder().seed(7).regions(["north", "south"]);
    let sandbox = first.state(&file).start().await.unwrap();
    let project = sandbox.project_id("north").unwrap().to_owned();
    drop(sandbox);
    for (other, words) in [
        (Sandbox::builder().seed(8), "seed 7, and not 8"),
        (
            Sandbox::builder().regions(["north"]),
            "regions north south, and not north",
        ),
    ] {
        let told = refused(other, &file, ErrorKind::InvalidInput).await;
        assert!(told.contains(words), "{told}");
    }
    for same in [
        Sandbox::builder(),
        Sandbox::builder().seed(7).regions(["north", "south"]),
    ] {
        let sandbox = same.state(&file).start().await.unwrap();
        assert_eq!(sandbox.project_id("north"), Some(project.as_str()));
    }
}

#[tokio::test]
async fn damaged_file_is_refused() {
    let (_folder, file) = new_file();
    drop(started(&file).await);
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    // In the middle of a text that stands in a row.
    let at = whole
        .windows(14)
        .position(|it| it == b"sandbox-server")
        .unwrap();
    flipped[at] ^= 1;
    for (name, bytes) in [
        ("nothing", &b""[..]),
        ("text", b"this is no database\n"),
        ("half", &whole[..whole.len() / 2]),
        ("short", &whole[..100]),
        ("flipped", &flipped),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let told = refused(Sandbox::builder(), &file, ErrorKind::InvalidData).await;
        assert!(
            told.contains("it is damaged, or not the state of a sandbox"),
            "{name}: {told}"
        );
        assert_eq!(
            std::fs::read(&file).unwrap().len(),
            bytes.len(),
            "{name}: left as it is"
        );
    }
    std::fs::write(&file, &whole).unwrap();
    drop(started(&file).await);
}

#[tokio::test]
async fn other_format_is_refused_and_not_misread() {
    let (_folder, file) = new_file();
    drop(started(&file).await);
    change(&file, None, "format", Some("0"));
    let told = refused(Sandbox::builder(), &file, ErrorKind::InvalidData).await;
    assert!(
        told.contains("format 0, and this sandbox reads format 1"),
        "{told}"
    );
}

#[tokio::test]
async fn wrong_row_is_named() {
    let (_folder, file) = new_file();
    drop(started(&file).await);
    let whole = std::fs::read(&file).unwrap();
    for (part, key, value, words) in [
        ("vbs", "numbered", None, "vbs, row numbered: it is missing"),
        (
            "vbs",
            "numbered",
            Some("\"x\""),
            "vbs, row numbered: invalid type: string \"x\"",
        ),
        (
            "rds",
            "begin",
            Some("1"),
            "rds, row begin: nothing like it belongs to the state",
        ),
        (
            "cbr",
            "tasks/x",
            Some("{}"),
            "cbr, row tasks/x: missing field",
        ),
        (
            "cbr",
            "timeline/soon",
            Some("{\"Ends\":1}"),
            "cbr, row timeline/soon: its key is not",
        ),
        (
            "iam",
            "tokens/sandbox-x",
            Some("[]"),
            "iam, row tokens: invalid length 0",
        ),
    ] {
        std::fs::write(&file, &whole).unwrap();
        change(&file, Some(part), key, value);
        let told = refused(Sandbox::builder(), &file, ErrorKind::InvalidData).await;
        assert!(told.contains(words), "{told}");
    }
}

#[tokio::test]
async fn place_that_cannot_be_written_is_refused() {
    let (folder, file) = new_file();
    let no_folder = folder.path().join("missing").join("sandbox.redb");
    let told = refused(Sandbox::builder(), &no_folder, ErrorKind::NotFound).await;
    assert!(told.contains("cannot be used"), "{told}");
    std::fs::write(&file, "").unwrap();
    let below_file = file.join("sandbox.redb");
    refused(Sandbox::builder(), &below_file, ErrorKind::NotADirectory).await;
    refused(Sandbox::builder(), folder.path(), ErrorKind::IsADirectory).await;
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Who may write everywhere, as root, cannot see this.
#[cfg(unix)]
#[tokio::test]
async fn read_only_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, file) = new_file();
    let set = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path(), mode).unwrap();
    };
    set(0o500);
    if std::fs::write(folder.path().join("probe"), "").is_err() {
        refused(Sandbox::builder(), &file, ErrorKind::PermissionDenied).await;
    }
    set(0o700);
}
