//! Cognito user pools, as authorizers name them.

/// A user pool: who issues its tokens, and where its keys are.
///
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPool {
    /// `us-east-1_a1B2c3D4e`
    pub id: String,
    /// What its tokens say: `https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a1B2c3D4e`.
    pub issuer: String,
}

impl UserPool {
    /// Reads `arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a1B2c3D4e`.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn of_arn(arn: &str) -> Result<Self, String> {
        let wrong = || format!("`{arn}` is no user pool: write `arn:aws:cognito-idp:REGION:ACCOUNT:userpool/POOL_ID`");
        let sections: Vec<&str> = arn.split(':').collect();
        let ["arn", partition, "cognito-idp", region, account, resource] = sections.as_slice() else {
            return Err(wrong());
        };
        let id = resource.strip_prefix("userpool/").ok_or_else(wrong)?;
        let is_word = |text: &str, more: &[u8]| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let is_id = id.split_once('_').is_some_and(|(region, rest)| is_word(region, b"-") && is_word(rest, b"_-"));
        if !partition.starts_with("aws") || !is_word(region, b"-") || !is_account || !is_id {
            return Err(wrong());
        }
        let suffix = if *partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        Ok(Self { id: id.to_owned(), issuer: format!("https://cognito-idp.{region}.{suffix}/{id}") })
    }

    /// The user pool of an id, which begins with its region.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn of_id(id: &str) -> Result<Self, String> {
        let region = id.split_once('_').map(|(region, _)| region).unwrap_or_default();
        let partition = if region.starts_with("cn-") { "aws-cn" } else { "aws" };
        Self::of_arn(&format!("arn:{partition}:cognito-idp:{region}:000000000000:userpool/{id}"))
            .map_err(|_| format!("`{id}` is no user pool's id: write it like `us-east-1_a1B2c3D4e`"))
    }

    /// Where its keys are: `{issuer}/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks_uri(&self) -> String {
        format!("{}/.well-known/jwks.json", self.issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_pool_is_named_by_its_arn() {
        let pool = UserPool::of_arn("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Ab1").unwrap();
        assert_eq!(pool.issuer, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1");
        assert_eq!(pool.jwks_uri(), "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1/.well-known/jwks.json");
        let china = UserPool::of_arn("arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_a").unwrap();
        assert_eq!(china.issuer, "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a");
        assert_eq!(UserPool::of_id("cn-north-1_a").unwrap(), china);
        assert_eq!(UserPool::of_id("eu-west-1_Ab1").unwrap(), pool);
        for wrong in ["", "a", "_a", "eu-west-1_", "eu-west-1_a/b"] {
            assert!(UserPool::of_id(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "",
            "us-east-1_a",
            "arn:aws:cognito-idp:us-east-1:123456789012:userpool/",
            "arn:aws:cognito-idp:us-east-1:1:userpool/a",
            "arn:aws:cognito-idp:us-east-1:123456789012:userpool/a/b",
            "arn:aws:cognito-idp:us-east-1.evil.test/:123456789012:userpool/a",
            "arn:aws:lambda:us-east-1:123456789012:userpool/a",
            "arn:aws:cognito-idp:us-east-1:123456789012:userpool/a:b",
        ] {
            assert!(UserPool::of_arn(wrong).unwrap_err().contains(&format!("`{wrong}`")), "{wrong}");
        }
    }
}
