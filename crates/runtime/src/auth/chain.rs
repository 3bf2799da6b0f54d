//! Credentials from the first of several sources that has some.

use std::any::type_name;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tracing::debug;

use super::environment::EnvironmentSource;
use super::metadata::MetadataSource;
use super::profile::ProfileSource;
use super::source::{CredentialSource, Issued, SourceError, SourceErrorKind, Wish};
use crate::clock::{BoxFuture, Clock, Deadline, SystemClock};
use crate::text::printable;

/// Stands for no source.
const NONE: usize = usize::MAX;

/// The sources that a program can look through without being told anything: the
/// [environment](EnvironmentSource), the [profile file](ProfileSource), and the
/// [metadata service](MetadataSource) of a cloud server, in this order.
///
/// Where neither of the first two has anything, and the machine is no cloud server, it takes up to
/// 3 s to find out.
#[must_use]
pub fn default_chain() -> ChainSource {
    ChainSource::new()
        .then(EnvironmentSource::new())
        .then(ProfileSource::new())
        .then(MetadataSource::new())
}

/// Asks one source after the other, until one has credentials.
///
/// A source that says [`Missing`](SourceErrorKind::Missing) is passed over; any other error is the
/// chain's own, since something is set up there and going on would act as somebody else. The source
/// that had credentials is asked first from then on, so that a renewal does not change who calls
/// because something was set up elsewhere meanwhile. Each source gets what is left of the limit of
/// the [`Wish`].
///
/// `Debug` names the sources and the one that answered; so does a `tracing` event of the level
/// `DEBUG`. No secret is in either.
///
/// ```
/// use cloudbackup_runtime::auth::{ChainSource, EnvironmentSource, ProfileSource};
///
/// let chain = ChainSource::new()
///     .then(EnvironmentSource::new())
///     .then(ProfileSource::new().with_section("global"));
/// assert_eq!(
///     format!("{chain:?}"),
///     r#"ChainSource { sources: ["EnvironmentSource", "ProfileSource"], answered: None }"#
/// );
/// ```
///
/// # Errors
/// [`Missing`](SourceErrorKind::Missing) where no source has credentials: a line for each says what
/// it looked for and where.
pub struct ChainSource {
    links: Vec<Link>,
    /// The place of the link that had credentials last.
    answered: AtomicUsize,
    clock: Arc<dyn Clock>,
}

struct Link {
    /// The name of its type: what a source prints of itself is not ours to repeat.
    name: &'static str,
    source: Arc<dyn CredentialSource>,
}

impl ChainSource {
    /// A chain without sources, which has no credentials.
    #[must_use]
    pub fn new() -> Self {
        Self {
            links: Vec::new(),
            answered: AtomicUsize::new(NONE),
            clock: Arc::new(SystemClock),
        }
    }

    /// Adds a source, to be asked after those that are there.
    #[must_use]
    pub fn then<S: CredentialSource>(mut self, source: S) -> Self {
        self.links.push(Link {
            name: short_name(type_name::<S>()),
            source: Arc::new(source),
        });
        self
    }

    /// Takes time from here, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    async fn ask(&self, wish: &Wish<'_>) -> Result<Issued, SourceError> {
        let end = Deadline::after(&*self.clock, wish.limit);
        let mut missing: Vec<Option<SourceError>> = vec![None; self.links.len()];
        let first = self.answered.load(Ordering::Relaxed);
        let order = std::iter::once(first).chain((0..self.links.len()).filter(|&at| at != first));
        for at in order {
            let Some(link) = self.links.get(at) else {
                continue;
            };
            let wish = Wish {
                limit: end.remaining(&*self.clock),
                ..*wish
            };
            match link.source.issue(&wish).await {
                Ok(issued) => {
                    self.answered.store(at, Ordering::Relaxed);
                    debug!(source = link.name, "credentials found");
                    return Ok(issued);
                }
                Err(error) if error.kind() == SourceErrorKind::Missing => {
                    missing[at] = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(nothing_found(missing.iter().flatten()))
    }

    fn answered(&self) -> Option<&'static str> {
        let link = self.links.get(self.answered.load(Ordering::Relaxed))?;
        Some(link.name)
    }
}

impl Default for ChainSource {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ChainSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.links.iter().map(|link| link.name).collect();
        f.debug_struct("ChainSource")
            .field("sources", &names)
            .field("answered", &self.answered())
            .finish()
    }
}

impl CredentialSource for ChainSource {
    fn issue<'a>(&'a self, wish: &'a Wish<'a>) -> BoxFuture<'a, Result<Issued, SourceError>> {
        Box::pin(self.ask(wish))
    }
}

/// One line for each place where nothing was.
fn nothing_found<'a>(places: impl Iterator<Item = &'a SourceError>) -> SourceError {
    let mut text = String::from("no credentials found");
    for place in places {
        // A chain within a chain has lines of its own.
        for (number, line) in place.to_string().lines().enumerate() {
            text.push_str(if number == 0 { "\n- " } else { "\n  " });
            text.push_str(&printable(line, usize::MAX));
        }
    }
    SourceError::missing(text)
}

/// The last part of the name of a type, without its parameters.
fn short_name(name: &'static str) -> &'static str {
    let plain = name.split('<').next().unwrap_or(name);
    plain.rsplit("::").next().unwrap_or(plain)
}
