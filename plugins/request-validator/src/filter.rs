//! The filter: one request validator in front of any route.

use std::convert::Infallible;
use std::rc::Rc;

use gatehouse_filter::{Exchange, Filter, InvalidConfig, Outcome, Rejection, Reply, Step, Wanted, request_ids};
use gatehouse_http::{Answer, Request};
use gatehouse_mapping::{MethodRequest, PathParameters, StageVariables};
use gatehouse_models::References;

use crate::{RequestValidator, config};

/// Lets pass what is valid.
#[derive(Debug)]
pub struct RequestValidatorFilter {
    validator: Option<Rc<RequestValidator>>,
}

impl Filter for RequestValidatorFilter {
    type Config = config::RequestValidator;
    type Awaiting = Infallible;
    type Memo = ();

    const NAME: &'static str = "request-validator";

    fn configure(config: config::RequestValidator) -> Result<Self, InvalidConfig> {
        let (mut problems, (method, models)) = (Vec::new(), config.method()?);
        let compiled = RequestValidator::compile(&[method], &models, References::OfModel, &mut problems);
        match problems.into_iter().next() {
            None => Ok(Self { validator: compiled.into_iter().next().flatten() }),
            Some(problem) => Err(problem.into()),
        }
    }

    fn wants_body(&self, request: &Request, _: &mut Exchange<'_, ()>) -> Wanted {
        match self.validator.as_ref().is_some_and(|validator| validator.wants_body(request)) {
            true => Wanted::Whole,
            false => Wanted::Nothing,
        }
    }

