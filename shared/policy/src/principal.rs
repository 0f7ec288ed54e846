//! Who makes a request.

/// Who makes a request, as far as policies tell callers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// Nobody that AWS knows: every caller of a method without IAM authorization.
    Anonymous,
    /// An account's root user.
    Root(Account<'a>),
    /// A user: `arn:aws:iam::123456789012:user/path/name`.
    User(Account<'a>, &'a str),
    /// A role's session: `arn:aws:sts::123456789012:assumed-role/name/session`.
    AssumedRole {
        /// Where the role is.
        account: Account<'a>,
        /// The role's name, without its path.
        role: &'a str,
        /// The session's ARN; none if only the role's was given, and then no policy's session matches.
        session: Option<&'a str>,
    },
    /// A federated user's session: `arn:aws:sts::123456789012:federated-user/name`.
    FederatedUser {
        /// Where the session is.
        account: Account<'a>,
        /// The session's ARN.
        session: &'a str,
        /// The user that asked for the session, if that is known.
        user: Option<&'a str>,
    },
    /// An AWS service: `lambda.amazonaws.com`.
    Service(&'a str),
    /// An identity provider, of a web identity or of SAML.
    Federated(&'a str),
    /// A canonical user id, as Amazon S3 has them.
    CanonicalUser(&'a str),
}

/// An account in its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'a> {
    /// `aws`, `aws-cn`, …; none if only the account's number is known.
    pub partition: Option<&'a str>,
    /// Twelve digits.
    pub id: &'a str,
}

/// A text that names no principal a request can be made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPrincipal;

impl std::fmt::Display for NotPrincipal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "not the ARN of a root user, a user, a role, an assumed role's session or a federated user's session",
        )
    }
}

impl std::error::Error for NotPrincipal {}

impl<'a> Principal<'a> {
    /// The principal with this ARN, or the root user of an account given by its number.
    ///
    /// # Errors
    /// If it is neither. A group is no principal, and `*` is nobody.
    pub fn parse(arn: &'a str) -> Result<Self, NotPrincipal> {
        if is_account_id(arn) {
            return Ok(Principal::Root(Account { partition: None, id: arn }));
        }
        let sections = crate::arn::Arn::parse(arn).filter(|sections| sections.region.is_empty()).ok_or(NotPrincipal)?;
        let account = Account { partition: Some(sections.partition), id: sections.account };
        let (kind, name) = sections.resource.split_once('/').unwrap_or((sections.resource, ""));
        let named = !name.is_empty() && !account.id.is_empty();
        match (sections.service, kind) {
            ("iam", "root") if name.is_empty() && !account.id.is_empty() => Ok(Principal::Root(account)),
            ("iam", "user") if named => Ok(Principal::User(account, arn)),
            ("iam", "role") if named => Ok(Principal::AssumedRole { account, role: last_segment(name), session: None }),
            ("sts", "assumed-role") if named => {
                let (role, _) = name.split_once('/').filter(|(_, session)| !session.is_empty()).ok_or(NotPrincipal)?;
                Ok(Principal::AssumedRole { account, role, session: Some(arn) })
            }
            ("sts", "federated-user") if named => Ok(Principal::FederatedUser { account, session: arn, user: None }),
            _ => Err(NotPrincipal),
        }
    }

    /// Where the principal is; anonymous callers, services and identity providers are in no account.
    #[must_use]
    pub fn account(&self) -> Option<Account<'a>> {
        match *self {
            Principal::Root(account) | Principal::User(account, _) => Some(account),
            Principal::AssumedRole { account, .. } | Principal::FederatedUser { account, .. } => Some(account),
            Principal::Anonymous | Principal::Service(_) | Principal::Federated(_) | Principal::CanonicalUser(_) => {
                None
            }
        }
    }
}

/// What stands behind the last slash: a role's name without its path.
pub(crate) fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Is it the number of an account: twelve digits?
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_kind_of_principal_it_is() {
        let account = Account { partition: Some("aws"), id: "111122223333" };
        let user = "arn:aws:iam::111122223333:user/team/ann";
        let session = "arn:aws:sts::111122223333:assumed-role/app/i-1";
        for (arn, expected) in [
            ("arn:aws:iam::111122223333:root", Principal::Root(account)),
            (user, Principal::User(account, user)),
            (session, Principal::AssumedRole { account, role: "app", session: Some(session) }),
            (
                "arn:aws:iam::111122223333:role/service/app",
                Principal::AssumedRole { account, role: "app", session: None },
            ),
        ] {
            assert_eq!(Principal::parse(arn), Ok(expected));
        }
        assert_eq!(Principal::parse("111122223333").unwrap().account().unwrap().id, "111122223333");
    }

    #[test]
    fn what_cannot_make_a_request_is_refused() {
        for arn in [
            "*",
            "",
            "ann",
            "arn:aws:iam::111122223333:group/x",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:iam:::user/ann",
            "arn:aws:sts::111122223333:assumed-role/app",
            "arn:aws:sts::111122223333:assumed-role/app/",
            "arn:aws:s3:::bucket",
            "arn:aws:iam:us-east-1:111122223333:user/ann",
        ] {
            assert_eq!(Principal::parse(arn), Err(NotPrincipal), "{arn}");
        }
    }
}
