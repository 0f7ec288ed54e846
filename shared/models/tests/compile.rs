//! What is refused when models are compiled: each by model and place.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use gatehouse_models::{Models, References, Scratch, Source};

fn problems(schema: &str, references: References) -> Vec<String> {
    let sources = [
        Source { name: "Pet", schema },
        Source { name: "Tag", schema: r#"{"type":"string","definitions":{"x":{"type":"null"}}}"# },
        Source { name: "Broken", schema: "{" },
    ];
    match Models::compile(&sources, &["Pet"], references) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn refused(schema: &str, expected: &str) {
    assert_eq!(problems(schema, References::OfDocument), [expected], "{schema}");
}

#[test]
fn what_is_no_schema_is_named_with_its_place() {
    refused("[]", "Pet: `[]` is no schema: an object is expected");
    refused("{", "Pet: the schema is no JSON: byte 1: no key where one must be");
    refused(
        r#"{"properties":{"a/b":{"type":"text"}}}"#,
        "Pet/properties/a~1b/type: `\"text\"` where `array`, `boolean`, `integer`, `null`, `number`, `object`, `string` or a list of some of them, each once is expected",
    );
    refused(
        r#"{"required":[]}"#,
        "Pet/required: `[]` where a list of at least one property's name, each once, is expected",
    );
    refused(
        r#"{"properties":{"a":{"required":true}}}"#,
        "Pet/properties/a/required: `true` where a list of at least one property's name, each once, is expected",
    );
    refused(
        r#"{"minimum":1,"exclusiveMinimum":5}"#,
        "Pet/exclusiveMinimum: `5` where `true` or `false`, beside `minimum`, is expected",
    );
    refused(r#"{"exclusiveMaximum":true}"#, "Pet/exclusiveMaximum: `exclusiveMaximum` without `maximum`");
    refused(r#"{"maxLength":1.5}"#, "Pet/maxLength: `1.5` where a whole number from 0 to 2147483647 is expected");
    refused(r#"{"multipleOf":0}"#, "Pet/multipleOf: `0` where a number above 0 is expected");
    refused(r#"{"items":[]}"#, "Pet/items: `[]` where a list of at least one schema is expected");
    refused(r#"{"properties":{"a":true}}"#, "Pet/properties/a: `true` is no schema: an object is expected");
    refused(r#"{"enum":[1,1.0]}"#, "Pet/enum: `[1,1]` where a list of values, each once, is expected");
    refused(
        r#"{"$schema":"http://json-schema.org/draft-03/schema#"}"#,
        "Pet/$schema: `http://json-schema.org/draft-03/schema#` is not served: draft 4 is, `http://json-schema.org/draft-04/schema#`",
    );
}

#[test]
fn what_a_pattern_cannot_have_is_named() {
    refused(
        r#"{"items":{"pattern":"^a?(?!x)"}}"#,
        "Pet/items/pattern: `^a?(?!x)` has a negative lookahead `(?!` at byte 3: patterns here run in linear time, without it",
    );
    refused(
        r#"{"patternProperties":{"[z":{}}}"#,
        "Pet/patternProperties/[z: `[z` is not a valid ECMA 262 regular expression: `[` without `]` at byte 2",
    );
}

#[test]
fn references_lead_to_models_and_into_them() {
    let check = |reference: &str, references, expected: Option<&str>| {
        let schema = format!(
            r#"{{"properties":{{"a":{{"$ref":"{reference}"}}}},"definitions":{{"Tag":{{"type":"integer"}},"Own":{{}}}}}}"#
        );
        let expected = expected.map(|why| format!("Pet/properties/a/$ref: {why}"));
        assert_eq!(problems(&schema, references), Vec::from_iter(expected), "{reference}");
    };
    for references in [References::OfDocument, References::OfModel] {
        check("https://apigateway.amazonaws.com/restapis/a1b2c3/models/Tag", references, None);
        check("https://apigateway.amazonaws.com/restapis/a1b2c3/models/Tag#/definitions/x", references, None);
        check("#/definitions/Tag", references, None);
        check("#/components/schemas/Tag", references, None);
        check("#/components/schemas/Tag/definitions/x", references, None);
        check("#/definitions/Own", references, None);
        check("#", references, None);
        let nothing = |text: &str| Some(format!("`{text}` names no model and no place in this one"));
        for text in [
            "#/definitions/None",
            "https://example.com/Tag",
            "Tag",
            "#/properties/b",
            "#a",
            "https://apigateway.amazonaws.com/restapis/a1b2c3/models/None",
        ] {
            check(text, references, nothing(text).as_deref());
        }
    }
}

#[test]
fn a_definition_is_the_documents_or_the_models_own() {
    let schema = r##"{"$ref":"#/definitions/Tag","definitions":{"Tag":{"type":"integer"}}}"##;
    let valid = |references, body: &str| {
        let sources = [Source { name: "Pet", schema }, Source { name: "Tag", schema: r#"{"type":"string"}"# }];
        Models::compile(&sources, &["Pet"], references)
            .unwrap()
            .validate(0, body.as_bytes(), &mut Scratch::default())
            .is_ok()
    };
    assert!(valid(References::OfDocument, r#""a""#) && !valid(References::OfDocument, "1"));
    assert!(!valid(References::OfModel, r#""a""#) && valid(References::OfModel, "1"));
}

#[test]
fn a_schema_that_never_goes_on_is_refused() {
    let once = "the schema leads back to itself without going into the value: validating with it would not end";
    refused(r##"{"$ref":"#"}"##, "Pet/$ref: `#` leads back to itself");
    refused(r##"{"allOf":[{"$ref":"#"}]}"##, &format!("Pet: {once}"));
    refused(
        r##"{"properties":{"a":{"not":{"dependencies":{"x":{"$ref":"#/properties/a"}}}}}}"##,
        &format!("Pet/properties/a: {once}"),
    );
    assert_eq!(
        problems(r##"{"properties":{"a":{"$ref":"#"}},"items":{"anyOf":[{"$ref":"#"}]}}"##, References::OfDocument),
        Vec::<String>::new()
    );
}

#[test]
fn only_what_is_used_is_compiled() {
    assert_eq!(problems("{}", References::OfDocument), Vec::<String>::new());
    let broken = problems(r##"{"$ref":"#/definitions/Broken"}"##, References::OfDocument);
    assert_eq!(broken[0], "Broken: the schema is no JSON: byte 1: no key where one must be");
    let none = Models::compile(&[], &["Pet"], References::OfDocument).unwrap_err();
    assert_eq!(none[0].to_string(), "Pet: there is no model of this name");
}
