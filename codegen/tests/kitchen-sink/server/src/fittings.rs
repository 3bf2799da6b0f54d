//! The fittings, in each way of cutting a list into pages.

use cloudbackup_core::MissingMember;
use cloudbackup_kitchen_sink_model::{
    DeleteFittingInput, DeleteFittingOutput, Fitting, FittingPage, ListFittingsByLastIdInput,
    ListFittingsByLastIdOutput, ListFittingsByLinkInput, ListFittingsByLinkOffsetInput,
    ListFittingsByLinkOffsetOutput, ListFittingsByLinkOutput, ListFittingsByMarkerInput,
    ListFittingsByMarkerOutput, ListFittingsByNumberInput, ListFittingsByNumberOutput,
    ListFittingsByOffsetInput, ListFittingsByOffsetOutput, ListFittingsByTextInput,
    ListFittingsByTextOutput, ListFittingsWholeInput, ListFittingsWholeOutput, PageLink,
    SearchFittingsInput, SearchFittingsOutput,
};

use crate::Sinks;

/// What the document says that a page has where none is named.
const PAGE: usize = 10;

/// The fittings behind so many others, and how many that leaves out.
fn page(sinks: &Sinks, skipped: usize, limit: Option<i64>) -> Vec<Fitting> {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let fittings = sinks.fittings.iter().skip(skipped);
    fittings.take(limit.unwrap_or(PAGE)).cloned().collect()
}

fn count(number: Option<i64>) -> usize {
    number
        .and_then(|number| usize::try_from(number).ok())
        .unwrap_or(0)
}

fn words(error: MissingMember) -> String {
    error.to_string()
}

pub(crate) fn by_offset(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsByOffsetInput,
) -> Result<ListFittingsByOffsetOutput, String> {
    let reply = ListFittingsByOffsetOutput::builder();
    let reply = reply.fittings(page(sinks, count(input.offset), input.limit));
    let total = i64::try_from(sinks.fittings.len()).unwrap_or(i64::MAX);
    reply.total_count(total).build().map_err(words)
}

pub(crate) fn by_text(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsByTextInput,
) -> Result<ListFittingsByTextOutput, String> {
    let skipped = input.offset.as_deref().unwrap_or("0").parse();
    let skipped = skipped.map_err(|_| "the offset is no number".to_owned())?;
    let limit = input.limit.and_then(|limit| limit.as_str().parse().ok());
    let fittings = FittingPage::builder().fittings(page(sinks, skipped, limit));
    let fittings = fittings
        .total_count(sinks.fittings.len().to_string())
        .build();
    let reply = ListFittingsByTextOutput::builder().page(fittings.map_err(words)?);
    reply.build().map_err(words)
}

pub(crate) fn by_number(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsByNumberInput,
) -> Result<ListFittingsByNumberOutput, String> {
    let size = input.limit.map_or(PAGE, |limit| count(Some(limit)));
    let fittings = page(sinks, count(input.page) * size, input.limit);
    let reply = ListFittingsByNumberOutput::builder().fittings(fittings);
    reply.build().map_err(words)
}

/// A marker beside an offset would skip twice, which this service takes for a mistake.
pub(crate) fn by_last_id(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsByLastIdInput,
) -> Result<ListFittingsByLastIdOutput, String> {
    let skipped = match &input.marker {
        None => count(input.offset),
        Some(_) if input.offset.is_some() => return Err("a marker beside an offset".to_owned()),
        Some(marker) => {
            let mut fittings = sinks.fittings.iter();
            let at = fittings.position(|fitting| fitting.id.as_ref() == Some(marker));
            at.ok_or_else(|| format!("no such marker: {marker}"))? + 1
        }
    };
    let reply = ListFittingsByLastIdOutput::builder();
    let reply = reply.fittings(page(sinks, skipped, input.limit));
    reply.build().map_err(words)
}

/// Where a page ends, if the list does not.
fn end(sinks: &Sinks, skipped: usize, page: &[Fitting]) -> Option<usize> {
    let end = skipped + page.len();
    (end < sinks.fittings.len()).then_some(end)
}

pub(crate) fn by_marker(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsByMarkerInput,
) -> Result<ListFittingsByMarkerOutput, String> {
    let skipped = behind(input.marker.as_deref())?;
    let fittings = page(sinks, skipped, input.limit);
    let mut reply = ListFittingsByMarkerOutput::builder();
    if let Some(end) = end(sinks, skipped, &fittings) {
        reply = reply.next_marker(format!("behind {end}"));
    }
    reply.fittings(fittings).build().map_err(words)
}

pub(crate) fn by_link(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsByLinkInput,
) -> Result<ListFittingsByLinkOutput, String> {
    let skipped = behind(input.marker.as_deref())?;
    let fittings = page(sinks, skipped, None);
    let link = |rel: &str, marker: usize| {
        let href =
            format!("https://elsewhere.example/v1/fittings/link?a=1&marker=behind%20{marker}");
        PageLink::builder()
            .rel(rel)
            .href(href)
            .build()
            .map_err(words)
    };
    let mut links = vec![link("first", 0)?];
    if let Some(end) = end(sinks, skipped, &fittings) {
        links.push(link("next", end)?);
    }
    let reply = ListFittingsByLinkOutput::builder().fittings_links(links);
    reply.fittings(fittings).build().map_err(words)
}

fn behind(marker: Option<&str>) -> Result<usize, String> {
    let Some(marker) = marker else {
        return Ok(0);
    };
    let count = marker
        .strip_prefix("behind ")
        .and_then(|count| count.parse().ok());
    count.ok_or_else(|| format!("no such marker: {marker}"))
}

pub(crate) fn by_link_offset(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsByLinkOffsetInput,
) -> Result<ListFittingsByLinkOffsetOutput, String> {
    let skipped = count(input.offset);
    let fittings = page(sinks, skipped, input.limit);
    let mut reply = ListFittingsByLinkOffsetOutput::builder();
    if let Some(end) = end(sinks, skipped, &fittings) {
        reply = reply.next(format!("/v1/fittings/link-offset?start={end}"));
    }
    reply.fittings(fittings).build().map_err(words)
}

pub(crate) fn whole(
    sinks: &mut Sinks,
    _call: &(),
    input: ListFittingsWholeInput,
) -> Result<ListFittingsWholeOutput, String> {
    sinks.works.pass();
    let gone = sinks.works.gone();
    sinks
        .fittings
        .retain(|fitting| !gone.contains(&fitting.id.as_deref().unwrap_or_default()));
    let fittings = sinks.fittings.iter();
    let named = fittings.filter(|fitting| input.name.is_none() || fitting.name == input.name);
    let reply = ListFittingsWholeOutput::builder().fittings(named.cloned());
    reply.build().map_err(words)
}

pub(crate) fn search(
    sinks: &mut Sinks,
    _call: &(),
    input: SearchFittingsInput,
) -> Result<SearchFittingsOutput, String> {
    let skipped = input.offset.as_deref().unwrap_or("0").parse();
    let skipped = skipped.map_err(|_| "the offset is no number".to_owned())?;
    let reply = SearchFittingsOutput::builder();
    let reply = reply.fittings(page(sinks, skipped, input.limit));
    reply.build().map_err(words)
}

/// It is gone after it was asked for a second time.
pub(crate) fn delete(
    sinks: &mut Sinks,
    _call: &(),
    input: DeleteFittingInput,
) -> Result<DeleteFittingOutput, String> {
    let id = input.fitting_id.unwrap_or_default();
    sinks.works.begin(&id, 2);
    DeleteFittingOutput::builder().build().map_err(words)
}
