//! The credential in use: read without a lock, renewed by one call for all.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use cloudbackup_core::Secret;
use http::HeaderValue;

use super::gate::{Gate, Lack, REFUSED_PAUSE};
use super::source::{Credential, CredentialSource, Issued, SourceError, Wish};
use super::{AccessKeys, SigningScope, sign};
use crate::builder::header_problem;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Outcome};
use crate::prepare::TOKEN_HEADER;

/// A credential is renewed when less than this is left of it, or a tenth of its life if that is
/// less.
const MARGIN: Duration = Duration::from_secs(40 * 60);
/// No credential is taken to last shorter, or every call would ask for another one.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);
/// The longest that a call waits for a renewal while the old credential is still good.
const MOST_PATIENCE: Duration = Duration::from_secs(5);
/// Clocks that differ by less, in seconds, void no signature.
const LEAST_SKEW: u64 = 5 * 60;
/// The largest body, in bytes, that services take under a signature.
const MOST_SIGNED_BODY: usize = 12 * 1024 * 1024;
/// After so many refused signatures in a row there is a pause.
const MOST_REFUSALS: u32 = 3;

/// A source of credentials and what it gave.
pub(crate) struct Session {
    source: Arc<dyn CredentialSource>,
    clock: Arc<dyn Clock>,
    /// Whether asking the source again may give another credential.
    is_renewable: bool,
    current: ArcSwapOption<Held>,
    /// The one before, which calls on their way may still have sent.
    previous: ArcSwapOption<Held>,
    gate: Gate,
    /// Seconds that the services' clock is ahead of ours.
    skew: AtomicI64,
    /// Signatures that were refused in a row. Only where there are enough is there a pause to look
    /// at, so that nobody waits for a lock while all is well.
    refusals: AtomicU32,
    pause_end: Mutex<Option<Instant>>,
}

/// A credential in use.
pub(crate) struct Held {
    pub(crate) credential: Ready,
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
    /// Both clocks: one stands still while the machine sleeps, the other can be set.
    since: (Instant, SystemTime),
    lifetime: Option<Duration>,
    refused: AtomicBool,
    /// Whether it was got because the one before was refused.
    is_replacement: bool,
}

/// A credential in the form in which requests take it.
pub(crate) enum Ready {
    Token {
        /// Shares its bytes with the secret, which are overwritten with the last of them.
        header: HeaderValue,
        text: Secret,
    },
    Keys(AccessKeys),
}

/// Shows no secret.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Held {
    /// Whether it may be used: not refused, and not at its end by either clock.
    fn is_valid(&self, clock: &dyn Clock) -> bool {
        let lasts = self.lifetime.is_none_or(|life| self.age(clock) < life);
        lasts && !self.refused.load(Ordering::Relaxed)
    }

    /// Whether it is time for another one.
    fn is_due(&self, clock: &dyn Clock) -> bool {
        self.lifetime
            .is_some_and(|life| self.age(clock) >= life.saturating_sub(MARGIN.min(life / 10)))
    }

    /// The greater of what the two clocks say.
    fn age(&self, clock: &dyn Clock) -> Duration {
        let (steady, calendar) = self.since;
        let by_steady = clock.now().saturating_duration_since(steady);
        let by_calendar = clock.wall().duration_since(calendar).unwrap_or_default();
        by_steady.max(by_calendar)
    }

    /// Whether it is a key that comes to an end.
    pub(crate) fn is_temporary(&self) -> bool {
        self.lifetime.is_some()
    }

    /// Puts it into a request, as the last thing that is done to it.
    pub(crate) fn authenticate(
        &self,
        request: &mut http::Request<Bytes>,
        project_id: Option<&str>,
        at: SystemTime,
    ) -> Result<(), Error> {
        match &self.credential {
            Ready::Token { header, .. } => {
                request.headers_mut().insert(TOKEN_HEADER, header.clone());
                Ok(())
            }
            Ready::Keys(keys) => {
                if request.body().len() > MOST_SIGNED_BODY {
                    let text =
                        "the body is larger than 12 MB, which services take with a token only";
                    return Err(Error::new(ErrorKind::Auth, Outcome::NotSent, text));
                }
                let project_id = project_id.or(self.project_id.as_deref());
                let scope = match (project_id, self.domain_id.as_deref()) {
                    (Some(id), _) => SigningScope::Project(id),
                    (None, Some(id)) => SigningScope::Domain(id),
                    (None, None) => SigningScope::None,
                };
                sign(request, keys, scope, at).map_err(|error| {
                    let text = format!("the request cannot be signed: {error}");
                    Error::new(ErrorKind::Auth, Outcome::NotSent, text)
                })
            }
        }
    }

    /// What must not be printed of it.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match &self.credential {
            Ready::Token { text, .. } => Some(text),
            Ready::Keys(keys) => keys.security_token(),
        }
    }
}

