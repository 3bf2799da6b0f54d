//! A walk with its requests: what to send next, and what the replies bring. Nothing is sent or
//! waited for here, so that async and blocking walks are the same.

use std::sync::Arc;
use std::time::SystemTime;

use cloudbackup_core::paging::Paged;

use super::token::{List, PageToken};
use super::walk::{Id, Sheet, State, Step, Verdict, Walk};
use crate::call::Call;
use crate::error::{Error, ErrorKind, PagingProblem};
use crate::head;
use crate::prepare::PreparedRequest;
use crate::response::Response;

/// How many requests a walk makes at most, unless set.
const MAX_PAGES: u64 = 10_000;

/// The entries of a page that are new.
pub(super) struct Batch<T> {
    pub(super) items: Vec<T>,
    /// Their ids, as many.
    pub(super) ids: Vec<Option<Id>>,
    pub(super) facts: Facts,
    /// The walk before this page, and after it.
    pub(super) before: State,
    pub(super) after: State,
    pub(super) list: Arc<List>,
}

/// What else is known of a page.
pub(super) struct Facts {
    pub(super) total: Option<u64>,
    pub(super) request_id: Option<String>,
    pub(super) date: Option<SystemTime>,
}

/// A page that may count or not.
struct Held<T> {
    items: Vec<T>,
    ids: Vec<Option<Id>>,
    facts: Facts,
}

/// What is next.
pub(super) enum Todo<O: Paged> {
    /// Send this, and hand in what comes of it.
    Ask(Box<PreparedRequest<O>>),
    Give(Box<Batch<O::Item>>),
    Fail(Error),
    Over,
}

/// A walk with its requests.
pub(super) struct Lister<O: Paged> {
    call: Call,
    input: O,
    list: Arc<List>,
    walk: Walk,
    held: Option<Held<O::Item>>,
    ready: Option<Batch<O::Item>>,
    failed: Option<Error>,
    /// After an error, until it goes on.
    is_stopped: bool,
    /// Whether a page was handed out: the first one of all is, even without entries.
    has_begun: bool,
    limits: Limits,
    /// A token that is not one of this list.
    unusable: Option<PageToken>,
}

struct Limits {
    pages: u64,
    items: Option<u64>,
    asked: u64,
    given: u64,
}

impl<O: Paged> Lister<O> {
    pub(super) fn new(call: Call, input: O) -> Self {
        let preferred = O::PAGING.preferred_page_size();
        let size = input.page_size().or(preferred);
        Self {
            list: Arc::new(List::of(&call, &input)),
            walk: Walk::new(O::PAGING, input.position(), size),
            call,
            input,
            held: None,
            ready: None,
            failed: None,
            is_stopped: false,
            has_begun: false,
            limits: Limits {
                pages: MAX_PAGES,
                items: None,
                asked: 0,
                given: 0,
            },
            unusable: None,
        }
    }

    pub(super) fn set_max_pages(&mut self, max: u64) {
        self.limits.pages = max;
    }

    pub(super) fn set_max_items(&mut self, max: u64) {
        self.limits.items = Some(max);
    }

    pub(super) fn set_token(&mut self, token: PageToken) {
        self.unusable = None;
        match token.clone().into_state::<O>(&self.list) {
            Ok(state) => {
                self.go_to(state);
                self.has_begun = true;
            }
            Err(_) => self.unusable = Some(token),
        }
        if let Some(size) = self.input.page_size() {
            self.walk.set_size(size);
        }
    }

    fn go_to(&mut self, state: State) {
        self.walk = Walk::from_state(O::PAGING, state);
        (self.held, self.ready) = (None, None);
    }

    pub(super) fn token(&self) -> PageToken {
        match (&self.unusable, &self.ready) {
            (Some(token), _) => token.clone(),
            (None, Some(batch)) => PageToken::new(&self.list, batch.before.clone()),
            (None, None) => PageToken::new(&self.list, self.walk.state().clone()),
        }
    }

    pub(super) fn resume(&mut self) {
        if std::mem::take(&mut self.is_stopped) {
            self.walk.resume();
            (self.limits.asked, self.limits.given) = (0, 0);
        }
    }

    pub(super) fn todo(&mut self) -> Todo<O> {
        if self.is_stopped {
            return Todo::Over;
        }
        match self.next() {
            Ok(todo) => todo,
            Err(error) => {
                self.is_stopped = true;
                let error = error.with_operation(&O::INFO);
                Todo::Fail(match error.kind() {
                    // Whatever its method, a list has no effect.
                    ErrorKind::Paging => error.without_effect(),
                    _ => error,
                })
            }
        }
    }

