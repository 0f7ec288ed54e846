//! What a hostile body or schema costs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]
#![allow(clippy::disallowed_methods, reason = "how long something takes is what is tested")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use gatehouse_models::{MAX_DEPTH, MESSAGES_LIMIT, Mismatch, Models, References, Scratch, Source};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator is")]
// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn compile(schema: &str) -> Models {
    Models::compile(&[Source { name: "it", schema }], &["it"], References::OfModel).unwrap()
}

fn validate(schema: &str, body: &str) -> Result<(), Mismatch> {
    let began = Instant::now();
    let result = compile(schema).validate(0, body.as_bytes(), &mut Scratch::default());
    let limit = if cfg!(debug_assertions) { 40 } else { 4 };
    assert!(began.elapsed() < Duration::from_secs(limit), "{:?}: {schema}", began.elapsed());
    result
}

const ORDER: &str = r#"{"type":"object","required":["id","items"],"additionalProperties":false,"properties":{
    "id":{"type":"string","pattern":"^[a-z0-9-]+$","maxLength":40},"note":{"type":"string","format":"email"},
    "total":{"type":"number","minimum":0,"multipleOf":0.01},"kind":{"enum":["a","b",{"c":1}]},
    "items":{"type":"array","minItems":1,"uniqueItems":true,"items":{"anyOf":[{"type":"string"},{"type":"integer"}]}}}}"#;

#[test]
fn a_valid_body_costs_no_allocation() {
    let (models, mut scratch) = (compile(ORDER), Scratch::default());
    let body = br#"{"id":"o-1","note":"a\u0040b.c","total":12.34,"kind":{"c":1},"items":["a","b",1,2]}"#;
    // The first one finds out how much is needed.
    models.validate(0, body, &mut scratch).unwrap();
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..100 {
        models.validate(0, body, &mut scratch).unwrap();
    }
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
}

#[test]
fn hostile_bodies_are_refused_in_time() {
    let tree = r##"{"properties":{"a":{"$ref":"#"}},"items":{"$ref":"#"},"additionalProperties":{"$ref":"#"}}"##;
    for body in [
        "[".repeat(100_000),
        "[".repeat(10_000_000),
        "{\"a\":".repeat(100_000),
        format!("{}{}", "[".repeat(501), "]".repeat(501)),
    ] {
        assert!(matches!(validate(tree, &body), Err(Mismatch::NotJson(it)) if it.reason == "too deep"));
    }
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(MAX_DEPTH), close.repeat(MAX_DEPTH));
    assert_eq!(validate(tree, &deep("[", "]")), Ok(()));
    assert_eq!(validate(tree, &deep("{\"a\":", "}")), Ok(()));
    assert_eq!(validate(tree, &format!("[{}[]]", "[],".repeat(3_400_000))), Ok(()));
    assert!(validate(tree, &"[]".repeat(5_000_000)).is_err());
    let digits = "9".repeat(10_000_000);
    let number = r#"{"maximum":1e999999999,"minimum":0.5,"multipleOf":7}"#;
    assert!(matches!(validate(number, &digits), Err(Mismatch::Schema(_))));
    assert!(matches!(validate(number, "1e999999998"), Err(Mismatch::Schema(_))));
    assert!(matches!(validate(number, "1e9999999999999999999"), Err(Mismatch::NotJson(_))));
}

#[test]
fn a_schema_that_would_take_exponential_time_is_stopped() {
    let twice = r##"{"anyOf":[{"items":{"$ref":"#"},"not":{}},{"items":{"$ref":"#"}},{"items":{"$ref":"#"},"maxItems":0}],"type":"array"}"##;
    let all = r##"{"allOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}}],"type":"array"}"##;
    for schema in [twice, all] {
        assert_eq!(validate(schema, &format!("{}{}", "[".repeat(200), "]".repeat(200))), Err(Mismatch::TooCostly));
    }
    assert_eq!(validate(all, "[[[]]]"), Ok(()));
}

#[test]
fn many_values_are_compared_in_time() {
    let numbers: Vec<String> = (0..300_000).map(|number| number.to_string()).collect();
    assert_eq!(validate(r#"{"uniqueItems":true}"#, &format!("[{}]", numbers.join(","))), Ok(()));
    let keys: Vec<String> = (0..100_000).map(|number| format!("\"{number}\":0")).collect();
    let object = format!("{{{}}}", keys.join(","));
    assert!(validate(r#"{"uniqueItems":true}"#, &format!("[{object},{object}]")).is_err());
    let required = r#"{"required":["x"],"patternProperties":{"^(a+)+$":{}},"dependencies":{"x":["y"]}}"#;
    assert!(validate(required, &object).is_err());
}

#[test]
fn messages_are_bounded() {
    let length = |schema: &str, body: &str| match validate(schema, body) {
        Err(mismatch @ Mismatch::Schema(_)) => mismatch.to_string().len(),
        other => panic!("{other:?}"),
    };
    let limit = MESSAGES_LIMIT + 16;
    assert!(length(r#"{"items":{"type":"string"}}"#, &format!("[{}1]", "1,".repeat(1_000_000))) <= limit);
    assert!(length(r#"{"maxLength":1}"#, &format!("\"{}\"", "é".repeat(1_000_000))) <= limit);
    assert!(length(r#"{"enum":[1]}"#, &format!("[{}1]", "1,".repeat(1_000_000))) <= limit);
    assert!(length(r#"{"maximum":1}"#, &"9".repeat(1_000_000)) <= limit);
    let keys: Vec<String> = (0..100_000).map(|number| format!("\"{number}\":0")).collect();
    assert!(length(r#"{"additionalProperties":false}"#, &format!("{{{}}}", keys.join(","))) <= limit);
}
