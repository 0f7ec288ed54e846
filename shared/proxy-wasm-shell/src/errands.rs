//! What a filter asks for itself, on behalf of no request: calls that the plugin makes when time has passed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use gatehouse_filter::{Callout, Filter, Host, Reply, Timestamp};

use crate::callout::{self, Sent, Told};
use crate::stream::now;

/// How many errands are begun at once.
const AT_ONCE: usize = 64;

/// The errands of one plugin instance.
pub(crate) struct Errands<F: Filter> {
    every: Option<u32>,
    due: Cell<Timestamp>,
    /// What is awaited, by the call's token.
    calls: RefCell<BTreeMap<u32, (Sent, F::Awaiting)>>,
}

impl<F: Filter> Errands<F> {
    pub(crate) fn new(every: Option<u32>) -> Self {
        Self { every, due: Cell::default(), calls: RefCell::default() }
    }

    /// Time has passed; ticks come more often than errands while somebody waits.
    pub(crate) fn tick(&self, filter: &F, host: &dyn Host) {
        let (Some(every), now) = (self.every, now()) else { return };
        if now < self.due.get() {
            return;
        }
        self.due.set(now.plus_millis(u64::from(every)));
        for _ in 0..AT_ONCE {
            match filter.errand(now, host) {
                Some(call) => self.go(call, filter, now, host),
                None => return,
            }
        }
    }

    /// A reply that came to the plugin; whether it was to an errand.
    pub(crate) fn reply(&self, token: u32, told: Told, filter: &F, host: &dyn Host) -> bool {
        let awaited = self.calls.try_borrow_mut().ok().and_then(|mut calls| calls.remove(&token));
        let Some((sent, awaiting)) = awaited else { return false };
        let now = now();
        if let Some(call) = filter.on_errand(awaiting, callout::reply(sent, told), now, host) {
            self.go(call, filter, now, host);
        }
        true
    }

    /// Makes a call; one that fails at once is told, and may lead to the next.
    fn go(&self, call: (Callout, F::Awaiting), filter: &F, now: Timestamp, host: &dyn Host) {
        let mut next = Some(call);
        while let Some((callout, awaiting)) = next {
            next = match callout::dispatch(&callout, now) {
                Ok(sent) => {
                    if let Ok(mut calls) = self.calls.try_borrow_mut() {
                        calls.insert(sent.token, (sent, awaiting));
                    }
                    None
                }
                Err(failure) => filter.on_errand(awaiting, Reply::Failed(failure), now, host),
            };
        }
    }
}
