//! The field that somebody meant who wrote one that is not there.

/// What to say of a message such as ``unknown field `stgeName`, expected one of `stageName`, `variables` ``.
pub(super) fn suggestion(message: &str) -> Option<String> {
    let names = message.strip_prefix("unknown field ")?;
    let mut names = names.split('`').skip(1).step_by(2);
    let written = names.next()?;
    let far = |name: &str| distance(&written.to_lowercase(), &name.to_lowercase());
    let nearest = names.min_by_key(|name| far(name))?;
    // A third of its letters may be wrong; who wrote something else meant something else.
    (far(nearest) * 3 <= nearest.chars().count()).then(|| format!("did you mean `{nearest}`?"))
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (index, c) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((replaced, pair), d) in row.iter().zip(row.iter().skip(1)).zip(other.chars()) {
            let added = next.last().map_or(0, |last| last + 1);
            next.push(added.min(pair + 1).min(replaced + usize::from(c != d)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_meant_if_it_is_near() {
        let check = |written: &str, expected: Option<&str>| {
            let message = format!("unknown field `{written}`, expected one of `stageName`, `variables`, `domainName`");
            let expected = expected.map(|name| format!("did you mean `{name}`?"));
            assert_eq!(suggestion(&message), expected, "{written}");
        };
        check("stgeName", Some("stageName"));
        check("StageName", Some("stageName"));
        check("stage_name", Some("stageName"));
        check("variable", Some("variables"));
        check("cacheSize", None);
        check("", None);
        assert_eq!(suggestion("unknown field `a`, there are no fields"), None);
        assert_eq!(suggestion("`x` is no origin"), None);
    }

    #[test]
    fn a_distance_counts_letters() {
        for (one, other, expected) in [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("a", "a", 0)] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }
}
