//! First-class integrations of HTTP APIs: what an AWS service is sent for a request.
//!
//! Each service is spoken to in the protocol of its own, for its answer is the client's: SQS in the query protocol (recorded: it
//! answers XML), EventBridge, Kinesis and Step Functions in JSON, AppConfig with a path.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html>

mod form;
mod refusal;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gatehouse_api::{IntegrationSubtype, Node, ParameterMapping, Problem, REGION};
use gatehouse_context::Context;
use gatehouse_gateway_response::{Rejection, ResponseType};
use gatehouse_http::{Headers, percent};
use gatehouse_mapping::{MethodRequest, StageVariables};
use gatehouse_sort::sort_by;

use crate::expression::{Expression, Piece, Side, Source};
use form::{Form, items};
pub use refusal::service_refusal;

/// The parameters of an action, compiled.
#[derive(Clone, Debug)]
pub struct ServiceCall {
    subtype: IntegrationSubtype,
    /// By their names.
    parameters: Vec<(String, Expression)>,
}

/// What a service is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRequest {
    /// `POST`
    pub method: &'static str,
    /// The path and query.
    pub target: Vec<u8>,
    /// What the body is; `None` where there is none.
    pub content_type: Option<&'static str>,
    /// `X-Amz-Target`, for services that are spoken to in JSON.
    pub action: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the parameters of one request are, by their names.
struct Values(Vec<(String, Vec<u8>)>);

/// What is no value of its parameter.
struct Malformed;

impl ServiceCall {
    /// Compiles the parameters; what cannot be used is noted with its place.
    pub fn compile(subtype: IntegrationSubtype, mappings: &[ParameterMapping], problems: &mut Vec<Problem>) -> Self {
        let mut parameters = Vec::with_capacity(mappings.len());
        for ParameterMapping { target, source, place } in mappings {
            match Expression::parse(source, Side::Request).and_then(|value| written_well(target, value)) {
                Ok(value) => parameters.push((target.clone(), value)),
                Err(message) => problems.push(Problem::error(place, message)),
            }
        }
        sort_by(&mut parameters, |(one, _), (other, _)| one.cmp(other));
        Self { subtype, parameters }
    }

    /// Does a parameter read the client's body?
    #[must_use]
    pub fn reads_body(&self) -> bool {
        let reads = |piece: &Piece| matches!(piece, Piece::Body(_) | Piece::WholeBody);
        self.parameters.iter().any(|(_, value)| value.0.iter().any(reads))
    }

    /// The region that the parameter `Region` names, at a stage with these variables.
    ///
    /// # Errors
    /// What depends on the request: where a call goes, and what it is signed for, must be known before.
    pub fn region(&self, stage_variables: &StageVariables) -> Result<Option<String>, String> {
        let Some((_, value)) = self.parameters.iter().find(|(name, _)| name == REGION) else { return Ok(None) };
        if value.0.iter().any(|piece| !matches!(piece, Piece::Text(_) | Piece::StageVariable(_))) {
            return Err(
                "a `Region` that depends on the request is not served: write it, or use a stage variable".into()
            );
        }
        let (headers, context) = (Headers::new(), Context::default());
        let source = Source { headers: &headers, body: &[], context: &context, stage_variables, request: None };
        let region = value.value(source).unwrap_or_default();
        let is_region = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        match String::from_utf8(region) {
            Ok(region) if !region.is_empty() && region.bytes().all(|byte| is_region(&byte)) => Ok(Some(region)),
            Ok(region) => Err(format!("`{region}` is no region")),
            Err(_) => Err("the `Region` is no text".into()),
        }
    }

    /// What the service is sent for a request. `body` is the client's, whole.
    ///
    /// # Errors
    /// 400 where a parameter has no value, or one that it cannot have (recorded, for optional ones too).
    pub fn request(&self, from: &MethodRequest<'_>, body: &[u8]) -> Result<ServiceRequest, Rejection> {
        let source = Source {
            headers: &from.request.headers,
            body,
            context: from.context,
            stage_variables: from.stage_variables,
            request: Some(from),
        };
        let value = |(name, value): &(String, Expression)| {
            value.value(source).filter(|value| !value.is_empty()).map(|value| (name.clone(), value))
        };
        let values: Option<Vec<_>> = self.parameters.iter().filter(|(name, _)| name != REGION).map(value).collect();
        let request = values.ok_or(Malformed).and_then(|values| request(self.subtype, &Values(values)));
        request.map_err(|Malformed| Rejection::new(ResponseType::BadRequestParameters))
    }
}

/// A value that the definition says all of must be one that its parameter can have.
fn written_well(name: &str, value: Expression) -> Result<Expression, String> {
    let Some(text) = value.written() else { return Ok(value) };
    let expected = match name {
        "MessageAttributes" | "MessageSystemAttributes" if Form::default().attributes("", text.as_bytes()).is_err() => {
            "a map in JSON: `{\"NAME\": {\"DataType\": \"String\", \"StringValue\": \"…\"}}`"
        }
        "AttributeNames" | "MessageAttributeNames" | "Resources" if items(text.as_bytes()).is_err() => {
            "a list of texts in JSON, or texts with commas between"
        }
        _ => return Ok(value),
    };
    Err(format!("`{name}` is {expected}"))
}

