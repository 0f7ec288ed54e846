//! AWS: a Lambda function that gets what a template makes, or an action of an AWS service. What comes back is mapped as
//! of any integration. Envoy signs the calls; no secret of AWS is in here.

use gatehouse_api::{Integration, IntegrationSubtype, IntegrationUri, Problem};
use gatehouse_filter::{Callout, Rejection, Reply, ResponseType};
use gatehouse_http::{Answer, Headers};
use gatehouse_integration::{
    Answered, BinaryMediaTypes, IntegrationRequest, IntegrationResponses, Overrides, RequestParameters,
    RequestTemplates, illegal_aws_request_header,
};
use gatehouse_lambda::{Invocation, error_message};
use gatehouse_lambda_integration::function_reply;
use gatehouse_mapping::{IntegrationReply, MethodRequest};

use crate::http::{answered, head, set_content_type};
use crate::http_proxy::DEFAULT_TIMEOUT;

/// An AWS integration, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    target: Target,
    cluster: String,
    parameters: RequestParameters,
    templates: RequestTemplates,
    responses: IntegrationResponses,
    timeout_millis: u32,
    api_id: String,
}

/// What is called.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A function, through Lambda's Invoke API.
    Function(Invocation),
    /// An AWS service.
    Service(Box<Service>),
}

/// An AWS service's path or action.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) uri: IntegrationUri,
    /// `None`: the client's own verb.
    pub(crate) method: Option<String>,
    /// `X-Amz-Target` and the content type that goes with it.
    pub(crate) json: Option<(String, &'static str)>,
}

impl Aws {
    pub(crate) fn compile(
        integration: &Integration,
        target: Target,
        cluster: String,
        api_id: &str,
        binary: &BinaryMediaTypes,
        problems: &mut Vec<Problem>,
    ) -> Self {
        Self {
            target,
            cluster,
            parameters: RequestParameters::compile(&integration.request_parameters, problems),
            templates: RequestTemplates::compile(integration, binary, problems),
            responses: IntegrationResponses::compile(&integration.responses, binary, problems),
            timeout_millis: integration.timeout_in_millis.unwrap_or(DEFAULT_TIMEOUT),
            api_id: api_id.to_owned(),
        }
    }

    /// Must the client's body be there?
    pub(crate) fn wants_body(&self, request: &gatehouse_http::Request) -> bool {
        self.templates.wants_body(request) || self.parameters.read_body()
    }

    /// The call, and what the request's template says of the response.
    ///
    /// # Errors
    /// 415 for a body that may not pass; 400 for one that is no JSON and mapped as such; 500 for an illegal mapping or a
    /// template that fails.
    pub(crate) fn callout(&self, from: &MethodRequest<'_>, trace_id: &str) -> Result<(Callout, Overrides), Rejection> {
        let IntegrationRequest { body, overrides } = self.templates.render(from)?;
        // Recorded: a configuration error for integrations of AWS.
        if self.parameters.header_names(&overrides).any(|name| illegal_aws_request_header(&name)) {
            return Err(Rejection::new(ResponseType::ApiConfigurationError));
        }
        let mut body = body.into_owned();
        let mut headers = match &self.target {
            Target::Function(invocation) => {
                // Recorded: without a body, the function gets an empty object.
                if body.is_empty() {
                    body = b"{}".to_vec();
                }
                invocation.headers_for(from.request)?
            }
            Target::Service(service) => self.service_headers(service, from, &overrides, &body)?,
        };
        for (name, value) in self.parameters.headers(from, &overrides)? {
            if name != "referer" {
                headers.set(&name, value)?;
            }
        }
        headers.set("x-amzn-trace-id", trace_id)?;
        headers.set("content-length", body.len().to_string())?;
        let callout = Callout { cluster: self.cluster.clone(), headers, body, timeout_millis: self.timeout_millis };
        Ok((callout, overrides))
    }

    fn service_headers(
        &self,
        service: &Service,
        from: &MethodRequest<'_>,
        overrides: &Overrides,
        body: &[u8],
    ) -> Result<Headers, Rejection> {
        let mut headers =
            head(&self.parameters, &service.uri, service.method.as_deref(), &self.api_id, from, overrides)?;
        set_content_type(&mut headers, from, body)?;
        headers.set("x-amzn-apigateway-api-id", &self.api_id)?;
        if let Some((target, content_type)) = &service.json {
            headers.set("x-amz-target", target)?;
            headers.set("content-type", content_type)?;
        }
        Ok(headers)
    }

