//! Resources: what a statement is about.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

mod parse;

use crate::arn::{Arn, Head};
use crate::context::RequestContext;
use crate::template::Pattern;
use crate::truth::Truth;

/// `Resource` or `NotResource`.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    pub(crate) negated: bool,
    pub(crate) patterns: Box<[ResourcePattern]>,
}

/// One of the list.
#[derive(Clone, Debug)]
pub(crate) enum ResourcePattern {
    /// `*`, or what the policy is attached to.
    Any,
    /// An ARN: which of the policy's heads, and the last section.
    Arn(usize, Pattern),
    /// `execute-api:/stage/GET/path`: of whichever API the policy is attached to.
    OfThisApi(Pattern),
    /// An ARN that lacks sections, where that matches nothing.
    Nothing,
}

/// The heads of a policy's ARNs, and what is known of them about one request: hardly any policy has more than a few, and
/// each is compared once.
pub(crate) struct Heads<'p> {
    heads: &'p [Head],
    compared: u64,
    matching: u64,
}

impl<'p> Heads<'p> {
    pub(crate) fn new(heads: &'p [Head]) -> Self {
        Self { heads, compared: 0, matching: 0 }
    }

    #[inline]
    fn matches(&mut self, at: usize, arn: &Arn<'_>) -> bool {
        let Some(head) = self.heads.get(at) else { return false };
        let Some(bit) = u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)) else { return head.matches(arn) };
        if self.compared & bit == 0 {
            self.compared |= bit;
            self.matching |= if head.matches(arn) { bit } else { 0 };
        }
        self.matching & bit != 0
    }
}

impl Resources {
    /// Whether a resource is among these; one that is no ARN is only `*`.
    #[inline]
    pub(crate) fn match_arn(
        &self,
        arn: Option<&Arn<'_>>,
        heads: &mut Heads<'_>,
        context: &RequestContext<'_>,
    ) -> Truth {
        let among = match &*self.patterns {
            [pattern] => pattern.matches(arn, heads, context),
            patterns => Truth::any(patterns.iter().map(|pattern| pattern.matches(arn, heads, context))),
        };
        among.not_if(self.negated)
    }
}

impl ResourcePattern {
    #[inline(always)]
    fn matches(&self, arn: Option<&Arn<'_>>, heads: &mut Heads<'_>, context: &RequestContext<'_>) -> Truth {
        let Some(arn) = arn else { return matches!(self, ResourcePattern::Any).into() };
        if let ResourcePattern::Arn(head, last) = self {
            return if heads.matches(*head, arn) { last.matches(arn.resource, context) } else { Truth::No };
        }
        match self {
            ResourcePattern::Any => Truth::Yes,
            ResourcePattern::OfThisApi(last) => arn.within_api.map_or(Truth::No, |rest| last.matches(rest, context)),
            ResourcePattern::Arn(..) | ResourcePattern::Nothing => Truth::No,
        }
    }
}
