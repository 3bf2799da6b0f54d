//! Whether a page is the last one of its list, where the reply does not say so.

use super::{Sheet, Walk};

impl Walk {
    /// Whether a page with fewer entries than were asked for is believed to be the last one:
    /// because the total says the same, or because it has fewer entries than a page has that
    /// nobody gave a size. `reached` is how many entries there are up to the end of the page, as
    /// far as that can be told.
    ///
    /// That it is short is not enough. Servers allow less than is documented, and would take all
    /// later pages away in silence; where a page is not believed, the next one is asked for and
    /// tells.
    pub(super) fn is_last(&self, sheet: &Sheet, reached: Option<u64>, brought: bool) -> bool {
        let default = self.plan.documented_default();
        let count = sheet.count();
        if self.asked().is_none_or(|size| count >= size) {
            return false;
        }
        let (Some(total), Some(reached)) = (sheet.total, reached) else {
            return default.is_some_and(|default| count < default);
        };
        let says_more = total > reached && brought;
        total == reached || (!says_more && default.is_some_and(|default| count < default))
    }
}
