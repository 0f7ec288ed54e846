//! When two values are the same: numbers by their value, objects in any order of keys.

use std::hash::{DefaultHasher, Hasher};

use gatehouse_sort::sort;

use crate::json::{Kind, Value};
use crate::number::Number;

/// Whether two values are the same. Recursion ends with the documents' depth.
pub(crate) fn equal(one: Value<'_>, other: Value<'_>) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::Integer | Kind::Decimal, Kind::Integer | Kind::Decimal) => {
            let (one, other) = (one.number().unwrap_or_default(), other.number().unwrap_or_default());
            one == other || Number::read(one).compare(&Number::read(other)).is_eq()
        }
        (Kind::Text | Kind::Unescaped, Kind::Text | Kind::Unescaped) => one.text() == other.text(),
        (Kind::List, Kind::List) => {
            one.len() == other.len() && one.items().zip(other.items()).all(|(one, other)| equal(one, other))
        }
        // Looking each key up would take quadratic time.
        (Kind::Map, Kind::Map) if one.len() > FEW => one.len() == other.len() && hash(one) == hash(other),
        (Kind::Map, Kind::Map) => {
            one.len() == other.len()
                && one.entries().all(|(key, value)| other.get(key).is_some_and(|other| equal(value, other)))
        }
        (one, other) => one == other,
    }
}

/// So few values are compared each with each. More are told apart by 64 bits of their hash: who makes two collide has his
/// own request refused.
const FEW: usize = 12;

/// Whether no two items of a list are the same.
pub(crate) fn all_differ(list: Value<'_>) -> bool {
    if list.len() <= FEW {
        return list
            .items()
            .enumerate()
            .all(|(number, item)| list.items().take(number).all(|other| !equal(item, other)));
    }
    let mut hashes: Vec<u64> = list.items().map(hash).collect();
    sort(&mut hashes);
    hashes.iter().zip(hashes.iter().skip(1)).all(|(one, other)| one != other)
}

/// The same for values that are the same.
fn hash(value: Value<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value.kind() {
        Kind::Null | Kind::Overridden => hasher.write_u8(0),
        Kind::False => hasher.write_u8(1),
        Kind::True => hasher.write_u8(2),
        Kind::Integer | Kind::Decimal => {
            let number = Number::read(value.number().unwrap_or_default());
            let (negative, point, digits) = number.identity();
            hasher.write_u8(3 + u8::from(negative));
            hasher.write_i64(point);
            digits.for_each(|digit| hasher.write_u8(digit));
        }
        Kind::Text | Kind::Unescaped => hash_text(&mut hasher, value.text().unwrap_or_default()),
        Kind::List => {
            hasher.write_u8(6);
            value.items().for_each(|item| hasher.write_u64(hash(item)));
        }
        Kind::Map => {
            hasher.write_u8(7);
            let mut entries: Vec<(u64, u64)> = value.entries().map(|(key, item)| (hash_key(key), hash(item))).collect();
            sort(&mut entries);
            for (key, item) in entries {
                hasher.write_u64(key);
                hasher.write_u64(item);
            }
        }
    }
    hasher.finish()
}

fn hash_key(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_text(&mut hasher, key);
    hasher.finish()
}

fn hash_text(hasher: &mut DefaultHasher, text: &str) {
    hasher.write_u8(5);
    hasher.write(text.as_bytes());
}
