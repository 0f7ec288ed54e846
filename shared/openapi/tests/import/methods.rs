//! Paths, parameters, bodies, responses: what a method is made of.

use gatehouse_api::deployment::config::Basepath;
use gatehouse_api::{HttpMethod, MethodResponse};
use gatehouse_openapi::import_as;

use crate::support::{MOCK, OK, api, document, method, node, problems};

#[test]
fn every_method_of_every_path_is_imported_in_the_order_of_the_document() {
    let api = api(r"
swagger: '2.0'
info: {title: Pets, description: All of them, version: 1}
paths:
  /pets/{petId}:
    delete: {operationId: removePet, x-amazon-apigateway-integration: {type: MOCK, responses: {default: {statusCode: 204}}}}
  /:
    x-amazon-apigateway-any-method: {x-amazon-apigateway-integration: {type: Mock, responses: {default: {statusCode: '200'}}}}
  /files/{path+}/:
    head: {x-amazon-apigateway-integration: {type: mock, responses: {200: {statusCode: 200}}}}
");
    assert_eq!((api.name.as_str(), api.version.as_deref()), ("Pets", Some("1")));
    let found: Vec<_> = api.methods.iter().map(|it| (it.http_method, it.resource_path.as_str())).collect();
    assert_eq!(
        found,
        [(HttpMethod::Delete, "/pets/{petId}"), (HttpMethod::Any, "/"), (HttpMethod::Head, "/files/{path+}"),]
    );
    let method = &api.methods[0];
    assert_eq!(method.operation_name.as_deref(), Some("removePet"));
    assert_eq!(method.resource_id, gatehouse_api::resource_id("/pets/{petId}"));
    assert_eq!(method.place.as_str(), "/paths/~1pets~1{petId}/delete");
    assert_eq!(api.methods[2].place.as_str(), "/paths/~1files~1{path+}~1/head");
}

#[test]
fn a_document_may_have_no_paths_and_an_operation_no_responses() {
    assert_eq!(api("{swagger: 2.0, info: {title: Empty}}").methods, []);
    assert_eq!(problems("{openapi: 3.0.3, info: {title: Empty}, paths: }"), Vec::<String>::new());
    assert_eq!(problems("{openapi: 3.0.3, info: {title: Empty}, paths: {}}"), Vec::<String>::new());
    let http = "x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: 'http://a.example'}";
    assert_eq!(method(&[], &[http]).method_responses, []);
}

#[test]
fn parameters_of_the_path_and_of_the_operation_are_merged() {
    let api = api(r"
openapi: 3.0.1
info: {title: t}
components:
  parameters:
    Page: {name: page, in: query, schema: {type: integer}}
    Again: {$ref: '#/components/parameters/Page'}
paths:
  /pets/{petId}:
    parameters:
    - {name: petId, in: path, schema: {type: string}}
    - {name: type, in: query, required: true}
    - $ref: '#/components/parameters/Again'
    get:
      parameters:
      - {name: type, in: query, required: false}
      - {name: X-Trace, in: header, required: 'true'}
      x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}
");
    let parameters = &api.methods[0].request_parameters;
    let found: Vec<_> = parameters.iter().map(|(name, required)| (name.as_str(), *required)).collect();
    assert_eq!(
        found,
        [
            ("method.request.path.petId", true),
            ("method.request.querystring.page", false),
            ("method.request.querystring.type", false),
            ("method.request.header.X-Trace", true),
        ]
    );
}

#[test]
fn parameters_that_api_gateway_does_not_have_are_reported() {
    let check = |parameter: &str, expected: &[&str]| {
        let parameters = format!("parameters: [{parameter}]");
        assert_eq!(problems(&document(&[], &[&parameters, MOCK])), expected, "{parameter}");
    };
    check(
        "{name: sid, in: cookie}",
        &["warning: /paths/~1pets/get/parameters/0: API Gateway has no `cookie` parameters: `sid` is ignored"],
    );
    check(
        "{name: x, in: body}",
        &[
            "error: /paths/~1pets/get/parameters/0/in: `body` is no place of a parameter: use `path`, `query` or `header`",
        ],
    );
    check("{name: x}", &["error: /paths/~1pets/get/parameters/0: the parameter has no `in`"]);
    check("{in: query, name: [x]}", &["error: /paths/~1pets/get/parameters/0/name: a list where a text is expected"]);
    check(
        "{name: x, in: query}, {name: x, in: query}",
        &["warning: /paths/~1pets/get/parameters/1: `x` is there twice"],
    );
    check(
        "{name: x, in: query, required: maybe}",
        &["error: /paths/~1pets/get/parameters/0/required: `maybe` where `true` or `false` is expected"],
    );
    check("page", &["error: /paths/~1pets/get/parameters/0: `page` where a map is expected"]);
}

#[test]
fn a_body_has_a_model_for_each_content_type() {
    let swagger = api(r"
swagger: '2.0'
info: {title: t}
consumes: [application/json, text/json]
definitions: {Pet: {type: object}}
paths:
  /a: {post: {parameters: [{in: body, name: b, schema: {$ref: '#/definitions/Pet'}}], x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}}}
  /b: {post: {consumes: [text/xml], parameters: [{in: body, name: b, schema: {type: array}}], x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}}}
");
    let models = |api: &gatehouse_api::RestApi, index: usize| -> Vec<String> {
        let models = &api.methods[index].request_models;
        models.iter().map(|(media_type, model)| format!("{media_type}={model}")).collect()
    };
    assert_eq!(models(&swagger, 0), ["application/json=Pet", "text/json=Pet"]);
    assert_eq!(models(&swagger, 1), ["text/xml=POSTbBody0"]);
    let names: Vec<_> = swagger.models.iter().map(|model| (model.name.as_str(), model.place.as_str())).collect();
    assert_eq!(names, [("Pet", "/definitions/Pet"), ("POSTbBody0", "/paths/~1b/post/parameters/0/schema")]);

    let openapi = api(r"
openapi: 3.0.1
info: {title: t}
components:
  schemas: {Pet: {type: object}, Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}}
  requestBodies:
    Pets: {content: {application/json: {schema: {$ref: '#/components/schemas/Pets'}}, text/plain: {}}}
paths:
  /a: {post: {requestBody: {$ref: '#/components/requestBodies/Pets'}, x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}}}
