//! Against the two other validators there are in Rust, on schemas and documents that nobody thought of.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use gatehouse_models::{Mismatch, Models, References, Scratch, Source};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

fn document() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-20i64..20).prop_map(Value::from),
        // Beyond 53 bits boon reckons with what is left of a number.
        any::<i32>().prop_map(Value::from),
        // Halves only: a whole number with a point is an integer to some and none to others.
        (-20i64..20).prop_map(|number| json!(number as f64 + 0.5)),
        "[a-cé💩\"\\\\\n]{0,4}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-c]{1,2}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

fn keyword(inner: BoxedStrategy<Value>) -> BoxedStrategy<(String, Value)> {
    let types = ["array", "boolean", "integer", "null", "number", "object", "string"];
    let several = vec(inner.clone(), 1..3).prop_map(Value::from);
    let properties = btree_map("[a-c]{1,2}", inner.clone(), 0..4).prop_map(|map| json!(map));
    let names = prop::sample::subsequence(vec!["a", "b", "ab", "c"], 1..3).prop_map(Value::from);
    let count = (0u32..4).prop_map(Value::from);
    let number = prop_oneof![(-9i64..9).prop_map(Value::from), Just(json!(2.5))];
    let named =
        |name: &'static str, value: BoxedStrategy<Value>| value.prop_map(move |value| (name.to_owned(), value)).boxed();
    prop_oneof![
        3 => named("type", prop::sample::subsequence(types.to_vec(), 1..4).prop_map(Value::from).boxed()),
        1 => named("maximum", number.clone().boxed()),
        1 => named("minimum", number.boxed()),
        1 => named("multipleOf", prop_oneof![Just(json!(2)), Just(json!(3)), Just(json!(0.5))].boxed()),
        1 => (prop_oneof![Just("maxLength"), Just("minLength"), Just("maxItems"), Just("minItems"), Just("maxProperties"),
            Just("minProperties")], count).prop_map(|(name, count)| (name.to_owned(), count)),
        1 => named("pattern", prop_oneof![Just("^a"), Just("b$"), Just("[a-c]{2}"), Just("^.$"), Just("\\\\")].prop_map(Value::from).boxed()),
        2 => named("items", prop_oneof![inner.clone(), several.clone()].boxed()),
        1 => named("uniqueItems", any::<bool>().prop_map(Value::from).boxed()),
        3 => named("properties", properties.clone().boxed()),
        1 => named("patternProperties", btree_map("\\^?[a-c]", inner.clone(), 0..3).prop_map(|map| json!(map)).boxed()),
        1 => named("additionalProperties", prop_oneof![any::<bool>().prop_map(Value::from).boxed(), inner.clone()].boxed()),
        1 => named("required", names.clone().boxed()),
        1 => named("dependencies", btree_map("[a-c]", prop_oneof![names.boxed(), inner.clone()], 0..3).prop_map(|map| json!(map)).boxed()),
        1 => named("enum", vec(document(), 1..4).prop_map(|mut values| { values.dedup(); Value::from(values) }).boxed()),
        1 => (prop_oneof![Just("allOf"), Just("anyOf"), Just("oneOf")], several).prop_map(|(name, all)| (name.to_owned(), all)),
        1 => named("not", inner),
    ]
    .boxed()
}

fn schema() -> BoxedStrategy<Value> {
    let leaf = Just(json!({})).boxed();
    leaf.prop_recursive(3, 24, 3, |inner| {
        vec(keyword(inner.boxed()), 0..4)
            .prop_map(|keywords| json!(keywords.into_iter().collect::<serde_json::Map<_, _>>()))
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn boon_and_jsonschema_agree(schema in schema(), documents in vec(document(), 1..5)) {
        let text = schema.to_string();
        let compiled = Models::compile(&[Source { name: "it", schema: &text }], &["it"], References::OfModel);
        // Values that come twice in an `enum` are refused here.
        prop_assume!(compiled.is_ok());
        let models = compiled.unwrap();
        let other = jsonschema::draft4::new(&schema).unwrap();
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.set_default_draft(boon::Draft::V4);
        compiler.add_resource("it", schema).unwrap();
        let boon = compiler.compile("it", &mut schemas).unwrap();
        let mut scratch = Scratch::default();
        for document in documents {
            let result = models.validate(0, document.to_string().as_bytes(), &mut scratch);
            if let Err(Mismatch::Schema(messages)) = &result {
                prop_assert!(!messages.is_empty(), "nothing to say of {document} and {text}");
            }
            prop_assert_eq!(result.is_ok(), other.is_valid(&document), "jsonschema: {} {}", document, text);
            prop_assert_eq!(result.is_ok(), schemas.validate(&document, boon).is_ok(), "boon: {} {}", document, text);
        }
    }

    #[test]
    fn any_bytes_are_read_as_serde_json_reads_them(text in "[\\[\\]{}:,\"\\\\a-e0-3.eE+\\- tfnu\\u{0}-\\u{1f}é]{0,24}") {
        let any = Models::compile(&[Source { name: "it", schema: "{}" }], &["it"], References::OfModel).unwrap();
        let read = any.validate(0, text.as_bytes(), &mut Scratch::default()).is_ok();
        let other = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        // Half a surrogate pair is a letter to Java.
        prop_assert!(read == other || text.contains("\\u"), "{text:?}: {read} {other}");
    }
}
