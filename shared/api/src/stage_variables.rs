//! Stage variables in URIs, ARNs and connection ids.

use std::borrow::Cow;
use std::collections::BTreeMap;

const OPEN: &str = "${stageVariables.";

/// `text` with every `${stageVariables.name}` replaced by its value, a missing one by nothing.
///
/// Any other `${…}` stays as it is: API Gateway knows no other reference in a URI.
#[must_use]
pub fn substitute_stage_variables<'a>(text: &'a str, variables: &BTreeMap<String, String>) -> Cow<'a, str> {
    if !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, after)) => {
                out.push_str(variables.get(name).map_or("", String::as_str));
                rest = after;
            }
            None => {
                out.push_str(OPEN);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The names of the stage variables that `text` refers to, in its order.
pub fn stage_variables(text: &str) -> impl Iterator<Item = &str> {
    text.split(OPEN).skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).filter(|name| is_name(name))
}

/// Whether a stage variable may have this name.
#[must_use]
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let variables = BTreeMap::from([("host".into(), "a.example".into()), ("v_2".into(), "2".into())]);
        assert_eq!(substitute_stage_variables(text, &variables), expected);
    }

    #[test]
    fn stage_variables_are_replaced_wherever_they_stand() {
        check("http://${stageVariables.host}/pets", "http://a.example/pets");
        check("${stageVariables.v_2}${stageVariables.v_2}", "22");
        check("http://${stageVariables.none}/", "http:///");
        check("http://h/${path}/{petId}", "http://h/${path}/{petId}");
        check("http://h/${stageVariables.host", "http://h/${stageVariables.host");
        check("${stageVariables.a b}/${stageVariables.host}", "${stageVariables.a b}/a.example");
        check("", "");
    }

    #[test]
    fn the_names_in_a_text_are_listed() {
        let names: Vec<_> = stage_variables("${stageVariables.a}/x/${stageVariables.b}${stageVariables.}").collect();
        assert_eq!(names, ["a", "b"]);
    }
}
