//! ARNs, and patterns of them: six sections, each matched on its own.
//!
//! No wildcard crosses the colon between two sections. In the last one `*` and `?` stand for any character, `/` and `:`
//! included.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use crate::bytes::same;
use crate::context::RequestContext;
use crate::glob::Glob;
use crate::template::Pattern;
use crate::text_pattern::{Syntax, Variable, tokens};
use crate::truth::Truth;

/// The sections of an ARN behind `arn:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// The sections before the last one, with their colons.
    head: &'a str,
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource: &'a str,
    /// Of execute-api: what follows the API's id, `stage/GET/path`.
    pub(crate) within_api: Option<&'a str>,
}

impl<'a> Arn<'a> {
    /// Cuts a text at its first five colons.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.strip_prefix("arn:")?;
        let (partition, rest) = cut(text, b':')?;
        let (service, rest) = cut(rest, b':')?;
        let (region, rest) = cut(rest, b':')?;
        let (account, resource) = cut(rest, b':')?;
        let within_api = (service == "execute-api").then(|| cut(resource, b'/').map(|(_, rest)| rest)).flatten();
        let head = text.get(..text.len() - resource.len() - 1)?;
        Some(Self { head, partition, service, region, account, resource, within_api })
    }
}

/// What is before an ASCII character and what behind it. Sections are short: looking at each byte is faster than what
/// `str::split_once` does for long texts.
pub(crate) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// The sections before the last one. Most statements of a policy share theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// All of them in one, where none has a wildcard: most are compared at one stroke.
    exact: Option<Box<str>>,
    partition: Glob,
    service: Glob,
    region: Glob,
    account: Glob,
}

impl Head {
    /// From sections as they are written; what is missing is `*`.
    pub(crate) fn new(sections: &[&str]) -> Self {
        let section = |at: usize| sections.get(at).map_or(Glob::Any, |text| section(text));
        let (partition, service, region, account) = (section(1), section(2), section(3), section(4));
        let exact = match [&partition, &service, &region, &account] {
            [Glob::Exact(partition), Glob::Exact(service), Glob::Exact(region), Glob::Exact(account)] => {
                Some([&**partition, &**service, &**region, &**account].join(":").into())
            }
            _ => None,
        };
        Self { exact, partition, service, region, account }
    }

    /// Whether the service can be this one.
    pub(crate) fn is_of(&self, service: &str) -> bool {
        self.service.matches(service)
    }

    /// Whether the service is this one.
    pub(crate) fn is_exactly_of(&self, service: &str) -> bool {
        is_exactly(&self.service, service)
    }

    /// Whether region or account is written as nothing.
    pub(crate) fn is_nowhere(&self) -> bool {
        is_exactly(&self.region, "") || is_exactly(&self.account, "")
    }

    /// Whether a section holds what would be a variable in the last one.
    pub(crate) fn has_variable(&self) -> bool {
        let sections = [&self.partition, &self.service, &self.region, &self.account];
        sections.iter().any(|section| matches!(section, Glob::Exact(text) if text.contains("${")))
    }

    pub(crate) fn matches(&self, arn: &Arn<'_>) -> bool {
        if let Some(exact) = &self.exact {
            return same(exact, arn.head);
        }
        self.service.matches(arn.service)
            && self.account.matches(arn.account)
            && self.region.matches(arn.region)
            && self.partition.matches(arn.partition)
    }
}

fn is_exactly(section: &Glob, text: &str) -> bool {
    matches!(section, Glob::Exact(exact) if **exact == *text)
}

/// Policy variables are not replaced in these sections: one that holds any is literal, and no ARN has such a section.
fn section(text: &str) -> Glob {
    let wildcards = !text.contains("${");
    let tokens = tokens(text, Syntax { wildcards, variables: false }).unwrap_or_default();
    Glob::new(&tokens).unwrap_or_else(|_| Glob::Exact(text.into()))
}

/// A pattern for a whole ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArnPattern {
    /// `*`
    Any,
    Sections(Box<Head>, Pattern),
    /// Not six sections: nobody documents what it matches.
    Malformed,
}

