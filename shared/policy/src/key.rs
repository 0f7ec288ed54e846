//! Condition keys: those that AWS defines for every service by a small number, all others by their name.
//!
//! Names are compared without regard to case, tag names included.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::bytes::same_ignoring_ascii_case;

/// What the values of a key are, as far as a context reads them before it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Ip,
    Bool,
    Date,
}

macro_rules! global_keys {
    ($($(#[$doc:meta])* $variant:ident $name:literal $kind:ident $(($many:ident))?;)*) => {
        /// A condition key that a gateway can know of every request: looked up by number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum GlobalKey {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl GlobalKey {
            /// All of them.
            pub const ALL: &[GlobalKey] = &[$(GlobalKey::$variant,)*];

            /// The key's name, spelled as AWS spells it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(GlobalKey::$variant => $name,)*
                }
            }

            pub(crate) fn kind(self) -> Kind {
                match self {
                    $(GlobalKey::$variant => Kind::$kind,)*
                }
            }

            /// Whether AWS documents the key as one with several values.
            #[must_use]
            pub fn is_multivalued(self) -> bool {
                match self {
                    $(GlobalKey::$variant => false $(|| stringify!($many) == "many")?,)*
                }
            }
        }
    };
}

global_keys! {
    CurrentTime "aws:CurrentTime" Date;
    EpochTime "aws:EpochTime" Text;
    SecureTransport "aws:SecureTransport" Bool;
    SourceIp "aws:SourceIp" Ip;
    VpcSourceIp "aws:VpcSourceIp" Ip;
    SourceVpc "aws:SourceVpc" Text;
    SourceVpce "aws:SourceVpce" Text;
    SourceVpcArn "aws:SourceVpcArn" Text;
    VpceAccount "aws:VpceAccount" Text;
    VpceOrgId "aws:VpceOrgID" Text;
    VpceOrgPaths "aws:VpceOrgPaths" Text (many);
    UserAgent "aws:UserAgent" Text;
    Referer "aws:Referer" Text;
    SourceArn "aws:SourceArn" Text;
    SourceAccount "aws:SourceAccount" Text;
    SourceOrgId "aws:SourceOrgID" Text;
    SourceOrgPaths "aws:SourceOrgPaths" Text (many);
    SourceOwner "aws:SourceOwner" Text;
    RequestedRegion "aws:RequestedRegion" Text;
    ResourceAccount "aws:ResourceAccount" Text;
    ResourceOrgId "aws:ResourceOrgID" Text;
    ResourceOrgPaths "aws:ResourceOrgPaths" Text (many);
    PrincipalArn "aws:PrincipalArn" Text;
    PrincipalAccount "aws:PrincipalAccount" Text;
    PrincipalOrgId "aws:PrincipalOrgID" Text;
    PrincipalOrgPaths "aws:PrincipalOrgPaths" Text (many);
    PrincipalType "aws:PrincipalType" Text;
    UserId "aws:userid" Text;
    Username "aws:username" Text;
    TokenIssueTime "aws:TokenIssueTime" Date;
    MultiFactorAuthPresent "aws:MultiFactorAuthPresent" Bool;
    MultiFactorAuthAge "aws:MultiFactorAuthAge" Text;
    FederatedProvider "aws:FederatedProvider" Text;
    SourceIdentity "aws:SourceIdentity" Text;
    AssumedRoot "aws:AssumedRoot" Text;
    ChatbotSourceArn "aws:ChatbotSourceArn" Text;
    Ec2InstanceSourceVpc "aws:Ec2InstanceSourceVpc" Text;
    Ec2InstanceSourcePrivateIpv4 "aws:Ec2InstanceSourcePrivateIPv4" Ip;
    CalledVia "aws:CalledVia" Text (many);
    CalledViaFirst "aws:CalledViaFirst" Text;
    CalledViaLast "aws:CalledViaLast" Text;
    ViaAwsService "aws:ViaAWSService" Bool;
    PrincipalIsAwsService "aws:PrincipalIsAWSService" Bool;
    PrincipalServiceName "aws:PrincipalServiceName" Text;
    PrincipalServiceNamesList "aws:PrincipalServiceNamesList" Text (many);
    TagKeys "aws:TagKeys" Text (many);
    ViaDomainArn "execute-api:viaDomainArn" Text;
}

/// A policy notes the keys that it reads as bits of one word.
const _: () = assert!(GlobalKey::ALL.len() <= 64);

impl GlobalKey {
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name().eq_ignore_ascii_case(name))
    }
}

/// The global keys that decisions may read: what none of them reads need not be found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs(u64);

impl Needs {
    /// Is this key read?
    #[must_use]
    pub fn has(self, key: GlobalKey) -> bool {
        self.0 & (1 << (key as u64)) != 0
    }

    /// What either reads.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn add(&mut self, key: GlobalKey) {
        self.0 |= 1 << (key as u64);
    }
}

impl<'p> FromIterator<&'p crate::Policy> for Needs {
    fn from_iter<I: IntoIterator<Item = &'p crate::Policy>>(policies: I) -> Self {
        policies.into_iter().fold(Self::default(), |needs, policy| needs.and(policy.all_needs()))
    }
}

/// A condition key as a policy names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Global(GlobalKey),
    Named(Name),
}

/// A key of a service, a tag, or anything else: in lower case, with the hash of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) hash: u32,
    text: Box<str>,
}

impl Key {
    pub(crate) fn new(name: &str) -> Self {
        match GlobalKey::find(name) {
            Some(key) => Key::Global(key),
            None => Key::Named(Name { hash: hash(name), text: name.chars().map(lower).collect::<String>().into() }),
        }
    }
}

impl Name {
    pub(crate) fn is(&self, name: &str) -> bool {
        same_ignoring_ascii_case(&self.text, name)
            || (!name.is_ascii() && self.text.chars().eq(name.chars().map(lower)))
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Key::Global(key) => key.hash(state),
            Key::Named(name) => name.hash.hash(state),
        }
    }
}

/// The key's name: as AWS spells it, or in lower case.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Global(key) => f.write_str(&key.name().to_ascii_lowercase()),
            Key::Named(name) => f.write_str(&name.text),
        }
    }
}

/// The hash of a name in lower case (FNV-1a).
pub(crate) fn hash(name: &str) -> u32 {
    name.chars().map(lower).fold(0x811c_9dc5, |hash, letter| (hash ^ letter as u32).wrapping_mul(0x0100_0193))
}

/// The character's lower case, where that is one character: `ß` is not `ss`.
pub(crate) fn lower(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_tags_included() {
        assert_eq!(Key::new("AWS:sourceip"), Key::Global(GlobalKey::SourceIp));
        assert_eq!(Key::new("aws:PrincipalTag/Team"), Key::new("aws:principaltag/TEAM"));
        assert_eq!(Key::new("aws:PrincipalTag/GRÖẞE"), Key::new("aws:principaltag/größe"));
        assert_ne!(Key::new("aws:PrincipalTag/a"), Key::new("aws:PrincipalTag/b"));
        let Key::Named(name) = Key::new("aws:PrincipalTag/Team") else { panic!("global") };
        assert!(name.is("AWS:principalTag/team") && name.hash == hash("aws:PRINCIPALTAG/team"));
    }

    #[test]
    fn every_global_key_is_found_by_its_name() {
        for key in GlobalKey::ALL {
            assert_eq!(GlobalKey::find(&key.name().to_uppercase()), Some(*key));
        }
    }
}
