//! API Gateway's own evaluation: resource policy, VPC endpoint and authorizer, in its order.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

use std::slice;

use crate::decision::{Decision, Policies};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::request::Request;
use crate::spelling::Plain;

/// Whether a user pool's caller needs an Allow of the resource policy. The page on the flow says so; its table A, read for
/// user pools, says that a silent policy lets them pass. The stricter is taken.
const USER_POOL_NEEDS_ALLOW: bool = true;

/// What guards a REST API as a whole. A private custom domain has a resource policy too: it is an [`Api`] of its own,
/// asked for the domain's ARN, and both must let a request pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Api<'p> {
    /// Whether the API is private. Without a resource policy, a private API refuses every call.
    pub private: bool,
    /// The API's resource policy.
    pub resource_policy: Option<&'p Policy>,
    /// The policy of the VPC endpoint that the request came through.
    pub vpce: Option<&'p Policy>,
}

impl<'p> Api<'p> {
    /// A method without authorizer: a resource policy, if there is one, must allow.
    #[must_use]
    pub fn without_authorizer(&self, request: &Request<'_>) -> Decision {
        asked(&anonymous(request), |request| match self.resource_policy {
            None if !self.private => self.endpoint_alone(request),
            _ => self.policies(&[]).decide(request),
        })
    }

    /// What is decided before a Lambda authorizer is called: `Allowed` is to call it, or to look into its cache. Only an
    /// explicit deny of the resource policy keeps it from being called; one that allows others is silent.
    #[must_use]
    pub fn before_authorizer(&self, request: &Request<'_>) -> Decision {
        asked(&anonymous(request), |request| match self.resource_policy {
            None if self.private => Decision::ImplicitlyDenied,
            Some(policy) if policy.decide(request) == Decision::ExplicitlyDenied => Decision::ExplicitlyDenied,
            Some(_) | None => self.endpoint_alone(request),
        })
    }

    /// A Lambda authorizer's policy beside the resource policy: table A. Callers are anonymous to both. The policy is
    /// decided anew for every request, also when it comes out of a cache.
    #[must_use]
    pub fn with_authorizer(&self, authorizer: &Policy, request: &Request<'_>) -> Decision {
        if self.private && self.resource_policy.is_none() {
            return Decision::ImplicitlyDenied;
        }
        asked(&anonymous(request), |request| self.policies(slice::from_ref(authorizer)).decide(request))
    }

    /// A caller whom a Cognito user pool has authenticated.
    #[must_use]
    pub fn with_user_pool(&self, request: &Request<'_>) -> Decision {
        match USER_POOL_NEEDS_ALLOW {
            true => self.without_authorizer(request),
            false => self.before_authorizer(request),
        }
    }

    /// A caller whom a signature has authenticated: table A in the API's account, table B from another. `caller` holds
    /// what is attached to the caller; what it says of resource and endpoint is replaced.
    #[must_use]
    pub fn with_iam(&self, caller: &Policies<'_>, request: &Request<'_>) -> Decision {
        if self.private && self.resource_policy.is_none() {
            return Decision::ImplicitlyDenied;
        }
        let Policies { resource, vpce, .. } = self.policies(&[]);
        asked(request, |request| Policies { resource, vpce, ..*caller }.decide(request))
    }

    fn endpoint_alone(&self, request: &Request<'_>) -> Decision {
        self.vpce.map_or(Decision::Allowed, |vpce| vpce.decide(request))
    }

    fn policies<'a>(&self, identity: &'a [Policy]) -> Policies<'a>
    where
        'p: 'a,
    {
        let list = |policy: Option<&'p Policy>| policy.map(slice::from_ref).unwrap_or_default();
        Policies { identity, resource: list(self.resource_policy), vpce: list(self.vpce), ..Policies::default() }
    }
}

/// Decides about a request however its path is spelled.
fn asked(request: &Request<'_>, decide: impl FnOnce(&Request<'_>) -> Decision) -> Decision {
    match Plain::of(request.resource) {
        None => decide(request),
        Some(plain) => decide(&request.however_spelled(&plain)),
    }
}

/// To a resource policy, whoever comes without a signature is anonymous.
fn anonymous<'a>(request: &Request<'a>) -> Request<'a> {
    Request { principal: Principal::Anonymous, ..request.clone() }
}

#[cfg(test)]
mod tests;
