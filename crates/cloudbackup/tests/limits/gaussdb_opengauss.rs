//! GaussDB (openGauss): name and description of a backup.

use cloudbackup::{Set, gaussdb_opengauss};
use cloudbackup_sandbox::Sandbox;
use serde_json::json;

use crate::bodies::{Bodies, Raw};
use crate::support::dry_client;
use crate::table::{Manner, Table, assert_complete, calls, flat};

use gaussdb_opengauss::model::CreateBackupInput;

const SPEC: &str = include_str!("../../../../spec/gaussdb-opengauss.yaml");

/// The instance that is meant does not exist, which is looked for after the limits.
const MANNER: Manner = Manner {
    code: "DBS.280001",
    body: flat,
    otherwise: Some((404, "the instance does not exist")),
};

type Create = gaussdb_opengauss::CreateBackup<Set, Set>;

calls! { Create: CreateBackupInput; }

fn table(client: &gaussdb_opengauss::Client) -> Table<Create> {
    let call = client.create_backup().instance_id("i").name("name");
    let mut table = Table::new(call);
    name_has_a_length(&mut table);
    name_has_a_first_letter_and_a_character_set(&mut table);
    description_counts_characters_and_forbids_some(&mut table);
    everything_wrong_is_told_at_once(&mut table);
    table
}

fn name_has_a_length(table: &mut Table<Create>) {
    let long = "n".repeat(65);
    for (limit, inside, outside) in [
        ("/body/name minLength", "abcd", "abc"),
        ("/body/name maxLength", &long[..64], long.as_str()),
    ] {
        let count = outside.len();
        let message = format!("/body/name: must be 4 to 64 characters long, is {count}");
        table.outside(limit, table.call().name(outside), message);
        table.inside(limit, table.call().name(inside));
    }
}

fn name_has_a_first_letter_and_a_character_set(table: &mut Table<Create>) {
    let limit = "/body/name pattern";
    for name in ["1abc", "-abc", "_abc"] {
        let first = &name[..1];
        let message =
            format!("/body/name: must start with a letter (A-Z, a-z), starts with `{first}`");
        table.outside(limit, table.call().name(name), message);
    }
    for (name, found) in [
        ("ab.c", "`.`"),
        ("näme", "`ä`"),
        ("ab c", "a space"),
        ("name\n", "a line feed"),
    ] {
        let message = format!(
            "/body/name: must hold only letters (A-Z, a-z), digits, `_` and `-`, holds {found}"
        );
        table.outside(limit, table.call().name(name), message);
    }
    for name in ["A1_-", "z09-", "Zz--"] {
        table.inside(limit, table.call().name(name));
    }
}

fn description_counts_characters_and_forbids_some(table: &mut Table<Create>) {
    let limit = "/body/description pattern";
    for c in ['>', '!', '<', '"', '&', '\'', '='] {
        let message = format!(
            "/body/description: must hold none of `>`, `!`, `<`, `\"`, `&`, `'` and `=`, holds `{c}`"
        );
        let call = table.call().description(format!("a{c}b"));
        table.outside(limit, call, message);
    }
    for text in ["", "a\nb", "? ; / \\ `"] {
        table.inside(limit, table.call().description(text));
    }
    let limit = "/body/description maxLength";
    let call = table.call().description("ü".repeat(257));
    let message = "/body/description: must be at most 256 characters long, is 257";
    table.outside(limit, call, message);
    // Counted in characters: 256 of them take 512 bytes.
    table.inside(limit, table.call().description("ü".repeat(256)));
}

fn everything_wrong_is_told_at_once(table: &mut Table<Create>) {
    let expected = [
        "/body/name: must start with a letter (A-Z, a-z), starts with `1`",
        "/body/name: must hold only letters (A-Z, a-z), digits, `_` and `-`, holds `.`",
        "/body/name: must be 4 to 64 characters long, is 2",
        "/body/description: must hold none of `>`, `!`, `<`, `\"`, `&`, `'` and `=`, holds `<`",
    ];
    table.outside_of_all(table.call().name("1.").description("<"), &expected);
}

fn bodies() -> Bodies {
    let full = json!({"instance_id": "i", "name": "name", "description": ""});
    Bodies::new(full, &["/instance_id", "/name"])
}

#[tokio::test]
async fn client_and_sandbox_refuse_the_same_backups() {
    let sandbox = Sandbox::start().await.unwrap();
    table(&sandbox.client().unwrap()).drive(&MANNER).await;
}

#[tokio::test]
async fn bodies_without_a_member_or_with_another_type_are_refused_by_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let raw = Raw {
        service: "gaussdb-opengauss",
        method: "POST",
        version: "v3",
        target: "/backups",
    };
    bodies().drive(&sandbox, &raw, &MANNER).await;
}

#[test]
fn every_limit_of_the_spec_has_cases_on_both_sides() {
    assert_complete(
        SPEC,
        "create_backup",
        table(&dry_client()).sides().chain(bodies().sides()),
    );
}
