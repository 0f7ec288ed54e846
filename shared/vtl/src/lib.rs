//! API Gateway's mapping templates: Velocity 1.7 as AWS configures it, JSON as json-smart reads it, JSONPath as Jayway
//! does.
//!
//! Nothing in here knows Envoy, and nothing asks for the time: a template and a request in, a text out.
//!
//! ```text
//! source ── Template::parse ──▶ Template            lexer: a stack of states; parser: operations in one pass
//!                                   │
//! body, parameters, context ──▶ Input
//!                                   └─ render ──▶ Rendered { output, overrides }
//!                                                  a stack machine; values are numbers into one heap per render
//! ```
//!
//! What AWS changes in Velocity is little: every null is the empty string (and so true in an `#if`), macros are read and
//! never run, `#evaluate`, `#parse` and `#include` are text, and `$context` tells its entries in `HashMap`'s order.
//!
//! A template that Velocity would not parse is refused with file, line and column; a render that would throw in Java, or
//! that costs more than [`Limits`] allow, is an error: AWS answers both with 500.
//!
//! ```
//! use gatehouse_vtl::{Input, Limits, Template};
//!
//! let source = r##"#set($pets = $input.path('$.pets'))
//! {"count": $pets.size(), "names": [#foreach($pet in $pets)"$util.escapeJavaScript($pet.name)"#if($foreach.hasNext), #end#end]}"##;
//! let template = Template::parse("pets.vtl", source).map_err(|error| error.to_string())?;
//! assert!(template.reads_body());
//!
//! let input = Input { body: br#"{"pets": [{"name": "Rex"}, {"name": "Mia"}]}"#, ..Input::default() };
//! let rendered = template.render(&input, &Limits::default()).map_err(|error| error.to_string())?;
//! assert_eq!(rendered.output, r#"{"count": 2, "names": ["Rex", "Mia"]}"#);
//! # Ok::<(), String>(())
//! ```

mod big;
mod decimal;
mod encoding;
mod error;
mod heap;
mod input;
mod json;
mod jsonpath;
mod lexer;
mod limits;
mod machine;
mod method;
mod number;
mod op;
mod parser;
mod print;
mod rendered;
mod template;
mod units;
mod value;

pub use error::{RenderError, TemplateError};
pub use input::{Context, Input, Values};
pub use jsonpath::check_path;
pub use limits::Limits;
pub use rendered::{Override, Overrides, Rendered};
pub use template::Template;
