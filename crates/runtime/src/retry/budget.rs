//! A budget of repetitions that all clones of a client share: in an outage it runs dry, and the
//! client stops adding to the load.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a repetition costs, in successes at the first attempt that pay for one.
const COST: usize = 10;

/// The shared budget; cloning shares it.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Account>);

struct Account {
    left: AtomicUsize,
    most: usize,
}

impl Budget {
    /// A full budget for this many repetitions.
    pub(crate) fn new(repetitions: usize) -> Self {
        let most = repetitions.saturating_mul(COST);
        Self(Arc::new(Account {
            left: AtomicUsize::new(most),
            most,
        }))
    }

    /// Takes one repetition out, if there is one.
    pub(crate) fn take(&self) -> Option<Permit> {
        self.0
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(COST)
            })
            .ok()?;
        Some(Permit {
            budget: self.clone(),
            cost: COST,
        })
    }

    /// A success at the first attempt: the service is well.
    pub(crate) fn reward(&self) {
        self.give(1);
    }

    fn give(&self, amount: usize) {
        let account = &*self.0;
        // Full in most calls of a healthy client; reading spares the cache line a write then.
        if account.left.load(Ordering::Relaxed) >= account.most {
            return;
        }
        let _ = account
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some(left.saturating_add(amount).min(account.most))
            });
    }
}

/// One repetition that is still to come. Dropped, it goes back: the call was given up before.
#[must_use]
pub(crate) struct Permit {
    budget: Budget,
    cost: usize,
}

impl Permit {
    /// The repetition is sent now, and costs unless it succeeds. One that is given up on its way
    /// has cost the service as much as one that failed.
    pub(crate) fn spend(mut self) -> Spent {
        self.cost = 0;
        Spent(self.budget.clone())
    }
}

/// A repetition that was sent.
pub(crate) struct Spent(Budget);

impl Spent {
    /// It has succeeded.
    pub(crate) fn refund(self) {
        self.0.give(COST);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.give(self.cost);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn runs_dry_and_is_refilled_by_successes() {
        let budget = Budget::new(2);
        let _ = budget.take().unwrap().spend();
        let _ = budget.take().unwrap().spend();
        assert!(budget.take().is_none());
        for _ in 0..COST - 1 {
            budget.reward();
        }
        assert!(budget.take().is_none());
        budget.reward();
        assert!(budget.take().is_some());
    }

    #[test]
    fn a_repetition_that_succeeds_or_is_never_sent_costs_nothing() {
        let budget = Budget::new(1);
        let permit = budget.take().unwrap();
        assert!(budget.take().is_none());
        drop(permit);
        budget.take().unwrap().spend().refund();
        assert!(budget.take().is_some());
    }

    #[test]
    fn clones_share_it() {
        let budget = Budget::new(1);
        let _ = budget.clone().take().unwrap().spend();
        assert!(budget.take().is_none());
    }

    #[test]
    fn it_never_holds_more_than_at_first() {
        let budget = Budget::new(1);
        (0..100).for_each(|_| budget.reward());
        let _ = budget.take().unwrap().spend();
        assert!(budget.take().is_none());
    }

    #[test]
    fn empty_and_endless_budgets_are_possible() {
        assert!(Budget::new(0).take().is_none());
        let endless = Budget::new(usize::MAX);
        let _ = endless.take().unwrap().spend();
        endless.reward();
        assert!(endless.take().is_some());
    }
}
