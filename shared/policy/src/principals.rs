//! `Principal` and `NotPrincipal`: for whom a statement of a resource's policy is.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use crate::context::RequestContext;
use crate::key::{GlobalKey, Key};
use crate::principal::{Account, Principal, is_account_id};

/// How far an Allow of a resource's policy reaches: what else must allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// The account was named: in it, an identity policy must allow too.
    Account,
    /// The role was named: permissions boundary and session policy must not be silent.
    Role,
    /// The caller was named, or everybody: nothing else must allow.
    Direct,
}

/// What a statement says about principals.
#[derive(Clone, Debug)]
pub(crate) struct Principals {
    pub(crate) negated: bool,
    pub(crate) listed: Box<[Listed]>,
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Everyone,
    Account(Box<str>, Option<Box<str>>),
    /// A user, or a session: the whole ARN.
    User(Box<str>),
    Session(Box<str>),
    Role {
        partition: Box<str>,
        account: Box<str>,
        name: Box<str>,
    },
    /// What AWS makes of a saved ARN: `AIDA…` of a user, `AROA…` of a role.
    UniqueId(Box<str>),
    Service(Box<str>),
    Federated(Box<str>),
    CanonicalUser(Box<str>),
}

impl Principals {
    /// How far an Allow of this statement would reach for this caller; none if the statement is not for them.
    pub(crate) fn grant(&self, principal: &Principal<'_>, context: &RequestContext<'_>) -> Option<Grant> {
        let listed = self.listed.iter().filter_map(|listed| listed.grant(principal, context)).max();
        match (self.negated, listed) {
            (false, grant) => grant,
            // `NotPrincipal` reaches everybody who is not listed, anonymous callers too.
            (true, None) => Some(Grant::Direct),
            (true, Some(_)) => None,
        }
    }

    /// Whether it is for everybody: `"Principal": "*"`.
    #[inline]
    pub(crate) fn is_everyone(&self) -> bool {
        !self.negated && matches!(*self.listed, [Listed::Everyone])
    }

    /// Whether an entry is compared with the caller's unique id.
    pub(crate) fn has_unique_id(&self) -> bool {
        self.listed.iter().any(|listed| matches!(listed, Listed::UniqueId(_)))
    }

    /// Whether somebody is excepted when each part of them must be: the account, and the user, or the role and the
    /// session. AWS looks at these one by one, and documents that a Deny must list them all.
    pub(crate) fn excepts_every_part(&self, principal: &Principal<'_>, context: &RequestContext<'_>) -> bool {
        let listed = |wanted: fn(&Listed) -> bool| {
            self.listed.iter().any(|listed| wanted(listed) && listed.grant(principal, context).is_some())
        };
        let account = || listed(|listed| matches!(listed, Listed::Account(..) | Listed::Everyone));
        let user = || listed(|listed| matches!(listed, Listed::User(_) | Listed::UniqueId(_) | Listed::Everyone));
        let role = || listed(|listed| matches!(listed, Listed::Role { .. } | Listed::UniqueId(_) | Listed::Everyone));
        let session = || listed(|listed| matches!(listed, Listed::Session(_) | Listed::Everyone));
        match principal {
            Principal::Root(_) => account(),
            Principal::User(..) => account() && user(),
            Principal::AssumedRole { .. } => account() && role() && session(),
            Principal::FederatedUser { .. } => account() && session(),
            Principal::Anonymous | Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => {
                listed(|_| true)
            }
        }
    }
}

impl Listed {
    /// An entry under `AWS`.
    ///
    /// # Errors
    /// If AWS would not save it: a wildcard or a policy variable within an ARN, a group, anything else that is nobody.
    pub(crate) fn aws(text: &str) -> Result<Self, ()> {
        if text == "*" {
            return Ok(Listed::Everyone);
        }
        if text.contains(['*', '?']) || text.contains("${") {
            return Err(());
        }
        if let Some(id) = unique_id(text) {
            return Ok(Listed::UniqueId(id.into()));
        }
        match Principal::parse(text).map_err(|_| ())? {
            named if named.account().is_some_and(|account| !can_be_listed(account.id)) => Err(()),
            Principal::Root(Account { partition, id }) => Ok(Listed::Account(id.into(), partition.map(Box::from))),
            Principal::User(_, arn) => Ok(Listed::User(arn.into())),
            Principal::AssumedRole { session: Some(arn), .. } | Principal::FederatedUser { session: arn, .. } => {
                Ok(Listed::Session(arn.into()))
            }
            Principal::AssumedRole { account, role, session: None } => Ok(Listed::Role {
                partition: account.partition.unwrap_or_default().into(),
                account: account.id.into(),
                name: role.into(),
            }),
            Principal::Anonymous | Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => {
                Err(())
            }
        }
    }

    fn grant(&self, principal: &Principal<'_>, context: &RequestContext<'_>) -> Option<Grant> {
        let (matches, grant) = match (self, principal) {
            (Listed::Everyone, _) => (true, Grant::Direct),
            (Listed::Account(id, partition), principal) => {
                let same = principal.account().is_some_and(|account| {
                    account.id == &**id
                        && !matches!((account.partition, partition), (Some(is), Some(it)) if is != &**it)
                });
                (same, Grant::Account)
            }
            (Listed::User(arn), Principal::User(_, user)) => (*user == &**arn, Grant::Direct),
            (Listed::User(arn), Principal::FederatedUser { user, .. }) => (*user == Some(&**arn), Grant::Role),
            (Listed::Session(arn), Principal::AssumedRole { session, .. }) => (*session == Some(&**arn), Grant::Direct),
            (Listed::Session(arn), Principal::FederatedUser { session, .. }) => (*session == &**arn, Grant::Direct),
            (Listed::Role { partition, account: id, name }, Principal::AssumedRole { account, role, .. }) => {
                (account.partition == Some(partition) && account.id == &**id && *role == &**name, Grant::Role)
            }
            (Listed::UniqueId(id), Principal::User(..)) => (user_id(context) == Some(id), Grant::Direct),
            (Listed::UniqueId(id), Principal::AssumedRole { .. }) => (user_id(context) == Some(id), Grant::Role),
            (Listed::Service(name), Principal::Service(service)) => (*service == &**name, Grant::Direct),
            (Listed::Federated(name), Principal::Federated(provider)) => (*provider == &**name, Grant::Direct),
            (Listed::CanonicalUser(id), Principal::CanonicalUser(user)) => (*user == &**id, Grant::Direct),
            _ => (false, Grant::Account),
        };
        matches.then_some(grant)
    }
}

/// Whether principals of this account can be named: it has a number, or is CloudFront's for its origin access identities.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3-oai.html>
fn can_be_listed(account: &str) -> bool {
    is_account_id(account) || account == "cloudfront"
}

/// A user's or role's unique id.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn unique_id(text: &str) -> Option<&str> {
    let known = text.starts_with("AIDA") || text.starts_with("AROA");
    let plain = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (known && plain && (16..=128).contains(&text.len())).then_some(text)
}

/// The caller's unique id: `aws:userid` without the session's name.
fn user_id<'c>(context: &'c RequestContext<'_>) -> Option<&'c str> {
    let id = context.variable(&Key::Global(GlobalKey::UserId))?;
    id.split(':').next()
}

#[cfg(test)]
mod tests;
