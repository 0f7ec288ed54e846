//! The gateway: an API Gateway API, whole, as one Envoy filter. Its configuration is the deployment document with the
//! API definitions inside it.
//!
//! ```text
//!  request ─► host, stage ─► routing ─► $context ─► integration ──MOCK────────► answer ─────────► client
//!                │              │                       │
//!                │              │                       ├────HTTP────► callout ─► integration response ─► client
//!                ▼              ▼                       │
//!            403 Forbidden   403 Missing                └────HTTP_PROXY► request mapping ─► Envoy's own route
//!                            Authentication Token                                           │
//!  every refusal ─► the API's gateway responses                     client ◄─ header rules ◄┘
//! ```

mod compile;
mod filter;
mod hosts;
mod http;
mod http_proxy;
mod metrics;
mod request_parameters;
mod stage;
mod trace;
mod unknown_route;
mod unserved;

pub use compile::{Endpoint, Fault, Gateway};
pub use unserved::unserved;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(Gateway);
