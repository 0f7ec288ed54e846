//! What all VMs of one Envoy process share: shared data, metrics, the log, the clock, chance, the list of clusters.

use std::collections::{BTreeMap, VecDeque};

/// The process.
#[derive(Debug, Default)]
pub(crate) struct Process {
    pub(crate) shared_data: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    cas: u32,
    /// Names by id: defining a name again gives another id.
    metric_ids: Vec<(u32, String)>,
    pub(crate) metrics: BTreeMap<String, u64>,
    pub(crate) log: Vec<String>,
    /// Nanoseconds since 1970.
    pub(crate) now: u64,
    chance: u64,
    /// Clusters, and whether they have hosts.
    clusters: BTreeMap<String, bool>,
    tokens: u32,
    /// Queues by token, which count from one.
    queues: Vec<Queue>,
}

/// Calls that Envoy signs go to the same hosts, over clusters of their own.
pub(crate) fn without_signing(cluster: &str) -> &str {
    cluster.split_once("_signed_").map_or(cluster, |(plain, _)| plain)
}

/// A shared queue. Whoever registered its name last is told of messages.
#[derive(Debug)]
struct Queue {
    name: String,
    owner: usize,
    messages: VecDeque<Vec<u8>>,
}

/// A status as the ABI numbers it.
pub(crate) mod status {
    pub(crate) const OK: u32 = 0;
    pub(crate) const NOT_FOUND: u32 = 1;
    pub(crate) const BAD_ARGUMENT: u32 = 2;
    pub(crate) const EMPTY: u32 = 7;
    pub(crate) const CAS_MISMATCH: u32 = 8;
    pub(crate) const INTERNAL_FAILURE: u32 = 10;
}

const HISTOGRAM: u32 = 2;
const COUNTER: u32 = 0;

impl Process {
    pub(crate) fn new(now: u64, clusters: BTreeMap<String, bool>) -> Self {
        Self { now, clusters, ..Self::default() }
    }

    /// Whether a cluster has hosts; `None` where there is none of this name.
    pub(crate) fn has_hosts(&self, cluster: &str) -> Option<bool> {
        self.clusters.get(without_signing(cluster)).copied()
    }

    /// Sets shared data: with a version only if it is still that one; with 0, or where there is nothing, anyway.
    pub(crate) fn set_shared_data(&mut self, key: Vec<u8>, value: Vec<u8>, cas: u32) -> u32 {
        match self.shared_data.get(&key) {
            Some((_, held)) if cas != 0 && *held != cas => status::CAS_MISMATCH,
            _ => {
                self.cas += 1;
                self.shared_data.insert(key, (value, self.cas));
                status::OK
            }
        }
    }

    pub(crate) fn define_metric(&mut self, kind: u32, name: String) -> u32 {
        self.metrics.entry(name.clone()).or_default();
        self.metric_ids.push((kind, name));
        u32::try_from(self.metric_ids.len()).unwrap()
    }

    pub(crate) fn increment_metric(&mut self, id: u32, offset: i64) -> u32 {
        let Some((kind, name)) = self.metric(id) else { return status::NOT_FOUND };
        if kind == HISTOGRAM || kind == COUNTER && offset <= 0 {
            return status::BAD_ARGUMENT;
        }
        let value = self.metrics.entry(name).or_default();
        *value = value.saturating_add_signed(offset);
        status::OK
    }

    /// Records a value. A histogram counts its samples here.
    pub(crate) fn record_metric(&mut self, id: u32, value: u64) -> u32 {
        let Some((kind, name)) = self.metric(id) else { return status::NOT_FOUND };
        match kind {
            COUNTER => return status::BAD_ARGUMENT,
            HISTOGRAM => *self.metrics.entry(name).or_default() += 1,
            _ => *self.metrics.entry(name).or_default() = value,
        }
        status::OK
    }

    pub(crate) fn get_metric(&self, id: u32) -> Option<u64> {
        let (_, name) = self.metric(id)?;
        self.metrics.get(&name).copied()
    }

    fn metric(&self, id: u32) -> Option<(u32, String)> {
        self.metric_ids.get(usize::try_from(id).ok()?.checked_sub(1)?).cloned()
    }

    /// Random enough, and the same in every run.
    pub(crate) fn fill_random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.chance >> 33) as u8;
        }
    }

    pub(crate) fn register_queue(&mut self, name: String, owner: usize) -> u32 {
        let known = self.queues.iter().position(|queue| queue.name == name);
        let index = known.unwrap_or_else(|| {
            self.queues.push(Queue { name, owner, messages: VecDeque::new() });
            self.queues.len() - 1
        });
        self.queues[index].owner = owner;
        u32::try_from(index + 1).unwrap()
    }

    /// Whose queue it is, once the message is in it.
    pub(crate) fn enqueue(&mut self, queue: u32, message: Vec<u8>) -> Option<usize> {
        let queue = self.queues.get_mut((queue as usize).checked_sub(1)?)?;
        queue.messages.push_back(message);
        Some(queue.owner)
    }

    /// The next message, or why there is none.
    pub(crate) fn dequeue(&mut self, queue: u32) -> Result<Vec<u8>, u32> {
        let index = (queue as usize).checked_sub(1).ok_or(status::NOT_FOUND)?;
        self.queues.get_mut(index).ok_or(status::NOT_FOUND)?.messages.pop_front().ok_or(status::EMPTY)
    }

    /// The next token of a call. They step by four.
    pub(crate) fn token(&mut self) -> u32 {
        self.tokens += 4;
        self.tokens
    }
}
