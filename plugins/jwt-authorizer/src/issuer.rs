//! An issuer: its keys as this worker holds them, as all workers share them, and how they are fetched.
//!
//! Two slots of shared data belong to each: one holds the keys, the other says who fetches them, or that nobody may for a
//! while. A worker that lacks a key looks there first; one of all workers asks the issuer.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gatehouse_filter::{Callout, Lease, Reply, Table, Timestamp, Turn, Turns};
use gatehouse_jwt::{Error as TokenError, KeySet, Token};

use crate::error::Error;
use crate::issuers::Moment;
use crate::keys::{Got, Keys};
use crate::metrics::{KeyMeasure, KeyMetrics};
use crate::remote::{Document, Remote, TIMEOUT_MILLIS, Told};

/// How many slots of shared data an issuer needs.
pub(crate) const SLOTS: u32 = 2;
/// An unknown key id makes the issuer be asked once in this time, in milliseconds, whatever clients send.
const UNKNOWN_MILLIS: u64 = 10_000;
/// Who could not be reached is asked again after this time, in milliseconds.
const RETRY_MILLIS: u64 = 5_000;
/// Who waits for somebody else's call looks for himself this often, in milliseconds, should nobody wake him up.
const LOOK_MILLIS: u32 = 500;
/// A turn lasts longer than its two calls, so that their own end is what ends it.
const LEASE_MILLIS: u32 = 2 * TIMEOUT_MILLIS + 2_000;

/// An issuer of tokens.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) keys: Keys,
    /// Its key in its slots: what was there of another issuer is not its.
    scope: Vec<u8>,
    slot: u32,
    metrics: KeyMetrics,
    held: RefCell<Option<Rc<Ring>>>,
    generations: Cell<u64>,
    /// Somebody has brought a token of this issuer's.
    wanted: Cell<bool>,
    /// Until then the issuer, which could not be reached, is not asked.
    rests: Cell<Timestamp>,
    /// Until then it is not asked for an unknown key: no worker asks.
    known: Cell<Timestamp>,
    /// What could not be had when it was asked last.
    missed: Cell<Document>,
}

/// The keys of an issuer as they were at some time.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) set: KeySet,
    /// Another set has another.
    pub(crate) generation: u64,
    text: Vec<u8>,
    fetched: Cell<Timestamp>,
}

/// Why no key is at hand.
pub(crate) enum Lack {
    /// There are no keys.
    Keys,
    /// There are, and none has this id.
    Key,
    /// The token is wrong whatever keys there are.
    Token(TokenError),
}

/// An issuer is being asked for its keys, by us or by another request.
#[derive(Debug)]
pub struct Asking {
    pub(crate) issuer: usize,
    document: Document,
    why: Why,
    began: Timestamp,
    turn: Option<Lease>,
    waits: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// There are no keys.
    Keys,
    /// A key is missing.
    Key,
    /// They have become old.
    Age,
}

/// What becomes of the wish for keys.
pub(crate) enum Fetch {
    Ask(Callout, Asking),
    Wait(u32, Asking),
    /// The issuer has just been asked: what is known now is all.
    Over,
}

impl Issuer {
    pub(crate) fn new(name: &str, keys: Keys, metrics: KeyMetrics) -> Self {
        let (scope, held) = match &keys.got {
            Got::Fetched(remote) => (remote.scope(), None),
            Got::Inline(set) => {
                let ring = Ring { set: set.clone(), generation: 0, text: Vec::new(), fetched: Cell::default() };
                (Vec::new(), Some(Rc::new(ring)))
            }
        };
        Self {
            name: name.to_owned(),
            keys,
            scope,
            slot: 0,
            metrics,
            held: RefCell::new(held),
            generations: Cell::new(0),
            wanted: Cell::new(false),
            rests: Cell::default(),
            known: Cell::default(),
            missed: Cell::new(Document::KeySet),
        }
    }

    /// How many slots it needs, and from which on they are its.
    pub(crate) fn place(&mut self, slot: u32) -> u32 {
        self.slot = slot;
        match self.keys.got {
            Got::Inline(_) => 0,
            Got::Fetched(_) => SLOTS,
        }
    }

    /// The keys at hand, unless they are too old to be used.
    pub(crate) fn ring(&self, now: Timestamp) -> Option<Rc<Ring>> {
        let held = self.held.try_borrow().ok()?;
        held.as_ref().filter(|ring| self.is_usable(ring, now)).map(Rc::clone)
    }

