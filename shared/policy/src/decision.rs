//! Policies of all kinds put together: what is decided, and why.
//!
//! An explicit Deny anywhere decides. Then service control policies must allow at every level, and a VPC endpoint's
//! policy. Within one account the identity's or the resource's policy must allow; permissions boundary and session policy
//! limit the former, and the latter unless it names the caller. Across accounts both sides must allow.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>

use crate::key::{GlobalKey, Key};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::principals::Grant;
use crate::request::Request;
use crate::statement::Caller;

/// What policies say of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// It is allowed.
    Allowed,
    /// Nothing allows it, or not all that must.
    ImplicitlyDenied,
    /// A statement denies it.
    ExplicitlyDenied,
}

impl Decision {
    /// The decision's name: `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Decision::Allowed => "Allowed",
            Decision::ImplicitlyDenied => "ImplicitlyDenied",
            Decision::ExplicitlyDenied => "ExplicitlyDenied",
        }
    }
}

/// All policies that apply to a request. The policies of one kind are one set: one that allows is enough.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'p> {
    /// The caller's, those of its groups too. Of an anonymous caller: what its authorizer answered.
    pub identity: &'p [Policy],
    /// The resource's.
    pub resource: &'p [Policy],
    /// The caller's permissions boundary; empty if there is none.
    pub boundary: &'p [Policy],
    /// The session's; empty if there is none.
    pub session: &'p [Policy],
    /// The VPC endpoint's that the request came through; empty if it came through none.
    pub vpce: &'p [Policy],
    /// Service control policies of the caller's account: for every level from the root down to the account the policies
    /// that are attached there. No level if the account is in no organization, or manages it.
    pub scp: &'p [Vec<Policy>],
    /// Resource control policies of the resource's account, level by level; that everything else is allowed goes without
    /// saying, as AWS attaches it everywhere.
    pub rcp: &'p [Vec<Policy>],
    /// Whether a Deny with `NotPrincipal` excepts only those whose account is listed too, and for a session the role: as
    /// the documentation says it must be written. Otherwise whoever is listed is excepted.
    pub strict_not_principal: bool,
}

/// Which policies decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicySet {
    /// `identity`
    Identity,
    /// `resource`
    Resource,
    /// `boundary`
    Boundary,
    /// `session`
    Session,
    /// `vpce`
    Vpce,
    /// `scp`, and the level.
    Scp(usize),
    /// `rcp`, and the level.
    Rcp(usize),
}

/// Why it was decided so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A statement of these denies.
    Denied(PolicySet),
    /// These must allow, and none does.
    Silent(PolicySet),
    /// Within one account, neither the identity's nor the resource's policies allow.
    NothingAllows,
    /// A federated user's session has no more than its session policy gives, and it has none.
    FederatedWithoutSession,
    /// The resource's policy allows the caller, and nothing else need.
    AllowedByResource,
    /// The identity's policies allow.
    AllowedByIdentity,
    /// The account's root user may do what nothing denies.
    AllowedAsRoot,
    /// Across accounts, both sides allow.
    AllowedByBoth,
}

