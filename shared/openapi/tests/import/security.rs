//! Security schemes, authorizers, and what they come to for a method.

use gatehouse_api::{ApiKeySource, Authorization, AuthorizerType};

use crate::support::{MOCK, OK, api, document, method, problems};

const SCHEMES: &str = "components: {securitySchemes: {
    key: {type: apiKey, name: X-Api-Key, in: header},
    sigv4: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4},
    lambda: {type: apiKey, name: X-Token, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {
        type: token, authorizerUri: 'arn:aws:lambda', identityValidationExpression: '^x', authorizerResultTtlInSeconds: 60}},
    request: {type: apiKey, name: Unused, in: header, x-amazon-apigateway-authorizer: {
        type: REQUEST, authorizerUri: 'arn:aws:lambda', identitySource: 'method.request.header.A, context.identity.sourceIp'}},
    pool: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: cognito_user_pools, x-amazon-apigateway-authorizer: {
        type: cognito_user_pools, providerARNs: ['arn:aws:cognito-idp:us-east-1:123456789012:userpool/x']}},
    bearer: {type: http, scheme: bearer}}}";

fn check(operation: &str, authorization: Authorization, api_key_required: bool) {
    let method = method(&[SCHEMES], &[operation, MOCK, OK]);
    assert_eq!((method.authorization, method.api_key_required), (authorization, api_key_required), "{operation}");
}

fn custom(authorizer: &str) -> Authorization {
    Authorization::Custom { authorizer: authorizer.into() }
}

fn cognito(scopes: &[&str]) -> Authorization {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    Authorization::CognitoUserPools { authorizer: "pool".into(), scopes }
}

#[test]
fn an_operations_security_is_one_authorizer_and_perhaps_a_key() {
    check("summary: open", Authorization::None, false);
    check("security: [{NONE: []}]", Authorization::None, false);
    check("security: [{NONE: []}, {key: []}]", Authorization::None, true);
    check("security: [{NONE: []}, {lambda: []}]", custom("lambda"), false);
    check("security: []", Authorization::None, false);
    check("security: [{}]", Authorization::None, false);
    check("security: [{sigv4: []}]", Authorization::AwsIam, false);
    check("security: [{lambda: []}]", custom("lambda"), false);
    check("security: [{lambda: }]", custom("lambda"), false);
    check("security: [{key: []}]", Authorization::None, true);
    check("security: [{key: []}, {request: []}]", custom("request"), true);
    check("security: [{key: [], sigv4: []}]", Authorization::AwsIam, true);
    check("security: [{pool: []}]", cognito(&[]), false);
    check("security: [{pool: [a, b]}, {pool: [c]}]", cognito(&["a", "b", "c"]), false);
    check("x-amazon-apigateway-auth: {type: aws_iam}", Authorization::AwsIam, false);
    check("x-amazon-apigateway-auth: {type: NONE}", Authorization::None, false);
    check(
        "x-amazon-apigateway-auth: {type: AWS_IAM}
      security: [{key: []}]",
        Authorization::AwsIam,
        true,
    );
}