    /// Are these the keys that are used now?
    pub(crate) fn uses(&self, generation: u64, now: Timestamp) -> bool {
        let usable = |ring: &Rc<Ring>| ring.generation == generation && self.is_usable(ring, now);
        self.held.try_borrow().is_ok_and(|held| held.as_ref().is_some_and(usable))
    }

    fn is_usable(&self, ring: &Ring, now: Timestamp) -> bool {
        matches!(self.keys.got, Got::Inline(_)) || now.since(ring.fetched.get()) < self.keys.max_age
    }

    /// Keys of which one is the token's: those at hand, else those that another worker has fetched.
    pub(crate) fn ring_for(&self, token: &Token<'_>, moment: &Moment<'_>) -> Result<Rc<Ring>, Lack> {
        self.wanted.set(true);
        match self.found(token, moment.now) {
            Err(Lack::Keys | Lack::Key) if self.look(moment) => self.found(token, moment.now),
            found => found,
        }
    }

    fn found(&self, token: &Token<'_>, now: Timestamp) -> Result<Rc<Ring>, Lack> {
        let ring = self.ring(now).ok_or(Lack::Keys)?;
        match ring.set.find(token) {
            Ok(_) => Ok(ring),
            Err(TokenError::UnknownKey) => Err(Lack::Key),
            Err(error) => Err(Lack::Token(error)),
        }
    }

    /// Takes what is in shared data, if it is newer than what is at hand; whether it was.
    fn look(&self, moment: &Moment<'_>) -> bool {
        let Got::Fetched(_) = self.keys.got else { return false };
        let Some(value) = self.table(moment).get(&self.scope, moment.now) else { return false };
        let Some((fetched, known, text)) = shared(&value) else { return false };
        self.known.set(known.max(self.known.get()));
        let newest = self.held.try_borrow().ok().and_then(|held| held.as_ref().map(|ring| ring.fetched.get()));
        if newest.is_some_and(|newest| newest >= fetched) {
            return false;
        }
        match KeySet::parse(text) {
            Ok(set) => {
                self.hold(set, text.to_vec(), fetched);
                true
            }
            Err(_) => false,
        }
    }

    /// These are the keys from now on. The same keys are the same generation: what was verified with them stays verified.
    fn hold(&self, set: KeySet, text: Vec<u8>, fetched: Timestamp) {
        let Ok(mut held) = self.held.try_borrow_mut() else { return };
        match held.as_ref() {
            Some(ring) if ring.text == text => ring.fetched.set(fetched),
            _ => {
                self.generations.set(self.generations.get() + 1);
                let generation = self.generations.get();
                *held = Some(Rc::new(Ring { set, generation, text, fetched: Cell::new(fetched) }));
            }
        }
    }

    /// Wants keys for a request, which waits for them.
    pub(crate) fn fetch(&self, issuer: usize, lack: &Lack, asked: Option<&Asking>, moment: &Moment<'_>) -> Fetch {
        let Got::Fetched(remote) = &self.keys.got else { return Fetch::Over };
        let why = if matches!(lack, Lack::Keys) { Why::Keys } else { Why::Key };
        let rests = if why == Why::Key { self.rests.get().max(self.known.get()) } else { self.rests.get() };
        if rests > moment.now {
            return Fetch::Over;
        }
        let began = asked.map_or(moment.now, |asked| asked.began);
        if moment.now.since(began) > u64::from(LEASE_MILLIS) {
            return Fetch::Over;
        }
        let turns = self.turns(moment);
        let turn = match asked.and_then(|asked| asked.turn) {
            Some(lease) => turns.take_again(&self.scope, moment.here, LEASE_MILLIS, lease),
            None => turns.take(&self.scope, moment.here, LEASE_MILLIS),
        };
        let asking = |turn, waits| Asking { issuer, document: Document::KeySet, why, began, turn: Some(turn), waits };
        match turn {
            Turn::Held(told) => {
                self.missed.set(Document::parse(&told).unwrap_or(self.missed.get()));
                Fetch::Over
            }
            Turn::Failed(_) => Fetch::Over,
            Turn::Theirs(lease) => Fetch::Wait(LOOK_MILLIS, asking(lease, true)),
            Turn::Mine(lease) => self.begin(remote, asking(lease, false)),
        }
    }

    /// Why there are no keys: what could not be had.
    pub(crate) fn out_of_reach(&self) -> Error {
        match self.missed.get() {
            Document::Discovery => Error::Discovery,
            Document::KeySet => Error::Keys,
        }
    }

