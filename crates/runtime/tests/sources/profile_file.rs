//! Where a profile file is looked for, and which files are refused unread.

use std::path::Path;

use cloudbackup_runtime::auth::{CredentialSource, ProfileSource, SourceErrorKind, Variables};
use tempfile::TempDir;

use crate::support::{AK, SK, assert_holds, at_once, failure, keys, parts, searched, wish};

const HOME: &str = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
const NAMED: &str = "HUAWEICLOUD_SDK_CREDENTIALS_FILE";

fn write(path: &Path, secret_key: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("[basic]\nak={AK}\nsk={secret_key}\n")).unwrap();
    #[cfg(unix)]
    set_mode(path, 0o600);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn source(variables: &[(&str, &Path)]) -> ProfileSource {
    let variables = variables.iter().map(|&(name, value)| (name, value));
    ProfileSource::new().with_variables(Variables::of(variables))
}

#[tokio::test]
async fn named_file_goes_before_the_one_in_the_home_directory() {
    let home = TempDir::new().unwrap();
    let usual = home.path().join(".huaweicloud").join("credentials");
    let named = home.path().join("mine");
    let chosen = home.path().join("chosen");
    write(&usual, "planted-usual");
    write(&named, "planted-named");
    write(&chosen, "planted-chosen");
    let none = Path::new("");
    let at_home = (HOME, home.path());
    for (source, secret_key) in [
        (source(&[at_home]), "planted-usual"),
        (source(&[at_home, (NAMED, none)]), "planted-usual"),
        (source(&[at_home, (NAMED, &named)]), "planted-named"),
        (source(&[(NAMED, &named)]), "planted-named"),
        (
            source(&[at_home, (NAMED, &named)]).with_path(&chosen),
            "planted-chosen",
        ),
    ] {
        assert_eq!(parts(&keys(&source).await), (AK, secret_key, None));
    }
}

#[tokio::test]
async fn no_file_is_missing_and_says_where_it_was_looked_for() {
    let home = TempDir::new().unwrap();
    let usual = home.path().join(".huaweicloud").join("credentials");
    let named = home.path().join("mine");
    let text = failure(&source(&[(HOME, home.path())]), SourceErrorKind::Missing).await;
    assert_holds(&text, &[&usual.display().to_string()]);
    let text = failure(&source(&[(NAMED, &named)]), SourceErrorKind::Missing).await;
    assert_holds(&text, &[&named.display().to_string(), NAMED]);
    let chosen = source(&[]).with_path(&named);
    let text = failure(&chosen, SourceErrorKind::Missing).await;
    assert_holds(&text, &[&named.display().to_string()]);
    assert!(!text.contains(NAMED), "{text}");
    let none = Path::new("");
    for source in [source(&[]), source(&[(HOME, none), (NAMED, none)])] {
        let text = failure(&source, SourceErrorKind::Missing).await;
        assert_holds(&text, &[HOME, NAMED]);
    }
}

#[tokio::test]
async fn directory_is_refused() {
    let directory = TempDir::new().unwrap();
    let source = source(&[]).with_path(directory.path());
    let text = failure(&source, SourceErrorKind::Invalid).await;
    assert_holds(&text, &[&directory.path().display().to_string()]);
    if cfg!(unix) {
        assert_holds(&text, &["is a directory"]);
    }
}