impl Session {
    pub(crate) fn new(source: Arc<dyn CredentialSource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            is_renewable: true,
            current: ArcSwapOption::empty(),
            previous: ArcSwapOption::empty(),
            gate: Gate::default(),
            skew: AtomicI64::new(0),
            refusals: AtomicU32::new(0),
            pause_end: Mutex::default(),
        }
    }

    /// A session whose source gives the same credential for ever.
    pub(crate) fn fixed(source: Arc<dyn CredentialSource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            is_renewable: false,
            ..Self::new(source, clock)
        }
    }

    /// Says that the service does not take a credential, and tells whether there may be another one
    /// to try. One that was got in place of a refused one and is refused at once is not replaced
    /// again, or a service that takes none would cause a login for each call.
    pub(crate) fn refuse(&self, held: &Held) -> bool {
        let current = self.current.load();
        if current.as_deref().is_some_and(|it| !std::ptr::eq(it, held)) {
            return true;
        }
        let is_hopeless = held.is_replacement && held.age(&*self.clock) < REFUSED_PAUSE;
        if !self.is_renewable || is_hopeless {
            return false;
        }
        held.refused.store(true, Ordering::Relaxed);
        true
    }

    /// The credentials that were used last, for what must not be printed.
    pub(crate) fn known(&self) -> [Option<Arc<Held>>; 2] {
        [self.current.load_full(), self.previous.load_full()]
    }

    /// The time to sign with: ours, set right by what the services' clock was seen to show.
    pub(crate) fn signing_time(&self) -> SystemTime {
        let skew = self.skew.load(Ordering::Relaxed);
        let amount = Duration::from_secs(skew.unsigned_abs());
        let now = self.clock.wall();
        let moved = match skew < 0 {
            true => now.checked_sub(amount),
            false => now.checked_add(amount),
        };
        moved.unwrap_or(now)
    }

    /// Learns from a refusal whether the clocks differ so much that signatures are void. Says so
    /// only where that is news.
    pub(crate) fn learn_skew(&self, server: SystemTime) -> bool {
        let now = self.clock.wall();
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let skew = match server.duration_since(now) {
            Ok(ahead) => seconds(ahead),
            Err(behind) => -seconds(behind.duration()),
        };
        let known = self.skew.load(Ordering::Relaxed);
        if known.abs_diff(skew) < LEAST_SKEW {
            return false;
        }
        self.skew.store(skew, Ordering::Relaxed);
        true
    }

    /// The service takes the credential.
    pub(crate) fn accepted(&self) {
        if self.refusals.load(Ordering::Relaxed) > 0 {
            let mut pause_end = self.pause_end();
            self.refusals.store(0, Ordering::Relaxed);
            *pause_end = None;
        }
    }

    /// The service refuses a signature: five in a row lock the key, so this stops well before.
    pub(crate) fn signature_refused(&self) {
        let mut pause_end = self.pause_end();
        let count = self.refusals.fetch_add(1, Ordering::Relaxed) + 1;
        if count >= MOST_REFUSALS {
            *pause_end = Some(self.clock.now() + REFUSED_PAUSE);
        }
    }

    fn check_refusals(&self) -> Result<(), SourceError> {
        let count = self.refusals.load(Ordering::Relaxed);
        if count < MOST_REFUSALS || !self.pause_end().is_some_and(|end| self.clock.now() < end) {
            return Ok(());
        }
        Err(SourceError::refused(format!(
            "the service has refused {count} signatures of this access key in a row, and five lock \
             it: none is made for {} seconds; check the secret key",
            REFUSED_PAUSE.as_secs()
        )))
    }

    fn pause_end(&self) -> MutexGuard<'_, Option<Instant>> {
        self.pause_end
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A credential that needs no care at present: no lock, no allocation, no waiting.
    pub(crate) fn at_hand(&self) -> Result<Option<Arc<Held>>, SourceError> {
        let Some(held) = self.usable() else {
            return Ok(None);
        };
        if let Ready::Keys(_) = held.credential {
            self.check_refusals()?;
        }
        Ok((!held.is_due(&*self.clock)).then_some(held))
    }

    /// A credential that is valid now.
    pub(crate) async fn credential(&self, wish: &Wish<'_>) -> Result<Arc<Held>, Lack> {
        if let Some(held) = self.usable() {
            return Ok(match held.is_due(&*self.clock) {
                true => self.renewed_early(held, wish).await,
                false => held,
            });
        }
        let ask = |limit| self.renew(wish, limit);
        let passed = self
            .gate
            .pass(&*self.clock, wish.limit, || self.usable(), ask);
        passed.await
    }

    /// One call looks for another credential while the old one serves all the others; if there is
    /// none to be had, it serves this call too.
    async fn renewed_early(&self, held: Arc<Held>, wish: &Wish<'_>) -> Arc<Held> {
        let limit = MOST_PATIENCE.min(wish.limit / 4);
        // Another call may have been faster.
        let newer = || self.usable().filter(|it| !Arc::ptr_eq(it, &held));
        let ask = |limit| self.renew(wish, limit);
        let passed = self.gate.try_pass(&*self.clock, limit, newer, ask).await;
        passed.unwrap_or(held)
    }

    fn usable(&self) -> Option<Arc<Held>> {
        let held = self.current.load();
        let held = held.as_ref().filter(|held| held.is_valid(&*self.clock))?;
        Some(Arc::clone(held))
    }

    /// Asks the source. Only who holds the gate gets here, so that one asks for all.
    async fn renew(&self, wish: &Wish<'_>, limit: Duration) -> Result<Arc<Held>, SourceError> {
        let wish = Wish { limit, ..*wish };
        let since = (self.clock.now(), self.clock.wall());
        let issued = self.source.issue(&wish).await?;
        let held = Arc::new(self.ready(issued, since)?);
        self.previous
            .store(self.current.swap(Some(Arc::clone(&held))));
        Ok(held)
    }

    fn ready(&self, issued: Issued, since: (Instant, SystemTime)) -> Result<Held, SourceError> {
        let current = self.current.load();
        let is_refused = |held: &Arc<Held>| held.refused.load(Ordering::Relaxed);
        Ok(Held {
            credential: match issued.credential {
                Credential::Token(text) => Ready::Token {
                    header: header(&text)?,
                    text,
                },
                Credential::Keys(keys) => Ready::Keys(checked(keys)?),
            },
            project_id: issued.project_id,
            domain_id: issued.domain_id,
            since,
            lifetime: issued.lifetime.map(|life| life.max(SHORTEST_LIFE)),
            refused: AtomicBool::new(false),
            is_replacement: current.as_ref().is_some_and(is_refused),
        })
    }
}

/// The token as a header that keeps no copy of it.
fn header(token: &Secret) -> Result<HeaderValue, SourceError> {
    struct Shared(Secret);

    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            self.0.expose().as_bytes()
        }
    }

    if let Some(problem) = header_problem(token.expose()) {
        return Err(SourceError::invalid(format!("the token {problem}")));
    }
    let bytes = Bytes::from_owner(Shared(token.clone()));
    let mut value = HeaderValue::from_maybe_shared(bytes)
        .map_err(|_| SourceError::invalid("the token cannot be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Keys whose parts can be sent.
fn checked(keys: AccessKeys) -> Result<AccessKeys, SourceError> {
    for (name, secret) in [
        ("access key", Some(keys.access_key())),
        ("secret key", Some(keys.secret_key())),
        ("security token", keys.security_token()),
    ] {
        if let Some(problem) = secret.and_then(|secret| header_problem(secret.expose())) {
            return Err(SourceError::invalid(format!("the {name} {problem}")));
        }
    }
    Ok(keys)
}