#[test]
fn nothing_that_guards_a_method_is_left_out() {
    let check = |operation: &str, expected: &[&str]| {
        let found: Vec<_> = problems(&document(&[SCHEMES], &[operation, MOCK, OK]))
            .iter()
            .map(|problem| problem.replace("/paths/~1pets/get", "."))
            .collect();
        assert_eq!(found, expected, "{operation}");
    };
    check(
        "security: [{lambda: []}, {sigv4: []}]",
        &["error: ./security/1/sigv4: a method has one authorizer: API Gateway can't check another one beside it"],
    );
    check(
        "security: [{lambda: []}, {request: []}]",
        &["error: ./security/1/request: a method has one authorizer: API Gateway can't check another one beside it"],
    );
    check(
        "security: [{lambda: []}, {}]",
        &["error: ./security/1: API Gateway can't leave the choice whether to authenticate: remove `{}` or the others"],
    );
    check(
        "security: [{lambda: [read]}]",
        &["error: ./security/0/lambda: `lambda` is no Cognito authorizer: API Gateway can't check scopes with it"],
    );
    check(
        "security: [{nobody: []}]",
        &[
            "error: ./security/0/nobody: `nobody` is no security scheme of this document: `key`, `sigv4`, `lambda`, `request`, `pool`, `bearer`",
        ],
    );
    check(
        "security: [{bearer: []}]",
        &[
            "warning: ./security/0/bearer: API Gateway does not check `bearer`: it has no `x-amazon-apigateway-authorizer`",
        ],
    );
    check("security: {key: []}", &["error: ./security: a map where a list is expected"]);
    check("security: [key]", &["error: ./security/0: `key` where a map is expected"]);
    check(
        "x-amazon-apigateway-auth: {type: jwt}",
        &["error: ./x-amazon-apigateway-auth/type: `jwt` where one of `NONE`, `AWS_IAM` is expected"],
    );
    check(
        "x-amazon-apigateway-auth: {}",
        &["error: ./x-amazon-apigateway-auth: `x-amazon-apigateway-auth` has no `type`: use `NONE` or `AWS_IAM`"],
    );
    check(
        "x-amazon-apigateway-auth: {type: NONE}\n      security: [{lambda: []}]",
        &["error: ./x-amazon-apigateway-auth: `x-amazon-apigateway-auth` says `NONE`, but `security` `CUSTOM`"],
    );
    check("securty: [{lambda: []}]", &["error: ./securty: `securty` is not known: did you mean `security`?"]);
}

/// As recorded of `ImportRestApi`, in 2023 and again in 2025.
#[test]
fn security_at_the_root_is_that_of_operations_without_their_own() {
    let root = |security: &str| format!("{SCHEMES}\nsecurity: {security}");
    let of = |security: &str, operation: &str| {
        let method = method(&[&root(security)], &[operation, MOCK, OK]);
        (method.authorization, method.api_key_required)
    };
    assert_eq!(of("[{lambda: []}]", ""), (custom("lambda"), false));
    assert_eq!(of("[{lambda: []}]", "security: [{request: []}]"), (custom("request"), false));
    assert_eq!(of("[{lambda: []}]", "security: []"), (Authorization::None, false));
    assert_eq!(of("[{pool: [email]}]", "security: [{pool: []}]"), (cognito(&[]), false));
    assert_eq!(of("[{pool: [email]}]", ""), (cognito(&["email"]), false));
    assert_eq!(of("[{key: []}]", ""), (Authorization::None, true));
    assert_eq!(
        problems(&document(
            &[SCHEMES, "security: [{lambda: []}]"],
            &["x-amazon-apigateway-auth: {type: NONE}", MOCK, OK]
        )),
        [
            "error: /paths/~1pets/get/x-amazon-apigateway-auth: `x-amazon-apigateway-auth` says `NONE`, but `security` `CUSTOM`"
        ]
    );
    assert_eq!(problems(&document(&[SCHEMES, "security: [{nobody: []}]"], &[MOCK, OK])).len(), 1);
}

#[test]
fn authorizers_are_imported() {
    let api = api(&document(&[SCHEMES, "x-amazon-apigateway-api-key-source: authorizer"], &[MOCK, OK]));
    assert_eq!(api.api_key_source, ApiKeySource::Authorizer);
    let [lambda, request, pool] = &api.authorizers[..] else { panic!("{:?}", api.authorizers) };
    assert_eq!((lambda.kind, lambda.name.as_str()), (AuthorizerType::Token, "lambda"));
    assert_eq!(lambda.identity_source, ["method.request.header.X-Token"]);
    assert_eq!(lambda.identity_validation_expression.as_deref(), Some("^x"));
    assert_eq!(lambda.authorizer_result_ttl_in_seconds, 60);
    assert_eq!(lambda.auth_type.as_deref(), Some("custom"));
    assert_eq!(request.identity_source, ["method.request.header.A", "context.identity.sourceIp"]);
    assert_eq!(request.authorizer_result_ttl_in_seconds, 300);
    assert_eq!(pool.identity_source, ["method.request.header.Authorization"]);
    assert_eq!(pool.provider_arns.len(), 1);
    assert_eq!(pool.place.as_str(), "/components/securitySchemes/pool/x-amazon-apigateway-authorizer");
}

