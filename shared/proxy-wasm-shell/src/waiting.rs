//! Requests that wait to be woken up by another request, on this worker or on another one.
//!
//! Each VM has a queue of its own, under a name that nobody else can know. Who wakes a request up puts its number into
//! the queue of its VM; Envoy then calls the plugin there, which acts for the stream. A tick ends the waiting of
//! those that nobody wakes up; while nobody waits, it comes as seldom as errands need it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gatehouse_filter::{Filter, Timestamp};

use crate::callout::Told;
use crate::host;
use crate::stream::{Stream, now};

/// How often those who wait are looked at, in milliseconds.
const TICK_MILLIS: u32 = 50;
/// How long one who is called has to come, in milliseconds.
const CALLED_AGAIN_MILLIS: u64 = 500;
/// How many streams are acted for in one callback.
const AT_ONCE: usize = 4;

/// The streams of one plugin instance that wait, or whose calls were made while the plugin acted for them.
pub(crate) struct Waiting<F: Filter> {
    queue: u32,
    /// How often ticks come while nobody waits, in milliseconds; 0 for never.
    calm: u32,
    ticking: Cell<bool>,
    /// Until when a stream waits.
    until: RefCell<BTreeMap<u32, Timestamp>>,
    streams: RefCell<BTreeMap<u32, Rc<RefCell<Stream<F>>>>>,
    /// Calls made for a stream by the plugin: the SDK brings their replies to the plugin.
    calls: RefCell<BTreeMap<u32, u32>>,
}

impl<F: Filter> Waiting<F> {
    pub(crate) fn new(wanted: bool, calm: u32) -> Self {
        let queue = if wanted { queue::<F>() } else { 0 };
        if calm > 0 && host::set_tick_period(calm).is_err() {
            log::error!("{}: the host gives no ticks", F::NAME);
        }
        Self {
            queue,
            calm,
            ticking: Cell::default(),
            until: RefCell::default(),
            streams: RefCell::default(),
            calls: RefCell::default(),
        }
    }

    /// The number of this VM's queue.
    pub(crate) fn queue(&self) -> u32 {
        self.queue
    }

    /// A stream begins to wait, until some time.
    pub(crate) fn note(&self, stream: u32, until: Timestamp) {
        if let Ok(mut waiting) = self.until.try_borrow_mut() {
            waiting.insert(stream, until);
        }
        if !self.ticking.replace(true) && host::set_tick_period(TICK_MILLIS).is_err() {
            log::error!("{}: the host gives no ticks", F::NAME);
        }
    }

    /// Keeps hold of a stream that waits.
    pub(crate) fn keep(&self, id: u32, stream: &Rc<RefCell<Stream<F>>>) {
        if let Ok(mut streams) = self.streams.try_borrow_mut() {
            streams.entry(id).or_insert_with(|| Rc::clone(stream));
        }
    }

    /// A stream is gone.
    pub(crate) fn forget(&self, stream: u32) {
        self.rest(stream);
        if let Ok(mut streams) = self.streams.try_borrow_mut() {
            streams.remove(&stream);
        }
        if let Ok(mut calls) = self.calls.try_borrow_mut() {
            calls.retain(|_, caller| *caller != stream);
        }
    }

    /// Somebody called: the messages of our queue are the numbers of streams.
    ///
    /// Envoy calls once for each message, and no more than a few are read at once: what is to be done for a stream, it does after this
    /// callback, and what is to be done after that within it, so that many answers would run it out of stack.
    pub(crate) fn called(&self, queue: u32) {
        for _ in 0..AT_ONCE {
            let Ok(message) = host::dequeue(queue) else { return };
            if let Ok(stream) = message.try_into() {
                self.wake(u32::from_le_bytes(stream));
            }
        }
    }

    /// Time has passed: those who have waited long enough are called, each for itself.
    pub(crate) fn tick(&self) {
        if !self.ticking.get() {
            return;
        }
        let now = now();
        let unheard =
            self.due(now).into_iter().filter(|stream| host::enqueue(self.queue, &stream.to_le_bytes()).is_err());
        for stream in unheard.take(AT_ONCE) {
            self.wake(stream);
        }
        if self.until.try_borrow().is_ok_and(|waiting| waiting.is_empty()) {
            self.ticking.set(host::set_tick_period(self.calm).is_err());
        }
    }

    /// Those who have waited long enough; should a call be lost, they are called again.
    fn due(&self, now: Timestamp) -> Vec<u32> {
        let Ok(mut waiting) = self.until.try_borrow_mut() else { return Vec::new() };
        let due = waiting.iter_mut().filter(|(_, until)| **until <= now);
        due.map(|(stream, until)| {
            *until = now.plus_millis(CALLED_AGAIN_MILLIS);
            *stream
        })
        .collect()
    }

    /// A reply to a call that the plugin made for a stream.
    pub(crate) fn reply(&self, token: u32, told: Told) {
        let caller = self.calls.try_borrow_mut().ok().and_then(|mut calls| calls.remove(&token));
        if let Some(id) = caller {
            self.act(id, |stream| stream.tell(token, told));
        }
    }

    fn wake(&self, stream: u32) {
        if self.rest(stream) {
            self.act(stream, Stream::wake);
        }
    }

    /// The stream waits no more; whether it did.
    fn rest(&self, stream: u32) -> bool {
        self.until.try_borrow_mut().is_ok_and(|mut waiting| waiting.remove(&stream).is_some())
    }

    /// Does something for a stream, as its own callback would, and keeps hold of it as long as needed.
    fn act(&self, id: u32, act: impl FnOnce(&mut Stream<F>) -> Option<u32>) {
        let stream = self.streams.try_borrow().ok().and_then(|streams| streams.get(&id).map(Rc::clone));
        let Some(stream) = stream else { return };
        if host::act_for(id).is_err() {
            return self.forget(id);
        }
        let Ok(mut stream) = stream.try_borrow_mut() else { return };
        match act(&mut stream) {
            Some(token) => {
                if let Ok(mut calls) = self.calls.try_borrow_mut() {
                    calls.insert(token, id);
                }
            }
            None if self.until.try_borrow().is_ok_and(|waiting| waiting.contains_key(&id)) => {}
            None => self.forget(id),
        }
    }
}

/// A queue of this VM alone.
fn queue<F: Filter>() -> u32 {
    let mut random = [0; 16];
    let made = host::fill_random(&mut random).and_then(|()| {
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        host::register_queue(&format!("gatehouse.{}.{name}", F::NAME))
    });
    made.unwrap_or_else(|_| {
        log::error!("{}: the host gives no queue", F::NAME);
        0
    })
}
