//! What upstreams are told to say during an exchange, and what they were asked.

use crate::message::{Answered, Asked};

/// What an upstream does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Answers, after some milliseconds; between the head and the body it pauses.
    Answers { answer: Answered, after: u64, pause: u64 },
    /// Nothing listens at its address.
    Refused,
    /// Takes the request and never answers.
    Silent,
    /// Closes the connection before it has said anything.
    Closes,
    /// Says what is no answer of HTTP.
    Garbles,
    /// Breaks the connection in the middle of its answer.
    Breaks,
    /// Answers with more than the proxy holds for a callout.
    TooLarge,
}

/// One call that the case expects.
#[derive(Clone, Debug)]
pub struct Planned {
    pub upstream: String,
    pub reply: Reply,
}

/// One request that came.
#[derive(Clone, Debug)]
pub struct Received {
    pub upstream: String,
    /// Which of the planned calls it was; none if nobody expected it.
    pub planned: Option<usize>,
    pub asked: Asked,
}

/// The upstreams' part of an exchange.
#[derive(Clone, Debug, Default)]
pub struct Script {
    planned: Vec<(Planned, bool)>,
    pub received: Vec<Received>,
    /// What came that should not have come.
    pub violations: Vec<String>,
}

impl Script {
    pub fn new(planned: impl IntoIterator<Item = Planned>) -> Self {
        Self {
            planned: planned.into_iter().map(|planned| (planned, false)).collect(),
            received: Vec::new(),
            violations: Vec::new(),
        }
    }

    /// An upstream has been asked: the reply is that of the first call planned for it that has not come yet.
    pub fn receive(&mut self, upstream: &str, asked: Asked) -> Reply {
        let found =
            self.planned.iter_mut().enumerate().find(|(_, (planned, taken))| !taken && planned.upstream == upstream);
        let (planned, reply) = match found {
            Some((index, (planned, taken))) => {
                *taken = true;
                (Some(index), planned.reply.clone())
            }
            None => (None, unexpected()),
        };
        self.received.push(Received { upstream: upstream.to_owned(), planned, asked });
        reply
    }

    /// Has a planned call not come yet?
    pub fn is_waiting(&self) -> bool {
        self.planned.iter().any(|(planned, taken)| !taken && !matches!(planned.reply, Reply::Refused))
    }

    /// Must nothing listen at an upstream's address next?
    pub fn refuses(&self, upstream: &str) -> bool {
        let next = self.planned.iter().find(|(planned, taken)| !taken && planned.upstream == upstream);
        matches!(next, Some((Planned { reply: Reply::Refused, .. }, _)))
    }
}

fn unexpected() -> Reply {
    let answer = Answered { status: 500, body: b"the case does not expect this call".to_vec(), ..Answered::default() };
    Reply::Answers { answer, after: 0, pause: 0 }
}
