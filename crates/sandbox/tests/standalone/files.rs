//! The files that the program writes: its state and its log.

use super::{Program, Serving};

#[cfg(feature = "state")]
#[tokio::test]
async fn state_file_brings_back_what_was_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.redb");
    let file = file.to_str().unwrap();
    let arguments = ["--state", file, "--seed", "3", "--speed", "60"];
    let first = Serving::start(&arguments);
    let busy = Program::start(&["--state", file]).output();
    assert_eq!(busy.status.code(), Some(1));
    let told = String::from_utf8(busy.stderr).unwrap();
    assert!(
        told.starts_with("error: the state file") && told.contains("another"),
        "{told}"
    );
    let credentials = first.section("credentials").join("\n");
    let there = first.section("there from the start").join("\n");
    drop(first);

    let again = Serving::start(&["--state", file]);
    assert_eq!(again.section("credentials").join("\n"), credentials);
    assert_eq!(again.section("there from the start").join("\n"), there);
    assert_eq!(again.policies().await.status, 200);
    drop(again);
    let other = Program::start(&["--state", file, "--seed", "4"]).output();
    assert_eq!(other.status.code(), Some(2));
    let told = String::from_utf8(other.stderr).unwrap();
    assert!(told.contains("was begun with seed 3, and not 4"), "{told}");
}

#[tokio::test]
async fn log_goes_to_the_standard_error_or_is_added_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    for lines in [1, 2] {
        let serving = Serving::start(&["--log", file.to_str().unwrap()]);
        assert_eq!(serving.policies().await.status, 200);
        let log = std::fs::read_to_string(&file).unwrap();
        assert_eq!(log.matches(" vbs list_backup_policies 200 ").count(), lines);
    }
    let mut serving = Serving::start(&["--log", "-"]);
    assert_eq!(serving.policies().await.status, 200);
    serving.program.0.kill().unwrap();
    let told = serving.program.rest_of_stderr();
    assert!(told.contains(" vbs list_backup_policies 200 "), "{told}");
    let nowhere = Program::start(&["--log", folder.path().to_str().unwrap()]).output();
    assert_eq!(nowhere.status.code(), Some(2));
}
