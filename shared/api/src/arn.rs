//! Method ARNs: what policies and authorizers call a method.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html>

/// The partition of a region: `aws`, `aws-cn`, `aws-us-gov`.
#[must_use]
pub fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// What the ARNs of a stage's methods begin with: `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageArn(Box<str>);

impl StageArn {
    /// Of a region, `us-east-1`; an account of twelve digits; an API's id; a stage's name.
    #[must_use]
    pub fn new(region: &str, account_id: &str, api_id: &str, stage: &str) -> Self {
        let parts = ["arn:", partition(region), ":execute-api:", region, ":", account_id, ":", api_id, "/", stage, "/"];
        Self(parts.concat().into())
    }

    /// The ARN of the method that a request is for, by its verb and its path within the stage, with or without the leading
    /// slash: `…/{VERB}/{path}`; the root's ends in a slash.
    #[must_use]
    pub fn method(&self, verb: &str, path: &str) -> String {
        [&self.0, verb, "/", path.strip_prefix('/').unwrap_or(path)].concat()
    }
}

/// The path within a stage: `/prod/pets` is `/pets` of the stage `prod`, and so is `/pets`.
#[must_use]
pub fn path_in_stage<'p>(path: &'p str, stage: &str) -> &'p str {
    match path.strip_prefix('/').and_then(|path| path.strip_prefix(stage)) {
        Some("") => "/",
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(region: &str, path: &str, expected: &str) {
        let account_id = "123456789012";
        let stage = StageArn::new(region, account_id, "a1b2c3d4e5", "test");
        assert_eq!(stage.method("GET", path), expected);
    }

    #[test]
    fn the_path_in_a_stage_is_what_follows_its_name() {
        for (path, expected) in
            [("/prod", "/"), ("/prod/", "/"), ("/prod/a", "/a"), ("/production", "/production"), ("/a", "/a"), ("", "")]
        {
            assert_eq!(path_in_stage(path, "prod"), expected, "{path}");
        }
    }

    #[test]
    fn a_method_arn_names_partition_region_account_api_stage_verb_and_path() {
        check("us-east-1", "/pets/1", "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/test/GET/pets/1");
        check("us-east-1", "/", "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/test/GET/");
        check("cn-north-1", "x", "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3d4e5/test/GET/x");
        check("us-gov-west-1", "/x/", "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:a1b2c3d4e5/test/GET/x/");
    }
}