impl ArnPattern {
    /// Compiles the value of an ARN operator.
    ///
    /// # Errors
    /// What is wrong with a variable in it.
    pub(crate) fn new(text: &str, variables: bool) -> Result<Self, &'static str> {
        if text == "*" {
            return Ok(ArnPattern::Any);
        }
        let sections = sections(text);
        match sections.as_slice() {
            [arn, _, _, _, _, resource] if section(arn).matches("arn") => {
                let resource = Pattern::new(resource, Syntax { wildcards: true, variables })?;
                Ok(ArnPattern::Sections(Head::new(&sections).into(), resource))
            }
            _ => Ok(ArnPattern::Malformed),
        }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.last().into_iter().flat_map(Pattern::variables)
    }

    /// The last section.
    pub(crate) fn last(&self) -> Option<&Pattern> {
        match self {
            ArnPattern::Sections(_, last) => Some(last),
            ArnPattern::Any | ArnPattern::Malformed => None,
        }
    }

    pub(crate) fn matches(&self, arn: &Arn<'_>, context: &RequestContext<'_>) -> Truth {
        match self {
            ArnPattern::Any => Truth::Yes,
            ArnPattern::Sections(head, resource) if head.matches(arn) => resource.matches(arn.resource, context),
            ArnPattern::Sections(..) => Truth::No,
            ArnPattern::Malformed => Truth::Unknown,
        }
    }
}

/// Cuts a pattern at its first five colons, but for those within `${…}`.
pub(crate) fn sections(text: &str) -> Vec<&str> {
    let mut sections = Vec::with_capacity(6);
    let (mut start, mut at) = (0, 0);
    let mut within = false;
    let mut letters = text.bytes().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            b'$' if letters.peek() == Some(&b'{') => within = true,
            b'}' => within = false,
            b':' if !within && sections.len() < 5 => {
                sections.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    sections.push(text.get(start..).unwrap_or_default());
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, arn: &str, expected: Truth) {
        let mut context = RequestContext::new();
        context.insert("aws:username", "ann");
        let compiled = ArnPattern::new(pattern, true).unwrap();
        assert_eq!(compiled.matches(&Arn::parse(arn).unwrap(), &context), expected, "`{pattern}` on `{arn}`");
    }

    #[test]
    fn each_section_is_matched_on_its_own() {
        let arn = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/pets:1/2";
        for (pattern, expected) in [
            ("*", Truth::Yes),
            (arn, Truth::Yes),
            ("arn:aws:execute-api:*:*:*", Truth::Yes),
            ("arn:aws:execute-api:us-*-1:1234567890??:abc/*/GET/*", Truth::Yes),
            ("arn:aws:execute-api:us-east-1:123456789012:abc/*:*", Truth::Yes),
            // A star does not cross a colon: iam.md 2.3, `res/star-not-cross-section`.
            ("arn:aws:execute-api:*:abc/*", Truth::Unknown),
            ("arn:aws:*:abc/prod/GET/pets:1/2", Truth::Unknown),
            ("arn:aws:execute-api:*:*:*:*/2", Truth::Yes),
            ("arn:aws:execute-api:us-east-1:123456789012:ABC/*", Truth::No),
            ("arn:aws:execute-api:US-EAST-1:*:*", Truth::No),
            ("arn:aws:execute-api::123456789012:*", Truth::No),
        ] {
            check(pattern, arn, expected);
        }
    }

    #[test]
    fn variables_are_replaced_in_the_last_section_only() {
        check("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/ann", Truth::Yes);
        check("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/bob", Truth::No);
        check("arn:aws:iam::${aws:username}:x", "arn:aws:iam::ann:x", Truth::No);
        check("arn:aws:iam::${*}:x", "arn:aws:iam::1:x", Truth::No);
    }

    #[test]
    fn a_pattern_is_cut_outside_of_variables() {
        assert_eq!(sections("a:b${c:d}:e::f:g:h"), ["a", "b${c:d}", "e", "", "f", "g:h"]);
        assert_eq!(sections("arn:aws"), ["arn", "aws"]);
        assert_eq!(Arn::parse("arn:aws:s3:::b:k").map(|arn| arn.resource), Some("b:k"));
        assert_eq!(Arn::parse("arn:aws:s3::b"), None);
    }
}