");
    assert_eq!(models(&openapi, 0), ["application/json=Pets"]);
}

#[test]
fn the_validator_of_an_operation_wins_over_that_of_the_api() {
    let validators = "x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: 'true'}, none: {}}";
    let default = "x-amazon-apigateway-request-validator: all";
    let validator = |method: gatehouse_api::Method| {
        method.request_validator.map(|it| (it.name, it.validate_request_body, it.validate_request_parameters))
    };
    let all = Some(("all".to_owned(), true, true));
    assert_eq!(validator(method(&[validators, default], &[MOCK, OK])), all);
    assert_eq!(validator(method(&[validators], &[MOCK, OK, default])), all);
    let none = Some(("none".to_owned(), false, false));
    assert_eq!(
        validator(method(&[validators, default], &[MOCK, OK, "x-amazon-apigateway-request-validator: none"])),
        none
    );
    assert_eq!(validator(method(&[validators], &[MOCK, OK])), None);
    assert_eq!(
        problems(&document(&[validators], &[MOCK, OK, "x-amazon-apigateway-request-validator: al"])),
        [
            "error: /paths/~1pets/get/x-amazon-apigateway-request-validator: `al` is not in `x-amazon-apigateway-request-validators`: `all`, `none`",
        ]
    );
    let misspelt = "x-amazon-apigateway-request-validators: {all: {validateRequestBdy: true}}";
    assert_eq!(
        problems(&document(&[misspelt], &[MOCK, OK])),
        [
            "error: /x-amazon-apigateway-request-validators/all/validateRequestBdy: `validateRequestBdy` is not known: did you mean `validateRequestBody`?",
        ]
    );
}

