//! References: to wherever they lead, and nowhere.

use crate::support::{MOCK, OK, api, document, problems};

#[test]
fn an_integration_may_be_a_reference() {
    let api = api(r"
openapi: 3.0.1
info: {title: t}
components:
  x-amazon-apigateway-integrations:
    backend: {type: HTTP_PROXY, httpMethod: GET, uri: 'http://a.example'}
    alias: {$ref: '#/components/x-amazon-apigateway-integrations/backend'}
paths:
  /a: {get: {x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/alias'}}}
  /b/{c}: {get: {x-amazon-apigateway-integration: {$ref: '#/paths/~1a/get/x-amazon-apigateway-integration'}}}
  /d: {get: {x-amazon-apigateway-integration: {$ref: '#/paths/~1b~1%7Bc%7D/get/x-amazon-apigateway-integration'}}}
");
    for method in &api.methods {
        let integration = method.integration.as_ref().unwrap();
        assert_eq!(integration.uri.as_deref(), Some("http://a.example"));
        assert_eq!(integration.place.as_str(), "/components/x-amazon-apigateway-integrations/backend");
    }
}

#[test]
fn paths_and_responses_may_be_references() {
    let document = r"
openapi: 3.1.0
info: {title: t}
components:
  pathItems: {Pets: {get: {responses: {200: {$ref: '#/components/responses/Ok'}}, x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200}}}}}}
  responses: {Ok: {headers: {A: {}}}}
paths:
  /a: {$ref: '#/components/pathItems/Pets'}
";
    assert_eq!(problems(document), Vec::<String>::new());
    let api = api(document);
    assert_eq!(api.methods[0].place.as_str(), "/components/pathItems/Pets/get");
    assert_eq!(api.methods[0].method_responses[0].response_parameters.len(), 1);
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    let check = |components: &str, parameter: &str, expected: &[&str]| {
        let parameters = format!("parameters: [{parameter}]");
        let document = document(&[components], &[&parameters, MOCK, OK]);
        let found: Vec<_> = problems(&document).iter().map(|it| it.replace("/paths/~1pets/get", ".")).collect();
        assert_eq!(found, expected, "{parameter}");
    };
    check(
        "components: {}",
        "{$ref: '#/components/parameters/A'}",
        &["error: ./parameters/0/$ref: `#/components/parameters/A` names nothing in this document"],
    );
    check(
        "components: {}",
        "{$ref: 'shared.yaml#/A'}",
        &["error: ./parameters/0/$ref: `shared.yaml#/A` is not in this document: references here begin with `#/`"],
    );
    check(
        "components: {}",
        "{$ref: 1}",
        &["error: ./parameters/0/$ref: `1` where a reference such as `#/components/…` is expected"],
    );
    check(
        "components: {parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}}",
        "{$ref: '#/components/parameters/A'}",
        &["error: /components/parameters/B/$ref: `#/components/parameters/A` leads back to itself"],
    );
    check(
        "components: {parameters: {A: {name: a, in: query}}}",
        "{$ref: '#/components/parameters/A', required: true}",
        &["warning: ./parameters/0/required: `required` beside `$ref` is ignored: the reference stands for the whole"],
    );
}

#[test]
fn models_may_refer_to_themselves_and_to_their_addresses() {
    let models = "components: {schemas: {Tree: {properties: {left: {$ref: '#/components/schemas/Tree'}}}, Other: {$ref: 'https://apigateway.amazonaws.com/restapis/a1/models/Tree'}, Loop: {$ref: '#/components/schemas/Loop'}}}";
    let body = "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Loop'}}}}";
    assert_eq!(problems(&document(&[models], &[MOCK, OK, body])), Vec::<String>::new());
    assert_eq!(
        problems(&document(&["components: {schemas: {Pet: {items: {$ref: '#/definitions/Pet'}}}}"], &[MOCK, OK])),
        ["error: /components/schemas/Pet/items/$ref: `#/definitions/Pet` names nothing in this document",]
    );
    assert_eq!(
        problems(&document(&["components: {schemas: {my-pet: {}}}"], &[MOCK, OK])),
        [
            "warning: /components/schemas/my-pet: `my-pet` has more than letters and digits: API Gateway does not import the model",
        ]
    );
}

#[test]
fn a_model_may_refer_to_places_in_itself() {
    let models = |reference: &str| {
        format!(
            "components: {{schemas: {{Pet: {{properties: {{a: {{$ref: '{reference}'}}}}, definitions: {{Own: {{}}}}}}, Other: {{}}}}}}"
        )
    };
    let own = models("#/definitions/Own");
    assert_eq!(problems(&document(&[&own], &[MOCK, OK])), Vec::<String>::new());
    let others = own.replace("Other: {}", "Other: {items: {$ref: '#/definitions/Own'}}");
    assert_eq!(
        problems(&document(&[&others], &[MOCK, OK])),
        ["error: /components/schemas/Other/items/$ref: `#/definitions/Own` names nothing in this document"]
    );
}

#[test]
fn a_response_whose_model_is_nowhere_is_told_of() {
    let check = |responses: &str, place: &str| {
        let expected = format!(
            "warning: /paths/~1pets/get/responses/200{place}/$ref: `#/components/schemas/Empty` names nothing in this document: the response is without its model"
        );
        assert_eq!(problems(&document(&[], &[MOCK, responses])), [expected]);
    };
    let empty = "{$ref: '#/components/schemas/Empty'}";
    check(
        &format!("responses: {{'200': {{description: '', content: {{application/json: {{schema: {empty}}}}}}}}}"),
        "/content/application~1json/schema",
    );
    check(&format!("responses: {{'200': {{description: '', schema: {empty}}}}}"), "/schema");
    // One that is the response itself.
    let of_response = format!("responses: {{'200': {empty}}}");
    let found = problems(&document(&[], &[MOCK, &of_response]));
    assert_eq!(
        found,
        ["error: /paths/~1pets/get/responses/200/$ref: `#/components/schemas/Empty` names nothing in this document"]
    );
}

#[test]
fn an_example_may_hold_anything() {
    let example = "components: {schemas: {A: {example: {$ref: nowhere, Ref: x, x-amazon-apigateway-policy: {}}}}}";
    assert_eq!(problems(&document(&[example], &[MOCK, OK])), Vec::<String>::new());
}

#[test]
fn a_document_has_a_bottom() {
    let deep = format!("{{openapi: 3.0.1, info: {{title: t}}, x-deep: {}{}}}", "[".repeat(110), "]".repeat(110));
    let found = problems(&deep);
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("the document is too deep: 100 levels and 2000000 values are allowed"), "{found:?}");
}
