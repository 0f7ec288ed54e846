//! One statement: whom it is for, what it is about, and when it applies.

use crate::action::Actions;
use crate::condition::Condition;
use crate::principals::{Grant, Principals};
use crate::request::{Plainly, Request};
use crate::resource::{Heads, ResourcePattern, Resources};
use crate::truth::Truth;

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// A compiled statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Where it is in the document.
    pub(crate) index: usize,
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    /// None in a policy that is attached to a principal.
    pub(crate) principals: Option<Principals>,
    pub(crate) actions: Actions,
    pub(crate) resources: Resources,
    pub(crate) conditions: Box<[Condition]>,
}

/// What is said of the caller outside of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// They have a permissions boundary: a Deny with `NotPrincipal` always hits them.
    pub(crate) has_boundary: bool,
    /// `NotPrincipal` excepts only callers whose account is listed too, and for a session the role.
    pub(crate) strict_not_principal: bool,
}

impl Statement {
    /// How far the statement reaches for this request, if it applies. What is unknown makes a Deny apply and an Allow not.
    #[inline]
    pub(crate) fn applies(&self, request: &Request<'_>, caller: Caller, heads: &mut Heads<'_>) -> Option<Grant> {
        if !self.actions.matches(&request.action) {
            return None;
        }
        let about = self.about(request, heads);
        if !self.effect.accepts(about) {
            return None;
        }
        let grant = self.reaches(request, caller)?;
        // One that is not accepted decides: that is what all of them together would say.
        let mut conditions = self.conditions.iter();
        conditions.all(|condition| self.effect.accepts(condition.holds(request.context))).then_some(grant)
    }

    /// Whether the statement is about the request's resource.
    #[inline(always)]
    pub(crate) fn about(&self, request: &Request<'_>, heads: &mut Heads<'_>) -> Truth {
        let as_written = self.resources.match_arn(request.arn.as_ref(), heads, request.context);
        match &request.plainly {
            None => as_written,
            Some(plainly) => self.about_either(as_written, plainly, request, heads),
        }
    }

    /// The same where the path is spelled in an odd way. Who denies all but what he lists has listed how it is written.
    #[inline(never)]
    fn about_either(
        &self,
        as_written: Truth,
        plainly: &Plainly<'_>,
        request: &Request<'_>,
        heads: &mut Heads<'_>,
    ) -> Truth {
        let plain = self.resources.match_arn(Some(&plainly.arn), heads, request.context);
        match self.effect {
            Effect::Deny if plainly.had_dots || !self.resources.negated => Truth::any([as_written, plain]),
            Effect::Allow if plainly.had_dots && !self.effect.accepts(plain) => Truth::No,
            Effect::Allow | Effect::Deny => as_written,
        }
    }

    /// The one Allow in resource control policies: what AWS attaches everywhere, `RCPFullAWSAccess`.
    pub(crate) fn is_full_aws_access(&self) -> bool {
        let resources = matches!(*self.resources.patterns, [ResourcePattern::Any]) && !self.resources.negated;
        let actions = self.actions.has_bare_star() && !self.actions.is_negated();
        self.effect == Effect::Allow && actions && resources && self.conditions.is_empty()
    }

    /// Whether the statement is for this caller, and how far it would reach.
    #[inline(always)]
    pub(crate) fn reaches(&self, request: &Request<'_>, caller: Caller) -> Option<Grant> {
        match &self.principals {
            None => Some(Grant::Direct),
            Some(principals) if principals.is_everyone() => Some(Grant::Direct),
            Some(principals) => self.reaches_listed(principals, request, caller),
        }
    }

    #[inline(never)]
    fn reaches_listed(&self, principals: &Principals, request: &Request<'_>, caller: Caller) -> Option<Grant> {
        let Principals { negated, listed } = principals;
        match self.effect {
            // Nobody is excepted: what AWS makes of it is not known.
            Effect::Allow if *negated && listed.is_empty() => None,
            Effect::Deny if *negated && (listed.is_empty() || caller.has_boundary) => Some(Grant::Direct),
            Effect::Deny if *negated && caller.strict_not_principal => {
                (!principals.excepts_every_part(&request.principal, request.context)).then_some(Grant::Direct)
            }
            Effect::Allow | Effect::Deny => principals.grant(&request.principal, request.context),
        }
    }
}

impl Effect {
    /// Whether a statement with this effect applies when this is said of a part of it.
    #[inline]
    pub(crate) fn accepts(self, truth: Truth) -> bool {
        match (self, truth) {
            (_, Truth::Yes) | (Effect::Deny, Truth::Unknown) => true,
            (_, Truth::No) | (Effect::Allow, Truth::Unknown) => false,
        }
    }
}
