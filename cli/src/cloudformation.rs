//! CloudFormation: an API's definition inside a template, and the functions (`Ref`, `Fn::Sub`, …) that stand for values.
//!
//! Functions are resolved from the deployment document's `parameters`, its account and region, and the template's own
//! parameters, mappings and conditions. What none of them knows is refused, and the finding says which value to give.

mod condition;
mod created;
mod environment;
mod for_each;
mod function;
mod identity;
mod mappings;
mod parts;
mod properties;
mod resources;
mod routes;
mod stages;
mod sub;
mod template;
mod usage;
mod written;

pub(crate) use created::created;
pub(crate) use environment::Environment;
pub(crate) use for_each::for_each;
pub(crate) use function::{function, resolve};
pub(crate) use identity::identity;
pub(crate) use mappings::{Guarded, Mapped, Mapping, guarded, mappings};
pub(crate) use parts::{call, entry, function_uri, list, map, renamed, single, text};
pub(crate) use properties::{CORS, add};
pub(crate) use stages::{Setting, Stage, of_name, stages};
pub(crate) use template::{DOMAIN, Definition, Found, OF_STAGES, chosen, find, is_template, kind, refers_to};
pub(crate) use usage::{Key, Member, Plan, Usage, usage};
pub(crate) use written::{read, read_parts};

#[cfg(test)]
mod tests;
