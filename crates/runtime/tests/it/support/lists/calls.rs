//! One operation for each way in which lists are walked, by hand as the generator would write them.

use std::borrow::Cow;
use std::fmt::Debug;
use std::marker::PhantomData;

use cloudbackup_core::de::{self, Lenient};
use cloudbackup_core::operation::{
    ClientValue, Method, Operation, OperationInfo, RequestParts, WireText,
};
use cloudbackup_core::paging::{Count, PageParts, Paged, Paging, Position};
use cloudbackup_core::{Validate, Validator};
use serde::{Deserialize, Deserializer};

/// A way of walking.
pub(crate) trait Kind: Clone + Debug + Send + Sync + 'static {
    /// How the parameter of the place is written.
    type Place: WireText + Clone + Debug + Send + Sync + 'static;

    const NAME: &'static str;
    const PAGING: Paging;
    /// The parameter of the place.
    const PARAMETER: &'static str;
    const HAS_IDS: bool = true;

    fn read(place: &Self::Place) -> Option<Position>;

    fn write(position: &Position) -> Option<Self::Place>;
}

macro_rules! kind {
    ($name:ident, $place:ty, $parameter:literal, $paging:expr, $variant:ident, $ids:literal) => {
        #[derive(Clone, Debug)]
        pub(crate) struct $name;

        impl Kind for $name {
            type Place = $place;

            const NAME: &'static str = stringify!($name);
            const PAGING: Paging = $paging;
            const PARAMETER: &'static str = $parameter;
            const HAS_IDS: bool = $ids;

            fn read(place: &Self::Place) -> Option<Position> {
                kind!(@read $variant, place)
            }

            fn write(position: &Position) -> Option<Self::Place> {
                kind!(@write $variant, position)
            }
        }
    };
    (@read Marker, $place:ident) => { Some(Position::Marker($place.clone())) };
    (@read $variant:ident, $place:ident) => { $place.to_count().map(Position::$variant) };
    (@write Marker, $position:ident) => { $position.as_marker().map(str::to_owned) };
    (@write Offset, $position:ident) => { $position.as_offset().and_then(Count::from_count) };
    (@write Number, $position:ident) => { $position.as_number().and_then(Count::from_count) };
}

kind!(
    ByOffset,
    i64,
    "offset",
    Paging::offset().page_size(100),
    Offset,
    true
);
kind!(
    ByTextOffset,
    String,
    "offset",
    Paging::offset().page_size(100),
    Offset,
    true
);
kind!(
    ByNumber,
    i64,
    "page",
    Paging::number(1).page_size(100),
    Number,
    true
);
kind!(
    FixedNumber,
    i64,
    "page",
    Paging::number(1).page_size(100).least_page_size(100),
    Number,
    true
);
kind!(
    FromZero,
    i64,
    "page",
    Paging::number(0).page_size(100),
    Number,
    true
);
kind!(
    ByLastId,
    String,
    "marker",
    Paging::last_id().page_size(100),
    Marker,
    true
);
kind!(
    ByMarker,
    String,
    "marker",
    Paging::marker().page_size(100),
    Marker,
    true
);
kind!(
    ByLinkMarker,
    String,
    "marker",
    Paging::link_marker("marker").page_size(100),
    Marker,
    true
);
kind!(
    ByLinkOffset,
    i64,
    "offset",
    Paging::link_offset("offset").page_size(100),
    Offset,
    true
);
kind!(
    WithDefault,
    i64,
    "offset",
    Paging::offset().page_size(100).default_page_size(20),
    Offset,
    true
);
kind!(
    PlainOffset,
    i64,
    "offset",
    Paging::offset().page_size(100),
    Offset,
    false
);
kind!(
    PlainNumber,
    i64,
    "page",
    Paging::number(1).page_size(100),
    Number,
    false
);
kind!(Whole, i64, "offset", Paging::whole(), Offset, false);

/// The question: place, size, and something else.
#[derive(Clone, Debug)]
pub(crate) struct ListRows<K: Kind> {
    pub(crate) place: Option<K::Place>,
    pub(crate) limit: Option<i64>,
    pub(crate) name: Option<String>,
    kind: PhantomData<K>,
}

impl<K: Kind> ListRows<K> {
    pub(crate) fn new() -> Self {
        Self {
            place: None,
            limit: None,
            name: None,
            kind: PhantomData,
        }
    }

    pub(crate) fn limit(limit: i64) -> Self {
        Self {
            limit: Some(limit),
            ..Self::new()
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Rows {
    #[serde(default)]
    rows: Option<Vec<Entry>>,
    #[serde(default)]
    total: Option<i64>,
    #[serde(default)]
    next: Option<String>,
}

/// An entry, as the client sees it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
}

impl Lenient for Rows {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

impl<K: Kind> Validate for ListRows<K> {
    fn validate(&self, v: &mut Validator) {
        v.place("query", |v| {
            v.member("limit", &self.limit).range(1..=1000);
        });
    }
}

impl<K: Kind> Operation for ListRows<K> {
    const INFO: OperationInfo =
        OperationInfo::new("test", K::NAME, Method::Get, "/v3/{project_id}/rows")
            .client_values(&[ClientValue::path("project_id", "project_id")]);
    type Output = Rows;

    fn encode(&self, request: &mut RequestParts) {
        request.query(K::PARAMETER, &self.place);
        request.query("limit", &self.limit);
        request.query("name", &self.name);
    }
}

impl<K: Kind> Paged for ListRows<K> {
    type Item = Entry;
    const PAGING: Paging = K::PAGING;

    fn position(&self) -> Option<Position> {
        self.place.as_ref().and_then(K::read)
    }

    fn set_position(&mut self, position: &Position) {
        self.place = K::write(position);
    }

    fn page_size(&self) -> Option<u64> {
        self.limit.as_ref()?.to_count()
    }

    fn set_page_size(&mut self, size: u64) {
        self.limit = Count::from_count(size);
    }

    fn page(output: Rows) -> PageParts<Entry> {
        PageParts::new(output.rows)
            .total(output.total)
            .next(output.next)
    }

    fn id(item: &Entry) -> Option<Cow<'_, str>> {
        let id = item.id.as_deref().filter(|_| K::HAS_IDS);
        id.map(Cow::Borrowed)
    }
}
