//! Whose credentials a call of AWS is signed with: Envoy's own, a role's, or the caller's.

use gatehouse_api::deployment::{self, Deployment};
use gatehouse_api::{Authorization, CALLER, Integration, Method, Place, Problem, substitute_stage_variables};

use crate::compile::{Endpoint, Signing};
use crate::lambda::Site;

/// Has an integration's calls signed with the credentials that it names; gives what is signed here, with the caller's.
pub(crate) fn of_integration(
    method: &Method,
    integration: &Integration,
    endpoint: &mut Endpoint,
    site: Site<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Signing> {
    let as_caller = as_caller(method, integration, endpoint, problems);
    let (credentials, place) = (integration.credentials.as_deref(), integration.place.then("credentials"));
    assume(credentials, &place, endpoint, site.deployment, site.stage, problems);
    as_caller
}

/// What a call is signed for with the caller's own key, if that is wanted: then Envoy does not sign it.
fn as_caller(
    method: &Method,
    integration: &Integration,
    endpoint: &mut Endpoint,
    problems: &mut Vec<Problem>,
) -> Option<Signing> {
    if integration.credentials.as_deref() != Some(CALLER) {
        return None;
    }
    if method.authorization != Authorization::AwsIam {
        let message = "the caller is passed on, and nobody knows who calls: give the method the authorization `AWS_IAM`; \
                       requests to this method are answered 500";
        problems.push(Problem::warning(&integration.place.then("credentials"), message));
    }
    endpoint.signing.take()
}

/// Has the role assumed that a call names, where the deployment says so and Envoy signs the call.
pub(crate) fn assume(
    credentials: Option<&str>,
    place: &Place,
    endpoint: &mut Endpoint,
    deployment: &Deployment,
    stage: &deployment::Stage,
    problems: &mut Vec<Problem>,
) {
    let (Some(signing), Some(credentials), true) = (&mut endpoint.signing, credentials, deployment.assume_roles) else {
        return;
    };
    let role = substitute_stage_variables(credentials, &stage.variables).into_owned();
    match is_role(&role) {
        true => signing.role = Some(role),
        // Never with other credentials than those that are asked for.
        false => problems.push(Problem::error(place, format!("`{role}` is no role that could be assumed"))),
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
fn is_role(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (prefix, partition, service, region, account, resource) = (next(), next(), next(), next(), next(), next());
    let name = resource.strip_prefix("role/").unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
    (prefix, service, region) == ("arn", "iam", "")
        && partition.starts_with("aws")
        && partition.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::Gateway;

    /// The clusters of an API that calls SQS with these credentials, and DynamoDB and a function with a role of its own.
    fn clusters(assume_roles: bool, credentials: &str) -> Result<Vec<String>, String> {
        let integration = |kind: &str, credentials: &str, uri: &str| {
            serde_json::json!({"x-amazon-apigateway-integration":
                {"type": kind, "httpMethod": "POST", "credentials": credentials, "uri": format!("arn:aws:apigateway:us-east-1:{uri}")}})
        };
        let own = "arn:aws:iam::123456789012:role/own";
        let function = "lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations";
        let document = serde_json::json!({
            "accountId": "123456789012", "region": "us-east-1", "assumeRoles": assume_roles,
            "apis": [{
                "apiId": "a1", "stages": [{"stageName": "dev", "variables": {"role": "role/sends"}}],
                "definition": {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {
                    "/sqs": {"post": integration("aws", credentials, "sqs:path/1/q"), "put": integration("aws", own, "sqs:path/1/q")},
                    "/table": {"post": integration("aws", own, "dynamodb:action/PutItem")},
                    "/function": {"post": integration("aws_proxy", own, function)},
                }},
            }],
        });
        let deployment = Deployment::read(&serde_json::from_value(document).unwrap()).unwrap();
        let gateway = Gateway::compile(&deployment).map_err(|faults| format!("{faults:?}"))?;
        let names = gateway.endpoints().map(Endpoint::cluster);
        Ok(names.map(|name| name.split_once("_signed_").unwrap().1.to_owned()).collect())
    }

    #[test]
    fn each_role_and_service_has_a_cluster_of_its_own() {
        let sends = "arn:aws:iam::123456789012:role/sends";
        let own = "_as_arn:aws:iam::123456789012:role/own";
        let expected = |sqs: &[String]| {
            let mut expected = vec![format!("dynamodb_us-east-1{own}"), format!("lambda_us-east-1{own}")];
            expected.extend(sqs.iter().cloned());
            expected
        };
        let both = expected(&[format!("sqs_us-east-1{own}"), format!("sqs_us-east-1_as_{sends}")]);
        assert_eq!(clusters(true, sends).unwrap(), both);
        assert_eq!(clusters(true, "arn:aws:iam::123456789012:${stageVariables.role}").unwrap(), both);
        assert_eq!(clusters(false, sends).unwrap(), ["dynamodb_us-east-1", "lambda_us-east-1", "sqs_us-east-1"]);
        // Nobody else's credentials in place of those that are asked for.
        let refused = clusters(true, "arn:aws:iam::123456789012:${stageVariables.none}").unwrap_err();
        assert!(refused.contains("is no role that could be assumed") && refused.contains("credentials"), "{refused}");
    }

    #[test]
    fn a_role_is_an_arn_of_iam() {
        for arn in ["arn:aws:iam::123456789012:role/sends", "arn:aws-cn:iam::123456789012:role/path/to+=,.@_-x"] {
            assert!(is_role(arn), "{arn}");
        }
        for arn in [
            "",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::12345678901:role/x",
            "arn:aws:iam:us-east-1:123456789012:role/x",
            "arn:aws:sts::123456789012:role/x",
            "arn:aws:iam::123456789012:role/x\"y",
            "arn:aws:iam::123456789012:role/x:y",
        ] {
            assert!(!is_role(arn), "{arn}");
        }
    }
}
