//! A request that is to be decided.

use crate::action::Action;
use crate::arn::Arn;
use crate::context::RequestContext;
use crate::principal::Principal;
use crate::spelling::Plain;

/// Who wants to do what with what, and what else is known.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub(crate) principal: Principal<'a>,
    pub(crate) action: Action<'a>,
    pub(crate) resource: &'a str,
    /// The resource, if it is an ARN.
    pub(crate) arn: Option<Arn<'a>>,
    /// The same resource, if its path was spelled in an odd way.
    pub(crate) plainly: Option<Plainly<'a>>,
    pub(crate) context: &'a RequestContext<'a>,
}

/// A resource whose path is spelled plainly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plainly<'a> {
    pub(crate) arn: Arn<'a>,
    /// Its path was written with dot segments: whoever resolves them finds another resource.
    pub(crate) had_dots: bool,
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
        Self { principal, action, resource, arn: Arn::parse(resource), plainly: None, context }
    }

    /// The same request for another resource.
    #[must_use]
    pub fn with_resource(&self, resource: &'a str) -> Self {
        Self::new(self.principal, self.action.clone(), resource, self.context)
    }

    /// The same request, decided for its path as it is written and as it is meant: what [`Plain`] says of statements.
    pub(crate) fn however_spelled(&self, plain: &'a Plain) -> Self {
        let plainly = Arn::parse(&plain.arn).map(|arn| Plainly { arn, had_dots: plain.had_dots });
        Self { plainly, ..self.clone() }
    }

    /// What is asked for.
    #[must_use]
    pub fn resource(&self) -> &'a str {
        self.resource
    }
}
