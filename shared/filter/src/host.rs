//! What a host answers at once: chance, the peer's address, shared slots, metrics, published values.

/// The host of a filter.
pub trait Host {
    /// Fills `bytes` with random ones.
    fn fill_random(&self, bytes: &mut [u8]);

    /// The address of the peer as the proxy trusts it, `ip:port`; never what a client writes into a header.
    fn source_address(&self) -> Option<String>;

    /// A property of the connection, the listener or the stream that no client can write, by its path.
    fn property(&self, path: &[&str]) -> Option<Vec<u8>>;

    /// Does the client speak HTTP/2 or newer, where names of headers are in lower case?
    fn is_http_2(&self) -> bool {
        self.property(&["request", "protocol"])
            .is_some_and(|said| said.starts_with(b"HTTP/") && !said.starts_with(b"HTTP/1"))
    }

    /// Is `signature` that of `message`, by the algorithm that the key is for: RSASSA-PKCS1-v1_5, or ECDSA on P-256 with
    /// the signature in DER? The key is a SubjectPublicKeyInfo in DER. `None` where the host cannot tell.
    fn verifies(&self, hash: Hash, public_key: &[u8], signature: &[u8], message: &[u8]) -> Option<bool>;

    /// The slots of shared data that all workers see.
    fn store(&self) -> &dyn Store;

    /// Wakes a request up that waits, on whichever worker it is; nothing happens if it does not wait any more.
    fn wake(&self, waiter: Waiter);

    /// Adds to a counter.
    fn count(&self, metric: MetricId, amount: u64);

    /// Records a value in a histogram, or what a gauge shows now.
    fn record(&self, metric: MetricId, value: u64);

    /// Publishes a value for the access log and for later filters of the same request (`wasm.<name>` in Envoy's filter
    /// state). A client cannot forge it.
    fn publish(&self, name: &str, value: &[u8]);
}

/// The hash of a message that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
}

impl Hash {
    /// Its name: `sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Hash::Sha256 => "sha256",
            Hash::Sha384 => "sha384",
            Hash::Sha512 => "sha512",
        }
    }
}

/// Where a request can be woken up: its worker's queue, and the request there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiter {
    /// The worker's queue.
    pub queue: u32,
    /// The request on that worker.
    pub stream: u32,
}

/// A metric, by the number that the filter gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricId(pub u32);

/// A metric's name and kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// The full name in the proxy's statistics.
    pub name: String,
    /// What can be done with it.
    pub kind: MetricKind,
}

/// The kinds of metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// A value as it is now.
    Gauge,
    /// A distribution of values.
    Histogram,
}

/// Shared data as a fixed table of slots, seen by all workers. Slots are made when the filter is configured and are
/// never created or deleted later, so that every update can be a compare-and-swap.
pub trait Store {
    /// How many slots there are.
    fn slots(&self) -> u32;

    /// What a slot holds; `None` if there is no such slot or it cannot be read.
    fn load(&self, slot: u32) -> Option<Slot>;

    /// Puts another value into a slot, if it still holds the version that was loaded.
    ///
    /// # Errors
    /// [`Conflict`] if somebody else was faster, or if there is no such slot.
    fn swap(&self, slot: u32, version: u32, value: &[u8]) -> Result<(), Conflict>;
}

/// The content of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The bytes; empty in a slot never written.
    pub value: Vec<u8>,
    /// Its version, for [`Store::swap`].
    pub version: u32,
}

/// A slot has changed since it was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict;
