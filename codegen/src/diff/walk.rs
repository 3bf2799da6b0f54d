//! The walk: pairs of things that are compared, each once in each direction,
//! and who reaches them.
//!
//! A pair is a node. Comparing it leaves findings on it and adds the pairs
//! below; a pair that was met before is only linked, so recursion ends and a
//! cause is found once, however many operations reach it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde_json::Value;

use super::kinds::{self, Kind};
use super::same::Same;
use super::shape::Shape;
use super::side::{Loc, Side};
use super::verdict::{Rust, Wire};

/// Which way values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    Request,
    Reply,
    /// No operation uses it.
    Unused,
}

/// Where values stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Medium {
    /// In JSON or the like.
    Body,
    /// In text: a parameter or a form.
    Text,
    /// In a header of a reply.
    Header,
}

/// The way of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Way {
    pub(super) direction: Direction,
    pub(super) medium: Medium,
    /// Below a member that this direction does not carry.
    pub(super) muted: bool,
}

impl Way {
    pub(super) fn new(direction: Direction, medium: Medium) -> Way {
        Way {
            direction,
            medium,
            muted: false,
        }
    }

    pub(super) fn muted(self, muted: bool) -> Way {
        Way {
            muted: self.muted || muted,
            ..self
        }
    }

    /// Verdicts about a finding on this way: requests, replies, Rust.
    pub(super) fn verdicts(self, kind: &Kind) -> (Wire, Wire, Rust) {
        let cap = match (self.muted, self.medium) {
            (true, _) => Wire::Ok,
            // Generated clients read no header but those of the runtime.
            (_, Medium::Header) => Wire::Risk,
            _ => Wire::Break,
        };
        let patch = self.muted || self.medium == Medium::Header;
        let rust = |rust| if patch { Rust::Patch } else { rust };
        match self.direction {
            Direction::Request => (kind.request.min(cap), Wire::None, rust(kind.rust_request)),
            Direction::Reply => (Wire::None, kind.reply.min(cap), rust(kind.rust_reply)),
            Direction::Unused => {
                let both = kind.rust_request.max(kind.rust_reply);
                (Wire::None, Wire::None, both.min(Rust::Minor))
            }
        }
    }
}

/// A place that a finding points at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) at: Loc<'a>,
    /// The key says more than the value.
    pub(super) key: bool,
}

/// A place whose value is meant.
pub(super) fn value_of(at: Loc<'_>) -> Place<'_> {
    Place { at, key: false }
}

/// A place whose key is meant.
pub(super) fn key_of(at: Loc<'_>) -> Place<'_> {
    Place { at, key: true }
}

pub(super) type NodeId = usize;

/// A change at one pair, in one direction.
#[derive(Debug)]
pub(super) struct Finding<'a> {
    pub(super) kind: &'static Kind,
    pub(super) node: NodeId,
    pub(super) way: Way,
    pub(super) base: Option<Place<'a>>,
    pub(super) revision: Option<Place<'a>>,
    /// What tells it from others of its kind at its place; no wording.
    pub(super) detail: String,
    pub(super) message: String,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) parents: Vec<NodeId>,
    /// The operation, for the node of one.
    pub(super) operation: Option<String>,
}

/// Two schemas on a way, by numbers of their shapes.
type Pair = (usize, usize, Way);

/// Shapes of one side, each read once.
#[derive(Debug, Default)]
struct Shapes<'a> {
    by_parts: HashMap<Vec<usize>, usize>,
    list: Vec<Rc<Shape<'a>>>,
    /// Schema objects that were met.
    reached: HashSet<usize>,
}

impl<'a> Shapes<'a> {
    fn number(&mut self, side: &'a Side, schemas: &[Loc<'a>]) -> usize {
        let key: Vec<usize> = schemas
            .iter()
            .map(|it| side.resolve(*it).address())
            .collect();
        let known = self.by_parts.get(&key).filter(|_| !side.modern());
        if let Some(number) = known {
            return *number;
        }
        let shape = Shape::of(side, schemas);
        let mut parts: Vec<usize> = shape.parts.iter().map(|it| it.address()).collect();
        parts.sort_unstable();
        let next = self.list.len();
        let number = *self.by_parts.entry(parts).or_insert(next);
        if number == next {
            self.reached
                .extend(shape.parts.iter().map(|it| it.address()));
            self.list.push(Rc::new(shape));
        }
        if !side.modern() {
            self.by_parts.insert(key, number);
        }
        number
    }
}

/// Pairs of schemas that are compared whatever the size of the documents.
const FEW_PAIRS: usize = 4_000;
/// Most pairs for each object of the documents. Each is compared on a few ways;
/// only parts that combine without end can make more.
const MOST_WAYS: usize = 8;

