//! What can be said of a condition: it holds, it does not, or nobody can tell.

/// Three values. *Unknown* makes an Allow not apply and a Deny apply: what cannot be told never opens a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    #[inline]
    pub(crate) fn not(self) -> Self {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }

    /// The negation, if there is one.
    #[inline]
    pub(crate) fn not_if(self, negated: bool) -> Self {
        if negated { self.not() } else { self }
    }

    /// Whether all hold: one that does not decides.
    #[inline]
    pub(crate) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Truth::Yes;
        for truth in truths {
            match truth {
                Truth::No => return Truth::No,
                Truth::Unknown => all = Truth::Unknown,
                Truth::Yes => {}
            }
        }
        all
    }

    /// Whether one holds: one that does decides.
    #[inline]
    pub(crate) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Truth::No;
        for truth in truths {
            match truth {
                Truth::Yes => return Truth::Yes,
                Truth::Unknown => any = Truth::Unknown,
                Truth::No => {}
            }
        }
        any
    }
}

impl From<bool> for Truth {
    #[inline]
    fn from(value: bool) -> Self {
        if value { Truth::Yes } else { Truth::No }
    }
}
