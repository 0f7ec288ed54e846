//! A schema, compiled: what applies to a value of each kind, references resolved.

use gatehouse_sort::sort_by;

use crate::format::Format;
use crate::json::Kind;
use crate::number::Divisor;
use crate::pattern::Pattern;

/// The number of a compiled schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SchemaId(pub(crate) u32);

/// What a value must satisfy.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(crate) types: Types,
    pub(crate) number: Option<Box<NumberRules>>,
    pub(crate) text: Option<Box<TextRules>>,
    pub(crate) list: Option<Box<ListRules>>,
    pub(crate) map: Option<Box<MapRules>>,
    pub(crate) combined: Option<Box<Combined>>,
}

/// The types that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Types(pub(crate) u8);

impl Types {
    pub(crate) const ALL: Types = Types(0x7f);
    /// In the order in which messages name them. A number is an integer too.
    pub(crate) const NAMES: [(&'static str, u8); 7] =
        [("array", 1), ("boolean", 2), ("integer", 4), ("null", 8), ("number", 16), ("object", 32), ("string", 64)];

    /// The type of this name, as it is written in a schema.
    pub(crate) fn named(name: &str) -> Option<u8> {
        let (_, bit) = Self::NAMES.iter().find(|(known, _)| *known == name)?;
        Some(if name == "number" { bit | 4 } else { *bit })
    }

    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(_, bit)| self.0 & bit != 0).map(|(name, _)| name)
    }

    pub(crate) fn allow(self, kind: Kind) -> bool {
        self.0 & bit_of(kind) != 0
    }

    /// What messages call a value of this kind.
    pub(crate) fn name_of(kind: Kind) -> &'static str {
        Self(bit_of(kind)).names().next().unwrap_or_default()
    }
}

impl Default for Types {
    fn default() -> Self {
        Self::ALL
    }
}

fn bit_of(kind: Kind) -> u8 {
    match kind {
        Kind::List => 1,
        Kind::False | Kind::True => 2,
        Kind::Integer => 4,
        Kind::Null | Kind::Overridden => 8,
        Kind::Decimal => 16,
        Kind::Map => 32,
        Kind::Text | Kind::Unescaped => 64,
    }
}

/// What numbers must satisfy.
#[derive(Debug, Default)]
pub(crate) struct NumberRules {
    pub(crate) maximum: Option<Bound>,
    pub(crate) minimum: Option<Bound>,
    pub(crate) multiple_of: Option<(Box<str>, Divisor)>,
}

/// A limit of numbers.
#[derive(Debug)]
pub(crate) struct Bound {
    /// As it was written.
    pub(crate) text: Box<str>,
    /// Where it is so small that nothing is lost.
    pub(crate) small: Option<i64>,
    /// Whether it does not belong to what is allowed.
    pub(crate) exclusive: bool,
}

/// What strings must satisfy.
#[derive(Debug, Default)]
pub(crate) struct TextRules {
    pub(crate) max_length: Option<usize>,
    pub(crate) min_length: Option<usize>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) format: Option<Format>,
}

/// What arrays must satisfy.
#[derive(Debug, Default)]
pub(crate) struct ListRules {
    pub(crate) max_items: Option<usize>,
    pub(crate) min_items: Option<usize>,
    pub(crate) unique: bool,
    /// The schemas of the first items.
    pub(crate) first: Vec<SchemaId>,
    /// What the others are.
    pub(crate) rest: Rest,
}

/// What is not named one by one: further items, further properties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rest {
    #[default]
    Anything,
    Nothing,
    Each(SchemaId),
}

/// What objects must satisfy.
#[derive(Debug, Default)]
pub(crate) struct MapRules {
    pub(crate) max_properties: Option<usize>,
    pub(crate) min_properties: Option<usize>,
    /// All properties that the schema names, in its order.
    pub(crate) properties: Vec<Property>,
    /// Their numbers, by name, where there are many.
    pub(crate) by_name: Vec<u32>,
    /// How many of them are required.
    pub(crate) required: usize,
    pub(crate) patterns: Vec<(Pattern, SchemaId)>,
    pub(crate) rest: Rest,
    pub(crate) dependencies: Vec<(Box<str>, Vec<Box<str>>)>,
    pub(crate) schema_dependencies: Vec<(Box<str>, SchemaId)>,
}

/// A property that a schema names.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: Box<str>,
    pub(crate) schema: Option<SchemaId>,
    pub(crate) required: bool,
}

/// Of more names than these the one in question is searched for by halves.
const FEW: usize = 12;

impl MapRules {
    /// Orders the names, once all are there.
    pub(crate) fn order(&mut self) {
        self.required = self.properties.iter().filter(|property| property.required).count();
        if self.properties.len() > FEW {
            let count = u32::try_from(self.properties.len()).unwrap_or_default();
            let mut by_name: Vec<u32> = (0..count).collect();
            sort_by(&mut by_name, |a, b| self.name(*a).cmp(self.name(*b)));
            self.by_name = by_name;
        }
    }

    fn name(&self, number: u32) -> &str {
        self.properties.get(number as usize).map_or("", |property| &property.name)
    }

    /// The property of a name. Documents have them in the schema's order more often than not: `next` is where it is sought
    /// first.
    #[inline]
    pub(crate) fn find(&self, name: &str, next: &mut usize) -> Option<&Property> {
        if let Some(property) = self.properties.get(*next).filter(|property| *property.name == *name) {
            *next += 1;
            return Some(property);
        }
        let number = match self.by_name.is_empty() {
            true => self.properties.iter().position(|property| *property.name == *name)?,
            false => {
                let found = self.by_name.binary_search_by(|number| self.name(*number).cmp(name)).ok()?;
                *self.by_name.get(found)? as usize
            }
        };
        *next = number + 1;
        self.properties.get(number)
    }

    /// Whether an object's keys must be looked at one by one.
    pub(crate) fn looks_at_keys(&self) -> bool {
        !self.properties.is_empty() || !self.patterns.is_empty() || self.rest != Rest::Anything
    }
}

/// What values of all kinds must satisfy.
#[derive(Debug, Default)]
pub(crate) struct Combined {
    pub(crate) all_of: Vec<SchemaId>,
    pub(crate) any_of: Vec<SchemaId>,
    pub(crate) one_of: Vec<SchemaId>,
    pub(crate) not: Option<SchemaId>,
    pub(crate) values: Option<Values>,
}

/// The values of an `enum`: where they stand.
#[derive(Debug)]
pub(crate) struct Values {
    pub(crate) document: usize,
    /// The list itself.
    pub(crate) list: usize,
}

impl Schema {
    /// The schemas that apply to the same value.
    pub(crate) fn in_place(&self) -> impl Iterator<Item = SchemaId> {
        let combined =
            self.combined.iter().flat_map(|it| it.all_of.iter().chain(&it.any_of).chain(&it.one_of).chain(&it.not));
        let dependencies = self.map.iter().flat_map(|it| it.schema_dependencies.iter().map(|(_, schema)| schema));
        combined.chain(dependencies).copied()
    }
}
