//! What a schema says of values that are read more kindly than their types.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::Node;

/// A text that YAML may have read as a number or a boolean.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "only its schema is asked for")]
pub(super) enum Text {
    Written(String),
    Number(i64),
    Boolean(bool),
}

/// A size, which may have a decimal point.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "only its schema is asked for")]
pub(super) enum Size {
    Written(String),
    Number(f64),
}

/// Anything: what is in it, somebody else knows.
impl JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Node".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}
