//! A stream that waits, for a reply or for another one.

use std::cell::RefCell;
use std::rc::Rc;

use gatehouse_filter::Filter;

use super::{Event, Machine, Stream};
use crate::callout::{self, Sent, Told};

impl<F: Filter> Stream<F> {
    /// Keeps hold of a stream that waits, so that the plugin can wake it up.
    pub(crate) fn keep_if_waiting(&self, handle: &Rc<RefCell<Self>>) {
        if matches!(self.machine, Machine::Waiting(_)) {
            self.shared.waiting.keep(self.id, handle);
        }
    }

    /// Wakes the stream up; the token of a call that it makes then, whose reply comes to the plugin.
    pub(crate) fn wake(&mut self) -> Option<u32> {
        self.on(Event::Woken);
        self.awaited().map(|sent| sent.token)
    }

    /// Tells the stream the reply to a call; the token of the next one.
    pub(crate) fn tell(&mut self, token: u32, told: Told) -> Option<u32> {
        // A late reply must not touch the host's buffers of a stream that has moved on.
        if let Some(sent) = self.awaited()
            && sent.token == token
        {
            self.on(Event::Reply(token, callout::reply(sent, told)));
        }
        self.awaited().map(|sent| sent.token)
    }

    fn awaited(&self) -> Option<Sent> {
        match self.machine {
            Machine::Awaiting(_, sent, _) => Some(sent),
            _ => None,
        }
    }
}
