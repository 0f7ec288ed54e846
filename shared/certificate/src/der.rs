//! As much of DER (ITU-T X.690) as a certificate's fields need.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const TELETEX_STRING: u8 = 0x14;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// The version of a certificate, which may be left out.
pub(crate) const VERSION: u8 = 0xa0;

/// One value with its tag.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
}

/// Reads one value after the other.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(der: &'a [u8]) -> Self {
        Self(der)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next value; `None` where there is none, or what there is is none.
    pub(crate) fn element(&mut self) -> Option<Element<'a>> {
        let (&[tag, length], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = match length {
            0..=0x7f => (usize::from(length), rest),
            // Four bytes of length are more than anything here has.
            0x81..=0x84 => {
                let (length, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
                (length.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(Element { tag, content })
    }

    /// What the next value holds, if it is of this kind.
    pub(crate) fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element().filter(|element| element.tag == tag).map(|element| element.content)
    }

    /// The values in the next one.
    pub(crate) fn inside(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.next(tag).map(Reader)
    }

    /// Passes over the next value if it is of this kind.
    pub(crate) fn skip(&mut self, tag: u8) {
        if self.0.first() == Some(&tag) {
            let _ = self.element();
        }
    }
}
