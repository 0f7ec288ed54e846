//! What the module does, act by act.

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

use crate::raw::{self, REQUEST, REQUEST_BODY, RESPONSE};

pub(crate) struct Root;

impl Context for Root {}

impl RootContext for Root {
    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Rogue { act: String::new() }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Rogue {
    act: String,
}

impl Rogue {
    fn say(&self, what: impl std::fmt::Display) {
        let _ = hostcalls::log(LogLevel::Warn, &format!("rogue: {} {what}", self.act));
    }
}

impl Context for Rogue {}

impl HttpContext for Rogue {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        let act = self.get_http_request_header_bytes("x-rogue").unwrap_or_default();
        self.act = String::from_utf8_lossy(&act).into_owned();
        match self.act.as_str() {
            "early-body" => self.say(raw::set_buffer(REQUEST_BODY, 0, usize::MAX, b"x")),
            "early-response" => {
                let (status, size) = raw::pairs(RESPONSE);
                self.say(format!("{status} {size} {} {}", raw::value(RESPONSE, "x"), raw::set(RESPONSE, "x", "y")));
            }
            "no-header" => self.say(raw::value(REQUEST, "x-none")),
            "no-text" => drop(self.get_http_request_header("x-a")),
            "hang" => return Action::Pause,
            "split" => {
                self.send_http_response(200, vec![("x-a", "b\r\nx-injected: yes")], Some(b"hello"));
                return Action::Pause;
            }
            "twice" => {
                self.send_http_response(201, Vec::new(), Some(b"first"));
                self.send_http_response(202, Vec::new(), Some(b"second"));
            }
            "long-answer" => {
                self.send_http_response(200, vec![("content-length", "3")], Some(b"hello"));
                return Action::Pause;
            }
            "stranger" => self.say(raw::effective(9999)),
            "metrics" => {
                let told = [raw::count(0, "rogue.a", 0), raw::count(0, "rogue.a", -1), raw::count(0, "rogue.a", 1)];
                self.say(format!("{told:?} gauge {}", raw::count(1, "rogue.b", -1)));
            }
            "shared" => {
                let none = raw::shared("rogue.none").0;
                raw::set_shared("rogue.a", "1", 0);
                let (_, cas) = raw::shared("rogue.a");
                let told = [raw::set_shared("rogue.a", "2", cas), raw::set_shared("rogue.a", "3", cas)];
                self.say(format!("{none} {told:?} {}", raw::set_shared("rogue.created", "1", 77)));
            }
            "properties" => {
                let set = [raw::set_property("one", "1"), raw::set_property("two\0parts", "2")];
                let got = [raw::property("one"), raw::property("filter_state\0wasm.one"), raw::property("two\0parts")];
                self.say(format!("{set:?} {got:?} {:?}", raw::property("no\0such").0));
            }
            "buffered" | "stale-length" | "windows" if !end_of_stream => return Action::Pause,
            _ => {}
        }
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        match self.act.as_str() {
            "late-edit" => self.say(format!("{} {:?}", raw::set(REQUEST, "x-late", "1"), raw::pairs(REQUEST))),
            "buffered" if end_of_stream => {
                self.say(format!("{size} {end_of_stream} {:?}", raw::buffer(REQUEST_BODY)));
            }
            "buffered" => return Action::Pause,
            "stale-length" if end_of_stream => {
                self.say(raw::set_buffer(REQUEST_BODY, 0, usize::MAX, b"longer than it was"))
            }
            "stale-length" => return Action::Pause,
            "windows" if end_of_stream => {
                let told = [
                    raw::set_buffer(REQUEST_BODY, 0, 0, b"<"),
                    raw::set_buffer(REQUEST_BODY, 1_000_000, 0, b">"),
                    raw::set_buffer(REQUEST_BODY, 1, 1, b"!"),
                    raw::set(REQUEST, "content-length", "7"),
                ];
                self.say(format!("{told:?} {:?}", raw::buffer(REQUEST_BODY)));
            }
            "windows" => return Action::Pause,
            _ => {}
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        match self.act.as_str() {
            "request-afterwards" => {
                let told = (raw::pairs(REQUEST), raw::value(REQUEST, "x-rogue"), raw::set(REQUEST, "x", "y"));
                self.say(format!("{told:?} {}", raw::property("request\0path").0));
            }
            "stale-answer" => return Action::Continue,
            "answer-instead" => {
                self.send_http_response(418, vec![("x-a", "b")], Some(b"teapot"));
                return Action::Pause;
            }
            _ => {}
        }
        Action::Continue
    }

    fn on_http_response_body(&mut self, _: usize, _: bool) -> Action {
        match self.act.as_str() {
            "late-answer" => self.send_http_response(418, Vec::new(), Some(b"too late")),
            "stale-answer" => self.say(raw::set_buffer(raw::RESPONSE_BODY, 0, 100, b"no longer")),
            _ => {}
        }
        Action::Continue
    }

    fn on_log(&mut self) {
        if self.act == "log" {
            let told = (raw::value(REQUEST, "x-rogue"), raw::value(RESPONSE, ":status"), raw::set(REQUEST, "x", "y"));
            self.say(format!("{told:?} {:?}", raw::property("response\0code_details").0));
        }
    }
}
