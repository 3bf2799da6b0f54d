//! Where each value of a document stands in its text.
//!
//! A tree beside the JSON value: small nodes, found by parent and token, so
//! that a pointer is resolved step by step and the way ends at the nearest
//! node that exists.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::pointer;

/// Index of a node in [`SpanTree`].
pub(super) type NodeId = u32;

/// A range of bytes.
pub(super) type Range = (usize, usize);

#[derive(Clone, Copy, Debug)]
struct Node {
    key: Option<Range>,
    value: Range,
}

/// The spans of a document; node 0 is its root.
#[derive(Clone, Debug, Default)]
pub(super) struct SpanTree {
    nodes: Vec<Node>,
    /// By a hash of parent and token: large documents have a million of them,
    /// and the text itself would be most of what is kept.
    children: HashMap<u64, NodeId>,
}

/// 64 bits of a hash that nobody makes collide by chance.
fn place_of(parent: NodeId, token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (parent, token).hash(&mut hasher);
    hasher.finish()
}

impl SpanTree {
    /// Adds a node. Of two children under one token the first is found.
    pub(super) fn add(&mut self, place: Option<(NodeId, &str)>, key: Option<Range>) -> NodeId {
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        let value = key.unwrap_or_default();
        self.nodes.push(Node { key, value });
        if let Some((parent, token)) = place {
            self.children.entry(place_of(parent, token)).or_insert(id);
        }
        id
    }

    /// Sets where the value of a node stands.
    pub(super) fn set_value(&mut self, id: NodeId, value: Range) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.value = value;
        }
    }

    /// Where the value of a node stands.
    pub(super) fn value(&self, id: NodeId) -> Range {
        self.nodes
            .get(id as usize)
            .map_or_else(Range::default, |n| n.value)
    }

    /// Where the key of a node stands; the elements of a list have none.
    pub(super) fn key(&self, id: NodeId) -> Option<Range> {
        self.nodes.get(id as usize).and_then(|node| node.key)
    }

    /// The child of that token.
    pub(super) fn child(&self, parent: NodeId, token: &str) -> Option<NodeId> {
        self.children.get(&place_of(parent, token)).copied()
    }

    /// The node a pointer leads to, or the last one on its way.
    pub(super) fn nearest(&self, pointer: &str) -> NodeId {
        let mut at = 0;
        for token in pointer::tokens(pointer) {
            match self.child(at, &token) {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }
}
