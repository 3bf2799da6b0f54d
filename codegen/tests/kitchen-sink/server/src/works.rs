//! What takes its time: it is over after it was asked for so many times.

use std::collections::BTreeMap;

use cloudbackup_core::{MissingMember, Timestamp};
use cloudbackup_kitchen_sink_model::{
    DrainSinkInput, DrainSinkOutput, FillSinkInput, FillSinkOutput, Inspection, InspectionReport,
    InspectionResult, InspectionState, Job, JobStatus, ListInspectionsInput, ListInspectionsOutput,
    ShowDrainInput, ShowDrainOutput, ShowJobInput, ShowJobOutput, ShowSinkInput, ShowSinkOutput,
    Sink, StartInspectionInput, StartInspectionOutput, Task,
};

use crate::Sinks;

/// What is going on.
#[derive(Debug, Default)]
pub struct Works {
    /// Questions until the end, by what is asked about.
    left: BTreeMap<String, u32>,
    /// All inspections, the latest last.
    pub inspections: Vec<Inspection>,
    /// What was asked of the inspections last.
    pub asked: Option<ListInspectionsInput>,
    /// The time by which what begins is dated.
    pub now: Option<Timestamp>,
}

impl Works {
    /// Begins something that ends with that question.
    pub fn begin(&mut self, id: &str, questions: u32) {
        self.left.insert(id.to_owned(), questions);
    }

    /// Counts a question about everything.
    pub(crate) fn pass(&mut self) {
        for left in self.left.values_mut() {
            *left = left.saturating_sub(1);
        }
    }

    /// What has ended.
    pub(crate) fn gone(&self) -> Vec<&str> {
        let ended = self.left.iter().filter(|(_, left)| **left == 0);
        ended.map(|(id, _)| id.as_str()).collect()
    }

    /// How many questions are left, this one counted; none for what never began.
    fn ask(&mut self, id: &str) -> Option<u32> {
        self.pass();
        self.left.get(id).copied()
    }
}

fn words(error: MissingMember) -> String {
    error.to_string()
}

/// Jobs that fill a sink fail.
pub(crate) fn show_job(
    sinks: &mut Sinks,
    _call: &(),
    input: ShowJobInput,
) -> Result<ShowJobOutput, String> {
    let id = input.id.unwrap_or_default();
    let left = sinks.works.ask(&id).ok_or("no such job")?;
    let job = Job::builder()
        .id(&id)
        .process(format!("{}%", 100 / (left + 1)));
    let job = match (left, id.starts_with("fill")) {
        (0, false) => job.status(JobStatus::Completed),
        (0, true) => job.status(JobStatus::Failed).fail_reason("no water"),
        _ => job.status(JobStatus::Running),
    };
    let reply = ShowJobOutput::builder().job(job.build().map_err(words)?);
    reply.build().map_err(words)
}

pub(crate) fn drain_sink(
    sinks: &mut Sinks,
    _call: &(),
    input: DrainSinkInput,
) -> Result<DrainSinkOutput, String> {
    let sink = input.sink_id.unwrap_or_default();
    // A reply that names no job is a fault of the service that callers must hear of.
    if sink == "odd" {
        return DrainSinkOutput::builder().build().map_err(words);
    }
    sinks.works.begin(&format!("drain-{sink}"), 3);
    let reply = DrainSinkOutput::builder().job_id(format!("drain-{sink}"));
    reply.build().map_err(words)
}

pub(crate) fn fill_sink(
    sinks: &mut Sinks,
    _call: &(),
    input: FillSinkInput,
) -> Result<FillSinkOutput, String> {
    let job = format!("fill-{}", input.sink_id.unwrap_or_default());
    sinks.works.begin(&job, 2);
    let task = Task::builder().id(job).build().map_err(words)?;
    FillSinkOutput::builder().task(task).build().map_err(words)
}

pub(crate) fn show_drain(
    sinks: &mut Sinks,
    _call: &(),
    input: ShowDrainInput,
) -> Result<ShowDrainOutput, String> {
    let job = format!("drain-{}", input.sink_id.unwrap_or_default());
    let state = match sinks.works.ask(&job).ok_or("no such drain")? {
        0 => "empty",
        _ => "running",
    };
    ShowDrainOutput::builder()
        .state(state)
        .build()
        .map_err(words)
}

/// A sink that was deleted is there for two more questions.
pub(crate) fn leave(sinks: &mut Sinks, sink: Option<&str>) {
    sinks.works.begin(sink.unwrap_or_default(), 3);
}

pub(crate) fn show_sink(
    sinks: &mut Sinks,
    _call: &(),
    input: ShowSinkInput,
) -> Result<ShowSinkOutput, String> {
    let id = input.sink_id.unwrap_or_default();
    if sinks.works.ask(&id) == Some(0) {
        return Err("no such sink".to_owned());
    }
    let sink = Sink::builder().id(id).build().map_err(words)?;
    ShowSinkOutput::builder().sink(sink).build().map_err(words)
}

/// Half of an inspection is done when it was asked for once, and all when twice.
pub(crate) fn list_inspections(
    sinks: &mut Sinks,
    _call: &(),
    input: ListInspectionsInput,
) -> Result<ListInspectionsOutput, String> {
    let works = &mut sinks.works;
    for inspection in &mut works.inspections {
        let before = inspection.result.as_ref().and_then(|result| result.percent);
        let percent = before.unwrap_or(0) + 50;
        let state = match percent {
            100.. => InspectionState::Passed,
            _ => InspectionState::GoingOn,
        };
        let result = InspectionResult::builder()
            .percent(percent.min(100))
            .state(state);
        inspection.result = Some(result.build().map_err(words)?);
    }
    let wanted = |inspection: &&Inspection| {
        let kind = input
            .kind
            .as_ref()
            .is_none_or(|kind| inspection.kind == *kind);
        kind && (input.purpose.is_none() || inspection.purpose == input.purpose)
    };
    let found = works.inspections.iter().filter(wanted).cloned();
    let report = InspectionReport::builder().inspections(found).build();
    works.asked = Some(input.clone());
    let reply = ListInspectionsOutput::builder().report(report.map_err(words)?);
    reply.build().map_err(words)
}

pub(crate) fn start_inspection(
    sinks: &mut Sinks,
    _call: &(),
    input: StartInspectionInput,
) -> Result<StartInspectionOutput, String> {
    let works = &mut sinks.works;
    let kind = input.kind.ok_or("a kind is needed")?;
    let mut inspection = Inspection::builder().kind(kind).purpose("on request");
    inspection = inspection.id(format!("i-{}", works.inspections.len()));
    if let Some(name) = input.inspection.and_then(|inspection| inspection.name) {
        inspection = inspection.name(name);
    }
    if let Some(now) = works.now.clone() {
        inspection = inspection.made_at(now);
    }
    let inspection = inspection.build().map_err(words)?;
    works.inspections.push(inspection.clone());
    let reply = StartInspectionOutput::builder().inspection(inspection);
    reply.build().map_err(words)
}
