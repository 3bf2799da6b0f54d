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

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_count_everything() {
        assert_eq!(page(0..5, 1, 2), (vec![1, 2], 5));
        assert_eq!(page(0..5, 4, 2), (vec![4], 5));
        assert_eq!(page(0..5, 9, 2), (vec![], 5));
    }
}
