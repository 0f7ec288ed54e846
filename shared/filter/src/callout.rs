//! Asking somebody else while a request waits.

use gatehouse_http::{Headers, Response};

/// A call to a cluster. The request waits for its reply.
#[derive(Clone, Debug)]
pub struct Callout {
    /// The cluster's name in the proxy's configuration.
    pub cluster: String,
    /// Every header, with `:method`, `:path` and `:authority`.
    pub headers: Headers,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// How long to wait, in milliseconds; at least 1.
    pub timeout_millis: u32,
}

/// What came of a callout.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The other side answered, with whatever status.
    Answered(Response),
    /// It did not.
    Failed(Failure),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It took longer than allowed.
    Timeout,
    /// The other side cannot be reached: refused, no host, too many connections.
    Unreachable,
    /// The connection broke, or the answer was larger than the proxy holds.
    Reset,
    /// The call could not be made: no such cluster, or a request that cannot be sent.
    NotSent,
}