#[test]
fn responses_have_headers_and_models() {
    let responses = "responses: {200: {headers: {X-A: {schema: {type: string}}}, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}, text/html: {}}}, '404': }";
    let found = method(&["components: {schemas: {Pet: {}}}"], &[MOCK, responses]).method_responses;
    let place = |status: &str| gatehouse_api::Place::at(&format!("/paths/~1pets/get/responses/{status}"));
    assert_eq!(
        found,
        [
            MethodResponse {
                status_code: Some(200),
                response_parameters: vec![("method.response.header.X-A".into(), false)],
                response_models: vec![("application/json".into(), "Pet".into())],
                place: place("200"),
            },
            MethodResponse {
                status_code: Some(404),
                response_parameters: vec![],
                response_models: vec![],
                place: place("404")
            },
        ]
    );
    assert_eq!(
        problems(&document(&[], &[MOCK, "responses: {default: {}, 4XX: {}, oops: {}}"])),
        [
            "warning: /paths/~1pets/get/responses/default: API Gateway has no `default` responses: it is ignored",
            "warning: /paths/~1pets/get/responses/4XX: API Gateway has no `4XX` responses: it is ignored",
            "error: /paths/~1pets/get/responses/oops: `oops` is no status: write a status from 100 to 599",
        ]
    );
}

#[test]
fn paths_that_api_gateway_can_not_have_are_refused() {
    let check = |paths: &str, expected: &[&str]| {
        let document = format!("openapi: 3.0.1\ninfo: {{title: t}}\npaths: {{{paths}}}");
        assert_eq!(problems(&document.replace('M', &format!("{{{MOCK}}}"))), expected, "{paths}");
    };
    check("pets: {get: M}", &["error: /paths/pets: `pets` does not start with a slash"]);
    check(
        "'/a/{b}c': {get: M}",
        &["error: /paths/~1a~1{b}c: `/a/{b}c` mixes text and parameters in `{b}c`: a parameter is a whole segment"],
    );
    check("'/A-b._:9,$': {get: M}", &[]);
    check(
        "'/a/b!c': {get: M}",
        &["error: /paths/~1a~1b!c: `/a/b!c` has `b!c`: a REST API's paths have letters, digits and `._-:,$` only"],
    );
    check(
        "'/{p+}/a': {get: M}",
        &["error: /paths/~1{p+}~1a: `/{p+}/a` goes on after `{p+}`: a greedy parameter is the last segment"],
    );
    check(
        "'/a/{b}': {get: M}, '/a/{c}/d': {get: M}",
        &[
            "error: /paths/~1a~1{c}~1d/get: `/a/{c}/d` has `{c}` where another resource has `{b}`: only one name is allowed at a place",
        ],
    );
    check("/a: {get: M}, /a/: {get: M}", &["error: /paths/~1a~1/get: `/a` has `GET` twice"]);
    check("/a: {trace: M}", &["error: /paths/~1a/trace: API Gateway has no method `trace`"]);
    check("/a: {GET: M}", &["error: /paths/~1a/GET: `GET` is not known: did you mean `get`?"]);
    check("/a: {fetch: {}}", &["warning: /paths/~1a/fetch: `fetch` is not known here and is ignored"]);
    check("/a: []", &["error: /paths/~1a: a list where a map is expected"]);
    check(
        "/a: {get: }",
        &[
            "error: /paths/~1a/get: null where a map is expected",
            "warning: /paths/~1a/get: the method has no `x-amazon-apigateway-integration`: API Gateway does not deploy it",
        ],
    );
    check("/ping: {get: M}", &["warning: /paths/~1ping/get: API Gateway keeps `/ping` for its own health checks"]);
}

