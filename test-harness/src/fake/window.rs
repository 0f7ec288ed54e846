//! What a stream's context may see and touch at the moment: Envoy opens and closes maps and buffers as phases pass.

use std::collections::BTreeMap;

use super::headers::HeaderMap;

/// A thing that is there, and may or may not be touched now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pane<T> {
    pub(crate) value: T,
    pub(crate) open: bool,
}

/// One direction of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    pub(crate) headers: Pane<HeaderMap>,
    pub(crate) body: Pane<Vec<u8>>,
    pub(crate) trailers: Pane<HeaderMap>,
}

/// One stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    pub(crate) request: Side,
    pub(crate) response: Side,
    /// A callout's reply, while it is told.
    pub(crate) reply: Option<(HeaderMap, Vec<u8>)>,
    /// The stream's filter state, under names without `wasm.`.
    pub(crate) state: BTreeMap<String, Vec<u8>>,
    /// Why there is a response; from the response phase on.
    pub(crate) code_details: Option<String>,
    pub(crate) source_address: String,
    pub(crate) protocol: &'static str,
    /// A local reply has been asked for: later ones are not heard.
    pub(crate) answered: bool,
    /// It is over: everything can be read once more, and nothing changed.
    pub(crate) over: bool,
}

impl Window {
    /// A header map by the ABI's number, if it may be touched.
    pub(crate) fn map(&mut self, map: u32) -> Option<&mut HeaderMap> {
        let pane = match map {
            0 => &mut self.request.headers,
            1 => &mut self.request.trailers,
            2 => &mut self.response.headers,
            3 => &mut self.response.trailers,
            6 => return self.reply.as_mut().map(|(headers, _)| headers),
            _ => return None,
        };
        pane.open.then_some(&mut pane.value)
    }

    /// The same, to change it.
    pub(crate) fn map_to_edit(&mut self, map: u32) -> Option<&mut HeaderMap> {
        if self.over { None } else { self.map(map) }
    }

    /// A buffer by the ABI's number, if it may be touched.
    pub(crate) fn buffer(&mut self, buffer: u32) -> Option<&mut Vec<u8>> {
        let pane = match buffer {
            0 => &mut self.request.body,
            1 => &mut self.response.body,
            4 => return self.reply.as_mut().map(|(_, body)| body),
            _ => return None,
        };
        pane.open.then_some(&mut pane.value)
    }

    /// A property by its path.
    pub(crate) fn property(&self, path: &str) -> Option<Vec<u8>> {
        let request = |name: &str| {
            self.request.headers.open.then(|| self.request.headers.value.get(name).map(<[u8]>::to_vec)).flatten()
        };
        let parts: Vec<&str> = path.split('\0').collect();
        match parts.as_slice() {
            ["source", "address"] => Some(self.source_address.clone().into_bytes()),
            ["response", "code_details"] => self.code_details.clone().map(String::into_bytes),
            ["request", "path"] => request(":path"),
            ["request", "method"] => request(":method"),
            ["request", "host"] => request(":authority"),
            ["request", "scheme"] => request(":scheme"),
            ["request", "id"] => request("x-request-id"),
            ["request", "protocol"] => self.request.headers.open.then(|| self.protocol.as_bytes().to_vec()),
            ["filter_state", name] => self.state.get(name.strip_prefix("wasm.")?).cloned(),
            [name] => self.state.get(*name).cloned(),
            _ => None,
        }
    }
}
