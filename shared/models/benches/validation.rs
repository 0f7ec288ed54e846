//! A 2 KB order against its model: here, from bytes to a verdict; beside the other validators there are in Rust, which are
//! given what serde_json has parsed.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gatehouse_models::{Models, References, Scratch, Source};
use serde_json::{Value, json};

fn schema() -> Value {
    let money = json!({"type": "number", "minimum": 0});
    json!({
        "type": "object",
        "required": ["orderId", "customer", "items", "total"],
        "additionalProperties": false,
        "properties": {
            "orderId": {"type": "string", "minLength": 5, "maxLength": 40},
            "placedAt": {"type": "string"},
            "customer": {
                "type": "object",
                "required": ["id", "email"],
                "properties": {
                    "id": {"type": "integer", "minimum": 1},
                    "email": {"type": "string", "maxLength": 80},
                    "name": {"type": "string"},
                    "address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}, "zip": {"type": "string"}}}
                }
            },
            "items": {
                "type": "array", "minItems": 1, "maxItems": 100,
                "items": {
                    "type": "object",
                    "required": ["sku", "quantity", "price"],
                    "properties": {
                        "sku": {"type": "string", "maxLength": 20},
                        "name": {"type": "string", "maxLength": 200},
                        "quantity": {"type": "integer", "minimum": 1, "maximum": 999},
                        "price": money,
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "kind": {"enum": ["book", "music", "other"]}
                    }
                }
            },
            "total": money,
            "currency": {"enum": ["EUR", "USD"]},
            "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 500}]}
        }
    })
}

/// About 2 KB.
fn document() -> Value {
    let items: Vec<Value> = (0..16)
        .map(|number| {
            json!({"sku": format!("SKU-{number:05}"), "name": "A thing that is bought often", "quantity": number + 1,
                "price": 12.5, "tags": ["new", "sale"], "kind": "book"})
        })
        .collect();
    json!({
        "orderId": "order-000123", "placedAt": "2026-11-21T10:00:00Z",
        "customer": {"id": 77, "email": "ann@example.com", "name": "Ann", "address": {"street": "1 Main St", "city": "Berlin", "zip": "10115"}},
        "items": items, "total": 234.5, "currency": "EUR", "note": null
    })
}

fn validation(c: &mut Criterion) {
    let (schema, document) = (schema(), document());
    let (schema_text, body) = (schema.to_string(), document.to_string());
    println!("{} bytes", body.len());
    let sources = [Source { name: "Order", schema: &schema_text }];
    let models = Models::compile(&sources, &["Order"], References::OfModel).unwrap();
    let mut scratch = Scratch::default();
    assert_eq!(models.validate(0, body.as_bytes(), &mut scratch), Ok(()));
    let jsonschema = jsonschema::draft4::new(&schema).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.set_default_draft(boon::Draft::V4);
    compiler.add_resource("order", schema).unwrap();
    let boon = compiler.compile("order", &mut schemas).unwrap();
    let mut group = c.benchmark_group("2 KB order");
    group.bench_function("here, from bytes", |b| {
        b.iter(|| models.validate(0, black_box(body.as_bytes()), &mut scratch).is_ok());
    });
    let anything = Models::compile(&[Source { name: "Any", schema: "{}" }], &["Any"], References::OfModel).unwrap();
    group.bench_function("here, reading only", |b| {
        b.iter(|| anything.validate(0, black_box(body.as_bytes()), &mut scratch).is_ok());
    });
    group.bench_function("jsonschema, parsed", |b| b.iter(|| jsonschema.is_valid(black_box(&document))));
    group.bench_function("boon, parsed", |b| b.iter(|| schemas.validate(black_box(&document), boon).is_ok()));
    group.bench_function("serde_json, parsing only", |b| {
        b.iter(|| serde_json::from_slice::<Value>(black_box(body.as_bytes())).unwrap());
    });
    let wrong = body.replacen("\"quantity\":3,", "\"quantity\":3000,", 1);
    group.bench_function("here, from bytes, with one message", |b| {
        b.iter(|| models.validate(0, black_box(wrong.as_bytes()), &mut scratch).is_err());
    });
    group.finish();
    c.bench_function("compile the order's model", |b| {
        b.iter(|| Models::compile(black_box(&sources), &["Order"], References::OfModel).unwrap());
    });
}

criterion_group!(benches, validation);
criterion_main!(benches);