#[test]
fn what_is_no_definition_is_said_to_be_none() {
    let check = |document: &str, expected: &str| assert_eq!(problems(document), [expected], "{document}");
    let expected = "`openapi: 3.0.1` (or another 3.0 or 3.1) or `swagger: \"2.0\"` is expected";
    check("{}", &format!("error: /: this is no API definition: {expected}"));
    check("[1]", &format!("error: /: this is no API definition: {expected}"));
    check("hello", &format!("error: /: this is no API definition: {expected}"));
    check("{openapi: 4.0.0}", &format!("error: /openapi: `4.0.0` is not known: {expected}"));
    check("{swagger: '1.2'}", &format!("error: /swagger: `1.2` is not known: {expected}"));
    check("{openapi: [3]}", &format!("error: /openapi: `a list` is not known: {expected}"));
    check(
        "{swagger: '2.0', openapi: 3.0.1}",
        &format!("error: /swagger: the document has both `swagger` and `openapi`: {expected}"),
    );
}

#[test]
fn openapi_3_1_is_imported_where_it_is_the_same() {
    assert_eq!(problems("{openapi: 3.1.0, info: {title: t}, jsonSchemaDialect: x, paths: {}}"), Vec::<String>::new());
    assert_eq!(
        problems("{openapi: 3.1.0, info: {title: t}, webhooks: {}}"),
        ["error: /webhooks: API Gateway has no `webhooks`: they can't be served",]
    );
    let schema =
        "{type: [object, 'null'], properties: {const: {type: string}, a: {const: 1}, b: {exclusiveMinimum: 0}}}";
    let models = format!("{{openapi: 3.1.0, info: {{title: t}}, components: {{schemas: {{Pet: {schema}}}}}}}");
    assert_eq!(
        problems(&models),
        [
            "warning: /components/schemas/Pet/properties/a/const: `const` is not in JSON schema draft 4, which API Gateway validates with",
            "warning: /components/schemas/Pet/properties/b/exclusiveMinimum: `exclusiveMinimum` is not in JSON schema draft 4, which API Gateway validates with",
        ]
    );
    assert_eq!(problems(&models.replace("3.1.0", "3.0.1")), Vec::<String>::new());
}

#[test]
fn a_base_path_lies_before_all_paths_where_that_is_said() {
    use Basepath::{Ignore, Prepend, Split};
    const MOCKED: &str = "{responses: {}, x-amazon-apigateway-integration: {type: mock, responses: {}}}";
    let swagger = |base: &str| format!("swagger: '2.0'\nbasePath: {base}");
    let servers = |servers: &str| format!("openapi: 3.0.1\nservers: [{servers}]");
    let variable = "{url: 'https://a.example/{basePath}', variables: {basePath: {default: '/a/b/c'}}}";
    for (root, how, expected) in [
        (swagger("/a/b/c"), Ignore, ["/", "/pets"]),
        (swagger("/a/b/c"), Prepend, ["/a/b/c", "/a/b/c/pets"]),
        (swagger("/a/b/c"), Split, ["/b/c", "/b/c/pets"]),
        (swagger("/a"), Split, ["/", "/pets"]),
        (swagger("/"), Prepend, ["/", "/pets"]),
        (swagger("a//b/"), Prepend, ["/a/b", "/a/b/pets"]),
        ("swagger: '2.0'".to_owned(), Prepend, ["/", "/pets"]),
        (servers(variable), Prepend, ["/a/b/c", "/a/b/c/pets"]),
        (servers(variable), Split, ["/b/c", "/b/c/pets"]),
        (
            servers("{url: /v1}, {url: 'https://a.example/x', variables: {basePath: {default: v2}}}"),
            Prepend,
            ["/v2", "/v2/pets"],
        ),
        (servers("{url: 'https://a.example/'}, {url: 'https://a.example/v1/'}"), Prepend, ["/v1", "/v1/pets"]),
        (servers("{url: 'https://a.example/{stage}/b', variables: {stage: {default: dev}}}"), Split, ["/b", "/b/pets"]),
        (servers("{url: 'https://a.example'}"), Prepend, ["/", "/pets"]),
    ] {
        let text = format!("{root}\ninfo: {{title: t}}\npaths: {{/: {{get: {MOCKED}}}, /pets: {{get: {MOCKED}}}}}\n");
        let api = import_as(&node(&text), None, how).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}")).api;
        let found: Vec<&str> = api.methods.iter().map(|method| method.resource_path.as_str()).collect();
        assert_eq!(found, expected, "{how:?} {root}");
    }
}
