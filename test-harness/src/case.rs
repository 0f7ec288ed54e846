//! A conversation case: a plugin, its configuration, and exchanges with it.
//!
//! ```text
//! # What this file shows, in a sentence.
//! config
//!   {"responses": {"default": {"statusCode": "200"}}}
//!
//! exchange a name that says what is expected
//! request POST /pets?type=cat HTTP/2
//!   host: api.example.com
//!   body {"price": 3}
//! calls http://petstore.example.com
//!   POST /petstore/pets?type=cat
//!   content-type: application/json
//!   absent x-api-key
//!   body {"price": 3}
//! replies 201 after 20ms
//!   body {"id": 1}
//! answer 201
//!   x-amzn-requestid: <uuid>
//!   json {"id": 1}
//! ```
//!
//! The README of the cases has every word of it.

mod check;
mod parse;
mod pattern;
mod sign;
mod text;
mod token;

use std::ops::Range;
use std::path::PathBuf;

use crate::message::{Answered, ClientRequest};
use crate::script::Reply;

pub use check::{Mismatch, bless, check};
pub use pattern::Pattern;
pub use sign::Signing;
pub use token::{keys, tokens};

/// A file.
#[derive(Clone, Debug)]
pub struct Case {
    pub path: PathBuf,
    /// `<plugin>/<file>`.
    pub name: String,
    pub plugin: String,
    pub config: Config,
    pub upstreams: Vec<Declared>,
    pub direct: Answered,
    pub workers: usize,
    pub only: Option<Only>,
    /// It also runs against the services of docker-compose, whose backend answers as the case's upstream does.
    pub also_compose: bool,
    /// The configuration must be refused with this reason.
    pub rejected: Option<(usize, Pattern)>,
    pub steps: Vec<Step>,
}

/// Where the plugin's configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Config {
    #[default]
    None,
    Text(String),
    /// A deployment document, whose definitions and endpoints are put in. Definitions are beside it.
    Deployment {
        text: String,
        folder: PathBuf,
    },
}

/// An upstream that the case itself names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    pub name: String,
    pub has_hosts: bool,
}

/// Why a case runs in one world alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    Fake,
    Envoy,
}

#[derive(Clone, Debug)]
pub enum Step {
    Exchange(Box<Exchange>),
    Wait(u64),
}

/// One exchange, or several alike at once.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub name: String,
    pub line: usize,
    pub times: usize,
    pub request: ClientRequest,
    /// How the request is signed before it is sent.
    pub signing: Option<Signing>,
    pub calls: Vec<Call>,
    pub answer: Option<Expected>,
    pub state: Vec<(usize, String, Option<Pattern>)>,
    pub counts: Vec<(usize, String, u64)>,
    pub logs: Vec<(usize, Pattern)>,
    pub traps: bool,
    pub violates: bool,
}

impl Exchange {
    /// Every call that the exchange's requests lead to.
    pub fn planned(&self) -> impl Iterator<Item = &Call> {
        (0..self.times).flat_map(|round| self.calls.iter().filter(move |call| round == 0 || !call.once))
    }
}

/// A request that an upstream must get, and what it says.
#[derive(Clone, Debug)]
pub struct Call {
    pub upstream: String,
    /// However many requests are sent at once.
    pub once: bool,
    pub expected: Expected,
    pub reply: Reply,
}

/// What a message must be like. What is not named may be anything.
#[derive(Clone, Debug)]
pub struct Expected {
    pub line: usize,
    pub start: Start,
    pub items: Vec<Item>,
}

/// How the message must begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    Anything,
    Status(u16),
    /// `?`: to be written by `BLESS=1`.
    Unknown,
    /// The client gets no answer.
    Nothing,
}

/// One line about a message.
#[derive(Clone, Debug)]
pub struct Item {
    pub lines: Range<usize>,
    pub kind: ItemKind,
}

#[derive(Clone, Debug)]
pub enum ItemKind {
    RequestLine(String, Pattern),
    /// All values of the headers of one name are those of its lines, in order.
    Header(String, Pattern),
    Absent(Vec<String>),
    Body(Pattern),
    Bytes(Vec<u8>),
    Json(String),
    Trailer(String, Pattern),
}