/// The walk at work.
pub(super) struct Walk<'a> {
    pub(super) base: &'a Side,
    pub(super) revision: &'a Side,
    pub(super) same: Same<'a>,
    old: Shapes<'a>,
    new: Shapes<'a>,
    pub(super) nodes: Vec<Node>,
    memo: HashMap<Pair, NodeId>,
    waiting: VecDeque<(NodeId, Pair)>,
    pub(super) findings: Vec<Finding<'a>>,
    /// There were more pairs than are compared.
    pub(super) exhausted: bool,
    texts: HashSet<usize>,
    first_text: Option<(Loc<'a>, Loc<'a>)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(base: &'a Side, revision: &'a Side) -> Walk<'a> {
        Walk {
            base,
            revision,
            same: Same::of(base, revision),
            old: Shapes::default(),
            new: Shapes::default(),
            nodes: Vec::new(),
            memo: HashMap::new(),
            waiting: VecDeque::new(),
            findings: Vec::new(),
            exhausted: false,
            texts: HashSet::new(),
            first_text: None,
        }
    }

    /// A node that is no pair of schemas.
    pub(super) fn node(&mut self, operation: Option<String>) -> NodeId {
        self.nodes.push(Node {
            parents: Vec::new(),
            operation,
        });
        self.nodes.len() - 1
    }

    pub(super) fn old_shape(&mut self, schemas: &[Loc<'a>]) -> Rc<Shape<'a>> {
        let number = self.old.number(self.base, schemas);
        Rc::clone(&self.old.list[number])
    }

    pub(super) fn new_shape(&mut self, schemas: &[Loc<'a>]) -> Rc<Shape<'a>> {
        let number = self.new.number(self.revision, schemas);
        Rc::clone(&self.new.list[number])
    }

    /// Has two schemas compared, on behalf of a node.
    pub(super) fn schemas(
        &mut self,
        parent: NodeId,
        base: &[Loc<'a>],
        revision: &[Loc<'a>],
        way: Way,
    ) {
        let same = |old: &[Loc<'a>], new: &[Loc<'a>]| match (old, new) {
            ([old], [new]) => self.same.reference(*old, *new),
            _ => false,
        };
        let most = FEW_PAIRS + MOST_WAYS * (self.base.objects + self.revision.objects);
        self.exhausted |= self.memo.len() >= most;
        if same(base, revision) || self.exhausted {
            return;
        }
        let old = self.old.number(self.base, base);
        let new = self.new.number(self.revision, revision);
        let pair = (old, new, way);
        let node = match self.memo.get(&pair) {
            Some(node) => *node,
            None => {
                let node = self.node(None);
                self.memo.insert(pair, node);
                self.waiting.push_back((node, pair));
                node
            }
        };
        self.nodes[node].parents.push(parent);
    }

    /// Compares what waits, and what that adds.
    pub(super) fn run(&mut self) {
        while let Some((node, (old, new, way))) = self.waiting.pop_front() {
            let base = Rc::clone(&self.old.list[old]);
            let revision = Rc::clone(&self.new.list[new]);
            self.schema(node, &base, &revision, way);
        }
    }

    /// Whether an operation has led to a schema of the base.
    pub(super) fn reached_old(&self, loc: Loc<'_>) -> bool {
        self.old.reached.contains(&loc.address())
    }

    /// Whether an operation has led to a schema of the revision.
    pub(super) fn reached_new(&self, loc: Loc<'_>) -> bool {
        self.new.reached.contains(&loc.address())
    }

    /// Notes that texts differ.
    pub(super) fn texts(&mut self, base: Loc<'a>, revision: Loc<'a>) {
        let differs = |key: &str| {
            let value = |loc: Loc<'a>| loc.get(key).map(|it| it.value);
            value(base) != value(revision)
        };
        if TEXTS.iter().any(|key| differs(key)) && self.texts.insert(revision.address()) {
            self.first_text.get_or_insert((base, revision));
        }
    }

    /// [`Walk::texts`] of schemas, wherever their parts stand.
    pub(super) fn schema_texts(&mut self, base: &Shape<'a>, revision: &Shape<'a>) {
        let (Some(old), Some(new)) = (base.place(), revision.place()) else {
            return;
        };
        let differs = |key: &str| {
            let value = |shape: &Shape<'a>| shape.key(key).map(|it| it.value);
            value(base) != value(revision)
        };
        if TEXTS.iter().any(|key| differs(key)) && self.texts.insert(new.address()) {
            self.first_text.get_or_insert((old, new));
        }
    }

    /// One finding about all texts, since nobody decides by them.
    pub(super) fn report_texts(&mut self) {
        let Some((base, revision)) = self.first_text else {
            return;
        };
        let count = self.texts.len();
        let plural = if count == 1 { "place" } else { "places" };
        let node = self.node(None);
        self.findings.push(Finding {
            kind: &kinds::DOCUMENTATION_CHANGED,
            node,
            way: Way::new(Direction::Unused, Medium::Body),
            base: Some(value_of(base)),
            revision: Some(value_of(revision)),
            detail: String::new(),
            message: format!("texts or examples differ in {count} {plural}, here first"),
        });
    }

    /// Operations that reach each node with findings.
    pub(super) fn reach(&self, node: NodeId) -> Vec<NodeId> {
        let mut seen = HashSet::from([node]);
        let mut waiting = vec![node];
        let mut found = Vec::new();
        while let Some(node) = waiting.pop() {
            if self.nodes[node].operation.is_some() {
                found.push(node);
            }
            for parent in &self.nodes[node].parents {
                if seen.insert(*parent) {
                    waiting.push(*parent);
                }
            }
        }
        found
    }
}

/// Keys that are for people.
const TEXTS: [&str; 9] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "externalDocs",
    "x-note",
    "x-source",
    "x-unit",
];

/// What a schema that is left out says: nothing.
pub(super) static ANYTHING: Value = Value::Bool(true);
