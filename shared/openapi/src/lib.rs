//! Imports an API Gateway definition (OpenAPI 3 or Swagger 2 with `x-amazon-apigateway-*`) into the API model.

mod node;

pub use node::{Node, Pointer};