#[test]
fn an_authorizer_that_could_not_work_is_refused() {
    let check = |scheme: &str, expected: &[&str]| {
        let schemes = format!("components: {{securitySchemes: {{a: {{{scheme}}}}}}}");
        let found: Vec<_> = problems(&document(&[&schemes], &[MOCK, OK]))
            .iter()
            .map(|it| it.replace("/components/securitySchemes/a", ".").replace("x-amazon-apigateway-authorizer", "+"))
            .collect();
        assert_eq!(found, expected, "{scheme}");
    };
    const HEADER: &str = "type: apiKey, in: header, name: A";
    check(
        &format!("{HEADER}, x-amazon-apigateway-authorizer: {{}}"),
        &["error: ./+: the authorizer has no `type`: use one of `TOKEN`, `REQUEST`, `COGNITO_USER_POOLS`"],
    );
    check(
        &format!("{HEADER}, x-amazon-apigateway-authorizer: {{type: token}}"),
        &["error: ./+: a `TOKEN` authorizer needs an `authorizerUri`"],
    );
    check(
        "type: apiKey, in: query, name: A, x-amazon-apigateway-authorizer: {type: token, authorizerUri: a}",
        &[
            "error: ./+: a `TOKEN` authorizer needs one header to read: a scheme of type `apiKey` in `header`, or one `identitySource`",
        ],
    );
    check(
        &format!("{HEADER}, x-amazon-apigateway-authorizer: {{type: request, authorizerUri: a}}"),
        &["error: ./+: a `REQUEST` authorizer needs an `identitySource`, or an `authorizerResultTtlInSeconds` of 0"],
    );
    check(
        &format!(
            "{HEADER}, x-amazon-apigateway-authorizer: {{type: request, authorizerUri: a, authorizerResultTtlInSeconds: 0}}"
        ),
        &[],
    );
    check(
        &format!(
            "{HEADER}, x-amazon-apigateway-authorizer: {{type: request, authorizerUri: a, identitySource: method.request.path.x}}"
        ),
        &[
            "error: ./+/identitySource: `method.request.path.x` is no identity source: use `method.request.header.…`, `method.request.querystring.…`, `stageVariables.…`, `context.…`",
        ],
    );
    check(
        &format!(
            "{HEADER}, x-amazon-apigateway-authorizer: {{type: request, authorizerUri: a, identitySource: method.request.header.x;stageVariables.y}}"
        ),
        &[
            "error: ./+/identitySource: `method.request.header.x;stageVariables.y` is no identity source: use `method.request.header.…`, `method.request.querystring.…`, `stageVariables.…`, `context.…`",
        ],
    );
    check(
        &format!("{HEADER}, x-amazon-apigateway-authorizer: {{type: cognito_user_pools}}"),
        &["error: ./+: a `COGNITO_USER_POOLS` authorizer needs `providerARNs`"],
    );
    check(
        &format!(
            "{HEADER}, x-amazon-apigateway-authorizer: {{type: token, authorizerUri: a, authorizerResultTtlInSeconds: 9999}}"
        ),
        &["error: ./+/authorizerResultTtlInSeconds: `9999` where a whole number from 0 to 3600 is expected"],
    );
    check(
        &format!("{HEADER}, x-amazon-apigateway-authtype: custom"),
        &["error: ./x-amazon-apigateway-authtype: `custom` needs an `+`; `awsSigv4` needs none"],
    );
    check(
        &format!("{HEADER}, x-amazon-apigateway-authtype: awsSigv4, x-amazon-apigateway-authorizer: {{type: token}}"),
        &["error: .: the scheme has an authorizer and is `awsSigv4`: leave out one of them"],
    );
    check(
        &format!("{HEADER}, x-amazon-apigateway-authorizer: {{type: token, authorizerUri: 'arn:${{Fn}}'}}"),
        &[
            "error: ./+/authorizerUri: `${Fn}` in `arn:${Fn}` was left by a deployment tool: only `${stageVariables.name}` is known here",
        ],
    );
}
