//! Which function is asked, and with which request.

use std::collections::BTreeMap;

use gatehouse_api::deployment::{Function, FunctionProtocol, is_function_arn};
use gatehouse_api::substitute_stage_variables;
use gatehouse_http::{Headers, IllegalHeader, Request, percent};

/// A function, as an authorizer's or an integration's URI names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionUri {
    /// `arn:aws:lambda:us-east-1:123456789012:function:authorize`, perhaps with version or alias.
    pub arn: String,
}

impl FunctionUri {
    /// Reads `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function's ARN}/invocations`, or the
    /// function's ARN alone, for a stage with these variables.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn parse(uri: &str, variables: &BTreeMap<String, String>) -> Result<Self, String> {
        let text = substitute_stage_variables(uri, variables);
        let arn = match text.split_once(":lambda:path/") {
            Some((service, path)) if is_api_gateway(service) => path
                .trim_start_matches('/')
                .strip_prefix("2015-03-31/functions/")
                .and_then(|rest| rest.strip_suffix("/invocations")),
            Some(_) => None,
            None => Some(text.as_ref()),
        };
        match arn.filter(|arn| is_function_arn(arn)) {
            Some(arn) => Ok(Self { arn: arn.to_owned() }),
            None => Err(format!(
                "`{text}` names no Lambda function: write \
                 `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations`"
            )),
        }
    }
}

/// `arn:aws:apigateway:us-east-1`, in any partition.
fn is_api_gateway(service: &str) -> bool {
    let sections: Vec<&str> = service.split(':').collect();
    matches!(sections.as_slice(), ["arn", partition, "apigateway", region]
        if partition.starts_with("aws") && !region.is_empty())
}

/// The request that reaches a function, but for its body.
#[derive(Clone, Debug)]
pub struct Invocation {
    headers: Headers,
    /// The calls are signed, for AWS: what a client sends is not put under that.
    signed: bool,
}

/// By which a function's own tracing goes on, beside `X-Amzn-Trace-Id`: W3C's trace context, and Envoy's request id.
const TRACE_HEADERS: [&str; 3] = ["traceparent", "tracestate", "x-request-id"];

impl Invocation {
    /// How a function is invoked where it lives.
    ///
    /// # Errors
    /// [`IllegalHeader`] if its address cannot be written.
    pub fn new(arn: &str, function: &Function) -> Result<Self, IllegalHeader> {
        let mut headers = Headers::new();
        headers.set(":method", "POST")?;
        headers.set(":path", path(arn, &function.protocol))?;
        headers.set(":authority", &function.authority)?;
        headers.set(":scheme", function.origin.scheme.name())?;
        headers.set("content-type", "application/json")?;
        headers.set("accept", "application/json")?;
        if function.protocol == FunctionProtocol::Lambda {
            headers.set("x-amz-invocation-type", "RequestResponse")?;
        }
        Ok(Self { headers, signed: function.signing_region.is_some() })
    }

    /// Its headers.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Its headers for a request: the client's trace goes on in a function that does not live at AWS.
    ///
    /// # Errors
    /// [`IllegalHeader`] for a value that no header has, which none that came is.
    pub fn headers_for(&self, request: &Request) -> Result<Headers, IllegalHeader> {
        let mut headers = self.headers.clone();
        if !self.signed {
            for name in TRACE_HEADERS {
                for value in request.headers.all(name) {
                    headers.add(name, value)?;
                }
            }
        }
        Ok(headers)
    }
}

fn path(arn: &str, protocol: &FunctionProtocol) -> Vec<u8> {
    match protocol {
        FunctionProtocol::Http { path } => path.clone().into_bytes(),
        FunctionProtocol::Lambda => {
            let mut path = b"/2015-03-31/functions/".to_vec();
            percent::encode_into(&mut path, arn.as_bytes());
            path.extend(b"/invocations");
            path
        }
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_api::deployment::Functions;

    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:authorize";

    #[test]
    fn a_uri_names_a_function() {
        let variables = BTreeMap::from([("alias".into(), "live".into()), ("name".into(), "authorize".into())]);
        let uri =
            |arn: &str| format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations");
        let check = |text: &str, expected: Option<&str>| {
            let found = FunctionUri::parse(text, &variables).map(|uri| uri.arn);
            assert_eq!(found.as_deref().ok(), expected, "{text}: {found:?}");
        };
        let live = format!("{ARN}:live");
        check(&uri(ARN), Some(ARN));
        check(&uri(&format!("{ARN}:${{stageVariables.alias}}")), Some(&live));
        check(&uri("arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.name}"), Some(ARN));
        check(&uri(ARN).replace("path/", "path//"), Some(ARN));
        check(ARN, Some(ARN));
        for wrong in ["", "authorize", "https://example.com", &uri("x"), &uri(ARN).replace("/invocations", "")] {
            check(wrong, None);
        }
        check(&uri(&format!("{ARN}:${{stageVariables.none}}")), None);
        check(&uri(ARN).replace("arn:aws:apigateway:us", "arn:aws-cn:apigateway:cn"), Some(ARN));
        for service in ["rubbish", "arn:aws:apigateway:", "arn:aws:s3:us-east-1", "arn:x:apigateway:us-east-1"] {
            check(&uri(ARN).replace("arn:aws:apigateway:us-east-1", service), None);
        }
    }

    #[test]
    fn lambda_is_asked_by_its_invoke_api() {
        let invocation = Invocation::new(&format!("{ARN}:live"), &Functions::default().find(ARN)).unwrap();
        let path = invocation.headers().text(":path").unwrap();
        assert_eq!(
            path,
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aauthorize%3Alive/invocations"
        );
        assert_eq!(invocation.headers().text(":authority"), Some("lambda.us-east-1.amazonaws.com"));
        assert_eq!(invocation.headers().text("x-amz-invocation-type"), Some("RequestResponse"));
    }

    #[test]
    fn a_trace_goes_on_where_the_function_sees_it() {
        let sent = [("traceparent", "00-a-b-01"), ("tracestate", "a=1"), ("tracestate", "b=2"), ("x-other", "o")];
        let request = Request { headers: Headers::from_pairs(sent), body: gatehouse_http::Body::Empty };
        let check = |function: &Function, expected: &[&[u8]]| {
            let invocation = Invocation::new(ARN, function).unwrap();
            let headers = invocation.headers_for(&request).unwrap();
            assert_eq!(headers.all("tracestate").collect::<Vec<_>>(), expected);
            assert_eq!(headers.has("traceparent"), !expected.is_empty());
            assert!(!headers.has("x-request-id") && !headers.has("x-other"));
        };
        let at_aws = Functions::default().find(ARN);
        check(&at_aws, &[]);
        check(&Function { signing_region: None, ..at_aws }, &[b"a=1", b"b=2"]);
    }
}
