//! Did you mean …?

/// The candidate that `word` is most likely a misspelling of, if any is close enough.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_ascii_lowercase();
    let close = |candidate: &'c str| {
        let distance = distance(&word, &candidate.to_ascii_lowercase());
        (distance <= allowed(candidate)).then_some((distance, candidate))
    };
    candidates.into_iter().filter_map(close).min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Longer words bear more mistakes; of a short one, one letter is a third.
fn allowed(word: &str) -> usize {
    match word.len() {
        0..=3 => 0,
        4..=6 => 1,
        7..=20 => 2,
        _ => 4,
    }
}

/// How many letters must be put in, left out or changed (Levenshtein); anything above four is as good as five.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 4 {
        return 5;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, other) in row.iter_mut().zip(std::iter::once(None).chain(b.bytes().map(Some))) {
            let Some(other) = other else {
                *cell = left;
                continue;
            };
            let change = diagonal + usize::from(letter != other);
            diagonal = *cell;
            left = change.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelling_is_recognised() {
        let words = ["uri", "type", "responses", "requestTemplates", "x-amazon-apigateway-integration"];
        let check = |word, expected| assert_eq!(nearest(word, words), expected, "{word}");
        check("respones", Some("responses"));
        check("requesttemplates", Some("requestTemplates"));
        check("requestTemplate", Some("requestTemplates"));
        check("x-amazon-apigateway-integraton", Some("x-amazon-apigateway-integration"));
        check("x-amazon-api-gateway-integration", Some("x-amazon-apigateway-integration"));
        check("typ", Some("type"));
        check("url", None);
        check("description", None);
        check("", None);
    }

    #[test]
    fn the_distance_is_that_of_levenshtein() {
        for (a, b, expected) in
            [("", "", 0), ("kitten", "sitting", 3), ("abc", "", 3), ("", "abcd", 4), ("ab", "ba", 2)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
