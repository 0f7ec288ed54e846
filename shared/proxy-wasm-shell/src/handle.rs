//! A stream as Envoy's callbacks reach it.

use std::cell::RefCell;
use std::rc::Rc;

use gatehouse_filter::Filter;
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::callout::Told;
use crate::shared::Shared;
use crate::stream::{Event, Phase, Stream};

/// A stream as Envoy's callbacks reach it, and as the plugin reaches it when another request wakes it up.
pub(crate) struct Handle<F: Filter> {
    stream: Rc<RefCell<Stream<F>>>,
}

impl<F: Filter> Handle<F> {
    pub(crate) fn new(id: u32, shared: Rc<Shared<F>>) -> Self {
        Self { stream: Rc::new(RefCell::new(Stream::new(id, shared))) }
    }

    fn on(&self, event: Event) -> Action {
        self.with(|stream| stream.on(event)).unwrap_or(Action::Pause)
    }

    /// Does something with the stream, which may then wait.
    fn with<T>(&self, act: impl FnOnce(&mut Stream<F>) -> T) -> Option<T> {
        let Ok(mut stream) = self.stream.try_borrow_mut() else {
            log::error!("{}: a callback within a callback", F::NAME);
            return None;
        };
        let done = act(&mut stream);
        stream.keep_if_waiting(&self.stream);
        Some(done)
    }
}

impl<F: Filter> Context for Handle<F> {
    fn on_http_call_response(&mut self, token: u32, headers: usize, body_size: usize, trailers: usize) {
        // The SDK brings the replies to calls that it makes next to this stream, too.
        self.with(|stream| stream.tell(token, Told { headers, body_size, trailers }));
    }
}

impl<F: Filter> HttpContext for Handle<F> {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        self.on(Event::Head(Phase::Request, end_of_stream.into()))
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.on(Event::Data(Phase::Request, size, end_of_stream.into()))
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        self.on(Event::Trailers(Phase::Request))
    }

    fn on_http_response_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        self.on(Event::Head(Phase::Response, end_of_stream.into()))
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.on(Event::Data(Phase::Response, size, end_of_stream.into()))
    }

    fn on_http_response_trailers(&mut self, _: usize) -> Action {
        self.on(Event::Trailers(Phase::Response))
    }

    fn on_log(&mut self) {
        self.on(Event::Gone);
    }
}
