//! One stream's way through the filter, as Envoy's filter manager drives it: headers held, bodies buffered, resumed.

use super::headers::HeaderMap;
use super::vm::{After, Direction, LocalReply, ROOT, Vm};
use super::window::{Pane, Window};
use super::world::{Due, World};
use crate::message::{Answered, ClientBody, ClientRequest, Version};

/// What Envoy lets one direction of a stream buffer over HTTP/1.1: `per_connection_buffer_limit_bytes` of the listener.
const BUFFER_LIMIT: usize = 12_582_912;
/// And over HTTP/2, where it is `initial_stream_window_size`.
const WINDOW: usize = 16_777_216;
/// The largest frame of HTTP/2, and about what one read of a socket brings.
pub(super) const FRAME: usize = 16_384;

/// A stream and how far it is.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) index: usize,
    pub(super) worker: usize,
    pub(super) request: ClientRequest,
    pub(super) decode: Half,
    pub(super) encode: Half,
    /// What the router has of the request.
    pub(super) routed: Option<(HeaderMap, Vec<u8>)>,
    pub(super) answer: Option<Answered>,
}

/// One direction of a stream at the filter.
#[derive(Debug, Default)]
pub(super) struct Half {
    pub(super) begun: bool,
    pub(super) headers_held: bool,
    pub(super) trailers_held: bool,
    pub(super) buffering: bool,
    /// All of it has come to the filter.
    pub(super) ended: bool,
    /// Nothing goes on any more in this direction.
    pub(super) stopped: bool,
}

/// What a callback returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Continue,
    Pause,
}

impl Stream {
    pub(super) fn new(index: usize, worker: usize, request: ClientRequest) -> Self {
        let (decode, encode) = (Half::default(), Half::default());
        Self { index, worker, request, decode, encode, routed: None, answer: None }
    }

    pub(super) fn half(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Request => &mut self.decode,
            Direction::Response => &mut self.encode,
        }
    }

    fn buffer_limit(&self) -> usize {
        match self.request.version {
            Version::Http1 => BUFFER_LIMIT,
            Version::Http2 => WINDOW,
        }
    }

    /// For the report of a request that hangs.
    pub(super) fn standing(&self) -> String {
        format!("request {:?}, response {:?}", self.decode, self.encode)
    }
}

impl World {
    pub(super) fn vm(&mut self, context: u32) -> Option<&mut Vm> {
        let worker = self.streams.get(&context)?.worker;
        self.workers[worker].as_mut()
    }

    pub(super) fn window(&mut self, context: u32) -> Option<&mut Window> {
        self.vm(context).map(|vm| vm.window(context))
    }

    /// A request arrives, whole.
    pub(super) fn open(&mut self, context: u32, stream: Stream) {
        let request = stream.request.clone();
        self.streams.insert(context, stream);
        let mut window = Window { source_address: format!("127.0.0.1:{}", 40_000 + context), ..Window::default() };
        window.protocol = if request.version == Version::Http2 { "HTTP/2" } else { "HTTP/1.1" };
        window.request.headers = Pane { value: self.request_headers_of(&request), open: true };
        let Some(vm) = self.vm(context) else { return };
        *vm.window(context) = window;
        if let Err(error) = vm.enter("proxy_on_context_create", (context, ROOT)) {
            return self.trapped(context, &error);
        }
        let frames: Vec<&[u8]> = request.body.pieces().iter().flat_map(|piece| piece.chunks(FRAME)).collect();
        let trailers = (request.version == Version::Http2 && !request.trailers.is_empty()).then_some(&request.trailers);
        let ends_in_data = request.version == Version::Http2 && trailers.is_none() && !request.unfinished;
        self.headers(context, Direction::Request, frames.is_empty() && trailers.is_none());
        for (at, frame) in frames.iter().enumerate() {
            let last = ends_in_data && at + 1 == frames.len();
            self.data(context, Direction::Request, frame, last);
        }
        match trailers {
            Some(trailers) => self.trailers(context, Direction::Request, HeaderMap::from(trailers)),
            // HTTP/1.1 learns of the end only afterwards.
            None if request.version == Version::Http1 && !frames.is_empty() && !request.unfinished => {
                self.data(context, Direction::Request, b"", true);
            }
            None if request.garbled => self.garbled(context),
            None => {}
        }
    }

