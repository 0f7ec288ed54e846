//! Actions: `service:Name`, neither of them regarding case.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>

use std::borrow::Cow;

use crate::bytes::same;
use crate::glob::Glob;
use crate::key::lower;
use crate::text_pattern::{Syntax, tokens};

/// What execute-api knows to do. A policy's actions are asked about these once, when it is compiled.
const VERBS: [&str; 3] = ["execute-api:invoke", "execute-api:invalidatecache", "execute-api:manageconnections"];

/// What IAM says of `s3*:GetObject`, and of `*:GetObject`.
pub(crate) const WILD_VENDOR: &str = "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.";

/// The action of a request, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    name: Cow<'a, str>,
    /// Its bit, if it is one of execute-api's.
    verb: u8,
}

impl<'a> Action<'a> {
    /// `execute-api:Invoke`: calling a method.
    pub const INVOKE: Action<'static> = Action { name: Cow::Borrowed(VERBS[0]), verb: 1 };

    /// `execute-api:InvalidateCache`: a request with `Cache-Control: max-age=0`.
    pub const INVALIDATE_CACHE: Action<'static> = Action { name: Cow::Borrowed(VERBS[1]), verb: 2 };

    /// `execute-api:ManageConnections`: posting to a WebSocket connection.
    pub const MANAGE_CONNECTIONS: Action<'static> = Action { name: Cow::Borrowed(VERBS[2]), verb: 4 };

    /// Any action of any service, in any case. A wildcard in it is nothing but a character.
    #[must_use]
    pub fn new(name: &'a str) -> Self {
        let name = match name.chars().all(|letter| lower(letter) == letter) {
            true => Cow::Borrowed(name),
            false => Cow::Owned(name.chars().map(lower).collect()),
        };
        let verb = VERBS.iter().zip([1, 2, 4]).find(|(verb, _)| **verb == name).map_or(0, |(_, bit)| bit);
        Self { name, verb }
    }
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug)]
pub(crate) struct Actions {
    negated: bool,
    patterns: Box<[ActionPattern]>,
    /// Which of execute-api's actions match: their bits.
    verbs: u8,
}

impl Actions {
    pub(crate) fn new(negated: bool, patterns: Vec<ActionPattern>) -> Self {
        let mut actions = Self { negated, patterns: patterns.into(), verbs: 0 };
        for (name, bit) in VERBS.into_iter().zip([1, 2, 4]) {
            if actions.search(name) {
                actions.verbs |= bit;
            }
        }
        actions
    }

    pub(crate) fn matches(&self, action: &Action<'_>) -> bool {
        match action.verb {
            0 => self.search(&action.name),
            bit => self.verbs & bit != 0,
        }
    }

    fn search(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(name)) != self.negated
    }

    pub(crate) fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether `*` alone is among them.
    pub(crate) fn has_bare_star(&self) -> bool {
        self.patterns.iter().any(|pattern| matches!(pattern, ActionPattern::Any))
    }

    /// The services that are named, if every pattern names one.
    pub(crate) fn services(&self) -> Option<Vec<&str>> {
        self.patterns.iter().map(ActionPattern::service).collect::<Option<_>>().filter(|_| !self.negated)
    }
}

/// One action, with wildcards.
#[derive(Clone, Debug)]
pub(crate) enum ActionPattern {
    /// `*`
    Any,
    /// `service:Name`; no service is `*`.
    Of(Option<Box<str>>, Glob),
}

