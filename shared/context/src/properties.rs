//! Names that are not known beforehand: what an authorizer returned, what a template overrides.

use std::sync::{Arc, LazyLock};
use std::{fmt, mem};

use serde::{Deserialize, Serialize};

use crate::Text;

/// Before the name of what an authorizer's function returned as `null`: it has no value that could be looked up, and is
/// told all the same. No name of JSON's own begins so by chance.
pub const NULL: &str = "\0";

type Values = Vec<(Text, Text)>;
type Make = Box<dyn FnOnce() -> Values + Send + Sync>;

/// A short list of named values, in the order in which they were first set. A clone shares it until it is changed: what
/// is the same of many requests is made once, and what nobody reads is not made at all.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Values", into = "Values")]
pub struct Properties(Held);

#[derive(Clone, Default)]
enum Held {
    #[default]
    Nothing,
    Known(Arc<Values>),
    Made(Arc<LazyLock<Values, Make>>),
}

impl Properties {
    /// Those of names that are all different, made when somebody reads them.
    #[must_use]
    pub fn made_by(make: impl FnOnce() -> Vec<(Text, Text)> + Send + Sync + 'static) -> Self {
        Self(Held::Made(Arc::new(LazyLock::new(Box::new(make)))))
    }

    /// The value under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Sets a value; an earlier one under the same name is replaced.
    pub fn set(&mut self, name: impl Into<Text>, value: impl Into<Text>) {
        let (name, value) = (name.into(), value.into());
        let mut shared = match mem::take(&mut self.0) {
            Held::Known(values) => values,
            held => Arc::new(held.values().to_vec()),
        };
        let values = Arc::make_mut(&mut shared);
        match values.iter_mut().find(|(other, _)| *other == name) {
            Some(entry) => entry.1 = value,
            None => values.push((name, value)),
        }
        self.0 = Held::Known(shared);
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.values().iter().map(|(name, value)| (&**name, &**value))
    }
}

impl Held {
    fn values(&self) -> &[(Text, Text)] {
        match self {
            Held::Nothing => &[],
            Held::Known(values) => values,
            Held::Made(values) => values,
        }
    }
}

impl From<Values> for Properties {
    fn from(values: Values) -> Self {
        Self(Held::Known(Arc::new(values)))
    }
}

impl From<Properties> for Values {
    fn from(properties: Properties) -> Self {
        properties.0.values().to_vec()
    }
}

impl PartialEq for Properties {
    fn eq(&self, other: &Self) -> bool {
        self.0.values() == other.0.values()
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.values()).finish()
    }
}