    fn request_headers_of(&self, request: &ClientRequest) -> HeaderMap {
        const REMOVED: [&str; 5] = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
        let mut map = HeaderMap::default();
        map.add(":authority", crate::message::values(&request.headers, "host").next().unwrap_or_default());
        map.add(":path", &request.target);
        map.add(":method", &request.method);
        map.add(":scheme", "http");
        for (name, value) in &request.headers {
            let te = name == "te" && value != b"trailers";
            if name != "host" && !REMOVED.contains(&name.as_str()) && !te {
                map.add(name, value);
            }
        }
        if let ClientBody::Whole(body) = &request.body
            && map.get("content-length").is_none()
        {
            map.add("content-length", body.len().to_string());
        }
        map.add("x-forwarded-for", "127.0.0.1");
        map.add("x-forwarded-proto", "http");
        map
    }

    pub(super) fn headers(&mut self, context: u32, direction: Direction, ended: bool) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let half = stream.half(direction);
        (half.begun, half.ended) = (true, ended);
        let Some(window) = self.window(context) else { return };
        let count = match direction {
            Direction::Request => window.request.headers.value.0.len(),
            Direction::Response => window.response.headers.value.0.len(),
        };
        let name = match direction {
            Direction::Request => "proxy_on_request_headers",
            Direction::Response => "proxy_on_response_headers",
        };
        let arguments = (context, u32::try_from(count).unwrap(), u32::from(ended));
        match self.ask(context, direction, name, arguments) {
            Some(Action::Continue) => {
                self.close_headers(context, direction);
                self.pass_headers(context, direction, ended);
            }
            Some(Action::Pause) => self.streams.get_mut(&context).unwrap().half(direction).headers_held = true,
            None => {}
        }
    }

    pub(super) fn data(&mut self, context: u32, direction: Direction, bytes: &[u8], ended: bool) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let limit = stream.buffer_limit();
        let half = stream.half(direction);
        if half.stopped {
            return;
        }
        half.ended = ended;
        let buffering = half.buffering;
        let body = self.body(context, direction);
        body.open = true;
        if !buffering {
            body.value.clear();
        }
        body.value.extend(bytes);
        let size = body.value.len();
        if buffering && size > limit {
            return self.too_large(context, direction);
        }
        let name = match direction {
            Direction::Request => "proxy_on_request_body",
            Direction::Response => "proxy_on_response_body",
        };
        match self.ask(context, direction, name, (context, u32::try_from(size).unwrap(), u32::from(ended))) {
            Some(Action::Continue) => self.release(context, direction, ended),
            Some(Action::Pause) => {
                self.streams.get_mut(&context).unwrap().half(direction).buffering = true;
                if self.body(context, direction).value.len() > limit {
                    self.too_large(context, direction);
                }
            }
            None => {}
        }
    }

    pub(super) fn trailers(&mut self, context: u32, direction: Direction, trailers: HeaderMap) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let half = stream.half(direction);
        if half.stopped {
            return;
        }
        half.ended = true;
        let count = u32::try_from(trailers.0.len()).unwrap();
        let Some(window) = self.window(context) else { return };
        let (pane, name) = match direction {
            Direction::Request => (&mut window.request.trailers, "proxy_on_request_trailers"),
            Direction::Response => (&mut window.response.trailers, "proxy_on_response_trailers"),
        };
        *pane = Pane { value: trailers, open: true };
        match self.ask(context, direction, name, (context, count)) {
            Some(Action::Continue) => self.release(context, direction, true),
            Some(Action::Pause) => self.streams.get_mut(&context).unwrap().half(direction).trailers_held = true,
            None => {}
        }
    }

    /// What was held and buffered goes on.
    pub(super) fn release(&mut self, context: u32, direction: Direction, ended: bool) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let half = stream.half(direction);
        if half.stopped {
            return;
        }
        let held = std::mem::take(&mut half.headers_held);
        half.trailers_held = false;
        half.buffering = false;
        let body = self.body(context, direction);
        body.open = false;
        let bytes = std::mem::take(&mut body.value);
        if held {
            self.pass_headers(context, direction, ended && bytes.is_empty());
        }
        if !held || !bytes.is_empty() || !ended {
            self.pass_data(context, direction, bytes, ended);
        }
    }

    fn resume(&mut self, context: u32, direction: Direction) {
        let Some(stream) = self.streams.get_mut(&context) else { return };
        let half = stream.half(direction);
        let paused = half.headers_held || half.buffering || half.trailers_held;
        let ended = half.ended;
        if paused && (half.buffering || half.trailers_held || ended) {
            self.release(context, direction, ended);
        } else if paused {
            self.streams.get_mut(&context).unwrap().half(direction).headers_held = false;
            self.pass_headers(context, direction, false);
        }
    }

    fn pass_headers(&mut self, context: u32, direction: Direction, ended: bool) {
        match direction {
            Direction::Request => self.route(context, ended),
            Direction::Response => self.send_headers(context, ended),
        }
    }

    fn pass_data(&mut self, context: u32, direction: Direction, bytes: Vec<u8>, ended: bool) {
        match direction {
            Direction::Request => self.route_data(context, &bytes, ended),
            Direction::Response => self.send_data(context, &bytes, ended),
        }
    }

    fn body(&mut self, context: u32, direction: Direction) -> &mut Pane<Vec<u8>> {
        let window = self.window(context).expect("a stream that is going on has a window");
        match direction {
            Direction::Request => &mut window.request.body,
            Direction::Response => &mut window.response.body,
        }
    }

    fn close_headers(&mut self, context: u32, direction: Direction) {
        if let Some(window) = self.window(context) {
            match direction {
                Direction::Request => window.request.headers.open = false,
                Direction::Response => window.response.headers.open = false,
            }
        }
    }

    fn too_large(&mut self, context: u32, direction: Direction) {
        let (status, body, details) = match direction {
            Direction::Request => (413, "Payload Too Large", "request_payload_too_large"),
            Direction::Response => (500, "Internal Server Error", "response_payload_too_large"),
        };
        let reply = LocalReply { status, body: body.into(), details: details.into(), ..LocalReply::default() };
        self.reply_locally(context, reply);
    }

    /// The client sends what is no HTTP.
    fn garbled(&mut self, context: u32) {
        let (body, details) = ("Bad Request".into(), "http1.codec_error".into());
        self.reply_locally(context, LocalReply { status: 400, body, details, ..LocalReply::default() });
    }

    /// A callback of the request or response phase. None if nothing is left to go on with.
    pub(super) fn ask(
        &mut self,
        context: u32,
        direction: Direction,
        name: &str,
        arguments: impl wasmtime::WasmParams,
    ) -> Option<Action> {
        let vm = self.vm(context)?;
        vm.host().effective = context;
        let asked = vm.ask(name, arguments);
        let action = match asked {
            Ok(0) => Action::Continue,
            Ok(_) => Action::Pause,
            Err(error) => {
                self.trapped(context, &error);
                return None;
            }
        };
        self.afterwards(context);
        let stream = self.streams.get_mut(&context)?;
        (!stream.half(direction).stopped).then_some(action)
    }

    /// What the VM asked for while it ran is done now that it has returned.
    pub(super) fn afterwards(&mut self, context: u32) {
        if let Some(worker) = self.streams.get(&context).map(|stream| stream.worker) {
            self.afterwards_of(worker);
        }
    }

    /// The same for whatever a VM did.
    fn afterwards_of(&mut self, worker: usize) {
        let Some(vm) = &mut self.workers[worker] else { return };
        for after in std::mem::take(&mut vm.host().after) {
            match after {
                After::Ready(vm, queue) => self.after(0, Due::Called { vm, queue }),
                After::Ticks(vm, period) => self.tick_every(vm, period),
                After::Resume(context, direction) => self.resume(context, direction),
                After::Answer(context, reply) => self.reply_locally(context, reply),
                After::Call(call) => self.call(worker, call),
            }
        }
    }

    /// The reply of a callout, of a stream's or of the plugin's own. A stream that has gone hears nothing.
    pub(super) fn tell(&mut self, worker: usize, context: u32, token: u32, reply: Option<Answered>) {
        let vm = if context == ROOT { self.workers[worker].as_mut() } else { self.vm(context) };
        let Some(vm) = vm else { return };
        let (count, size) = match &reply {
            Some(reply) => (reply.headers.len() + 1, reply.body.len()),
            None => (0, 0),
        };
        vm.window(context).reply = reply.map(|reply| {
            let mut map = HeaderMap::default();
            map.add(":status", reply.status.to_string());
            reply.headers.iter().for_each(|(name, value)| map.add(name, value));
            (map, reply.body)
        });
        vm.host().effective = ROOT;
        let arguments = (context, token, u32::try_from(count).unwrap(), u32::try_from(size).unwrap(), 0_u32);
        match vm.enter("proxy_on_http_call_response", arguments) {
            Ok(()) => {
                vm.window(context).reply = None;
                self.afterwards_of(worker);
            }
            // Nobody answers this client.
            Err(error) => self.lose(context, &error),
        }
    }

    /// A callback of the plugin itself.
    pub(super) fn tell_plugin(&mut self, worker: usize, name: &str, arguments: impl wasmtime::WasmParams) {
        let Some(vm) = &mut self.workers[worker] else { return };
        vm.host().effective = ROOT;
        match vm.enter(name, arguments) {
            Ok(()) => self.afterwards_of(worker),
            Err(error) => {
                self.outcome.traps.push(format!("{error:#}"));
                self.workers[worker] = None;
            }
        }
    }

    pub(super) fn leave(&mut self, context: u32) {
        if self.streams.contains_key(&context) {
            self.end(context);
        }
    }

    /// A callback of a stream has killed the VM: its client gets an empty 503, every other stream of it hangs.
    pub(super) fn trapped(&mut self, context: u32, error: &anyhow::Error) {
        self.lose(context, error);
        if let Some(stream) = self.streams.remove(&context)
            && !stream.encode.begun
        {
            self.outcome.answers[stream.index] = Some(Answered { status: 503, ..Answered::default() });
        }
    }

    fn lose(&mut self, context: u32, error: &anyhow::Error) {
        self.outcome.traps.push(format!("{error:#}"));
        if let Some(stream) = self.streams.get(&context) {
            self.workers[stream.worker] = None;
        }
    }

    /// The end of a stream, whatever became of it.
    pub(super) fn end(&mut self, context: u32) {
        if let Some(vm) = self.vm(context) {
            let window = vm.window(context);
            (window.request.headers.open, window.response.headers.open, window.over) = (true, true, true);
            vm.host().effective = context;
            let told = vm.enter("proxy_on_log", context);
            let told = told
                .and_then(|()| if vm.listens_to("proxy_on_done") { vm.ask("proxy_on_done", context) } else { Ok(1) });
            let state = std::mem::take(&mut vm.window(context).state);
            let told = told.and_then(|_| vm.enter("proxy_on_delete", context));
            vm.host().windows.remove(&context);
            // Of a stream that is over nothing can be asked any more; it may still wake others up.
            vm.host().after.retain(|after| matches!(after, After::Ready(..) | After::Ticks(..)));
            if let Err(error) = told {
                self.lose(context, &error);
            }
            let index = self.streams[&context].index;
            self.outcome.states[index] = state;
            self.afterwards(context);
        }
        self.streams.remove(&context);
        self.due.retain(|(_, due)| due.context() != context);
    }
}
