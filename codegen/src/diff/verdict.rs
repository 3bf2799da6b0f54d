//! The three verdicts about a change, kept apart: the wire for requests, the
//! wire for replies, Rust for callers.

/// What a change means to a client that was built from the old document, in
/// one direction. The later is the worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    /// The direction does not carry it.
    #[default]
    None,
    /// Old clients go on as before.
    Ok,
    /// Old clients go on, but data that they could get is gone.
    DataLost,
    /// Clients with closed enums, narrow integers or fixed statuses fail. Ours
    /// go on: their enums and unions are open and their integers wide.
    ClosedBreak,
    /// It depends on the service or on the values that are sent.
    Risk,
    /// Old clients fail.
    Break,
}

impl Wire {
    /// The name in the machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Wire::None => "none",
            Wire::Ok => "ok",
            Wire::DataLost => "data-lost",
            Wire::ClosedBreak => "closed-break",
            Wire::Risk => "risk",
            Wire::Break => "break",
        }
    }
}

/// What a change asks of the version of the crates: what it does to code of
/// callers that was written before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rust {
    /// Nothing that a compiler sees.
    #[default]
    Patch,
    /// Something is new or deprecated.
    Minor,
    /// Code of callers may stop compiling.
    Major,
}

impl Rust {
    /// The name in the machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Rust::Patch => "patch",
            Rust::Minor => "minor",
            Rust::Major => "major",
        }
    }
}

/// How much of a reviewer's attention a change wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nobody has to do anything.
    Note,
    /// Somebody may have to.
    Risk,
    /// A caller fails, on the wire or at compile time.
    Breaking,
}

impl Level {
    /// The level of three verdicts.
    pub fn of(request: Wire, reply: Wire, rust: Rust) -> Level {
        let wire = request.max(reply);
        if wire == Wire::Break || rust == Rust::Major {
            Level::Breaking
        } else if wire > Wire::Ok {
            Level::Risk
        } else {
            Level::Note
        }
    }

    /// The name in the machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Risk => "risk",
            Level::Breaking => "breaking",
        }
    }
}
