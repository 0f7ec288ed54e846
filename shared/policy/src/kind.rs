//! What a policy is attached to, and what that allows it to say.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#access_policy-types>

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// An identity's, inline or managed: no principal, either version.
    Identity,
    /// A managed policy as `CreatePolicy` saves it: of 2012, and no longer than that allows.
    Managed,
    /// A permissions boundary.
    Boundary,
    /// A session's.
    Session,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// A resource's: of an API, or of a private custom domain.
    Resource,
    /// A VPC endpoint's.
    Vpce,
    /// The answer of a Lambda authorizer.
    Authorizer,
}

/// What a document says of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalRule {
    /// Nothing: it is attached to one.
    Forbidden,
    Required,
    /// `"Principal": "*"` and nothing else.
    Everyone,
}

/// What is made of an ARN that lacks sections. Not documented: what a simulator of good repute observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShortArn {
    /// The missing sections are `*`.
    Fill,
    /// They are if there is a wildcard anywhere; otherwise the ARN matches nothing.
    FillIfWild,
    /// They are if the last one ends in `*`; otherwise it is refused.
    FillIfOpen,
    Refuse,
}

/// The longest document, where AWS lets a quota be raised or where it depends on what the policy is attached to.
const MAX_CHARACTERS: usize = 65_536;

/// The longest document of an identity, or of its boundary: AWS's own managed policies are longer than any that others may
/// save, `AWSSupportServiceRolePolicy` 152,297 characters without white space, a boundary of SageMaker 58,444.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html>
const MAX_OF_IDENTITY: usize = 4 * MAX_CHARACTERS;

impl PolicyKind {
    pub(crate) fn principal(self) -> PrincipalRule {
        match self {
            PolicyKind::Resource | PolicyKind::Vpce => PrincipalRule::Required,
            PolicyKind::Rcp => PrincipalRule::Everyone,
            PolicyKind::Identity | PolicyKind::Managed | PolicyKind::Boundary | PolicyKind::Session => {
                PrincipalRule::Forbidden
            }
            PolicyKind::Scp | PolicyKind::Authorizer => PrincipalRule::Forbidden,
        }
    }

    /// Whether the document must be of version 2012-10-17.
    pub(crate) fn requires_2012(self) -> bool {
        matches!(self, PolicyKind::Managed | PolicyKind::Rcp)
    }

    /// Whether IAM itself saves it: letters up to U+00FF, statement ids that are alphanumeric and unique.
    pub(crate) fn saved_by_iam(self) -> bool {
        matches!(self, PolicyKind::Identity | PolicyKind::Managed | PolicyKind::Boundary | PolicyKind::Session)
    }

    /// Whether an empty list of actions or resources is saved, and means nothing; elsewhere it is refused.
    pub(crate) fn allows_empty_lists(self) -> bool {
        matches!(self, PolicyKind::Resource | PolicyKind::Vpce)
    }

    /// Whether a statement without resource is for what the policy is attached to.
    pub(crate) fn is_attached_to_resource(self) -> bool {
        self == PolicyKind::Resource
    }

    pub(crate) fn short_arn(self) -> ShortArn {
        match self {
            PolicyKind::Resource | PolicyKind::Vpce => ShortArn::FillIfWild,
            PolicyKind::Scp => ShortArn::FillIfOpen,
            PolicyKind::Rcp => ShortArn::Refuse,
            PolicyKind::Identity | PolicyKind::Managed | PolicyKind::Boundary => ShortArn::Fill,
            PolicyKind::Session | PolicyKind::Authorizer => ShortArn::Fill,
        }
    }

    /// How long an ARN may be.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
    pub(crate) fn max_arn(self) -> usize {
        if self == PolicyKind::Authorizer { 512 } else { MAX_CHARACTERS }
    }

    /// How long the document may be.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    pub(crate) fn limit(self) -> Limit {
        match self {
            PolicyKind::Managed => Limit { max: 6144, whitespace_counts: false },
            PolicyKind::Session => Limit { max: 2048, whitespace_counts: true },
            PolicyKind::Scp | PolicyKind::Rcp => Limit { max: 5120, whitespace_counts: true },
            PolicyKind::Vpce => Limit { max: 20_480, whitespace_counts: true },
            PolicyKind::Authorizer => Limit { max: 8192, whitespace_counts: true },
            PolicyKind::Identity | PolicyKind::Boundary => Limit { max: MAX_OF_IDENTITY, whitespace_counts: true },
            PolicyKind::Resource => Limit { max: MAX_CHARACTERS, whitespace_counts: true },
        }
    }
}

/// A number of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) max: usize,
    whitespace_counts: bool,
}

impl Limit {
    /// Whether the text is longer. Nothing is read of one that is absurdly long.
    pub(crate) fn is_exceeded(self, text: &str) -> bool {
        let counts = |letter: &char| self.whitespace_counts || !letter.is_ascii_whitespace();
        text.len() > MAX_OF_IDENTITY || text.chars().filter(counts).count() > self.max
    }
}