    /// The client's answer to what came back. A function's is chosen by its `errorMessage`, a service's by its status.
    ///
    /// # Errors
    /// 504 where nothing came; 500 where the function could not be called, or no integration response is for what came.
    pub(crate) fn answer(
        &self,
        reply: Reply,
        from: &MethodRequest<'_>,
        carried: &Overrides,
    ) -> Result<Answer, Rejection> {
        let (response, tested) = match &self.target {
            Target::Function(_) => {
                // What could not be invoked is a 500 here, and a 502 for proxies.
                let response = function_reply(reply).map_err(|rejection| match rejection.status {
                    Some(_) => rejection.status(500),
                    None => rejection,
                })?;
                let tested = error_message(response.body.bytes()).unwrap_or_default().into_owned();
                (response, tested)
            }
            Target::Service(_) => {
                let response = answered(reply)?;
                let tested = response.status().to_string();
                (response, tested)
            }
        };
        let answered = Answered {
            tested: &tested,
            body: response.body.bytes(),
            content_type: response.headers.text("content-type"),
        };
        self.responses.answer(&answered, &IntegrationReply { headers: &response.headers, from: *from }, carried)
    }
}

/// The parts of `arn:aws:apigateway:{region}:{service}:{path|action}/{rest}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceUri {
    pub(crate) region: String,
    pub(crate) service: String,
    /// `https://sqs.us-east-1.amazonaws.com/?Action=SendMessage`
    pub(crate) address: String,
    pub(crate) json: Option<(String, &'static str)>,
}

/// Services whose actions are named in `X-Amz-Target`.
const JSON_SERVICES: [(&str, &str, &str); 12] = [
    ("dynamodb", "DynamoDB_20120810", "application/x-amz-json-1.0"),
    ("states", "AWSStepFunctions", "application/x-amz-json-1.0"),
    ("kinesis", "Kinesis_20131202", "application/x-amz-json-1.1"),
    ("firehose", "Firehose_20150804", "application/x-amz-json-1.1"),
    ("events", "AWSEvents", "application/x-amz-json-1.1"),
    ("logs", "Logs_20140328", "application/x-amz-json-1.1"),
    ("secretsmanager", "secretsmanager", "application/x-amz-json-1.1"),
    ("kms", "TrentService", "application/x-amz-json-1.1"),
    ("cognito-idp", "AWSCognitoIdentityProviderService", "application/x-amz-json-1.1"),
    ("comprehend", "Comprehend_20171127", "application/x-amz-json-1.1"),
    ("rekognition", "RekognitionService", "application/x-amz-json-1.1"),
    ("translate", "AWSShineFrontendService_20170701", "application/x-amz-json-1.1"),
];

/// Services whose requests are signed under another name than that of their host, as AWS's SDKs do it.
const SIGNED_AS: [(&str, &str); 3] =
    [("appsync-api", "appsync"), ("bedrock-runtime", "bedrock"), ("bedrock-agent-runtime", "bedrock")];

impl ServiceUri {
    /// Where the service of an HTTP API's first-class integration is.
    ///
    /// # Errors
    /// What is wrong with the region.
    pub(crate) fn of_subtype(subtype: IntegrationSubtype, region: &str) -> Result<Self, String> {
        let partition = if region.starts_with("cn-") { "aws-cn" } else { "aws" };
        let (service, action) = subtype.action();
        // How the action is asked for, its own protocol says.
        let written = match service {
            "states" => format!("action/{action}"),
            _ => "path/".to_owned(),
        };
        Self::parse(&format!("arn:{partition}:apigateway:{region}:{service}:{written}"))
    }