    fn on_request(&self, request: &mut Request, exchange: &mut Exchange<'_, ()>) -> Outcome<Self> {
        let from = MethodRequest {
            request,
            path_parameters: PathParameters::default(),
            context: exchange.context,
            stage_variables: &StageVariables::new(),
        };
        if let Some(validator) = &self.validator {
            validator.validate(&from)?;
        }
        Ok(Step::Continue)
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

    fn filter(config: &str) -> Result<RequestValidatorFilter, InvalidConfig> {
        RequestValidatorFilter::configure(serde_json::from_str(config).unwrap())
    }

    /// `Ok` where a request passes; else the answer's body.
    fn validated(config: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Result<(), (u16, String)> {
        let filter = filter(config).unwrap();
        let pairs = [(":method", "POST"), (":path", target)].into_iter().chain(headers.iter().copied());
        let mut request = Request { headers: Headers::from_pairs(pairs), body: Body::Read(body.into()) };
        let mut exchange = TestExchange::default();
        match filter.on_request(&mut request, &mut exchange.view()) {
            Ok(Step::Continue) => Ok(()),
            Ok(step) => panic!("{step:?}"),
            Err(rejection) => {
                let answer = filter.refuse(&rejection, &request, &mut exchange.view());
                Err((answer.status, String::from_utf8(answer.body).unwrap()))
            }
        }
    }

    fn page() -> &'static str {
        let (_, config) = include_str!("../README.md").split_once("```json").unwrap();
        config.split_once("```").unwrap().0
    }

    #[test]
    fn the_configuration_of_the_page_works() {
        let tenant = ("x-tenant", "a");
        let pet = r#"{"name": "Rex", "type": "dog", "price": 249.99}"#;
        assert_eq!(validated(page(), "/pets?page=1", &[tenant], pet), Ok(()));
        let missing = (400, r#"{"message": "Missing required request parameters: [X-Tenant, page]"}"#.to_owned());
        assert_eq!(validated(page(), "/pets?page=%20", &[("x-tenant", " ")], "x"), Err(missing));
        let invalid = Err((400, r#"{"message": "Invalid request body"}"#.to_owned()));
        for body in [
            "",
            "{}",
            "[1",
            r#"{"name": "Rex", "type": "bird", "price": 1}"#,
            r#"{"name": "Rex", "type": "dog", "price": -1}"#,
        ] {
            assert_eq!(validated(page(), "/pets?page=1", &[tenant], body), invalid, "{body}");
        }
        let types =
            |content_type: &'static str| validated(page(), "/?page=1", &[tenant, ("content-type", content_type)], "{}");
        assert_eq!(types("application/json; charset=utf-8"), invalid);
        assert_eq!(types("Application/JSON"), invalid);
        assert_eq!(types("text/plain"), Ok(()));
    }

    #[test]
    fn the_body_is_waited_for_where_there_is_a_model() {
        let filter = filter(page()).unwrap();
        let wanted = |content_type: &str| {
            let headers = Headers::from_pairs([(":method", "POST"), (":path", "/"), ("content-type", content_type)]);
            filter.wants_body(&Request { headers, body: Body::Unread }, &mut TestExchange::default().view())
        };
        assert_eq!(wanted("application/json"), Wanted::Whole);
        assert_eq!(wanted(""), Wanted::Whole);
        assert_eq!(wanted("text/plain"), Wanted::Nothing);
    }

    #[test]
    fn a_body_that_was_not_read_is_not_valid() {
        let filter = filter(page()).unwrap();
        let headers =
            [(":method", "POST"), (":path", "/?page=1"), ("x-tenant", "a"), ("content-type", "application/json")];
        let mut request = Request { headers: Headers::from_pairs(headers), body: Body::Unread };
        let rejection = filter.on_request(&mut request, &mut TestExchange::default().view()).unwrap_err();
        assert_eq!(rejection.response_type, gatehouse_filter::ResponseType::Default5xx);
    }

    #[test]
    fn an_empty_body_is_no_json_whatever_the_model() {
        let config =
            r#"{"validateRequestBody": true, "requestModels": {"application/json": "Any"}, "models": {"Any": {}}}"#;
        for (body, passes) in [("", false), (" ", false), ("{}", true), ("null", true)] {
            assert_eq!(validated(config, "/", &[], body).is_ok(), passes, "{body:?}");
        }
    }

    #[test]
    fn a_default_model_is_for_every_other_content_type() {
        let config = r#"{"validateRequestBody": true, "requestModels": {"$default": "A", "text/json": "B"},
            "models": {"A": {"type": "array"}, "B": {"type": "object"}}}"#;
        let check = |content_type: &'static str, body: &str, passes: bool| {
            assert_eq!(
                validated(config, "/", &[("content-type", content_type)], body).is_ok(),
                passes,
                "{content_type} {body}"
            );
        };
        check("text/json", "{}", true);
        check("text/json", "[]", false);
        check("image/png", "[]", true);
        check("image/png", "\u{0}", false);
        check("image/png", "", false);
    }

    #[test]
    fn a_wrong_configuration_is_named() {
        let check = |config: &str, expected: &str| {
            assert_eq!(filter(config).unwrap_err().to_string(), expected, "{config}");
        };
        check("{}", "nothing would be validated: set `validateRequestParameters`, `validateRequestBody` or both");
        check(
            r#"{"validateRequestBody": true, "requestModels": {"application/json": "Pet"}}"#,
            "model `Pet`: there is no model of this name",
        );
        check(
            r#"{"validateRequestBody": true, "requestModels": {"application/json": "A"}, "models": {"A": {"items": {"pattern": "(?=a)"}}}}"#,
            "models/A/items/pattern: model `A`: `(?=a)` has a lookahead `(?=` at byte 0: patterns here run in linear time, without it",
        );
        check(
            r#"{"validateRequestBody": true, "requestModels": {"application/json": "A"}, "models": {"A": {"maximum": 123456789012345678901234567890}}}"#,
            "models/A/maximum: `1.2345678901234568e+29` was written with more digits than are read exactly: 16 are, and whole numbers of 64 bits",
        );
        check(
            r#"{"validateRequestParameters": true, "requestParameters": {"method.request.path.id": true}}"#,
            "requestParameters: `method.request.path.id`: a filter alone has no resource with path parameters, use `header` or `querystring`",
        );
        check(
            r#"{"validateRequestParameters": true, "requestParameters": {"header.X": true}}"#,
            "requestParameters: `header.X` is no parameter: use `method.request.{header|querystring|path}.NAME`",
        );
    }
}
