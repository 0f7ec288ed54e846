//! The gateway: an API Gateway API, whole, as one Envoy filter. Its configuration is the deployment document with the
//! API definitions inside it.
//!
//! ```text
//!  request ─► host, stage ─► routing ─► $context ─► authorizer ─► validation ─► integration ──MOCK────► answer ──► client
//!                │              │                      │  ▲          │             │
//!                │              │             function ▼  │policy    ▼             ├──HTTP──► callout ─► integration response
//!                ▼              ▼                    401, 403       400            │
//!            403 Forbidden   403 Missing                                           └──HTTP_PROXY► request mapping ─► Envoy's route
//!                            Authentication Token                                                                   │
//!  every refusal ─► the API's gateway responses                                             client ◄─ header rules ◄┘
//! ```

mod authorizers;
mod aws;
mod compile;
mod compression;
mod credentials;
mod filter;
mod guard;
mod hosts;
mod http;
mod http_api;
mod http_proxy;
mod iam;
mod issuers;
mod lambda;
mod metering;
mod metrics;
mod mutual_tls;
mod stage;
mod trace;
mod unknown_route;
mod unserved;
mod unused_limits;
mod user_pools;
mod validation;

pub use compile::{ClientCertificate, Endpoint, Fault, Gateway, Signing};
pub use issuers::issuers;
pub use lambda::{called_functions, called_services};
pub use unserved::unserved;
pub use user_pools::user_pools;

#[cfg(all(target_arch = "wasm32", feature = "entry"))]
gatehouse_proxy_wasm_shell::run!(Gateway);