    fn next(&mut self) -> Result<Todo<O>, Error> {
        if let Some(token) = &self.unusable {
            let settings = self.call.client.settings();
            let state = token.clone().into_state::<O>(&self.list);
            state.map_err(|text| Error::config(settings.masked(text)))?;
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if let Some(todo) = self.give()? {
            return Ok(todo);
        }
        self.let_go();
        if let Some(todo) = self.give()? {
            return Ok(todo);
        }
        match self.walk.step() {
            Step::Over => Ok(Todo::Over),
            Step::Fail(problem) => Err(Error::paging(problem, words(problem))),
            Step::Ask(place) => {
                if self.limits.asked >= self.limits.pages {
                    let text = format!("{} pages were asked for", self.limits.pages);
                    return Err(limit(text));
                }
                self.limits.asked += 1;
                let mut input = self.input.clone();
                if let Some(place) = place {
                    input.set_position(&place);
                }
                if let Some(size) = self.walk.size()
                    && input.page_size() != Some(size)
                {
                    input.set_page_size(size);
                }
                let request = self.call.clone().prepare(input)?;
                Ok(Todo::Ask(Box::new(request)))
            }
        }
    }

    /// Hands out what is there, as far as the limit allows.
    fn give(&mut self) -> Result<Option<Todo<O>>, Error> {
        let Some(mut batch) = self.ready.take() else {
            return Ok(None);
        };
        let left = self
            .limits
            .items
            .map_or(u64::MAX, |max| max.saturating_sub(self.limits.given));
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if batch.items.len() > left {
            // The rest of the page is asked for again by whoever goes on.
            batch.items.truncate(left);
            batch.ids.truncate(left);
            batch.after = batch.before.within_page(&batch.ids);
            self.go_to(batch.after.clone());
            let text = format!("{} entries were taken", self.limits.given + left as u64);
            self.failed = Some(limit(text));
            if left == 0 {
                return self.failed.take().map_or(Ok(None), Err);
            }
        }
        self.limits.given += batch.items.len() as u64;
        self.has_begun = true;
        Ok(Some(Todo::Give(Box::new(batch))))
    }

    /// Makes a page ready that was held back, or drops it.
    fn let_go(&mut self) {
        let before = self.walk.state().clone();
        if let Some(new) = self.walk.release()
            && let Some(held) = self.held.take()
        {
            self.make_ready(held, new, before);
        }
        if !self.walk.holds() {
            self.held = None;
        }
    }

    fn make_ready(&mut self, page: Held<O::Item>, new: Vec<usize>, before: State) {
        if new.is_empty() && self.has_begun {
            return;
        }
        let all = page.items.into_iter().zip(page.ids);
        let mut places = new.into_iter().peekable();
        let of_page = all.enumerate();
        let (items, ids) = of_page
            .filter_map(|(place, entry)| places.next_if_eq(&place).map(|_| entry))
            .unzip();
        self.ready = Some(Batch {
            items,
            ids,
            facts: page.facts,
            before,
            after: self.walk.state().clone(),
            list: Arc::clone(&self.list),
        });
    }

    /// Takes in what came of a request.
    pub(super) fn answered(&mut self, reply: Result<Response<O::Output>, Error>) {
        match reply {
            Ok(reply) => self.take(reply),
            Err(error) => {
                if !(is_refusal(&error) && self.walk.is_refused()) {
                    self.failed = Some(error);
                }
            }
        }
    }

    fn take(&mut self, reply: Response<O::Output>) {
        let (request_id, date) = (reply.request_id.clone(), head::date(&reply.headers));
        let parts = O::page(reply.into_inner());
        let (total, next) = (parts.total_count(), parts.next_page().map(str::to_owned));
        let items = parts.into_items();
        let ids: Vec<Option<Id>> = items
            .iter()
            .map(|item| O::id(item).map(|id| Id::from(&*id)))
            .collect();
        let facts = Facts {
            total,
            request_id,
            date,
        };
        let sheet = Sheet {
            ids: ids.clone(),
            total,
            next,
        };
        let page = Held { items, ids, facts };
        let before = self.walk.state().clone();
        match self.walk.take(&sheet) {
            Verdict::Take(new) => self.make_ready(page, new, before),
            Verdict::Hold => self.held = Some(page),
            Verdict::Drop => {}
        }
    }
}

/// Whether a service may mean the place in the list by its refusal.
fn is_refusal(error: &Error) -> bool {
    let status = error.status().map(|status| status.as_u16());
    error.kind() == ErrorKind::Service && matches!(status, Some(400 | 404))
}

fn limit(text: String) -> Error {
    Error::paging(
        PagingProblem::Limit,
        format!("{text}, which is the limit, and there is more"),
    )
}

fn words(problem: PagingProblem) -> &'static str {
    match problem {
        PagingProblem::Loop => {
            "the list does not go on: the server leads back to what it has already given"
        }
        PagingProblem::Limit => "a limit is reached, and there is more",
        PagingProblem::Link => "the link to the next page does not say where that begins",
        PagingProblem::Gap => {
            "the pages of the list do not join: nothing tells what lies between them"
        }
    }
}