impl<'p> Policies<'p> {
    /// What these policies say of a request. Nothing is allocated.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        self.judge(request).decision()
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller { has_boundary: !self.boundary.is_empty(), strict_not_principal: self.strict_not_principal }
    }

    /// The decision's reason, which tells the decision.
    pub(crate) fn judge(&self, request: &Request<'_>) -> Reason {
        if let Some(set) = self.denying(request) {
            return Reason::Denied(set);
        }
        if let Some(level) = self.silent_scp(request) {
            return Reason::Silent(PolicySet::Scp(level));
        }
        if !self.vpce.is_empty() && self.grant(self.vpce, request).is_none() {
            return Reason::Silent(PolicySet::Vpce);
        }
        let resource = self.grant(self.resource, request);
        match request.principal {
            Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => match resource {
                Some(_) => Reason::AllowedByResource,
                None => Reason::Silent(PolicySet::Resource),
            },
            _ if is_within_account(request) => self.within_account(request, resource),
            _ => self.across_accounts(request, resource),
        }
    }

    fn denying(&self, request: &Request<'_>) -> Option<PolicySet> {
        let caller = self.caller();
        let applicable = self.sets().filter(|(set, _)| set.applies_to(&request.principal));
        let mut denying = applicable.filter(|(_, policies)| policies.iter().any(|it| it.denies(request, caller)));
        denying.next().map(|(set, _)| set)
    }

    /// All sets, in the order in which they are asked.
    pub(crate) fn sets(&self) -> impl Iterator<Item = (PolicySet, &'p [Policy])> + use<'p> {
        let single = [
            (PolicySet::Identity, self.identity),
            (PolicySet::Resource, self.resource),
            (PolicySet::Boundary, self.boundary),
            (PolicySet::Session, self.session),
            (PolicySet::Vpce, self.vpce),
        ];
        let scp = self.scp.iter().enumerate().map(|(level, policies)| (PolicySet::Scp(level), policies.as_slice()));
        let rcp = self.rcp.iter().enumerate().map(|(level, policies)| (PolicySet::Rcp(level), policies.as_slice()));
        single.into_iter().chain(scp).chain(rcp)
    }

    /// The first level of service control policies that does not allow.
    fn silent_scp(&self, request: &Request<'_>) -> Option<usize> {
        if !PolicySet::Scp(0).applies_to(&request.principal) {
            return None;
        }
        self.scp.iter().position(|policies| self.grant(policies, request).is_none())
    }

    fn within_account(&self, request: &Request<'_>, resource: Option<Grant>) -> Reason {
        if resource == Some(Grant::Direct) {
            return Reason::AllowedByResource;
        }
        let is_root = matches!(request.principal, Principal::Root(_));
        let named = resource == Some(Grant::Role);
        if !is_root && !named && self.grant(self.identity, request).is_none() {
            return Reason::NothingAllows;
        }
        match self.limit(request) {
            Some(limit) => limit,
            None if is_root => Reason::AllowedAsRoot,
            None if named => Reason::AllowedByResource,
            None => Reason::AllowedByIdentity,
        }
    }

    fn across_accounts(&self, request: &Request<'_>, resource: Option<Grant>) -> Reason {
        let is_root = matches!(request.principal, Principal::Root(_));
        if resource.is_none() {
            return Reason::Silent(PolicySet::Resource);
        }
        if !is_root && self.grant(self.identity, request).is_none() {
            return Reason::Silent(PolicySet::Identity);
        }
        self.limit(request).unwrap_or(Reason::AllowedByBoth)
    }

    /// Why the permissions boundary or the session policy does not let the request pass, if so. The root user has no
    /// boundary.
    fn limit(&self, request: &Request<'_>) -> Option<Reason> {
        let is_root = matches!(request.principal, Principal::Root(_));
        if !is_root && !self.boundary.is_empty() && self.grant(self.boundary, request).is_none() {
            return Some(Reason::Silent(PolicySet::Boundary));
        }
        if self.session.is_empty() {
            let federated = matches!(request.principal, Principal::FederatedUser { .. });
            return federated.then_some(Reason::FederatedWithoutSession);
        }
        self.grant(self.session, request).is_none().then_some(Reason::Silent(PolicySet::Session))
    }

    /// How far the widest Allow of these reaches.
    fn grant(&self, policies: &[Policy], request: &Request<'_>) -> Option<Grant> {
        let caller = self.caller();
        policies.iter().filter_map(|policy| policy.grant(request, caller)).max()
    }
}

impl PolicySet {
    /// Service control policies are for principals of an account.
    fn applies_to(self, principal: &Principal<'_>) -> bool {
        !matches!(self, PolicySet::Scp(_)) || principal.account().is_some()
    }
}

impl Reason {
    /// The decision that it is the reason for.
    #[must_use]
    pub fn decision(self) -> Decision {
        match self {
            Reason::Denied(_) => Decision::ExplicitlyDenied,
            Reason::Silent(_) | Reason::NothingAllows | Reason::FederatedWithoutSession => Decision::ImplicitlyDenied,
            Reason::AllowedByResource | Reason::AllowedByIdentity => Decision::Allowed,
            Reason::AllowedAsRoot | Reason::AllowedByBoth => Decision::Allowed,
        }
    }
}

/// Whether caller and resource are in one account. Who is in none is judged as if, and so is a resource whose ARN names
/// none when `aws:ResourceAccount` does not either: an ARN of Amazon S3 says nothing about it.
fn is_within_account(request: &Request<'_>) -> bool {
    let Some(account) = request.principal.account() else { return true };
    let in_arn = request.arn.map(|arn| arn.account).filter(|account| !account.is_empty());
    let owner = in_arn.or_else(|| request.context.variable(&Key::Global(GlobalKey::ResourceAccount)));
    owner.is_none_or(|owner| owner == account.id)
}

#[cfg(test)]
mod tests;
