//! Whatever compatible edits come together, in whatever order: what the `.api`
//! files of the five services promised is all still there.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::edits::{KINDS, Spec};
use support::{file, kept, messages, outline, services};

/// Edits of one revision.
const AT_ONCE: usize = 12;
/// Revisions of each service.
const REVISIONS: u64 = 8;

#[track_caller]
fn keeps_every_promise(spec: &Spec, promised: &str) -> String {
    let output = outline(&spec.text(), Some(promised));
    let found = messages(&output);
    let errors: Vec<&String> = found.iter().filter(|it| !it.starts_with("E208")).collect();
    assert!(errors.is_empty(), "{errors:#?}\nafter {:#?}", spec.done);
    let now = file(&output, "test.api");
    let lost = kept::lost(promised, now);
    assert!(lost.is_empty(), "{lost:#?}\nafter {:#?}", spec.done);
    now.to_owned()
}

#[test]
fn many_edits_at_once_keep_every_promise() {
    for service in services::all() {
        for revision in 0..REVISIONS {
            let mut spec = Spec::new(service.root.clone(), revision);
            spec.edit(AT_ONCE);
            assert_eq!(spec.done.len(), AT_ONCE, "{}", service.name);
            keeps_every_promise(&spec, &service.promised);
        }
    }
}

/// What a later revision promises binds those that follow.
#[test]
fn edits_one_after_the_other_keep_every_promise() {
    for service in services::all() {
        let mut spec = Spec::new(service.root.clone(), 1000);
        let mut promised = service.promised.clone();
        for _ in 0..5 {
            spec.edit(3);
            promised = keeps_every_promise(&spec, &promised);
        }
    }
}

/// An edit that never finds anything to change would prove nothing.
#[test]
fn every_kind_of_edit_is_made() {
    let services = services::all();
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        // Each kind begins with another service.
        let mut order = services.iter().cycle().skip(kind).take(services.len());
        let made = order.any(|service| {
            let mut spec = Spec::new(service.root.clone(), 7);
            // Two schemas are equal only after one was split.
            let is_ready = !name.contains("merged") || spec.edit_named("schema split");
            let is_made = is_ready && spec.edit_named(name);
            if is_made {
                keeps_every_promise(&spec, &service.promised);
            }
            is_made
        });
        assert!(made, "no spec has a place for: {name}");
    }
}
