//! A server of the kitchen sink that keeps what it is sent, has fittings in pages, and takes its time.

#[rustfmt::skip]
mod generated;
mod fittings;
mod works;

use cloudbackup_core::server::{Route, Server};
use cloudbackup_kitchen_sink_model::{
    CreateSinksInput, CreateSinksOutput, DeleteSinkInput, DeleteSinkOutput, Fitting,
    UpdateTapInput, UpdateTapOutput,
};

use self::generated::Handlers;
pub use self::works::Works;

/// What was sent last to each operation, and what there is.
#[derive(Debug, Default)]
pub struct Sinks {
    /// To `update_tap`.
    pub updated: Option<UpdateTapInput>,
    /// To `create_sinks`.
    pub created: Option<CreateSinksInput>,
    /// To `delete_sink`.
    pub deleted: Option<DeleteSinkInput>,
    /// What all lists of fittings show, in this order.
    pub fittings: Vec<Fitting>,
    /// What takes its time.
    pub works: Works,
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
        list_fittings_by_offset: Some(fittings::by_offset),
        list_fittings_by_text: Some(fittings::by_text),
        list_fittings_by_number: Some(fittings::by_number),
        list_fittings_by_last_id: Some(fittings::by_last_id),
        list_fittings_by_marker: Some(fittings::by_marker),
        list_fittings_by_link: Some(fittings::by_link),
        list_fittings_by_link_offset: Some(fittings::by_link_offset),
        list_fittings_whole: Some(fittings::whole),
        search_fittings: Some(fittings::search),
        delete_fitting: Some(fittings::delete),
        show_job: Some(works::show_job),
        show_drain: Some(works::show_drain),
        fill_sink: Some(works::fill_sink),
        drain_sink: Some(works::drain_sink),
        list_inspections: Some(works::list_inspections),
        start_inspection: Some(works::start_inspection),
        show_sink: Some(works::show_sink),
        delete_sink: Some(delete_sink),
        update_rinsing: None,
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
    works::leave(sinks, input.sink_id.as_deref());
    sinks.deleted = Some(input);
    let reply = DeleteSinkOutput::builder().build();
    reply.map_err(|error| error.to_string())
}
