//! What all streams of one plugin instance share: the filter, its metrics' ids, a pool of chance, the store.

use std::cell::RefCell;

use gatehouse_filter::{Conflict, Filter, Hash, Host, MetricId, MetricKind, Slot, Store, Waiter};

use crate::errands::Errands;
use crate::host::{self, Kind};
use crate::waiting::Waiting;
use crate::wire;

/// A configured filter and what the host keeps for it.
pub(crate) struct Shared<F: Filter> {
    pub(crate) filter: F,
    pub(crate) waiting: Waiting<F>,
    pub(crate) errands: Errands<F>,
    metrics: RefCell<Vec<Option<u32>>>,
    random: RefCell<Pool>,
    slots: u32,
}

impl<F: Filter> Shared<F> {
    /// Makes every slot of the store that is not there yet. Envoy configures its main thread first, so that no worker
    /// writes into a slot before it exists.
    pub(crate) fn new(filter: F) -> Self {
        let slots = filter.slots();
        for slot in 0..slots {
            let key = key::<F>(slot);
            if host::shared_data(&key).is_err() && host::set_shared_data(&key, &[], 0).is_err() {
                log::error!("{}: slot {slot} of shared data cannot be made", F::NAME);
            }
        }
        let every = filter.errands_every();
        let waiting = Waiting::new(slots > 0, every.unwrap_or_default());
        Self {
            filter,
            waiting,
            errands: Errands::new(every),
            metrics: RefCell::default(),
            random: RefCell::default(),
            slots,
        }
    }

    /// Envoy's id of a metric, defined when it is first used: defining one again would give it another id.
    fn metric(&self, id: MetricId) -> Option<u32> {
        let mut metrics = self.metrics.try_borrow_mut().ok()?;
        let index = usize::try_from(id.0).ok()?;
        if metrics.len() <= index {
            metrics.resize(index + 1, None);
        }
        let known = metrics.get_mut(index)?;
        if known.is_none() {
            let metric = self.filter.metric(id);
            let kind = match metric.kind {
                MetricKind::Counter => Kind::Counter,
                MetricKind::Gauge => Kind::Gauge,
                MetricKind::Histogram => Kind::Histogram,
            };
            *known = host::define_metric(kind, &metric.name).ok();
        }
        *known
    }
}

impl<F: Filter> Host for Shared<F> {
    fn fill_random(&self, bytes: &mut [u8]) {
        match self.random.try_borrow_mut() {
            Ok(mut pool) => pool.fill(bytes),
            Err(_) => log::error!("{}: the pool of chance is in use", F::NAME),
        }
    }

    fn source_address(&self) -> Option<String> {
        host::property("source\0address").ok().and_then(|address| String::from_utf8(address).ok())
    }

    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        host::property(&path.join("\0")).ok()
    }

    /// Envoy's `verify_signature`: a call of 20 µs for RSA and 50 for ECDSA, where Rust in a VM takes 600 and 750.
    fn verifies(&self, hash: Hash, public_key: &[u8], signature: &[u8], message: &[u8]) -> Option<bool> {
        let fields = [(1, hash.name().as_bytes()), (2, public_key), (3, signature), (4, message)];
        let told = host::call("verify_signature", &wire::message(&fields)).ok()?;
        // The first field of the answer, if it is there, is whether it does.
        Some(told.starts_with(&[0x08, 0x01]))
    }

    fn store(&self) -> &dyn Store {
        self
    }

    fn wake(&self, waiter: Waiter) {
        if host::enqueue(waiter.queue, &waiter.stream.to_le_bytes()).is_err() {
            log::debug!("{}: nobody to wake up at queue {}", F::NAME, waiter.queue);
        }
    }

    fn count(&self, metric: MetricId, amount: u64) {
        if let Some(id) = self.metric(metric) {
            host::increment_metric(id, amount);
        }
    }

    fn record(&self, metric: MetricId, value: u64) {
        if let Some(id) = self.metric(metric) {
            host::record_metric(id, value);
        }
    }

    fn publish(&self, name: &str, value: &[u8]) {
        if host::set_property(name, value).is_err() {
            log::error!("{}: `{name}` cannot be published", F::NAME);
        }
    }
}

impl<F: Filter> Store for Shared<F> {
    fn slots(&self) -> u32 {
        self.slots
    }

    fn load(&self, slot: u32) -> Option<Slot> {
        let (value, version) = host::shared_data(&key::<F>(slot)).ok()?;
        Some(Slot { value, version })
    }

    fn swap(&self, slot: u32, version: u32, value: &[u8]) -> Result<(), Conflict> {
        // Version 0 would overwrite whatever is there.
        if slot >= self.slots || version == 0 {
            return Err(Conflict);
        }
        host::set_shared_data(&key::<F>(slot), value, version).map_err(|_| Conflict)
    }
}

/// `gatehouse.gateway.7`. Put together by hand: formatting costs as much as what is looked up.
fn key<F: Filter>(slot: u32) -> String {
    const LONGEST: usize = 48;
    let mut key = String::with_capacity(LONGEST);
    for part in ["gatehouse.", F::NAME, "."] {
        key.push_str(part);
    }
    push_decimal(&mut key, slot);
    key
}

fn push_decimal(text: &mut String, number: u32) {
    if number > 9 {
        push_decimal(text, number / 10);
    }
    text.extend(char::from_digit(number % 10, 10));
}

/// Random bytes, fetched from the host many at a time.
#[derive(Default)]
struct Pool {
    bytes: Vec<u8>,
}

impl Pool {
    const SIZE: usize = 1024;

    fn fill(&mut self, wanted: &mut [u8]) {
        if self.bytes.len() < wanted.len() {
            self.bytes.resize(wanted.len().max(Self::SIZE), 0);
            if host::fill_random(&mut self.bytes).is_err() {
                log::error!("the host gives no random bytes");
            }
        }
        let rest = self.bytes.split_off(self.bytes.len() - wanted.len());
        wanted.copy_from_slice(&rest);
    }
}
