//! What a function granted: principal, context, and the policy's text, in the form in which shared data keeps it.

use std::fmt;

use gatehouse_context::{Context, Text};

/// The answer of a function that knows the caller.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// `$context.authorizer.principalId`
    pub principal_id: Text,
    /// `$context.authorizer.NAME`, values as texts.
    pub context: Vec<(Text, Text)>,
    /// The API key to meter by, where the API's key source is `AUTHORIZER`.
    pub usage_identifier_key: Option<String>,
    /// The policy document.
    pub policy: String,
}

/// Bytes that are no grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undecodable;

/// Counts up when the form changes.
const VERSION: u8 = 1;

impl Grant {
    /// The form that shared data keeps: a version, then texts, each after its length.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION, u8::from(self.usage_identifier_key.is_some())];
        put(&mut out, &self.principal_id);
        put(&mut out, self.usage_identifier_key.as_deref().unwrap_or_default());
        put(&mut out, &self.policy);
        for (name, value) in &self.context {
            put(&mut out, name);
            put(&mut out, value);
        }
        out
    }

    /// Reads what [`Grant::encode`] wrote.
    ///
    /// # Errors
    /// [`Undecodable`] for anything else: the function must be asked.
    pub fn decode(bytes: &[u8]) -> Result<Self, Undecodable> {
        let [VERSION, has_key @ (0 | 1), rest @ ..] = bytes else { return Err(Undecodable) };
        let mut rest = rest;
        let principal_id = take(&mut rest)?.into();
        let key = take(&mut rest)?;
        let policy = take(&mut rest)?.to_owned();
        let mut context = Vec::new();
        while !rest.is_empty() {
            context.push((take(&mut rest)?.into(), take(&mut rest)?.into()));
        }
        let usage_identifier_key = match has_key {
            1 => Some(key.to_owned()),
            _ if key.is_empty() => None,
            _ => return Err(Undecodable),
        };
        Ok(Self { principal_id, context, usage_identifier_key, policy })
    }

    /// Makes it known as `$context.authorizer.*`; the texts are shared, not copied. The key stays out: it is a secret.
    pub fn apply(&self, context: &mut Context) {
        for (name, value) in &self.context {
            context.authorizer.set(Text::clone(name), Text::clone(value));
        }
        // Who says yes or no names nobody.
        if !self.principal_id.is_empty() {
            context.authorizer.set("principalId", Text::clone(&self.principal_id));
        }
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("principal_id", &self.principal_id)
            .field("context", &self.context)
            .field("usage_identifier_key", &self.usage_identifier_key.as_ref().map(|_| "[redacted]"))
            .field("policy", &self.policy)
            .finish()
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(text.as_bytes());
}

fn take<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Undecodable> {
    let (length, after) = rest.split_first_chunk::<4>().ok_or(Undecodable)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| Undecodable)?;
    let (text, after) = after.split_at_checked(length).ok_or(Undecodable)?;
    *rest = after;
    std::str::from_utf8(text).map_err(|_| Undecodable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_grant_is_read_back(
            principal_id: String,
            context: Vec<(String, String)>,
            usage_identifier_key: Option<String>,
            policy: String,
        ) {
            let context = context.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            let grant = Grant { principal_id: principal_id.into(), context, usage_identifier_key, policy };
            prop_assert_eq!(Grant::decode(&grant.encode()), Ok(grant));
        }

        #[test]
        fn anything_else_is_none(mut bytes: Vec<u8>, cut: usize) {
            let _ = Grant::decode(&bytes);
            bytes.splice(0..0, [VERSION, 1]);
            let _ = Grant::decode(&bytes);
            let whole = Grant { principal_id: "me".into(), policy: "{}".into(), ..Grant::default() }.encode();
            let cut = cut % whole.len();
            prop_assert!(Grant::decode(&whole[..cut]).is_err());
        }
    }

    #[test]
    fn a_key_is_in_no_debug_output_and_in_no_grant_without_one() {
        let grant = Grant { usage_identifier_key: Some("secret".into()), ..Grant::default() };
        assert!(!format!("{grant:?}").contains("secret"), "{grant:?}");
        let mut bytes = grant.encode();
        bytes[1] = 0;
        assert_eq!(Grant::decode(&bytes), Err(Undecodable));
    }

    #[test]
    fn who_names_no_principal_tells_of_none() {
        let mut context = Context::default();
        Grant { context: vec![("team".into(), "red".into())], ..Grant::default() }.apply(&mut context);
        assert_eq!(context.lookup("authorizer.principalId"), None);
        assert_eq!(context.lookup("authorizer.team").as_deref(), Some("red"));
    }

    #[test]
    fn a_function_cannot_rename_the_principal() {
        let grant = Grant {
            principal_id: "me".into(),
            context: vec![("principalId".into(), "you".into()), ("team".into(), "red".into())],
            ..Grant::default()
        };
        let mut context = Context::default();
        grant.apply(&mut context);
        assert_eq!(context.lookup("authorizer.principalId").as_deref(), Some("me"));
        assert_eq!(context.lookup("authorizer.team").as_deref(), Some("red"));
    }
}
