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

/// What the ARN of a method is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodArn<'a> {
    /// `us-east-1`
    pub region: &'a str,
    /// Twelve digits.
    pub account_id: &'a str,
    /// The API's id.
    pub api_id: &'a str,
    /// The stage's name.
    pub stage: &'a str,
    /// The request's verb.
    pub http_method: &'a str,
    /// The request's path within the stage, with or without its leading slash.
    pub path: &'a str,
}

impl MethodArn<'_> {
    /// `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{VERB}/{path}`; the root's ends in a slash.
    ///
    /// It is written for every request that an authorizer decides about: in one piece, without a formatter.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { region, account_id, api_id, stage, http_method, path } = *self;
        let path = path.strip_prefix('/').unwrap_or(path);
        let (partition, service) = (partition(region), ":execute-api:");
        ["arn:", partition, service, region, ":", account_id, ":", api_id, "/", stage, "/", http_method, "/", path]
            .concat()
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
        let arn = MethodArn { region, account_id, api_id: "a1b2c3d4e5", stage: "test", http_method: "GET", path };
        assert_eq!(arn.text(), expected);
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
