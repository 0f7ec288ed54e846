//! The tokens that a worker has verified lately: one that is brought again costs no signature and no parsing.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hasher as _};
use std::rc::Rc;

use gatehouse_context::{Properties, Text};
use gatehouse_filter::Host;
use gatehouse_jwt::{Claims, RegisteredClaims};

use crate::issuers::Moment;
use crate::phase::Form;

/// A token whose signature is its issuer's.
#[derive(Debug)]
pub(crate) struct Verified {
    /// The issuer's number.
    pub(crate) issuer: usize,
    /// Of the keys that it was verified with.
    pub(crate) generation: u64,
    pub(crate) registered: RegisteredClaims,
    /// What becomes `$context.authorizer`.
    pub(crate) authorizer: Properties,
    /// The same for methods that ask for scopes, with those of the token. Who asks for none is told none: recorded, as in
    /// <https://github.com/DefinitelyTyped/DefinitelyTyped/pull/75458>, whose token has scopes.
    pub(crate) scoped: Properties,
}

/// A table of fixed size. Where two tokens meet, the newer one stays.
pub(crate) struct Tokens {
    places: RefCell<Vec<Option<Entry>>>,
    /// Chance of this worker's own, so that nobody can know which tokens meet.
    key: Cell<Option<[u8; 16]>>,
}

struct Entry {
    text: Box<[u8]>,
    verified: Rc<Verified>,
}

/// How many tokens a worker keeps, and how long they may be: with their claims some 16 MB.
const PLACES: usize = 1_024;
const LONGEST: usize = 4 * 1024;

impl Default for Tokens {
    fn default() -> Self {
        let places = std::iter::repeat_with(|| None).take(PLACES).collect();
        Self { places: RefCell::new(places), key: Cell::new(None) }
    }
}

impl Tokens {
    /// What is known of this very token. Whether it is still good is for whoever asks to see.
    pub(crate) fn get(&self, text: &[u8], host: &dyn Host) -> Option<Rc<Verified>> {
        if text.len() > LONGEST {
            return None;
        }
        let places = self.places.try_borrow().ok()?;
        let entry = places.get(self.place(text, host))?.as_ref()?;
        (*entry.text == *text).then(|| Rc::clone(&entry.verified))
    }

    /// Keeps a token that is neither expired nor long.
    pub(crate) fn put(&self, text: &[u8], verified: &Rc<Verified>, moment: &Moment<'_>) {
        if text.len() > LONGEST || verified.registered.expires() <= seconds(moment) {
            return;
        }
        let place = self.place(text, moment.host);
        if let Ok(mut places) = self.places.try_borrow_mut()
            && let Some(entry) = places.get_mut(place)
        {
            *entry = Some(Entry { text: text.into(), verified: Rc::clone(verified) });
        }
    }

    fn place(&self, text: &[u8], host: &dyn Host) -> usize {
        let key = self.key.get().unwrap_or_else(|| {
            let mut key = [0; 16];
            host.fill_random(&mut key);
            self.key.set(Some(key));
            key
        });
        let mut hasher = DefaultHasher::new();
        hasher.write(&key);
        hasher.write(text);
        usize::try_from(hasher.finish() % PLACES as u64).unwrap_or_default()
    }
}

/// The time in seconds since 1970.
pub(crate) fn seconds(moment: &Moment<'_>) -> i64 {
    i64::try_from(moment.now.millis() / 1_000).unwrap_or(i64::MAX)
}

/// What a token's claims are as `$context.authorizer`: `claims.NAME`, and for HTTP APIs `jwt.claims.NAME` too.
pub(crate) fn authorizer(claims: &Claims, form: Form) -> Properties {
    let mut values: Vec<(Text, Text)> = Vec::new();
    match form {
        // No name stands twice in a token, and all of them begin alike.
        Form::Rest => values.extend(claims.rest_texts().map(|(name, text)| (named("claims.", name), text.into()))),
        Form::Http => {
            for (name, text) in claims.http_texts() {
                let text: Text = text.into();
                values.push((named("claims.", name), Text::clone(&text)));
                values.push((named("jwt.claims.", name), text));
            }
        }
    }
    Properties::of_distinct(values)
}

/// The same, and the token's scopes for HTTP APIs.
pub(crate) fn scoped(authorizer: &Properties, registered: &RegisteredClaims, form: Form) -> Properties {
    let mut scoped = authorizer.clone();
    if form == Form::Http && !registered.scopes().is_empty() {
        scoped.set("jwt.scopes", format!("[{}]", registered.scopes().join(" ")));
    }
    scoped
}

fn named(prefix: &str, name: &str) -> Text {
    [prefix, name].concat().into()
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}
