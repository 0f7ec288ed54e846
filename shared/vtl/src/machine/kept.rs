//! What was read while a template ran, and may be needed again: of patterns and paths that it makes itself.

use std::collections::HashMap;

/// How much is kept, in bytes; beyond it everything is read anew.
const ROOM: usize = 4 << 20;

/// Things by their source.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    known: HashMap<String, (usize, T)>,
    size: usize,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), size: 0 }
    }
}

impl<T> Kept<T> {
    /// Takes it out.
    pub(crate) fn take(&mut self, source: &str) -> Option<T> {
        let (size, it) = self.known.remove(source)?;
        self.size -= size;
        Some(it)
    }

    /// Puts it in, or back; it takes so many bytes, and more for a long source.
    pub(crate) fn keep(&mut self, source: String, size: usize, it: T) {
        let size = size + 64 * source.len();
        if self.size + size > ROOM {
            self.known.clear();
            self.size = 0;
        }
        self.size += size;
        self.known.insert(source, (size, it));
    }
}
