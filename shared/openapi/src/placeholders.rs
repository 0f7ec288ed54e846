//! `${…}` where API Gateway knows stage variables only: URIs, ARNs, ids.

use std::borrow::Cow;

/// What the `${…}` of a text are.
#[derive(Debug, PartialEq)]
pub(crate) struct Placeholders<'a> {
    /// The text as API Gateway would be given it.
    pub(crate) text: Cow<'a, str>,
    /// Whether it had `$${…}`, the escape of deployment tools for a `${…}` that is not theirs.
    pub(crate) escaped: bool,
    /// What only a deployment tool could have filled in: `${Region}`.
    pub(crate) unresolved: Vec<&'a str>,
}

/// Takes a text apart in which only `${stageVariables.name}` means something.
pub(crate) fn placeholders(text: &str) -> Placeholders<'_> {
    let escaped = text.contains("$${");
    let mut unresolved = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if !name.starts_with("stageVariables.") {
            unresolved.push(name);
        }
        rest = after;
    }
    let text = if escaped { Cow::Owned(text.replace("$${", "${")) } else { Cow::Borrowed(text) };
    Placeholders { text, escaped, unresolved }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_variables_escapes_and_what_a_deployment_tool_left_are_told_apart() {
        let check = |text: &str, expected: &str, escaped: bool, unresolved: &[&str]| {
            let found = placeholders(text);
            assert_eq!((&*found.text, found.escaped, &found.unresolved[..]), (expected, escaped, unresolved));
        };
        check("http://${stageVariables.host}/{id}", "http://${stageVariables.host}/{id}", false, &[]);
        check("http://$${stageVariables.host}/", "http://${stageVariables.host}/", true, &[]);
        check(
            "${A}/${stageVariables.b}/${AWS::Region}",
            "${A}/${stageVariables.b}/${AWS::Region}",
            false,
            &["A", "AWS::Region"],
        );
        check("${!stageVariables.host}", "${!stageVariables.host}", false, &["!stageVariables.host"]);
        check("${open", "${open", false, &["open"]);
        check("$5", "$5", false, &[]);
    }
}
