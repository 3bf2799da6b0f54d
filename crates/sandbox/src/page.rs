//! A page of a list.

/// So many items after the first `offset` of them, and how many there are in all.
pub(crate) fn page<T>(items: impl Iterator<Item = T>, offset: i64, limit: i64) -> (Vec<T>, i64) {
    let offset = usize::try_from(offset).unwrap_or(0);
    let limit = usize::try_from(limit).unwrap_or(0);
    let (mut taken, mut count) = (Vec::new(), 0_usize);
    for item in items {
        if count >= offset && taken.len() < limit {
            taken.push(item);
        }
        count += 1;
    }
    (taken, i64::try_from(count).unwrap_or(i64::MAX))
}

/// What comes after the item with this id, as a marker says; all of it without one. `None` where
/// no item has the id.
pub(crate) fn after<'l, T>(
    items: &'l [T],
    marker: Option<&str>,
    id: impl Fn(&T) -> &str,
) -> Option<&'l [T]> {
    let Some(marker) = marker else {
        return Some(items);
    };
    let position = items.iter().position(|item| id(item) == marker)?;
    items.get(position + 1..)
}

#[cfg(test)]
mod tests {
    use super::{after, page};

    #[test]
    fn markers_name_the_last_item_of_the_page_before() {
        let items = ["a", "b", "c"];
        let rest = |marker| after(&items, marker, |item| item);
        assert_eq!(rest(None), Some(&items[..]));
        assert_eq!(rest(Some("b")), Some(&items[2..]));
        assert_eq!(rest(Some("c")), Some(&items[3..]));
        assert_eq!(rest(Some("d")), None);
    }

    #[test]
    fn pages_count_everything() {
        assert_eq!(page(0..5, 1, 2), (vec![1, 2], 5));
        assert_eq!(page(0..5, 4, 2), (vec![4], 5));
        assert_eq!(page(0..5, 9, 2), (vec![], 5));
    }
}
