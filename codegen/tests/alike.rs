//! Equal types of a document of others are one type under the names of all their places, and stay
//! apart where anything differs.

mod support;

use cloudbackup_codegen::lint::Profile;
use cloudbackup_codegen::{Input, Output};
use support::cargo::Workspace;
use support::{file, input, run_input};

const SPEC: &str = include_str!("specs/alike.yaml");

/// Who writes the name of the place.
const BY_PLACE: &str = "//! Sends an order.\n\n\
    use cloudbackup_core::builder::Set;\n\
    use shelf_client::{Client, model::*};\n\n\
    /// Both ends of an order, by the names of their places.\n\
    pub async fn call(client: &Client) -> Result<CreateOrderOutput, cloudbackup_runtime::Error> {\n    \
        let address = CreateOrderBodySenderAddress::builder().city(\"Jena\").build();\n    \
        let sender = CreateOrderBodySender::builder().name(\"Ann\").address(address).build();\n    \
        let named: CreateOrderBodyReceiverBuilder<Set> = CreateOrderBodyReceiver::builder().name(\"Bob\");\n    \
        let kind = CreateOrderBodyReceiverAddressKind::Work;\n    \
        let address = CreateOrderBodyReceiverAddress::builder().city(\"Ulm\").kind(kind).build();\n    \
        let payment = CreateOrderBodyPaymentVariant4::builder().note(\"later\").build();\n    \
        let call = client.create_order().the_sender(sender).receiver(named.address(address).build());\n    \
        call.payment(payment).send().await\n}\n";

/// Who has found out that they are one.
const AS_ONE: &str = "//! Sends orders to oneself.\n\n\
    use shelf_client::{Client, model::*};\n\n\
    /// Both ends are one, and either kind of payment will do.\n\
    pub async fn call(client: &Client, own: CreateOrderBodySender) -> Result<(), cloudbackup_runtime::Error> {\n    \
        let call = client.create_order().the_sender(own.clone()).receiver(own);\n    \
        let output = call.payment(Cash::builder().sum(3).build()).send().await?;\n    \
        let _: Option<Folder> = output.folder;\n    \
        Ok(())\n}\n";

fn alike(spec: &str, promised: Option<&str>) -> Output {
    run_input(&Input {
        profile: Profile::Foreign,
        name: Some("alike".to_owned()),
        ..input(spec, promised)
    })
}

#[test]
fn equal_types_are_one_by_all_their_names() {
    let output = alike(SPEC, None);
    insta::assert_snapshot!(file(&output, "model/src/generated/aliases.rs"));
}

#[test]
fn what_differs_at_the_bottom_differs_at_the_top() {
    let output = alike(SPEC, None);
    let types = |output: &Output| {
        let files = output.files.iter().map(|file| file.path.as_str());
        let types = files.filter_map(|path| path.strip_prefix("model/src/generated/types/"));
        types.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(types(&output));
}

#[test]
fn names_outlive_the_likeness() {
    let first = alike(SPEC, None);
    let told_apart = SPEC.replace("receiver: *party", "receiver: {type: object, description: Gets it., required: [name, address], properties: {name: {type: string}, address: *address}}");
    assert_ne!(told_apart, SPEC);
    let second = alike(&told_apart, Some(file(&first, "test.api")));
    assert_eq!(support::messages(&second), Vec::<String>::new());
    let mut workspace = Workspace::new("alike");
    workspace.add("first", &first, BY_PLACE);
    workspace.add("one", &first, AS_ONE);
    workspace.add("second", &second, BY_PLACE);
    workspace.check();
}

/// Objects that hold the one before, and the first of which is another.
fn chain(length: usize) -> String {
    let link = |index| {
        let before = index - 1;
        format!(
            "    L{index}: {{type: object, properties: {{at: {{type: object, properties: \
             {{before: {{$ref: '#/components/schemas/L{before}'}}}}}}}}}}\n"
        )
    };
    let links: String = (1..=length).map(link).collect();
    format!(
        "openapi: 3.0.3\ninfo: {{title: Chain, version: '1'}}\npaths: {{}}\n\
         components:\n  schemas:\n    L0: {{type: string}}\n{links}"
    )
}

#[test]
fn links_of_a_chain_are_told_apart_by_their_place_in_it() {
    let output = alike(&chain(500), None);
    let aliases = file(&output, "model/src/generated/aliases.rs");
    // That of the first link, which stands for text.
    assert_eq!(aliases.matches("pub type").count(), 1, "{aliases}");
}
