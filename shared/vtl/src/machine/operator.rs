//! `[1..3]`, sums, and comparisons.

use std::cmp::Ordering;

use super::Machine;
use crate::error::{RenderError, Run, thrown};
use crate::heap::ListKind;
use crate::number::Arithmetic;
use crate::op::Comparison;
use crate::value::{Text, Val};

impl Machine<'_> {
    pub(super) fn range(&mut self, from: Val, to: Val) -> Run<Val> {
        if !from.is_number() || !to.is_number() {
            return Ok(Val::Null);
        }
        let (from, to) = (self.heap.to_i32(from), self.heap.to_i32(to));
        if from.abs_diff(to) as usize >= self.heap.limits.elements {
            return Err(RenderError::Elements);
        }
        let items: Vec<Val> = match from <= to {
            true => (from..=to).map(Val::Int).collect(),
            false => (to..=from).rev().map(Val::Int).collect(),
        };
        self.heap.list(ListKind::Array, &items)
    }

    /// Two operands; with a string among them, one text.
    pub(super) fn arithmetic(&mut self, operator: Arithmetic, one: (Val, Text), other: (Val, Text)) -> Run<Val> {
        let is_text = matches!(one.0, Val::Str(_)) || matches!(other.0, Val::Str(_));
        if operator == Arithmetic::Add && is_text {
            let written = |(value, text): (Val, Text)| if value.is_null() { Val::Str(text) } else { value };
            let (one, other) = (self.string_of(written(one))?, self.string_of(written(other))?);
            let start = self.heap.made.len();
            for text in [one, other] {
                if let Val::Str(text) = text {
                    self.heap.append(text);
                }
            }
            return self.heap.kept(start);
        }
        if !one.0.is_number() || !other.0.is_number() {
            return Ok(Val::Null);
        }
        self.heap.arithmetic(operator, one.0, other.0)
    }

    pub(super) fn compare(&mut self, comparison: Comparison, one: Val, other: Val) -> Run<bool> {
        if matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let equal = self.equal(one, other)?;
            return Ok(equal == (comparison == Comparison::Equal));
        }
        if !one.is_number() || !other.is_number() {
            return Ok(false);
        }
        let Some(order) = self.heap.compare(one, other) else {
            return thrown("a number that is none beside a decimal");
        };
        Ok(match comparison {
            Comparison::Less => order == Ordering::Less,
            Comparison::LessEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })
    }

    /// Numbers as numbers, what is of one class by `equals()`, the rest by what it prints.
    pub(super) fn equal(&mut self, one: Val, other: Val) -> Run<bool> {
        if one.is_number() && other.is_number() {
            return match self.heap.compare(one, other) {
                Some(order) => Ok(order.is_eq()),
                None => thrown("a number that is none beside a decimal"),
            };
        }
        if one.is_null() || other.is_null() {
            return Ok(one.is_null() && other.is_null());
        }
        let lists = |id| matches!(self.heap.the_list(id).kind, ListKind::Array | ListKind::Json);
        let same_class = match (one, other) {
            (Val::List(one), Val::List(other)) => {
                lists(one) && lists(other) || self.heap.the_list(one).kind == self.heap.the_list(other).kind
            }
            (Val::Block(_), _) | (_, Val::Block(_)) => false,
            (one, other) => std::mem::discriminant(&one) == std::mem::discriminant(&other),
        };
        if same_class {
            self.heap.pay_for(one)?;
            return self.heap.equal(one, other, 0);
        }
        let (mut left, mut right) = (String::new(), String::new());
        self.print_to(one, &mut left)?;
        self.print_to(other, &mut right)?;
        self.heap.pay(left.len())?;
        Ok(left == right)
    }
}
