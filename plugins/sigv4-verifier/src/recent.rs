//! What a worker has heard of credential providers lately.

use std::cell::RefCell;
use std::rc::Rc;

use gatehouse_filter::Timestamp;
use gatehouse_sigv4::{PublicKey, SigningKey};

use crate::caller::Caller;

/// What a provider said of one access key, ready to check signatures with.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) key: Ready,
    /// When the credentials expire, in seconds since 1970.
    pub(crate) expires_at: Option<u64>,
    pub(crate) caller: Rc<Caller>,
}

/// The key of the algorithm that was asked for.
#[derive(Debug)]
pub(crate) enum Ready {
    V4(SigningKey),
    V4a(PublicKey),
}

/// A table of fixed size. Where two keys meet, the newer one stays: what is forgotten is read from shared data again.
#[derive(Debug)]
pub(crate) struct Recent(RefCell<Vec<Option<Entry>>>);

#[derive(Clone, Debug)]
struct Entry {
    key: [u8; 32],
    until: Timestamp,
    known: Rc<Known>,
}

/// How many answers a worker keeps.
const PLACES: usize = 512;

impl Default for Recent {
    fn default() -> Self {
        Self(RefCell::new(vec![None; PLACES]))
    }
}

impl Recent {
    pub(crate) fn get(&self, key: &[u8; 32], now: Timestamp) -> Option<Rc<Known>> {
        let places = self.0.try_borrow().ok()?;
        let entry = places.get(place(key))?.as_ref()?;
        (entry.key == *key && entry.until > now).then(|| Rc::clone(&entry.known))
    }

    pub(crate) fn put(&self, key: [u8; 32], known: Rc<Known>, until: Timestamp) {
        if let Ok(mut places) = self.0.try_borrow_mut()
            && let Some(entry) = places.get_mut(place(&key))
        {
            *entry = Some(Entry { key, until, known });
        }
    }
}

/// The key is a digest: any part of it is as good as another.
fn place(key: &[u8; 32]) -> usize {
    let [first, second, ..] = *key;
    usize::from(u16::from_le_bytes([first, second])) % PLACES
}
