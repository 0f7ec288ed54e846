//! Imports an API Gateway definition (OpenAPI 3 or Swagger 2 with `x-amazon-apigateway-*`) into the API model.

pub use gatehouse_api::{Node, Place as Pointer};
