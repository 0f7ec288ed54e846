//! Names that are not known beforehand: what an authorizer returned, what a template overrides.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Text;

/// A short list of named values, in the order in which they were first set. A clone shares it until it is changed: what
/// is the same of many requests is made once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Properties(Option<Arc<Vec<(Text, Text)>>>);

impl Properties {
    /// The value under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.as_ref()?.iter().find(|(other, _)| &**other == name).map(|(_, value)| &**value)
    }

    /// Sets a value; an earlier one under the same name is replaced.
    pub fn set(&mut self, name: impl Into<Text>, value: impl Into<Text>) {
        let (name, value) = (name.into(), value.into());
        let values = Arc::make_mut(self.0.get_or_insert_default());
        match values.iter_mut().find(|(other, _)| *other == name) {
            Some(entry) => entry.1 = value,
            None => values.push((name, value)),
        }
    }

    /// Those of names that are all different: nothing is looked for.
    #[must_use]
    pub fn of_distinct(values: Vec<(Text, Text)>) -> Self {
        Self(Some(Arc::new(values)))
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|values| values.iter()).map(|(name, value)| (&**name, &**value))
    }
}
