//! A value of a template: what Java would have on its heap, as numbers into ours.

/// A string: a piece of the template, of the body, or of what was made while rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) of: Of,
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// Whose piece it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Template,
    Body,
    Render,
}

impl Text {
    pub(crate) const EMPTY: Text = Text { of: Of::Template, start: 0, len: 0 };
}

/// Any value. Ids belong to one render's `Heap`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Val {
    Null,
    Bool(bool),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    Big(u32),
    Decimal(u32),
    /// A `Character`: a UTF-16 unit.
    Char(u16),
    Str(Text),
    List(u32),
    Map(u32),
    /// A `Map.Entry`: the map, and which of its entries it was.
    Entry(u32),
    /// An `Iterator`.
    Iter(u32),
    /// What `#define` made.
    Block(u32),
    /// `$foreach`.
    Scope(u32),
    /// One of API Gateway's own objects.
    Builtin(Builtin),
}

/// The objects that are there before a template starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    Input,
    Util,
    Context,
    StageVariables,
}

impl Val {
    /// What AWS makes of every null.
    pub(crate) const EMPTY: Val = Val::Str(Text::EMPTY);

    pub(crate) fn is_null(self) -> bool {
        matches!(self, Val::Null)
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Val::Int(_) | Val::Long(_) | Val::Float(_) | Val::Double(_) | Val::Big(_) | Val::Decimal(_))
    }

    /// The number of elements or of entries, as Java counts them.
    pub(crate) fn count(len: usize) -> Val {
        Val::Int(i32::try_from(len).unwrap_or(i32::MAX))
    }
}
