//! The filter: one MOCK integration in front of any route.

use std::convert::Infallible;

use gatehouse_api::Problem;
use gatehouse_filter::{Exchange, Filter, InvalidConfig, Outcome, Rejection, Reply, Step, Wanted, request_ids};
use gatehouse_http::{Answer, Request};
use gatehouse_integration::BinaryMediaTypes;
use gatehouse_mapping::{MethodRequest, PathParameters, StageVariables};

use crate::{Mock, config};

/// Answers every request with one MOCK integration.
#[derive(Debug)]
pub struct MockFilter {
    mock: Mock,
    stage_variables: StageVariables,
}

impl Filter for MockFilter {
    type Config = config::Mock;
    type Awaiting = Infallible;
    type Memo = ();

    const NAME: &'static str = "mock";

    fn configure(config: config::Mock) -> Result<Self, InvalidConfig> {
        let mut problems = Vec::new();
        let mock = Mock::compile(&config.integration()?, &BinaryMediaTypes::default(), &mut problems);
        match problems.into_iter().find(Problem::is_error) {
            None => Ok(Self { mock, stage_variables: StageVariables::new() }),
            Some(problem) => Err(problem.into()),
        }
    }

    fn wants_body(&self, request: &Request, _: &mut Exchange<'_, ()>) -> Wanted {
        if self.mock.wants_body(request) { Wanted::Whole } else { Wanted::Nothing }
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        request_ids::ensure(request, exchange.context, exchange.host);
        let (mut answer, _) = self.mock.answer(&MethodRequest {
            request,
            path_parameters: PathParameters::default(),
            context: exchange.context,
            stage_variables: &self.stage_variables,
        })?;
        request_ids::write(exchange.context, &mut answer.headers)?;
        Ok(Step::Answer(answer))
    }

    fn on_reply(&self, awaiting: Infallible, _: Reply, _: &mut Request, _: &mut Exchange<'_, ()>) -> Outcome<Self> {
        match awaiting {}
    }

    fn refuse(&self, rejection: &Rejection, request: &Request, exchange: &mut Exchange<'_, ()>) -> Answer {
        request_ids::ensure(request, exchange.context, exchange.host);
        gatehouse_filter::built_in_refusal(rejection, request, exchange.context)
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_filter::testing::TestExchange;
    use gatehouse_http::{Body, Headers};

    use super::*;

    fn filter(config: &str) -> Result<MockFilter, InvalidConfig> {
        MockFilter::configure(serde_json::from_str(config).unwrap())
    }

    fn check(config: &str, content_type: &str, body: &str, expected: Result<(u16, &str), u16>) {
        let filter = filter(config).unwrap();
        let headers = Headers::from_pairs([(":method", "POST"), (":path", "/"), ("content-type", content_type)]);
        let mut request = Request { headers, body: Body::Read(body.into()) };
        let mut exchange = TestExchange::default();
        let got = match filter.on_request(&mut request, &mut exchange.view()) {
            Ok(Step::Answer(answer)) => Ok((answer.status, String::from_utf8(answer.body).unwrap())),
            Ok(step) => panic!("{step:?}"),
            Err(rejection) => Err(filter.refuse(&rejection, &request, &mut exchange.view()).status),
        };
        assert_eq!(got, expected.map(|(status, body)| (status, body.to_owned())), "{config} {body}");
        assert!(exchange.context.request_id.is_some());
    }

    const PING: &str = r#"{
        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "passthroughBehavior": "never",
        "responses": {
            "default": {"statusCode": "200", "responseTemplates": {"application/json": "{\"ping\": \"pong\"}"}},
            "4\\d{2}": {"statusCode": 404}
        }
    }"#;

    #[test]
    fn the_template_says_the_status_and_the_response_the_rest() {
        check(PING, "application/json; charset=utf-8", "", Ok((200, r#"{"ping": "pong"}"#)));
        check(PING, "", "", Ok((200, r#"{"ping": "pong"}"#)));
        check(PING, "text/plain", "", Err(415));
    }

    #[test]
    fn without_a_template_the_body_says_the_status() {
        let config = r#"{"responses": {"default": {"statusCode": 200}, "418": {"statusCode": 418}}}"#;
        check(config, "application/json", "{statusCode: 418}", Ok((418, "")));
        check(config, "application/json", "{statusCode: 1}", Ok((200, "")));
        check(config, "application/json", "", Err(500));
        check(r#"{"responses": {"2..": {"statusCode": 200}}}"#, "", "{statusCode: 300}", Err(500));
    }

    #[test]
    fn the_configuration_of_the_page_works() {
        let page = include_str!("../README.md");
        let (_, config) = page.split_once("```json").unwrap();
        check(config.split_once("```").unwrap().0, "application/json", "", Ok((200, r#"{"ping": "pong"}"#)));
    }

    #[test]
    fn a_wrong_configuration_is_named() {
        let check = |config: &str, expected: &str| {
            assert_eq!(filter(config).unwrap_err().to_string(), expected, "{config}");
        };
        check(r#"{"type": "http"}"#, "type: `http` is not served by this filter, use `mock`");
        check(
            r#"{"passthroughBehavior": "always"}"#,
            "passthroughBehavior: `always` is not one of `when_no_match`, `when_no_templates`, `never`",
        );
        check(
            r#"{"responses": {"default": {"statusCode": "x"}}}"#,
            "responses/default/statusCode: not a status code, use 200 to 599",
        );
        check(
            r#"{"requestTemplates": {"application/json": "\n$a.replaceAll('(?=b)', '')"}}"#,
            "requestTemplates/application~1json: line 2, column 26: a regular expression with lookahead, which is not served",
        );
    }
}
