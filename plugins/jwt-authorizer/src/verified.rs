//! The tokens that a worker has verified lately: one that is brought again costs no signature and no parsing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::rc::Rc;
use std::sync::Arc;

use gatehouse_context::{Properties, Text};
use gatehouse_filter::{Host, Secret};
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

impl Verified {
    /// A token that these keys of its issuer have signed, with its claims. They become texts when somebody reads them.
    pub(crate) fn new(
        issuer: usize,
        generation: u64,
        registered: RegisteredClaims,
        claims: String,
        form: Form,
    ) -> Self {
        let claims: Arc<str> = claims.into();
        let scopes = (form == Form::Http && !registered.scopes().is_empty()).then(|| registered.scopes().join(" "));
        let authorizer = Properties::made_by({
            let claims = Arc::clone(&claims);
            move || texts(&claims, form)
        });
        let scoped = match scopes {
            None => authorizer.clone(),
            Some(scopes) => Properties::made_by(move || {
                let mut values = texts(&claims, form);
                values.push(("jwt.scopes".into(), format!("[{scopes}]").into()));
                values
            }),
        };
        Self { issuer, generation, registered, authorizer, scoped }
    }
}

/// The tokens, by a hash of them. Where there are too many, a newer one takes another's place.
pub(crate) struct Tokens {
    kept: RefCell<BTreeMap<u64, Entry>>,
    /// Chance of this worker's own, so that nobody can know which token takes which one's place.
    secret: Secret,
}

/// Where a token is kept: a hash of it.
#[derive(Clone, Copy)]
pub(crate) struct Place(u64);

struct Entry {
    text: Box<[u8]>,
    verified: Rc<Verified>,
}

/// How many tokens a worker keeps, and how long they may be: with their claims some 16 MB.
const MOST: usize = 1_024;
const LONGEST: usize = 4 * 1024;

impl Default for Tokens {
    fn default() -> Self {
        Self { kept: RefCell::new(BTreeMap::new()), secret: Secret::default() }
    }
}

impl Tokens {
    /// Where a token is kept, if it may be.
    pub(crate) fn place(&self, text: &[u8], host: &dyn Host) -> Option<Place> {
        (text.len() <= LONGEST).then(|| Place(self.hash(text, host)))
    }

    /// What is known of this very token. Whether it is still good is for whoever asks to see.
    pub(crate) fn get(&self, place: Place, text: &[u8]) -> Option<Rc<Verified>> {
        let kept = self.kept.try_borrow().ok()?;
        let entry = kept.get(&place.0)?;
        same(&entry.text, text).then(|| Rc::clone(&entry.verified))
    }

    /// Keeps a token that is not expired.
    pub(crate) fn put(&self, Place(hash): Place, text: &[u8], verified: &Rc<Verified>, moment: &Moment<'_>) {
        if verified.registered.expires() <= seconds(moment) {
            return;
        }
        let Ok(mut kept) = self.kept.try_borrow_mut() else { return };
        if kept.len() >= MOST && !kept.contains_key(&hash) {
            // Hashes are chance: the next one's token is as good as any.
            let next = kept.range(hash..).next().or_else(|| kept.first_key_value()).map(|(hash, _)| *hash);
            next.and_then(|next| kept.remove(&next));
        }
        kept.insert(hash, Entry { text: text.into(), verified: Rc::clone(verified) });
    }

    fn hash(&self, text: &[u8], host: &dyn Host) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.secret.key(host));
        hasher.write(text);
        hasher.finish()
    }
}

/// Are they the same? A module compares bytes one by one, and a token has a thousand of them.
fn same(one: &[u8], other: &[u8]) -> bool {
    const WORD: usize = 8;
    let (ones, others) = (one.chunks_exact(WORD), other.chunks_exact(WORD));
    let rest = (ones.remainder(), others.remainder());
    one.len() == other.len()
        && rest.0 == rest.1
        && ones.zip(others).fold(true, |same, (a, b)| same & (word(a) == word(b)))
}

fn word(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}

/// The time in seconds since 1970.
pub(crate) fn seconds(moment: &Moment<'_>) -> i64 {
    i64::try_from(moment.now.millis() / 1_000).unwrap_or(i64::MAX)
}

/// What a token's claims are as `$context.authorizer`: `claims.NAME`, and for HTTP APIs `jwt.claims.NAME` too. No name stands
/// twice in a token.
fn texts(claims: &str, form: Form) -> Vec<(Text, Text)> {
    let mut values: Vec<(Text, Text)> = Vec::new();
    let Some(claims) = Claims::parse(claims) else { return values };
    match form {
        Form::Rest => values.extend(claims.rest_texts().map(|(name, text)| (named("claims.", name), text.into()))),
        Form::Http => {
            for (name, text) in claims.http_texts() {
                let text: Text = text.into();
                values.push((named("claims.", name), Text::clone(&text)));
                values.push((named("jwt.claims.", name), text));
            }
        }
    }
    values
}

fn named(prefix: &str, name: &str) -> Text {
    [prefix, name].concat().into()
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

#[cfg(test)]
mod tests {
    use gatehouse_filter::testing::TestHost;
    use gatehouse_filter::{Timestamp, Waiter};
    use gatehouse_jwt::testing::TestKey;
    use gatehouse_jwt::{Compact, Token};

    use super::*;

    /// How many signatures it costs when so many tokens are brought, one after the other, and then all of them again.
    fn signatures(tokens: &Tokens, many: usize) -> usize {
        let host = TestHost::default();
        let moment = Moment { now: Timestamp::default(), here: Waiter::default(), host: &host };
        let text = TestKey::new("ed").token(r#"{"exp":1}"#);
        let compact = Compact::decode(&text).unwrap();
        let registered = RegisteredClaims::of(Token::read(&compact).unwrap().claims());
        let verified = Rc::new(Verified::new(0, 0, registered, compact.into_claims(), Form::Rest));
        let mut cost = 0;
        for number in (0..many).chain(0..many) {
            let text = format!("{text}{number}");
            let place = tokens.place(text.as_bytes(), &host).unwrap();
            if tokens.get(place, text.as_bytes()).is_none() {
                cost += 1;
                tokens.put(place, text.as_bytes(), &verified, &moment);
                assert!(tokens.get(place, text.as_bytes()).is_some());
            }
        }
        cost
    }

    #[test]
    fn a_token_that_differs_anywhere_is_another() {
        for length in [0, 1, 7, 8, 9, 16, 33] {
            let text: Vec<u8> = (0..length).collect();
            assert!(same(&text, &text.clone()));
            assert!(!same(&text, &[&*text, b"x"].concat()), "longer than {length}");
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 0x80;
                assert!(!same(&text, &other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn tokens_are_kept_while_there_is_room_and_never_more_of_them() {
        for many in [500, MOST * 3 / 4, MOST] {
            assert_eq!(signatures(&Tokens::default(), many), many);
        }
        let tokens = Tokens::default();
        let cost = signatures(&tokens, 2 * MOST);
        assert!((2 * MOST..4 * MOST).contains(&cost), "{cost}");
        assert_eq!(tokens.kept.borrow().len(), MOST);
    }
}
