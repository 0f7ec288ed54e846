//! `Map.Entry`, `$foreach`; and who answers a call at all.

use super::Method;
use crate::error::{Run, thrown};
use crate::machine::Machine;
use crate::op::Site;
use crate::value::{Builtin, Val};

impl Machine<'_> {
    /// A call: null if there is no such method, `""` if it gives nothing.
    pub(crate) fn call(&mut self, site: &Site, receiver: Val, arguments: &[Val]) -> Run<Val> {
        let looks_at_all = matches!(
            site.method,
            Method::Equals
                | Method::HashCode
                | Method::Contains
                | Method::ContainsValue
                | Method::IndexOf
                | Method::LastIndexOf
        );
        if looks_at_all && matches!(receiver, Val::List(_) | Val::Map(_) | Val::Entry(_)) {
            self.heap.pay_for(receiver)?;
        }
        let found = self.answer(site, receiver, arguments)?;
        if found == Val::Null && !arguments.is_empty() && takes_nothing(receiver, site.method) {
            return thrown("wrong number of arguments");
        }
        Ok(found)
    }

    fn answer(&mut self, site: &Site, receiver: Val, arguments: &[Val]) -> Run<Val> {
        match receiver {
            Val::Null => Ok(Val::Null),
            Val::Str(text) => self.call_string(site, text, arguments),
            Val::Bool(value) => self.call_bool(site.method, value, arguments),
            Val::Char(unit) => self.call_char(site.method, unit, arguments),
            Val::List(id) => self.call_list(site.method, id, arguments),
            Val::Map(id) => self.call_map(site.method, id, arguments),
            Val::Entry(id) => self.call_entry(site.method, id, arguments),
            Val::Iter(id) => self.call_iterator(site.method, id, arguments),
            Val::Scope(id) => self.call_scope(site.method, id, arguments),
            Val::Block(_) => match (site.method, arguments) {
                (Method::ToString, []) => self.string_of(receiver),
                // It is itself and nothing else.
                (Method::Equals, [other]) => Ok(Val::Bool(*other == receiver)),
                _ => Ok(Val::Null),
            },
            Val::Builtin(Builtin::Input) => self.call_input(site, arguments),
            Val::Builtin(Builtin::Util) => self.call_util(site.method, arguments),
            Val::Builtin(builtin @ (Builtin::Context | Builtin::StageVariables)) => {
                let id = self.map_of_builtin(builtin)?;
                self.call_map(site.method, id, arguments)
            }
            number => self.call_number(site.method, number, arguments),
        }
    }

    fn call_entry(&mut self, method: Method, id: u32, arguments: &[Val]) -> Run<Val> {
        let part = |at| self.heap.item(id, at).unwrap_or(Val::Null);
        match (method, arguments) {
            (Method::GetKey, []) => Ok(part(0)),
            (Method::GetValue, []) => Ok(part(1)),
            (Method::SetValue, [value]) => {
                let (key, old, map) = (part(0), part(1), part(2));
                self.heap.set_item(id, 1, *value);
                if let Val::Map(map) = map {
                    self.heap.put(map, key, *value)?;
                }
                Ok(old)
            }
            (Method::ToString, []) => self.string_of(Val::Entry(id)),
            (Method::HashCode, []) => self.heap.hash(Val::Entry(id), 0).map(Val::Int),
            (Method::Equals, [other]) => self.heap.equal(Val::Entry(id), *other, 0).map(Val::Bool),
            _ => Ok(Val::Null),
        }
    }

    fn call_scope(&mut self, method: Method, id: u32, arguments: &[Val]) -> Run<Val> {
        let name = match (method, arguments) {
            (Method::GetIndex, []) => "index",
            (Method::GetCount, []) => "count",
            (Method::HasNext | Method::GetHasNext, []) => "hasNext",
            (Method::IsFirst | Method::GetFirst, []) => "first",
            (Method::IsLast | Method::GetLast, []) => "last",
            (Method::GetParent, []) => "parent",
            (Method::GetTopmost, []) => "topmost",
            (Method::GetDepth, []) => "depth",
            (Method::Size, []) => return Ok(Val::Int(0)),
            (Method::IsEmpty, []) => return Ok(Val::Bool(true)),
            (Method::Stop, []) => return thrown("`$foreach.stop()` is served as `#break` only"),
            _ => return Ok(Val::Null),
        };
        Ok(self.scope_property(id, name))
    }
}

/// Has it a method of this name without parameters? Velocity takes that one for a call with any, and the call fails.
fn takes_nothing(receiver: Val, method: Method) -> bool {
    use Method::{
        BooleanValue, ByteValue, Clear, DoubleValue, EntrySet, FloatValue, GetBytes, GetCount, GetIndex, GetKey,
        GetValue, HasNext, HashCode, IntValue, Intern, IsBlank, IsEmpty, IsFirst, IsInfinite, IsLast, IsNaN, Iterator,
        KeySet, Length, LongValue, Next, ShortValue, Size, Strip, StripLeading, StripTrailing, ToCharArray,
        ToLowerCase, ToString, ToUpperCase, Trim, Values,
    };
    let own: &[Method] = match receiver {
        Val::Null | Val::Builtin(_) => return false,
        Val::Block(_) => &[],
        Val::Str(_) => &[
            Length,
            IsEmpty,
            IsBlank,
            Trim,
            ToLowerCase,
            ToUpperCase,
            Intern,
            ToCharArray,
            GetBytes,
            Strip,
            StripLeading,
            StripTrailing,
        ],
        Val::List(_) => &[Size, IsEmpty, Clear, Iterator],
        Val::Map(_) => &[Size, IsEmpty, Clear, KeySet, Values, EntrySet],
        Val::Entry(_) => &[GetKey, GetValue],
        Val::Iter(_) => &[Next, HasNext],
        Val::Scope(_) => &[GetIndex, GetCount, HasNext, IsFirst, IsLast],
        Val::Bool(_) => &[BooleanValue],
        Val::Char(_) => &[],
        _ => &[IntValue, LongValue, DoubleValue, FloatValue, ShortValue, ByteValue, IsNaN, IsInfinite],
    };
    // A big number's radix is another method's.
    let of_all = matches!(method, ToString | HashCode) && !matches!(receiver, Val::Big(_));
    of_all || own.contains(&method)
}
