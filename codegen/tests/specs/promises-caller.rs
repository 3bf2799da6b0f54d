//! Uses every public item that `promises.yaml` gave to callers at first.

use cloudbackup_runtime::{Error, PreparedRequest};
use shelf_client::{Client, CreateBox, ReplaceLid, model};
use model::{
    Colour, CreateBoxInput, CreateBoxOutput, CreateBoxOutputBuilder, Item, ItemBuilder, Label,
    LabelBuilder, ReplaceLidInput, ReplaceLidOutput, ReplaceLidOutputBuilder, State,
};

/// Builds in one go.
pub async fn chained(client: &Client) -> Result<CreateBoxOutput, Error> {
    let label: Label = Label::builder().text("fragile").font("serif").build();
    client
        .create_box("r-1")
        .shelf("top")
        .dry(true)
        .name("a")
        .size(3)
        .colour(Colour::Red)
        .label(label)
        .send()
        .await
}

/// Builds step by step, with options that depend on something.
pub fn stepwise(client: &Client, dry: Option<bool>, colours: &[&str]) -> Result<String, Error> {
    let mut call: CreateBox<_, _, _> = client.create_box("r-1").name("a").size(3).shelf("top");
    if let Some(dry) = dry {
        call = call.dry(dry);
    }
    for colour in colours {
        call = call.colour(*colour);
    }
    let request: PreparedRequest<CreateBoxInput> = call.build()?;
    Ok(request.to_string())
}

/// Named path parameters.
pub async fn named(client: &Client) -> Result<ReplaceLidOutput, Error> {
    let call: ReplaceLid = client.replace_lid();
    call.room("r").r#box("b").lid("l").send().await
}

/// Reads every member of a reply.
pub fn read(reply: &CreateBoxOutput) -> String {
    let id: &String = &reply.id;
    let size: i64 = reply.size;
    let note: Option<&String> = reply.note.as_ref();
    let made: Option<&String> = reply.made.as_ref();
    let state = match reply.state.clone() {
        Some(State::Open) => "open".to_owned(),
        Some(State::Shut) => "shut".to_owned(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut text = format!("{id}{size}{note:?}{made:?}{state}");
    for item in reply.contents.iter().flatten() {
        let name: &String = &item.name;
        let weight: Option<f64> = item.weight;
        text.push_str(&format!("{name}{weight:?}"));
    }
    text
}

/// Makes replies, as a mock does.
pub fn mock() -> Result<(CreateBoxOutput, ReplaceLidOutput), Box<dyn std::error::Error>> {
    let item: ItemBuilder = Item::builder();
    let builder: CreateBoxOutputBuilder = CreateBoxOutput::builder();
    let empty: ReplaceLidOutputBuilder = ReplaceLidOutput::builder();
    let reply = builder
        .id("b-1")
        .size(3)
        .note("n")
        .made("today")
        .state(State::Open)
        .contents([item.name("spoon").weight(0.1).build()?])
        .build()?;
    Ok((reply, empty.build()?))
}

/// Reads what was put into requests.
pub fn inputs(create: CreateBoxInput, replace: ReplaceLidInput) -> Vec<Option<String>> {
    let label: Option<Label> = create.label;
    let colour: Option<Colour> = create.colour;
    vec![
        create.room,
        create.shelf,
        create.dry.map(|dry| dry.to_string()),
        create.name,
        create.size.map(|size: i64| size.to_string()),
        colour.map(String::from),
        label.and_then(|label| label.text.or(label.font)),
        replace.room,
        replace.r#box,
        replace.lid,
    ]
}

/// Names a builder with its markers, and a value of each enum.
pub fn name_types(label: LabelBuilder) -> (LabelBuilder, [Colour; 2]) {
    (label, [Colour::Red, Colour::Blue])
}