    /// Reads the URI of an AWS integration.
    ///
    /// # Errors
    /// What is wrong with it, and what is allowed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` names no AWS service: write `arn:aws:apigateway:REGION:SERVICE:path/PATH` or \
                 `arn:aws:apigateway:REGION:SERVICE:action/ACTION`"
            )
        };
        let mut sections = text.splitn(6, ':');
        let (Some("arn"), Some(partition), Some("apigateway"), Some(region), Some(service), Some(rest)) =
            (sections.next(), sections.next(), sections.next(), sections.next(), sections.next(), sections.next())
        else {
            return Err(wrong());
        };
        let word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        };
        if !partition.starts_with("aws") || !word(region) || !word(service) {
            return Err(wrong());
        }
        let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        let last = service.rsplit('.').next().unwrap_or(service);
        let host = match last {
            "iam" | "cloudfront" => format!("{service}.{suffix}"),
            // `{account's endpoint}.iotdata`
            "iotdata" => format!("{}.iot.{region}.{suffix}", service.trim_end_matches(".iotdata")),
            _ => format!("{service}.{region}.{suffix}"),
        };
        let signed = SIGNED_AS.iter().find(|(name, _)| *name == last).map_or(last, |(_, signed)| signed);
        let (address, json) = match rest.split_once('/') {
            Some(("path", path)) => (format!("https://{host}/{}", path.trim_start_matches('/')), None),
            Some(("action", action)) if !action.is_empty() => {
                let host = format!("{}{host}", host_prefix(signed, action));
                let (name, query) = action.split_once('&').map_or((action, ""), |(name, query)| (name, query));
                match JSON_SERVICES.iter().find(|(known, ..)| *known == signed) {
                    Some((_, prefix, content_type)) => {
                        (format!("https://{host}/"), Some((format!("{prefix}.{name}"), *content_type)))
                    }
                    None if query.is_empty() => (format!("https://{host}/?Action={name}"), None),
                    None => (format!("https://{host}/?Action={name}&{query}"), None),
                }
            }
            _ => return Err(wrong()),
        };
        Ok(Self { region: region.to_owned(), service: signed.to_owned(), address, json })
    }
}

/// What the host of an action has before the service's own, as AWS's SDKs have it.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/vpc-endpoints.html>
fn host_prefix(service: &str, action: &str) -> &'static str {
    match (service, action) {
        ("states", "StartSyncExecution" | "TestState") => "sync-",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_a_service() {
        let check = |text: &str, expected: Option<(&str, &str, Option<&str>)>| {
            let found = ServiceUri::parse(text).ok();
            let got = found.as_ref().map(|it| {
                let target = it.json.as_ref().map(|(target, _)| target.as_str());
                (it.service.as_str(), it.address.as_str(), target)
            });
            assert_eq!(got, expected, "{text}");
        };
        let sqs = "https://sqs.us-east-1.amazonaws.com";
        check(
            "arn:aws:apigateway:us-east-1:sqs:path/123456789012/queue",
            Some(("sqs", &format!("{sqs}/123456789012/queue"), None)),
        );
        check(
            "arn:aws:apigateway:us-east-1:sqs:action/SendMessage",
            Some(("sqs", &format!("{sqs}/?Action=SendMessage"), None)),
        );
        let dynamodb = ("dynamodb", "https://dynamodb.eu-west-1.amazonaws.com/", Some("DynamoDB_20120810.PutItem"));
        check("arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem", Some(dynamodb));
        let s3 = ("s3", "https://s3.us-east-1.amazonaws.com/{bucket}/{key}", None);
        check("arn:aws:apigateway:us-east-1:s3:path/{bucket}/{key}", Some(s3));
        let account = ("execute-api", "https://abc.execute-api.us-east-1.amazonaws.com/x", None);
        check("arn:aws:apigateway:us-east-1:abc.execute-api:path/x", Some(account));
        let graphql = ("appsync", "https://abc.appsync-api.us-east-1.amazonaws.com/graphql", None);
        check("arn:aws:apigateway:us-east-1:abc.appsync-api:path/graphql", Some(graphql));
        let sync = "https://sync-states.us-east-1.amazonaws.com/";
        check(
            "arn:aws:apigateway:us-east-1:states:action/StartSyncExecution",
            Some(("states", sync, Some("AWSStepFunctions.StartSyncExecution"))),
        );
        let topic = ("iotdata", "https://abc-ats.iot.us-east-1.amazonaws.com/topics/t", None);
        check("arn:aws:apigateway:us-east-1:abc-ats.iotdata:path/topics/t", Some(topic));
        for wrong in [
            "",
            "arn:aws:sqs:us-east-1:1:q",
            "arn:aws:apigateway:us-east-1:sqs",
            "arn:aws:apigateway:us-east-1:sqs:x/y",
            "arn:aws:apigateway::sqs:path/x",
            "arn:aws:apigateway:us-east-1:a/b:path/x",
            "https://sqs.amazonaws.com",
        ] {
            check(wrong, None);
        }
    }
}
