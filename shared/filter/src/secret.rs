//! What one worker alone knows.

use std::cell::Cell;
use std::fmt;

use crate::Host;

/// Chance that is asked for once and kept, as the key of a hash: nobody outside can look for two values that meet.
#[derive(Default)]
pub struct Secret(Cell<Option<[u8; 16]>>);

impl Secret {
    /// The same bytes as long as the worker lives.
    pub fn key(&self, host: &dyn Host) -> [u8; 16] {
        self.0.get().unwrap_or_else(|| {
            let mut key = [0; 16];
            host.fill_random(&mut key);
            self.0.set(Some(key));
            key
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestHost;

    #[test]
    fn a_secret_is_chance_that_stays_and_is_not_shown() {
        let (secret, other, host) = (Secret::default(), Secret::default(), TestHost::default());
        let key = secret.key(&host);
        assert_eq!(secret.key(&host), key);
        assert_ne!(other.key(&host), key);
        assert_eq!(format!("{secret:?}"), "Secret([redacted])");
    }
}
