//! Policies of all kinds put together: what is decided, and why.
//!
//! An explicit Deny anywhere decides. Then service control policies must allow at every level, and a VPC endpoint's
//! policy. Within one account the identity's or the resource's policy must allow; permissions boundary and session policy
//! limit the former, and the latter unless it names the caller. Across accounts both sides must allow.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>

use crate::bytes::same;
use crate::key::{GlobalKey, Key};
use crate::policy::{Policy, Verdict};
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

    /// The same without control policies: what applies to a service-linked role, which they do not limit.
    /// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp>
    #[must_use]
    pub fn without_control_policies(self) -> Self {
        Self { scp: &[], rcp: &[], ..self }
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller { has_boundary: !self.boundary.is_empty(), strict_not_principal: self.strict_not_principal }
    }

    /// The decision's reason, which tells the decision.
    pub(crate) fn judge(&self, request: &Request<'_>) -> Reason {
        let verdicts = match self.verdicts(request) {
            Ok(verdicts) => verdicts,
            Err(denying) => return Reason::Denied(denying),
        };
        if let Some(level) = verdicts.silent_scp {
            return Reason::Silent(PolicySet::Scp(level));
        }
        if !self.vpce.is_empty() && verdicts.vpce.is_none() {
            return Reason::Silent(PolicySet::Vpce);
        }
        match request.principal {
            Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => match verdicts.resource {
                Some(_) => Reason::AllowedByResource,
                None => Reason::Silent(PolicySet::Resource),
            },
            _ if is_within_account(request) => self.within_account(&request.principal, &verdicts),
            _ => self.across_accounts(&request.principal, &verdicts),
        }
    }

    /// What each set allows; the first that denies otherwise.
    fn verdicts(&self, request: &Request<'_>) -> Result<Verdicts, PolicySet> {
        let caller = self.caller();
        let of = |set: PolicySet, policies: &[Policy]| match verdict(policies, request, caller) {
            Verdict::Denied => Err(set),
            Verdict::Granted(grant) => Ok(Some(grant)),
            Verdict::Silent => Ok(None),
        };
        let mut verdicts = Verdicts {
            identity: of(PolicySet::Identity, self.identity)?,
            resource: of(PolicySet::Resource, self.resource)?,
            boundary: of(PolicySet::Boundary, self.boundary)?,
            session: of(PolicySet::Session, self.session)?,
            vpce: of(PolicySet::Vpce, self.vpce)?,
            silent_scp: None,
        };
        for (level, policies) in self.applicable_scp(&request.principal).iter().enumerate() {
            if of(PolicySet::Scp(level), policies)?.is_none() {
                verdicts.silent_scp = verdicts.silent_scp.or(Some(level));
            }
        }
        for (level, policies) in self.rcp.iter().enumerate() {
            of(PolicySet::Rcp(level), policies)?;
        }
        Ok(verdicts)
    }

    /// Service control policies are for principals of an account.
    fn applicable_scp(&self, principal: &Principal<'_>) -> &'p [Vec<Policy>] {
        if principal.account().is_some() { self.scp } else { &[] }
    }

    /// All sets that apply to a principal, in the order in which they are asked.
    pub(crate) fn sets(&self, principal: &Principal<'_>) -> impl Iterator<Item = (PolicySet, &'p [Policy])> + use<'p> {
        let single = [
            (PolicySet::Identity, self.identity),
            (PolicySet::Resource, self.resource),
            (PolicySet::Boundary, self.boundary),
            (PolicySet::Session, self.session),
            (PolicySet::Vpce, self.vpce),
        ];
        let scp = self
            .applicable_scp(principal)
            .iter()
            .enumerate()
            .map(|(level, policies)| (PolicySet::Scp(level), policies.as_slice()));
        let rcp = self.rcp.iter().enumerate().map(|(level, policies)| (PolicySet::Rcp(level), policies.as_slice()));
        single.into_iter().chain(scp).chain(rcp)
    }

    fn within_account(&self, principal: &Principal<'_>, verdicts: &Verdicts) -> Reason {
        if verdicts.resource == Some(Grant::Direct) {
            return Reason::AllowedByResource;
        }
        let is_root = matches!(principal, Principal::Root(_));
        let named = verdicts.resource == Some(Grant::Role);
        if !is_root && !named && verdicts.identity.is_none() {
            return Reason::NothingAllows;
        }
        match self.limit(principal, verdicts) {
            Some(limit) => limit,
            None if is_root => Reason::AllowedAsRoot,
            None if named => Reason::AllowedByResource,
            None => Reason::AllowedByIdentity,
        }
    }

    fn across_accounts(&self, principal: &Principal<'_>, verdicts: &Verdicts) -> Reason {
        let is_root = matches!(principal, Principal::Root(_));
        if verdicts.resource.is_none() {
            return Reason::Silent(PolicySet::Resource);
        }
        if !is_root && verdicts.identity.is_none() {
            return Reason::Silent(PolicySet::Identity);
        }
        self.limit(principal, verdicts).unwrap_or(Reason::AllowedByBoth)
    }

    /// Why the permissions boundary or the session policy does not let the request pass, if so. The root user has no
    /// boundary.
    fn limit(&self, principal: &Principal<'_>, verdicts: &Verdicts) -> Option<Reason> {
        let is_root = matches!(principal, Principal::Root(_));
        if !is_root && !self.boundary.is_empty() && verdicts.boundary.is_none() {
            return Some(Reason::Silent(PolicySet::Boundary));
        }
        if self.session.is_empty() {
            let federated = matches!(principal, Principal::FederatedUser { .. });
            return federated.then_some(Reason::FederatedWithoutSession);
        }
        verdicts.session.is_none().then_some(Reason::Silent(PolicySet::Session))
    }
}

/// How far each set's widest Allow reaches.
struct Verdicts {
    identity: Option<Grant>,
    resource: Option<Grant>,
    boundary: Option<Grant>,
    session: Option<Grant>,
    vpce: Option<Grant>,
    /// The first level of service control policies that does not allow.
    silent_scp: Option<usize>,
}

/// What a set says: one that denies decides, and otherwise the one that reaches furthest. Most sets are one policy or none.
#[inline]
pub(crate) fn verdict(policies: &[Policy], request: &Request<'_>, caller: Caller) -> Verdict {
    match policies {
        [] => Verdict::Silent,
        [policy] => policy.verdict(request, caller),
        policies => verdict_of_several(policies, request, caller),
    }
}

fn verdict_of_several(policies: &[Policy], request: &Request<'_>, caller: Caller) -> Verdict {
    let mut set = Verdict::Silent;
    for policy in policies {
        match policy.verdict(request, caller) {
            Verdict::Denied => return Verdict::Denied,
            verdict => set = set.max(verdict),
        }
    }
    set
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
    owner.is_none_or(|owner| same(owner, account.id))
}

#[cfg(test)]
mod tests;