    fn begin(&self, remote: &Remote, asking: Asking) -> Fetch {
        let (callout, document) = remote.begin();
        Fetch::Ask(callout, Asking { document, ..asking })
    }

    /// Fetches keys that have become old, or that could not be fetched when they were wanted, on behalf of no request.
    pub(crate) fn errand(&self, issuer: usize, moment: &Moment<'_>) -> Option<(Callout, Asking)> {
        let Got::Fetched(remote) = &self.keys.got else { return None };
        if !self.wanted.get() {
            return None;
        }
        self.look(moment);
        let fetched = self.held.try_borrow().ok()?.as_ref().map(|ring| ring.fetched.get());
        let is_due = fetched.is_none_or(|fetched| moment.now.since(fetched) >= self.keys.refresh);
        if !is_due || moment.now < self.rests.get() {
            return None;
        }
        let turn = Some(self.turns(moment).try_take(&self.scope, LEASE_MILLIS)?);
        let (callout, document) = remote.begin();
        Some((callout, Asking { issuer, document, why: Why::Age, began: moment.now, turn, waits: false }))
    }

    /// Reads an answer; the next call, where it leads to one.
    pub(crate) fn on_reply(&self, asking: &Asking, reply: &Reply, moment: &Moment<'_>) -> Option<(Callout, Asking)> {
        let Got::Fetched(remote) = &self.keys.got else { return None };
        match remote.read(asking.document, reply) {
            Ok(Told::At(callout)) => {
                let Asking { issuer, why, began, turn, .. } = *asking;
                return Some((callout, Asking { issuer, document: Document::KeySet, why, began, turn, waits: false }));
            }
            Ok(Told::Keys(set, text)) => self.keep(asking, set, text, moment),
            Err(why) => {
                log::warn!("keys of `{}`: {why}", self.name);
                self.metrics.count(KeyMeasure::Failed, moment.host);
                self.rests.set(moment.now.plus_millis(RETRY_MILLIS));
                self.turns(moment).settle(&self.scope, asking.document.name(), self.rests.get());
                self.missed.set(asking.document);
            }
        }
        self.metrics.record(KeyMeasure::Latency, moment.now.since(asking.began), moment.host);
        None
    }

    fn keep(&self, asking: &Asking, set: KeySet, text: Vec<u8>, moment: &Moment<'_>) {
        self.metrics.count(KeyMeasure::Fetched, moment.host);
        if asking.why == Why::Key {
            self.known.set(moment.now.plus_millis(UNKNOWN_MILLIS));
        }
        let expires = moment.now.plus_millis(self.keys.max_age);
        // What cannot be shared is known here all the same.
        let _ = self.table(moment).update(&self.scope, moment.now, |held| {
            let theirs = held.and_then(shared).map_or(Timestamp::default(), |(_, known, _)| known);
            self.known.set(self.known.get().max(theirs));
            let times = [moment.now, self.known.get()].map(|time| time.millis().to_le_bytes());
            ([times.as_flattened(), &text].concat(), expires)
        });
        self.hold(set, text, moment.now);
        // Who waits is woken up and looks at the keys; whoever lacks one may ask at once.
        self.turns(moment).settle(&self.scope, b"", moment.now);
    }

    /// The client has left: another request takes over.
    pub(crate) fn on_abandoned(&self, asking: &Asking, moment: &Moment<'_>) {
        if let (Some(lease), false) = (asking.turn, asking.waits) {
            self.turns(moment).abandon(&self.scope, lease);
        }
    }

    fn table<'m>(&self, moment: &Moment<'m>) -> Table<'m> {
        Table::of_range(self.slot, 1, moment.host.store())
    }

    fn turns<'m>(&self, moment: &Moment<'m>) -> Turns<'m> {
        Turns::of_range(self.slot.saturating_add(1), 1, moment.host, moment.now)
    }
}

/// What shared data says of keys: when they were fetched, until when nobody asks for an unknown one, and their text.
fn shared(value: &[u8]) -> Option<(Timestamp, Timestamp, &[u8])> {
    let (fetched, rest) = value.split_first_chunk::<8>()?;
    let (known, text) = rest.split_first_chunk::<8>()?;
    let time = |bytes: &[u8; 8]| Timestamp::from_millis(u64::from_le_bytes(*bytes));
    Some((time(fetched), time(known), text))
}
