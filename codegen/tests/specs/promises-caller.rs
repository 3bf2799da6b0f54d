//! Uses every public item that `promises.yaml` gave to callers at first.

use cloudbackup_runtime::finding::Made;
use cloudbackup_runtime::waiting::{WaitError, WaitHandle};
use cloudbackup_runtime::{Error, PreparedRequest};
use shelf_client::{Client, CreateBox, ListBoxes, ReplaceLid, ShowBox, model};
use model::{
    Colour, CreateBoxInput, CreateBoxOutput, CreateBoxOutputBuilder, Item, ItemBuilder, Label,
    LabelBuilder, ListBoxesInput, ListBoxesOutput, ReplaceLidInput, ReplaceLidOutput,
    ReplaceLidOutputBuilder, ShowBoxInput, ShowBoxOutput, State, Stored, StoredBuilder,
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

/// Walks over a list, entry by entry and page by page.
pub async fn walk(client: &Client) -> Result<Vec<Stored>, Error> {
    let call: ListBoxes = client.list_boxes("r-1").offset(0).limit(10);
    let mut pages = call.clone().pages();
    while let Some(page) = pages.next().await {
        let page: Vec<Stored> = page?.into_items();
        drop(page);
    }
    call.items().collect().await
}

/// Waits for what was started, from a handle too, and for what is shown.
pub async fn wait(client: &Client, handle: &WaitHandle<CreateBoxInput>) -> Result<[Stored; 2], WaitError<Stored>> {
    let again: Stored = match handle.resume(client) {
        Ok(waiter) => waiter.await?,
        Err(_) => StoredBuilder::default().build().unwrap_or_else(|_| std::process::abort()),
    };
    let call: ShowBox<_, _> = client.show_box().room("r").r#box("b");
    let shown: Stored = call.wait().await?;
    Ok([again, shown])
}

/// Starts something, or finds what was made.
pub async fn make(client: &Client) -> Result<Option<Stored>, Error> {
    let call = client.create_box("r-1").shelf("top").name("a").size(3);
    let started = call.clone().start().await?;
    let reply: &CreateBoxOutput = started.reply();
    drop(reply.clone());
    let made: Made<CreateBoxOutput, Stored> = call.send_or_find().await?;
    Ok(match made {
        Made::Found(stored) => Some(stored),
        _ => None,
    })
}

/// Reads what a list and a box are made of.
pub fn stored(list: &ListBoxesOutput, shown: &ShowBoxOutput) -> Vec<Option<String>> {
    let boxes = list.boxes.iter().flatten().chain(&shown.stored);
    let texts = boxes.flat_map(|stored: &Stored| {
        let made = stored.made.as_ref().map(|made| made.as_str().to_owned());
        let state = stored.state.clone().map(String::from);
        [stored.id.clone(), stored.title.clone(), made, state]
    });
    texts.collect()
}

/// Reads what was put into questions.
pub fn questions(list: ListBoxesInput, show: ShowBoxInput) -> [Option<String>; 5] {
    let [offset, limit] = [list.offset, list.limit].map(|count: Option<i64>| count.map(|c| c.to_string()));
    [list.room, offset, limit, show.room, show.r#box]
}
