//! One way to sort for the whole page: each further sort of a type of its own would be compiled anew,
//! some four kilobytes of it.

use std::cmp::Ordering;

/// The indices of so many things, in the order of `compare`; what is equal stays as it stands.
pub fn ordered(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_stay_as_they_stand() {
        let values = [3, 1, 3, 2, 1];
        let order = ordered(values.len(), &|a, b| values[a].cmp(&values[b]));
        assert_eq!(order, [1, 4, 3, 0, 2]);
    }
}
