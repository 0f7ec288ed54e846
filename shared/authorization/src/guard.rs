//! What guards an API besides its authorizers.

use gatehouse_policy::{Api, Needs, Policy};

/// What guards an API for one request: its resource policy, and the VPC endpoint that the request came through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guard<'a> {
    /// Whether the API is private.
    pub private: bool,
    /// The API's resource policy.
    pub resource_policy: Option<&'a Policy>,
    /// The VPC endpoint that the request came through.
    pub endpoint: Option<&'a VpcEndpoint>,
}

/// A VPC endpoint.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>
#[derive(Clone, Debug)]
pub struct VpcEndpoint {
    /// `vpce-01234567abcdef012`
    pub id: String,
    /// The VPC that it is in.
    pub vpc_id: Option<String>,
    /// What may be called through it; everything where there is none.
    pub policy: Option<Policy>,
}

impl<'a> Guard<'a> {
    /// API Gateway's evaluation with this guard.
    #[must_use]
    pub fn api(&self) -> Api<'a> {
        Api {
            private: self.private,
            resource_policy: self.resource_policy,
            vpce: self.endpoint.and_then(|endpoint| endpoint.policy.as_ref()),
        }
    }

    /// The keys that the guard's policies read.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let endpoint = self.endpoint.and_then(|endpoint| endpoint.policy.as_ref());
        self.resource_policy.into_iter().chain(endpoint).collect()
    }
}