fn request(subtype: IntegrationSubtype, values: &Values) -> Result<ServiceRequest, Malformed> {
    use IntegrationSubtype as S;
    match subtype {
        S::SqsSendMessage | S::SqsReceiveMessage | S::SqsDeleteMessage | S::SqsPurgeQueue => queue(subtype, values),
        S::EventBridgePutEvents => event(values),
        S::KinesisPutRecord => Ok(in_json("Kinesis_20131202.PutRecord", V1_1, record(values))),
        S::StepFunctionsStartExecution => Ok(execution("AWSStepFunctions.StartExecution", values)),
        S::StepFunctionsStartSyncExecution => Ok(execution("AWSStepFunctions.StartSyncExecution", values)),
        S::StepFunctionsStopExecution => Ok(execution("AWSStepFunctions.StopExecution", values)),
        S::AppConfigGetConfiguration => configuration(values),
    }
}

const V1_0: &str = "application/x-amz-json-1.0";
const V1_1: &str = "application/x-amz-json-1.1";

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html>
fn queue(subtype: IntegrationSubtype, values: &Values) -> Result<ServiceRequest, Malformed> {
    let (_, action) = subtype.action();
    let mut form = Form::default();
    form.add("Action", action.as_bytes());
    form.add("Version", b"2012-11-05");
    for (name, value) in &values.0 {
        match name.as_str() {
            "MessageAttributes" => form.attributes("MessageAttribute", value)?,
            "MessageSystemAttributes" => form.attributes("MessageSystemAttribute", value)?,
            "AttributeNames" => form.list("AttributeName", value)?,
            "MessageAttributeNames" => form.list("MessageAttributeName", value)?,
            _ => form.add(name, value),
        }
    }
    Ok(ServiceRequest {
        method: "POST",
        target: b"/".to_vec(),
        content_type: Some("application/x-www-form-urlencoded"),
        action: None,
        body: form.written(),
    })
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
fn event(values: &Values) -> Result<ServiceRequest, Malformed> {
    let field = |(name, value): &(String, Vec<u8>)| {
        let value = match name.as_str() {
            "Resources" => Node::List(items(value)?.into_iter().map(Node::String).collect()),
            // Seconds since 1970, or a date.
            "Time" => text(value).parse::<u64>().map_or_else(|_| text_node(value), |time| Node::Number(time.into())),
            _ => text_node(value),
        };
        Ok((name.clone(), value))
    };
    let entry: Result<_, Malformed> = values.0.iter().map(field).collect();
    let entries = Node::List(vec![Node::Map(entry?)]);
    Ok(in_json("AWSEvents.PutEvents", V1_1, Node::Map(vec![("Entries".to_owned(), entries)])))
}

/// A stream's data is bytes, which JSON has as base64.
///
/// <https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html>
fn record(values: &Values) -> Node {
    let field = |(name, value): &(String, Vec<u8>)| {
        let value = if name == "Data" { STANDARD.encode(value) } else { text(value) };
        (name.clone(), Node::String(value))
    };
    Node::Map(values.0.iter().map(field).collect())
}

/// Step Functions has its names in camel case.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>
fn execution(action: &'static str, values: &Values) -> ServiceRequest {
    let camel = |name: &str| {
        let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
        first.to_ascii_lowercase() + rest
    };
    in_json(action, V1_0, Node::Map(values.0.iter().map(|(name, value)| (camel(name), text_node(value))).collect()))
}

/// No value may lead to another path: `.` and `..` are segments that are taken away.
///
/// <https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetConfiguration.html>
fn configuration(values: &Values) -> Result<ServiceRequest, Malformed> {
    let mut target = Vec::new();
    let parts = [
        ("/applications/", "Application"),
        ("/environments/", "Environment"),
        ("/configurations/", "Configuration"),
        ("?client_id=", "ClientId"),
        ("&client_configuration_version=", "ClientConfigurationVersion"),
    ];
    for (before, name) in parts {
        if let Some((_, value)) = values.0.iter().find(|(known, _)| known == name) {
            if before.ends_with('/') && matches!(value.as_slice(), b"." | b"..") {
                return Err(Malformed);
            }
            target.extend_from_slice(before.as_bytes());
            percent::encode_into(&mut target, value);
        }
    }
    Ok(ServiceRequest { method: "GET", target, content_type: None, action: None, body: Vec::new() })
}

fn in_json(action: &'static str, content_type: &'static str, body: Node) -> ServiceRequest {
    ServiceRequest {
        method: "POST",
        target: b"/".to_vec(),
        content_type: Some(content_type),
        action: Some(action),
        body: serde_json::to_vec(&body).unwrap_or_default(),
    }
}

fn text_node(value: &[u8]) -> Node {
    Node::String(text(value))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests;