#[test]
fn runtime_that_has_ended_reads_nothing() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("mine");
    write(&path, SK);
    let source = source(&[]).with_path(&path);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let handle = runtime.unwrap().handle().clone();
    let _inside = handle.enter();
    let error = searched(&source, at_once(source.issue(&wish()))).unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unavailable);
    assert_holds(&error.to_string(), &["runtime is ending"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::support::child;

    #[tokio::test]
    async fn file_that_others_can_read_or_change_is_refused_with_the_command_that_helps() {
        let directory = TempDir::new().unwrap();
        for (mode, verb) in [
            (0o644, "can be read by others"),
            (0o640, "can be read by others"),
            (0o604, "can be read by others"),
            (0o620, "can be changed by others"),
            (0o602, "can be changed by others"),
            (0o666, "can be read and changed by others"),
        ] {
            let path = directory.path().join("my profile");
            write(&path, SK);
            set_mode(&path, mode);
            let source = source(&[]).with_path(&path);
            let text = failure(&source, SourceErrorKind::Invalid).await;
            let command = format!("`chmod 600 '{}'`", path.display());
            let mode = format!("{mode:04o}");
            let opt_out = "`.allow_readable_by_others(true)`";
            assert_holds(&text, &[verb, &mode, &command, opt_out]);
            let source = source.allow_readable_by_others(true);
            assert_eq!(parts(&keys(&source).await), (AK, SK, None));
            let source = source.allow_readable_by_others(false);
            failure(&source, SourceErrorKind::Invalid).await;
        }
    }

    #[tokio::test]
    async fn file_of_its_owner_alone_is_read() {
        let directory = TempDir::new().unwrap();
        for mode in [0o600, 0o400, 0o700] {
            let path = directory.path().join(format!("{mode:o}"));
            write(&path, SK);
            set_mode(&path, mode);
            let source = source(&[]).with_path(&path);
            assert_eq!(parts(&keys(&source).await), (AK, SK, None), "{mode:o}");
        }
    }

    #[tokio::test]
    async fn permissions_are_those_of_the_file_behind_a_link() {
        let directory = TempDir::new().unwrap();
        let [file, link] = ["file", "link"].map(|name| directory.path().join(name));
        write(&file, SK);
        symlink(&file, &link).unwrap();
        let source = source(&[]).with_path(&link);
        assert_eq!(parts(&keys(&source).await), (AK, SK, None));
        set_mode(&file, 0o640);
        let text = failure(&source, SourceErrorKind::Invalid).await;
        assert_holds(&text, &["can be read by others"]);
    }

    #[tokio::test]
    async fn what_is_no_file_is_refused() {
        let source = source(&[]).with_path("/dev/null");
        let text = failure(&source, SourceErrorKind::Invalid).await;
        assert_holds(&text, &["/dev/null", "no regular file"]);
    }

    /// On a thread without a tokio runtime, where the file is read at once: a pipe that nobody
    /// writes to must not keep it.
    #[test]
    fn pipe_is_refused_without_waiting_for_a_writer() {
        let directory = TempDir::new().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        set_mode(&pipe, 0o600);
        let source = source(&[]).with_path(&pipe);
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let answer = at_once(source.issue(&wish()));
            let _ = sender.send(searched(&source, answer));
        });
        let answer = receiver.recv_timeout(Duration::from_secs(60));
        let error = answer.expect("an answer").unwrap_err();
        assert_holds(&error.to_string(), &["no regular file"]);
    }

    #[tokio::test]
    async fn failure_to_open_is_told_with_its_cause() {
        let directory = TempDir::new().unwrap();
        let knot = directory.path().join("knot");
        symlink(&knot, &knot).unwrap();
        let source = source(&[]).with_path(&knot);
        let text = failure(&source, SourceErrorKind::Invalid).await;
        let cause = std::fs::File::open(&knot).unwrap_err().to_string();
        assert_holds(
            &text,
            &["cannot be read", &knot.display().to_string(), &cause],
        );
    }

    /// Root may open every file, so the test goes on as somebody else then.
    #[tokio::test]
    async fn file_that_may_not_be_opened_is_refused() {
        let name = "profile_file::unix::file_that_may_not_be_opened_is_refused";
        if child::entered(name) {
            refuse_to_open(Path::new(
                &std::env::var_os("CLOUDBACKUP_TEST_FILE").unwrap(),
            ))
            .await;
            return;
        }
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("closed");
        write(&path, SK);
        set_mode(&path, 0o000);
        if std::fs::File::open(&path).is_err() {
            refuse_to_open(&path).await;
            return;
        }
        set_mode(directory.path(), 0o755);
        let mut nobody = child::command(name);
        nobody.env("CLOUDBACKUP_TEST_FILE", &path);
        match nobody.uid(65534).gid(65534).output() {
            Ok(output) => child::assert_passed(&output),
            Err(error) => eprintln!("not tested here, where nobody else may run this: {error}"),
        }
    }

    async fn refuse_to_open(path: &Path) {
        let source = source(&[]).with_path(path);
        let text = failure(&source, SourceErrorKind::Invalid).await;
        assert_holds(&text, &["cannot be read", "may not open it"]);
    }
}
