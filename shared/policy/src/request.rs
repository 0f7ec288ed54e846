//! A request that is to be decided.

use crate::action::Action;
use crate::arn::Arn;
use crate::context::RequestContext;
use crate::principal::Principal;

/// Who wants to do what with what, and what else is known.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub(crate) principal: Principal<'a>,
    pub(crate) action: Action<'a>,
    pub(crate) resource: &'a str,
    /// The resource, if it is an ARN.
    pub(crate) arn: Option<Arn<'a>>,
    pub(crate) context: &'a RequestContext<'a>,
}

impl<'a> Request<'a> {
    /// A request. Its resource is one resource: wildcards in it are characters. One that is no ARN is only matched by
    /// `*`.
    #[must_use]
    pub fn new(
        principal: Principal<'a>,
        action: Action<'a>,
        resource: &'a str,
        context: &'a RequestContext<'a>,
    ) -> Self {
        Self { principal, action, resource, arn: Arn::parse(resource), context }
    }

    /// The same request for another resource.
    #[must_use]
    pub fn with_resource(&self, resource: &'a str) -> Self {
        Self::new(self.principal, self.action.clone(), resource, self.context)
    }

    /// What is asked for.
    #[must_use]
    pub fn resource(&self) -> &'a str {
        self.resource
    }
}
