//! A Lambda proxy integration, compiled: from a request to the function's event, and from its response to the answer.

use gatehouse_api::deployment::Function;
use gatehouse_filter::{BODY_LIMIT, Callout, Rejection, Reply, ResponseType};
use gatehouse_http::{Answer, Headers, IllegalHeader, Request, accepted, media_type};
use gatehouse_integration::{
    BinaryMediaTypes, HeaderRule, Payload, backend_response_header, http_api_response_header, remapped,
};
use gatehouse_lambda::{
    EventBody, Invocation, ProxyRequest, ProxyResponse, Route, Spellings, http_event, http_event_v1, http_response,
    is_http_path, proxy_event,
};
use gatehouse_mapping::MethodRequest;

use crate::reply::{function_reply, malformed};

/// Which event a function is given, and which response it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadFormat {
    /// 1.0, of REST APIs.
    V1,
    /// 1.0, of HTTP APIs.
    HttpV1,
    /// 2.0, of HTTP APIs, with the route's key.
    V2(String),
}

/// Where a function is, and what it is told.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The function's ARN.
    pub arn: &'a str,
    /// Where it lives.
    pub function: &'a Function,
    /// The cluster that it is called by.
    pub cluster: String,
    /// How long it may take.
    pub timeout_millis: u32,
    /// The API's binary media types.
    pub binary: BinaryMediaTypes,
    /// Names of headers in the spelling of the API's definition.
    pub spellings: Vec<String>,
    /// The event's format.
    pub format: PayloadFormat,
}

/// A Lambda proxy integration.
#[derive(Clone, Debug)]
pub struct LambdaProxy {
    invocation: Invocation,
    cluster: String,
    timeout_millis: u32,
    binary: BinaryMediaTypes,
    spellings: Vec<String>,
    format: PayloadFormat,
}

impl LambdaProxy {
    /// Compiles an integration.
    ///
    /// # Errors
    /// [`IllegalHeader`] if the function's address cannot be written.
    pub fn new(setting: Setting<'_>) -> Result<Self, IllegalHeader> {
        Ok(Self {
            invocation: Invocation::new(setting.arn, setting.function)?,
            cluster: setting.cluster,
            timeout_millis: setting.timeout_millis,
            binary: setting.binary,
            spellings: setting.spellings,
            format: setting.format,
        })
    }

    /// The call to the function. `path` is the one that its event tells, `http_2` whether the client speaks HTTP/2; without
    /// a trace id, none is sent.
    ///
    /// # Errors
    /// 400 for a path that an HTTP API cannot tell; 500 for a trace id that is no header's value, which none is.
    pub fn callout(
        &self,
        from: &MethodRequest<'_>,
        path: &str,
        trace_id: &str,
        http_2: bool,
    ) -> Result<Callout, Rejection> {
        if self.format != PayloadFormat::V1 && !is_http_path(path.as_bytes()) {
            return Err(Rejection::new(ResponseType::Default4xx).status(400));
        }
        let content_type = from.request.headers.text("content-type");
        let binary = match self.format {
            PayloadFormat::V1 => self.binary.has(media_type(content_type.unwrap_or("application/json"))),
            PayloadFormat::HttpV1 | PayloadFormat::V2(_) => !content_type.is_some_and(is_text),
        };
        let own: Vec<&str> = self.spellings.iter().map(String::as_str).collect();
        let body = EventBody::of(from.request.body.bytes(), binary);
        let of = ProxyRequest { from, path, body, spellings: Spellings { own: &own, http_2 } };
        let body = match &self.format {
            PayloadFormat::V1 => proxy_event(&of),
            PayloadFormat::HttpV1 => http_event_v1(&of),
            PayloadFormat::V2(route_key) => http_event(&of, Route { route_key }),
        };
        let mut headers = self.invocation.headers_for(from.request)?;
        headers.set("content-length", body.len().to_string())?;
        if !trace_id.is_empty() {
            headers.set("x-amzn-trace-id", trace_id)?;
        }
        Ok(Callout { cluster: self.cluster.clone(), headers, body, timeout_millis: self.timeout_millis })
    }

    /// The client's answer to what the function said.
    ///
    /// # Errors
    /// 502 for a function that failed, or a response that is malformed or too large; 504 for one that did not come; 500
    /// for a body that should be base64 and is none.
    pub fn answer(&self, reply: Reply, request: &Request) -> Result<Answer, Rejection> {
        let response = function_reply(reply)?;
        let payload = response.body.bytes();
        if response.headers.has("x-amz-function-error") || payload.len() > BODY_LIMIT {
            return Err(malformed());
        }
        let said = match self.format {
            PayloadFormat::V1 => ProxyResponse::parse(payload),
            PayloadFormat::HttpV1 => ProxyResponse::parse_of_http_api(payload),
            PayloadFormat::V2(_) => http_response(payload),
        };
        let said = said.map_err(|_| malformed())?;
        let mut headers = Headers::for_answer();
        for (name, value) in &said.headers {
            self.write(&mut headers, name, value).map_err(|IllegalHeader { .. }| malformed())?;
        }
        if !headers.has("content-type") && !said.is_untyped {
            headers.set("content-type", self.usual_type())?;
        }
        let body = if said.is_base64_encoded && self.is_binary_to(request) {
            Payload::decoded(said.body.as_bytes())?.into_bytes().into_owned()
        } else {
            said.body.into_owned().into_bytes()
        };
        if body.len() > BODY_LIMIT {
            return Err(malformed());
        }
        Ok(Answer { status: said.status, headers, body })
    }

    /// The type of a response that says none. Recorded for both formats of HTTP APIs: snapshots of
    /// <https://github.com/aws/aws-lambda-dotnet> (`V1_APIHeadersHttpV1`, `V2_SetsBodyNonBase64`).
    fn usual_type(&self) -> &'static str {
        match self.format {
            PayloadFormat::V1 => "application/json",
            PayloadFormat::HttpV1 | PayloadFormat::V2(_) => "text/plain; charset=utf-8",
        }
    }

    fn write(&self, headers: &mut Headers, name: &str, value: &str) -> Result<(), IllegalHeader> {
        let name = name.to_ascii_lowercase();
        if name.starts_with(':') {
            return headers.set("", "");
        }
        let rule = match self.format {
            PayloadFormat::V1 => backend_response_header(&name),
            PayloadFormat::HttpV1 | PayloadFormat::V2(_) => http_api_response_header(&name),
        };
        match rule {
            HeaderRule::Dropped => Ok(()),
            HeaderRule::Remapped => headers.add(&remapped(&name), value),
            HeaderRule::Kept if name == "content-type" => headers.set(&name, value),
            HeaderRule::Kept => headers.add(&name, value),
        }
    }

    /// Does the client get bytes for base64? For REST APIs the first type that it accepts says so.
    fn is_binary_to(&self, request: &Request) -> bool {
        match self.format {
            PayloadFormat::V1 => {
                accepted(request.headers.text("accept")).next().is_some_and(|first| self.binary.has(first))
            }
            PayloadFormat::HttpV1 | PayloadFormat::V2(_) => true,
        }
    }
}

/// What HTTP APIs take for text, and nothing else: a body without a type comes as base64, and so do forms. Seen on AWS by
/// <https://github.com/ministackorg/ministack/pull/766>.
fn is_text(content_type: &str) -> bool {
    let media_type = media_type(content_type).to_ascii_lowercase();
    media_type.starts_with("text/")
        || matches!(media_type.as_str(), "application/json" | "application/xml" | "application/javascript")
}
