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

    #[inline(always)]
    fn matches(&mut self, at: usize, arn: &Arn<'_>) -> bool {
        let bit = u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or(0);
        match self.compared & bit {
            0 => self.compare(at, bit, arn),
            _ => self.matching & bit != 0,
        }
    }

    /// The first time. A head that has no bit is compared every time.
    #[inline(never)]
    fn compare(&mut self, at: usize, bit: u64, arn: &Arn<'_>) -> bool {
        let matches = self.heads.get(at).is_some_and(|head| head.matches(arn));
        self.compared |= bit;
        self.matching |= if matches { bit } else { 0 };
        matches
    }
}

impl Resources {
    /// Whether a resource is among these; one that is no ARN is only `*`. What most statements say is asked first: one
    /// pattern without variables.
    #[inline(always)]
    pub(crate) fn match_arn(
        &self,
        arn: Option<&Arn<'_>>,
        heads: &mut Heads<'_>,
        context: &RequestContext<'_>,
    ) -> Truth {
        let among = match (&*self.patterns, arn) {
            ([ResourcePattern::Arn(head, Pattern::Glob(last))], Some(arn)) => {
                (heads.matches(*head, arn) && last.matches(arn.resource)).into()
            }
            ([ResourcePattern::OfThisApi(Pattern::Glob(last))], Some(arn)) => {
                arn.within_api.is_some_and(|rest| last.matches(rest)).into()
            }
            (patterns, arn) => match_any(patterns, arn, heads, context),
        };
        among.not_if(self.negated)
    }
}

#[inline(never)]
fn match_any(
    patterns: &[ResourcePattern],
    arn: Option<&Arn<'_>>,
    heads: &mut Heads<'_>,
    context: &RequestContext<'_>,
) -> Truth {
    Truth::any(patterns.iter().map(|pattern| pattern.matches(arn, heads, context)))
}

impl ResourcePattern {
    /// The last section.
    pub(crate) fn last(&self) -> Option<&Pattern> {
        match self {
            ResourcePattern::Arn(_, last) | ResourcePattern::OfThisApi(last) => Some(last),
            ResourcePattern::Any | ResourcePattern::Nothing => None,
        }
    }

    fn matches(&self, arn: Option<&Arn<'_>>, heads: &mut Heads<'_>, context: &RequestContext<'_>) -> Truth {
        match (self, arn) {
            (ResourcePattern::Any, _) => Truth::Yes,
            (ResourcePattern::Arn(head, last), Some(arn)) if heads.matches(*head, arn) => {
                last.matches(arn.resource, context)
            }
            (ResourcePattern::OfThisApi(last), Some(arn)) => {
                arn.within_api.map_or(Truth::No, |rest| last.matches(rest, context))
            }
            _ => Truth::No,
        }
    }
}
