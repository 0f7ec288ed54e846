//! Sorting for what is read once, in few bytes: std compiles its algorithm anew for every type and comparison, 5 to 12 KB of a
//! `.wasm` each, which Envoy has to compile too before it serves. Here one copy, over places, serves all of them.
//!
//! It allocates a word for every item and compares through a pointer: on a hot path std's own is the right one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Sorts; what is equal keeps its order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts by a key; what has equal keys keeps its order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |one, other| key(one).cmp(&key(other)));
}

/// Sorts by a comparison; what compares equal keeps its order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places: Vec<usize> = (0..items.len()).collect();
    sort_places(&mut places, &mut |one, other| match (items.get(one), items.get(other)) {
        (Some(one), Some(other)) => compare(one, other),
        _ => Ordering::Equal,
    });
    arrange(items, places);
}

/// A map of what comes, of equal keys the last: put in one by one, where `collect` sorts first.
pub fn map_of<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

/// Sorts places of something by what stands there.
pub fn sort_places(places: &mut [usize], compare: &mut dyn FnMut(usize, usize) -> Ordering) {
    places.sort_by(|one, other| compare(*one, *other));
}

/// Puts to every place the item that `from` says for it, along the cycles that these make.
fn arrange<T>(items: &mut [T], mut from: Vec<usize>) {
    for start in 0..from.len() {
        let mut at = start;
        while let Some(next) = from.get_mut(at).map(|from| std::mem::replace(from, at))
            && next != start
            && next != at
        {
            items.swap(at, next);
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers as a generator of chance gives them, few of them different.
    fn numbers(count: usize) -> Vec<u64> {
        let next =
            |seed: &u64| Some(seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        std::iter::successors(Some(count as u64), next).map(|number| (number >> 33) % 97).take(count).collect()
    }

    #[test]
    fn it_sorts_as_std_does() {
        for count in (0..40).chain([100, 1_000, 5_000]) {
            let numbered: Vec<(u64, usize)> = numbers(count).into_iter().zip(0..).collect();
            let (mut ours, mut expected) = (numbered.clone(), numbered);
            sort_by_key(&mut ours, |(number, _)| *number);
            expected.sort_by_key(|(number, _)| *number);
            assert_eq!(ours, expected, "{count}");
            sort_by(&mut ours, |one, other| other.cmp(one));
            expected.reverse();
            expected.sort_by(|one, other| other.cmp(one));
            assert_eq!(ours, expected, "{count}");
            sort(&mut ours);
            expected.sort();
            assert_eq!(ours, expected, "{count}");
            assert_eq!(map_of(ours.clone()), ours.into_iter().collect(), "{count}");
        }
    }
}
