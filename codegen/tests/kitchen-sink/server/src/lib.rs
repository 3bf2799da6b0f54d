//! A server of the kitchen sink that keeps what it is sent.

#[rustfmt::skip]
mod generated;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_kitchen_sink_model::{
    CreateSinksInput, CreateSinksOutput, DeleteSinkInput, DeleteSinkOutput, UpdateTapInput,
    UpdateTapOutput,
};

use self::generated::Handlers;

/// What was sent last to each operation.
#[derive(Debug, Default)]
pub struct Sinks {
    /// To `update_tap`.
    pub updated: Option<UpdateTapInput>,
    /// To `create_sinks`.
    pub created: Option<CreateSinksInput>,
    /// To `delete_sink`.
    pub deleted: Option<DeleteSinkInput>,
}

impl Server for Sinks {
    type Call = ();
    type Refusal = String;
}

/// All routes; `list_sinks` has no behaviour.
pub fn routes() -> Vec<Route<Sinks>> {
    let handlers = Handlers {
        update_tap: Some(update_tap),
        list_sinks: None,
        create_sinks: Some(create_sinks),
        delete_sink: Some(delete_sink),
    };
    handlers.into_routes()
}

fn update_tap(
    sinks: &mut Sinks,
    _call: &(),
    input: UpdateTapInput,
) -> Result<UpdateTapOutput, String> {
    let reply = UpdateTapOutput::builder().id("t-1").counts([1, 2]);
    let reply = reply.parts(input.parts.clone().unwrap_or_default());
    sinks.updated = Some(input);
    reply.build().map_err(|error| error.to_string())
}

fn create_sinks(
    sinks: &mut Sinks,
    _call: &(),
    input: CreateSinksInput,
) -> Result<CreateSinksOutput, String> {
    sinks.created = Some(input);
    let reply = CreateSinksOutput::builder().build();
    reply.map_err(|error| error.to_string())
}

fn delete_sink(
    sinks: &mut Sinks,
    _call: &(),
    input: DeleteSinkInput,
) -> Result<DeleteSinkOutput, String> {
    if input.sink_id.as_deref() == Some("gone") {
        return Err("it is gone".to_owned());
    }
    sinks.deleted = Some(input);
    let reply = DeleteSinkOutput::builder().build();
    reply.map_err(|error| error.to_string())
}
