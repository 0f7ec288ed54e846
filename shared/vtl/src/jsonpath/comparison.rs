//! What a filter compares, and how.

use std::borrow::Cow;
use std::cmp::Ordering;

use gatehouse_pattern::Pattern;

use super::evaluate::Walk;
use super::{Operand, Relation};
use crate::error::Run;
use crate::value::Val;

/// An operand's value.
enum Known<'o> {
    Nothing,
    Value(Val),
    Text(&'o str),
    /// And as it was written.
    Number(f64, &'o str),
    List(&'o [Operand]),
}

impl Known<'_> {
    fn is_number(&self) -> bool {
        match self {
            Known::Number(..) => true,
            Known::Value(value) => value.is_number(),
            Known::Nothing | Known::Text(_) | Known::List(_) => false,
        }
    }
}

/// What `===` tells apart.
#[derive(PartialEq)]
enum Kind {
    Nothing,
    Null,
    Bool,
    Number,
    Text,
    Json,
}

impl Walk<'_, '_> {
    pub(super) fn compared(&mut self, left: &Operand, relation: Relation, right: &Operand, at: Val) -> Run<bool> {
        let (one, other) = (self.value(left, at)?, self.value(right, at)?);
        Ok(match relation {
            Relation::Equal => self.equal(&one, &other, at)?,
            Relation::NotEqual => !self.equal(&one, &other, at)?,
            Relation::Same => self.same(&one, &other, at)?,
            Relation::NotSame => !self.same(&one, &other, at)?,
            Relation::Less => self.order(&one, &other)? == Some(Ordering::Less),
            Relation::LessEqual => matches!(self.order(&one, &other)?, Some(Ordering::Less | Ordering::Equal)),
            Relation::Greater => self.order(&one, &other)? == Some(Ordering::Greater),
            Relation::GreaterEqual => matches!(self.order(&one, &other)?, Some(Ordering::Greater | Ordering::Equal)),
            Relation::Matches => match (left, right) {
                (Operand::Pattern(_), Operand::Pattern(_)) => false,
                (Operand::Pattern(pattern), _) => self.matches(pattern, &other, at)?,
                (_, Operand::Pattern(pattern)) => self.matches(pattern, &one, at)?,
                _ => false,
            },
            Relation::In => self.among(&[one], &other, at)? == Some(1),
            Relation::NotIn => self.among(&[one], &other, at)? == Some(0),
            Relation::Contains => {
                self.pay_for(&one)?;
                match (self.text(&one), self.text(&other)) {
                    (Some(text), Some(part)) => text.contains(part),
                    _ => self.among(&[other], &one, at)? == Some(1),
                }
            }
            Relation::All => self.all_among(&other, &one, at)?,
            Relation::SubsetOf => self.all_among(&one, &other, at)?,
            Relation::AnyOf => self.each_among(&one, &other, at)?.is_some_and(|found| found > 0),
            Relation::NoneOf => self.each_among(&one, &other, at)? == Some(0),
            Relation::Size => {
                let (size, number) = (self.size(&one)?, self.number(&other)?);
                size.is_some() && size == number
            }
            Relation::Empty => match other {
                Known::Value(Val::Bool(empty)) => self.size(&one)?.is_some_and(|size| (size == 0.0) == empty),
                _ => false,
            },
        })
    }

    fn value<'o>(&mut self, operand: &'o Operand, at: Val) -> Run<Known<'o>> {
        Ok(match operand {
            Operand::Path(path, is_root) => {
                let from = if *is_root { self.root } else { at };
                match path.read_from(self.heap, self.root, from)? {
                    Some(value) => Known::Value(value),
                    None => Known::Nothing,
                }
            }
            Operand::Text(text) => Known::Text(text),
            Operand::Number(number, text) => Known::Number(*number, text),
            Operand::Bool(value) => Known::Value(Val::Bool(*value)),
            Operand::Null => Known::Value(Val::Null),
            Operand::List(list) => Known::List(list),
            Operand::Pattern(_) => Known::Nothing,
        })
    }

    /// The elements of a list, which may be one of the whole body's that each of many is compared with.
    fn elements<'o>(&mut self, list: &Known<'o>, at: Val) -> Run<Option<Vec<Known<'o>>>> {
        Ok(match list {
            Known::List(list) => Some(list.iter().map(|operand| self.value(operand, at)).collect::<Run<_>>()?),
            Known::Value(Val::List(list)) => {
                self.heap.pay(self.heap.items(*list).len())?;
                Some(self.heap.items(*list).iter().copied().map(Known::Value).collect())
            }
            _ => None,
        })
    }

    /// How many of these a list holds.
    fn among(&mut self, some: &[Known<'_>], list: &Known<'_>, at: Val) -> Run<Option<usize>> {
        let Some(list) = self.elements(list, at)? else { return Ok(None) };
        let mut found = 0;
        for one in some {
            self.heap.pay(list.len())?;
            for other in &list {
                if self.equal(one, other, at)? {
                    found += 1;
                    break;
                }
            }
        }
        Ok(Some(found))
    }

    fn each_among(&mut self, some: &Known<'_>, list: &Known<'_>, at: Val) -> Run<Option<usize>> {
        match self.elements(some, at)? {
            Some(some) => self.among(&some, list, at),
            None => Ok(None),
        }
    }

    fn all_among(&mut self, some: &Known<'_>, list: &Known<'_>, at: Val) -> Run<bool> {
        let Some(some) = self.elements(some, at)? else { return Ok(false) };
        Ok(self.among(&some, list, at)? == Some(some.len()))
    }

    /// Numbers and booleans are looked at as text, of a list its elements; anything else is empty.
    fn matches(&mut self, pattern: &Pattern, value: &Known<'_>, at: Val) -> Run<bool> {
        let Some(elements) = self.elements(value, at)? else { return self.is_match(pattern, value) };
        for element in &elements {
            if self.is_match(pattern, element)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_match(&mut self, pattern: &Pattern, value: &Known<'_>) -> Run<bool> {
        let text = match value {
            Known::Value(Val::Bool(value)) => value.to_string(),
            value => {
                self.pay_for(value)?;
                self.spelled(value)?.unwrap_or_default().into_owned()
            }
        };
        self.heap.pay(pattern.cost(text.len()))?;
        Ok(pattern.is_whole(&text))
    }

    fn size(&mut self, value: &Known<'_>) -> Run<Option<f64>> {
        self.pay_for(value)?;
        let size = match value {
            Known::Value(Val::List(list)) => Some(self.heap.items(*list).len()),
            Known::List(list) => Some(list.len()),
            value => self.text(value).map(|text| text.encode_utf16().count()),
        };
        Ok(size.map(|size| size as f64))
    }

    /// Pays for looking at all of a text, or of a number. A short one is part of the step that looks at it.
    fn pay_for(&mut self, value: &Known<'_>) -> Run<()> {
        let work = match value {
            Known::Value(value) if value.is_number() => self.heap.work_to_spell(*value),
            value => self.text(value).map_or(0, str::len),
        };
        if work > 256 { self.heap.pay(work) } else { Ok(()) }
    }

    fn text<'s>(&'s self, value: &Known<'s>) -> Option<&'s str> {
        match value {
            Known::Text(text) => Some(text),
            Known::Value(Val::Str(text)) => Some(self.heap.str(*text)),
            _ => None,
        }
    }

    fn number(&mut self, value: &Known<'_>) -> Run<Option<f64>> {
        Ok(match value {
            Known::Value(number) if number.is_number() => {
                self.pay_for(value)?;
                Some(self.heap.to_f64(*number))
            }
            Known::Number(number, _) => Some(*number),
            _ => None,
        })
    }

    /// A text, or a number as one.
    fn spelled<'s>(&'s self, value: &Known<'s>) -> Run<Option<Cow<'s, str>>> {
        Ok(match value {
            Known::Number(_, text) => Some(Cow::Borrowed(*text)),
            Known::Value(value) if value.is_number() => {
                let mut text = String::new();
                self.heap.print(*value, &mut text, 0)?;
                Some(Cow::Owned(text))
            }
            value => self.text(value).map(Cow::Borrowed),
        })
    }

    fn kind(&self, value: &Known<'_>) -> Kind {
        match value {
            Known::Nothing => Kind::Nothing,
            Known::Value(Val::Null) => Kind::Null,
            Known::Value(Val::Bool(_)) => Kind::Bool,
            value if value.is_number() => Kind::Number,
            value if self.text(value).is_some() => Kind::Text,
            _ => Kind::Json,
        }
    }

    /// Equal, and of one kind.
    fn same(&mut self, one: &Known<'_>, other: &Known<'_>, at: Val) -> Run<bool> {
        Ok(self.kind(one) == self.kind(other) && self.equal(one, other, at)?)
    }

    /// Beside a text, a number is what it is spelled like; beside a number, a text is the number that it spells.
    fn equal(&mut self, one: &Known<'_>, other: &Known<'_>, at: Val) -> Run<bool> {
        if let Some(text) = self.text(one) {
            match self.text(other) {
                Some(other) if other.len() != text.len() => return Ok(false),
                Some(_) => self.pay_for(one)?,
                // To spell a number takes longer than to look at a text.
                None if other.is_number() => {
                    self.heap.pay(0)?;
                    self.pay_for(other)?;
                }
                None => return Ok(false),
            }
            return Ok(self.spelled(one)? == self.spelled(other)?);
        }
        if let Some(number) = self.number(one)? {
            let spelled = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
            let other = match self.number(other)? {
                None => {
                    self.pay_for(other)?;
                    self.text(other).and_then(spelled)
                }
                number => number,
            };
            return Ok(Some(number) == other);
        }
        match (one, other) {
            (Known::Nothing, Known::Nothing) => Ok(true),
            (Known::Value(one), Known::Value(other)) => {
                if matches!(one, Val::List(_) | Val::Map(_)) {
                    self.heap.pay_for(*one)?;
                }
                self.heap.equal(*one, *other, 0)
            }
            (Known::List(_), _) | (_, Known::List(_)) => self.are_equal_lists(one, other, at),
            _ => Ok(false),
        }
    }

    fn are_equal_lists(&mut self, one: &Known<'_>, other: &Known<'_>, at: Val) -> Run<bool> {
        let (Some(ones), Some(others)) = (self.elements(one, at)?, self.elements(other, at)?) else { return Ok(false) };
        for (one, other) in ones.iter().zip(&others) {
            if !self.same(one, other, at)? {
                return Ok(false);
            }
        }
        Ok(ones.len() == others.len())
    }

    /// Two numbers, or two texts.
    fn order(&mut self, one: &Known<'_>, other: &Known<'_>) -> Run<Option<Ordering>> {
        self.pay_for(one)?;
        Ok(match (self.number(one)?, self.number(other)?) {
            (Some(one), Some(other)) => one.partial_cmp(&other),
            _ => self.text(one).zip(self.text(other)).map(|(one, other)| one.cmp(other)),
        })
    }
}
