//! The answers that a worker has used lately, their policies compiled: a hit costs a look and no parsing.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use gatehouse_filter::Timestamp;
use gatehouse_policy::{Invalid, Policy, PolicyKind};

use crate::grant::Grant;

/// A grant whose policy is ready to be asked.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    pub(crate) policy: Rc<Policy>,
}

/// A table of fixed size. Where two marks meet, the newer one stays: what is forgotten is read from shared data again.
#[derive(Debug)]
pub(crate) struct Recent {
    places: RefCell<Vec<Option<Entry>>>,
}

#[derive(Clone, Debug)]
struct Entry {
    mark: u128,
    expires: Timestamp,
    granted: Rc<Granted>,
}

/// The policies that a worker has compiled lately, by their text: a function says the same of many callers, and the same
/// again when its answer has expired.
#[derive(Debug)]
pub(crate) struct Policies {
    places: RefCell<Vec<Option<Compiled>>>,
}

#[derive(Clone, Debug)]
struct Compiled {
    text: Box<str>,
    policy: Rc<Policy>,
}

/// How many policies a worker keeps apart from the answers that they came with.
const POLICIES: usize = 256;

impl Default for Policies {
    fn default() -> Self {
        Self { places: RefCell::new(vec![None; POLICIES]) }
    }
}

impl Policies {
    /// The policy of this text.
    ///
    /// # Errors
    /// Why AWS would not save it.
    pub(crate) fn compile(&self, text: &str) -> Result<Rc<Policy>, Vec<Invalid>> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % POLICIES as u64).unwrap_or_default();
        let Ok(mut places) = self.places.try_borrow_mut() else { return parse(text) };
        let Some(place) = places.get_mut(place) else { return parse(text) };
        if let Some(known) = place
            && *known.text == *text
        {
            return Ok(Rc::clone(&known.policy));
        }
        let policy = parse(text)?;
        if !is_large(text) {
            *place = Some(Compiled { text: text.into(), policy: Rc::clone(&policy) });
        }
        Ok(policy)
    }
}

fn parse(text: &str) -> Result<Rc<Policy>, Vec<Invalid>> {
    Policy::parse(text, PolicyKind::Authorizer).map(Rc::new)
}

/// Is the policy's compiled form much larger than its text?
fn is_large(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'?').count() > MOST_QUESTION_MARKS
}

/// How many answers a worker keeps: with large policies some 40 MB.
const PLACES: usize = 1_024;
/// A `?` in a pattern makes its compiled form large: a policy with more of them is compiled anew each time.
const MOST_QUESTION_MARKS: usize = 64;

impl Default for Recent {
    fn default() -> Self {
        Self { places: RefCell::new(vec![None; PLACES]) }
    }
}

impl Recent {
    pub(crate) fn get(&self, mark: u128, now: Timestamp) -> Option<Rc<Granted>> {
        let places = self.places.try_borrow().ok()?;
        let entry = places.get(place(mark))?.as_ref()?;
        (entry.mark == mark && entry.expires > now).then(|| Rc::clone(&entry.granted))
    }

    pub(crate) fn put(&self, mark: u128, granted: Rc<Granted>, expires: Timestamp) {
        if is_large(&granted.grant.policy) {
            return;
        }
        if let Ok(mut places) = self.places.try_borrow_mut()
            && let Some(entry) = places.get_mut(place(mark))
        {
            *entry = Some(Entry { mark, expires, granted });
        }
    }
}

/// The mark is a hash already.
fn place(mark: u128) -> usize {
    usize::try_from(mark % PLACES as u128).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(principal_id: &str) -> Rc<Granted> {
        let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        let policy = parse(text).unwrap();
        Rc::new(Granted { grant: Grant { principal_id: principal_id.into(), ..Grant::default() }, policy })
    }

    #[test]
    fn a_policy_is_compiled_once_for_its_text_and_never_for_another() {
        let policies = Policies::default();
        let text = |number: u32| {
            format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Sid": "s{number}", "Effect": "Allow", "Action": "*", "Resource": "*"}}}}"#
            )
        };
        let first = policies.compile(&text(0)).unwrap();
        assert!(Rc::ptr_eq(&first, &policies.compile(&text(0)).unwrap()));
        assert!(!Rc::ptr_eq(&first, &policies.compile(&text(1)).unwrap()));
        for number in 0..1_000 {
            policies.compile(&text(number)).unwrap();
            assert!(policies.compile("{}").is_err());
        }
    }

    #[test]
    fn a_policy_that_is_large_when_compiled_is_not_kept() {
        let recent = Recent::default();
        let mut large = Rc::into_inner(granted("large")).unwrap();
        large.grant.policy = "?".repeat(65);
        recent.put(1, Rc::new(large), Timestamp::from_millis(10));
        assert!(recent.get(1, Timestamp::from_millis(0)).is_none());
    }

    #[test]
    fn an_answer_is_found_until_it_expires_and_never_under_another_mark() {
        let recent = Recent::default();
        let at = Timestamp::from_millis;
        let (one, other) = (7, 7 + (1 << 127));
        recent.put(one, granted("one"), at(10));
        assert_eq!(recent.get(one, at(9)).unwrap().grant.principal_id.as_ref(), "one");
        assert!(recent.get(one, at(10)).is_none() && recent.get(other, at(0)).is_none());
        recent.put(other, granted("other"), at(10));
        assert!(recent.get(one, at(0)).is_none() && recent.get(other, at(0)).is_some());
    }
}
