//! What a client is told whom a policy refuses.

use gatehouse_filter::{Rejection, ResponseType};
use gatehouse_policy::Decision;

/// A refusal by an identity's or a resource's policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessDenied<'a> {
    /// The caller's ARN; `None` for who has not said who he is.
    pub user: Option<&'a str>,
    /// The method's ARN.
    pub method_arn: &'a str,
    /// Whether a statement denies.
    pub explicit: bool,
}

impl<'a> AccessDenied<'a> {
    /// Lets pass what is allowed.
    ///
    /// # Errors
    /// What the client is told of any other decision.
    pub fn unless_allowed(decision: Decision, user: Option<&'a str>, method_arn: &'a str) -> Result<(), Self> {
        match decision {
            Decision::Allowed => Ok(()),
            Decision::ImplicitlyDenied => Err(Self { user, method_arn, explicit: false }),
            Decision::ExplicitlyDenied => Err(Self { user, method_arn, explicit: true }),
        }
    }

    /// The text, as recorded: the account has its last four digits only.
    #[must_use]
    pub fn message(&self) -> String {
        let user = self.user.unwrap_or("anonymous");
        let explicit = if self.explicit { " with an explicit deny" } else { "" };
        let arn = masked(self.method_arn);
        format!("User: {user} is not authorized to perform: execute-api:Invoke on resource: {arn}{explicit}")
    }
}

impl From<AccessDenied<'_>> for Rejection {
    fn from(denied: AccessDenied<'_>) -> Self {
        Rejection::new(ResponseType::AccessDenied).message(denied.message())
    }
}

/// An ARN whose account is masked: `arn:aws:execute-api:us-east-1:********9012:…`.
fn masked(arn: &str) -> String {
    let mut sections: Vec<&str> = arn.splitn(6, ':').collect();
    let Some(account) = sections.get_mut(4) else { return arn.to_owned() };
    let last = account.get(account.len().saturating_sub(4)..).unwrap_or_default();
    let masked = format!("{}{last}", "*".repeat(account.len() - last.len()));
    *account = &masked;
    sections.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/dev/GET/a:b/";

    #[test]
    fn the_account_is_masked_and_a_deny_is_named() {
        let check = |user, decision, expected: &str| {
            let denied = AccessDenied::unless_allowed(decision, user, ARN).unwrap_err();
            assert_eq!(denied.message(), expected);
        };
        check(
            None,
            Decision::ImplicitlyDenied,
            "User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
             arn:aws:execute-api:us-east-1:********9012:a1b2c3/dev/GET/a:b/",
        );
        check(
            Some("arn:aws:iam::123456789012:user/a"),
            Decision::ExplicitlyDenied,
            "User: arn:aws:iam::123456789012:user/a is not authorized to perform: execute-api:Invoke on resource: \
             arn:aws:execute-api:us-east-1:********9012:a1b2c3/dev/GET/a:b/ with an explicit deny",
        );
        assert_eq!(AccessDenied::unless_allowed(Decision::Allowed, None, ARN), Ok(()));
    }

    #[test]
    fn what_is_no_arn_is_left_alone() {
        assert_eq!((masked("x"), masked("a:b:c:d:é:f")), ("x".to_owned(), "a:b:c:d:é:f".to_owned()));
    }
}
