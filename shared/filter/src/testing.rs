//! A host in memory for native tests: it behaves, it does not recite.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use gatehouse_context::{Context, Timestamp};

use gatehouse_jwt::{Algorithm, PureSignatures, Signatures as _, Verification};

use crate::{Conflict, Exchange, Hash, Host, MetricId, Slot, Store, Waiter};

/// A host whose chance is a counter and whose metrics can be read.
#[derive(Default)]
pub struct TestHost {
    /// What [`Host::source_address`] says.
    pub source_address: Option<String>,
    /// What [`Host::property`] says, by paths joined with dots.
    pub properties: BTreeMap<String, Vec<u8>>,
    /// Everything counted or recorded, in order.
    pub metrics: RefCell<Vec<(MetricId, u64)>>,
    /// Everything published.
    pub published: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Everybody woken up, in order.
    pub woken: RefCell<Vec<Waiter>>,
    /// The shared slots.
    pub store: TestStore,
    /// How many signatures were verified.
    pub verifications: Cell<u32>,
    /// It verifies none, as a host without `verify_signature`.
    pub verifies_nothing: bool,
    random: Cell<u8>,
}

impl TestHost {
    /// A host with these slots.
    #[must_use]
    pub fn with_store(store: TestStore) -> Self {
        Self { store, ..Self::default() }
    }
}

impl Host for TestHost {
    fn fill_random(&self, bytes: &mut [u8]) {
        for byte in bytes {
            self.random.set(self.random.get().wrapping_add(1));
            *byte = self.random.get();
        }
    }

    fn source_address(&self) -> Option<String> {
        self.source_address.clone()
    }

    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        self.properties.get(&path.join(".")).cloned()
    }

    fn verifies(&self, hash: Hash, public_key: &[u8], signature: &[u8], message: &[u8]) -> Option<bool> {
        if self.verifies_nothing {
            return None;
        }
        self.verifications.set(self.verifications.get() + 1);
        Some(verifies(hash, public_key, signature, message))
    }

    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn wake(&self, waiter: Waiter) {
        self.woken.borrow_mut().push(waiter);
    }

    fn count(&self, metric: MetricId, amount: u64) {
        self.metrics.borrow_mut().push((metric, amount));
    }

    fn record(&self, metric: MetricId, value: u64) {
        self.metrics.borrow_mut().push((metric, value));
    }

    fn publish(&self, name: &str, value: &[u8]) {
        self.published.borrow_mut().insert(name.to_owned(), value.to_vec());
    }
}

/// What Envoy's `verify_signature` says: RSA and ECDSA on P-256 by the kind of the key, nothing else.
#[must_use]
pub fn verifies(hash: Hash, public_key: &[u8], signature: &[u8], text: &[u8]) -> bool {
    /// How a SubjectPublicKeyInfo of P-256 begins.
    const P256: [u8; 4] = [0x30, 0x59, 0x30, 0x13];
    let algorithm = match (hash, public_key.starts_with(&P256)) {
        (Hash::Sha256, true) => Algorithm::Es256,
        (Hash::Sha384 | Hash::Sha512, true) => return false,
        (Hash::Sha256, false) => Algorithm::Rs256,
        (Hash::Sha384, false) => Algorithm::Rs384,
        (Hash::Sha512, false) => Algorithm::Rs512,
    };
    PureSignatures.verifies(&Verification { algorithm, public_key, signature, text })
}

/// Slots in memory.
#[derive(Default)]
pub struct TestStore(RefCell<Vec<Slot>>);

impl TestStore {
    /// A store with this many empty slots.
    #[must_use]
    pub fn with_slots(slots: usize) -> Self {
        Self(RefCell::new(vec![Slot { value: Vec::new(), version: 1 }; slots]))
    }
}

impl Store for TestStore {
    fn slots(&self) -> u32 {
        u32::try_from(self.0.borrow().len()).unwrap_or(u32::MAX)
    }

    fn load(&self, slot: u32) -> Option<Slot> {
        self.0.borrow().get(usize::try_from(slot).ok()?).cloned()
    }

    fn swap(&self, slot: u32, version: u32, value: &[u8]) -> Result<(), Conflict> {
        let mut slots = self.0.borrow_mut();
        let held = usize::try_from(slot).ok().and_then(|slot| slots.get_mut(slot)).ok_or(Conflict)?;
        if held.version != version {
            return Err(Conflict);
        }
        *held = Slot { value: value.to_vec(), version: version + 1 };
        Ok(())
    }
}

/// What a filter is asked with, kept between its phases.
#[derive(Default)]
pub struct TestExchange<M> {
    /// `$context`.
    pub context: Context,
    /// The filter's memo.
    pub memo: M,
    /// The time.
    pub now: Timestamp,
    /// Where the request can be woken up.
    pub here: Waiter,
    /// The host.
    pub host: TestHost,
}

impl<M> TestExchange<M> {
    /// The view that the filter gets.
    pub fn view(&mut self) -> Exchange<'_, M> {
        let Self { context, memo, now, here, host } = self;
        Exchange { context, memo, now: *now, here: *here, host }
    }
}
