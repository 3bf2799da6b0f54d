//! Unions: how branches are told apart, and at what cost.
#![allow(clippy::unwrap_used, reason = "tests")]

use cloudbackup_core::de::{self, Lenient, drift};
use cloudbackup_core::enums::UnknownJson;
use cloudbackup_core::union;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// Branches that differ only in what stands after the branch in them.
#[derive(Debug)]
enum Tree {
    Numbered(Box<Numbered>),
    Listed(Box<Listed>),
    Unknown(UnknownJson),
}

#[derive(Debug, Deserialize)]
struct Numbered {
    #[serde(default, deserialize_with = "de::lenient")]
    child: Option<Tree>,
    #[serde(deserialize_with = "de::lenient")]
    tags: Vec<i64>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(default, deserialize_with = "de::lenient")]
    child: Option<Tree>,
    #[serde(deserialize_with = "de::lenient")]
    tags: Vec<String>,
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        union::read(deserializer, Self::Unknown, |found| {
            let numbered = found.object(&["tags"], &[], Self::Numbered);
            numbered.or_else(|| found.object(&["tags"], &[], Self::Listed))
        })
    }
}

impl Lenient for Tree {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl Lenient for Numbered {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

impl Lenient for Listed {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        de::object(deserializer)
    }
}

/// Objects in each other; all but the innermost are told by the last thing in them.
fn tree(levels: usize, innermost: Value) -> String {
    (0..levels)
        .fold(
            innermost,
            |child, _| json!({ "child": child, "tags": ["a"] }),
        )
        .to_string()
}

#[test]
fn each_level_is_read_once() {
    let mut tree: Tree = serde_json::from_str(&tree(60, json!({ "tags": [1] }))).unwrap();
    for _ in 0..60 {
        let Tree::Listed(listed) = tree else {
            panic!("{tree:?}");
        };
        assert_eq!(listed.tags, ["a"]);
        tree = listed.child.unwrap();
    }
    let Tree::Numbered(innermost) = tree else {
        panic!("{tree:?}");
    };
    assert!(innermost.child.is_none() && innermost.tags == [1]);
}

#[test]
fn what_fits_no_branch_is_kept_at_every_depth() {
    let odd = json!({ "tags": [[]] });
    let (read, findings) = drift::watch(|| serde_json::from_str::<Tree>(&tree(2, odd.clone())));
    let Tree::Listed(outer) = read.unwrap() else {
        panic!("the outer one is known");
    };
    let Some(Tree::Listed(inner)) = outer.child else {
        panic!("the inner one is known");
    };
    let Some(Tree::Unknown(kept)) = inner.child else {
        panic!("the innermost is not");
    };
    assert_eq!(serde_json::to_value(kept).unwrap(), odd);
    let places: Vec<&str> = findings.iter().map(|finding| finding.path()).collect();
    assert_eq!(places, ["child.child"]);
}