impl ActionPattern {
    /// Compiles an action.
    ///
    /// # Errors
    /// What IAM says of one that it refuses.
    pub(crate) fn new(text: &str) -> Result<Self, Cow<'static, str>> {
        if text == "*" {
            return Ok(ActionPattern::Any);
        }
        let Some((service, name)) = text.split_once(':') else {
            return Err("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".into());
        };
        if name.contains(':') {
            return Err("Actions/Condition can contain only one colon.".into());
        }
        if service != "*" && service.contains(['*', '?']) {
            return Err(WILD_VENDOR.into());
        }
        let valid = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.');
        if service != "*" && !service.chars().all(valid) {
            return Err(format!("Vendor {service} is not valid").into());
        }
        let name: String = name.chars().map(lower).collect();
        let tokens = tokens(&name, Syntax { wildcards: true, variables: false })?;
        let name = Glob::new(&tokens).map_err(|_| "an action of more than 2048 characters and `?`")?;
        Ok(ActionPattern::Of((service != "*").then(|| service.to_ascii_lowercase().into()), name))
    }

    /// Whether IAM saves it: it takes `*:*`, but no other name of every service.
    pub(crate) fn is_saved_by_iam(text: &str) -> bool {
        text == "*:*" || !text.starts_with("*:")
    }

    fn service(&self) -> Option<&str> {
        match self {
            ActionPattern::Of(service, _) => service.as_deref(),
            ActionPattern::Any => None,
        }
    }

    fn matches(&self, action: &str) -> bool {
        match self {
            ActionPattern::Any => true,
            ActionPattern::Of(service, name) => action.split_once(':').is_some_and(|(prefix, rest)| {
                service.as_deref().is_none_or(|service| same(service, prefix)) && name.matches(rest)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, action: &str, expected: bool) {
        let actions = |negated| Actions::new(negated, vec![ActionPattern::new(pattern).unwrap()]);
        assert_eq!(actions(false).matches(&Action::new(action)), expected, "`{pattern}` on `{action}`");
        assert_eq!(actions(true).matches(&Action::new(action)), !expected, "not `{pattern}` on `{action}`");
    }

    #[test]
    fn service_and_name_disregard_case_and_the_name_has_wildcards() {
        check("execute-api:Invoke", "execute-api:Invoke", true);
        check("EXECUTE-API:invoke", "execute-api:INVOKE", true);
        check("execute-api:Inv*", "execute-api:InvalidateCache", true);
        check("execute-api:Inv?ke", "execute-api:Invoke", true);
        check("execute-api:*", "execute-api:ManageConnections", true);
        check("execute-api:Invoke", "execute-api:InvokeX", false);
        check("execute-api:.nvoke", "execute-api:Invoke", false);
        check("s3:*", "execute-api:Invoke", false);
        check("*", "execute-api:Invoke", true);
        check("*", "nonsense", true);
        check("*:*", "execute-api:Invoke", true);
        check("*:*", "nonsense", false);
        check("*:Invoke", "lambda:Invoke", true);
        check("s3:Get*", "s3:GetObject", true);
        check("s3:GetObject", "s3:Get*", false);
        check(" s3:GetObject".trim_start(), "s3:GetObject ", false);
        check("iam: asdf ", "iam: asdf ", true);
    }

    #[test]
    fn an_empty_list_matches_nothing_and_its_negation_everything() {
        assert!(!Actions::new(false, vec![]).matches(&Action::INVOKE));
        assert!(Actions::new(true, vec![]).matches(&Action::INVOKE));
    }

    #[test]
    fn the_constants_are_what_their_names_say() {
        assert_eq!(Action::new("execute-api:Invoke"), Action::INVOKE);
        assert_eq!(Action::new("Execute-Api:invalidatecache"), Action::INVALIDATE_CACHE);
        assert_eq!(Action::new("execute-api:ManageConnections"), Action::MANAGE_CONNECTIONS);
    }

    #[test]
    fn what_iam_refuses_is_refused_in_its_words() {
        for (text, expected) in [
            ("Invoke", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
            ("", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
            ("a:b:c", "Actions/Condition can contain only one colon."),
            ("exec*:Invoke", WILD_VENDOR),
            ("s3?:Get", WILD_VENDOR),
            ("a a:b", "Vendor a a is not valid"),
        ] {
            assert_eq!(ActionPattern::new(text).map(|_| ()), Err(expected.into()));
        }
    }
}
