//! The root context: reads the configuration, and makes a stream for each request.

use std::rc::Rc;

use gatehouse_filter::{Filter, InvalidConfig};
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType};

use crate::callout::Told;
use crate::handle::Handle;
use crate::host::{self, Buffer};
use crate::shared::Shared;

/// One plugin instance.
pub(crate) struct Root<F: Filter> {
    shared: Option<Rc<Shared<F>>>,
}

impl<F: Filter> Default for Root<F> {
    fn default() -> Self {
        Self { shared: None }
    }
}

impl<F: Filter> Root<F> {
    fn configure(size: usize) -> Result<F, InvalidConfig> {
        let bytes = host::buffer(Buffer::PluginConfiguration, size)
            .map_err(|_| InvalidConfig::new("", "the host does not give the configuration"))?;
        // A plugin without a configuration is configured with nothing.
        let bytes = if bytes.is_empty() { b"{}".as_slice() } else { &bytes };
        let config = serde_json::from_slice(bytes).map_err(|error| InvalidConfig::new("", error.to_string()))?;
        F::configure(config)
    }
}

impl<F: Filter> Context for Root<F> {
    fn on_http_call_response(&mut self, token: u32, headers: usize, body_size: usize, trailers: usize) {
        let told = Told { headers, body_size, trailers };
        if let Some(shared) = &self.shared
            && !shared.errands.reply(token, told, &shared.filter, shared.as_ref())
        {
            shared.waiting.reply(token, told);
        }
    }
}

impl<F: Filter> RootContext for Root<F> {
    fn on_configure(&mut self, size: usize) -> bool {
        // This also makes a panic say why in Envoy's log. The host answers no earlier than here.
        proxy_wasm::set_log_level(host::log_level());
        match Self::configure(size) {
            Ok(filter) => {
                self.shared = Some(Rc::new(Shared::new(filter)));
                true
            }
            Err(invalid) => {
                log::error!("gatehouse {}: invalid configuration: {invalid}", F::NAME);
                false
            }
        }
    }

    fn on_queue_ready(&mut self, queue: u32) {
        if let Some(shared) = &self.shared {
            shared.waiting.called(queue);
        }
    }

    fn on_tick(&mut self) {
        if let Some(shared) = &self.shared {
            // Before any stream is acted for: what is called now is called by the plugin.
            shared.errands.tick(&shared.filter, shared.as_ref());
            shared.waiting.tick();
        }
    }

    fn create_http_context(&self, id: u32) -> Option<Box<dyn HttpContext>> {
        Some(match &self.shared {
            Some(shared) => Box::new(Handle::new(id, Rc::clone(shared))),
            None => Box::new(Unconfigured),
        })
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

/// A stream of a plugin that was never configured: Envoy does not make one, and if it did, nothing would pass.
struct Unconfigured;

impl Context for Unconfigured {}

impl HttpContext for Unconfigured {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let _ = host::send_local_response(500, "gatehouse_unconfigured", &gatehouse_http::Headers::new(), b"");
        Action::Pause
    }
}
