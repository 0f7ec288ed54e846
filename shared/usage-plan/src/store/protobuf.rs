//! As much of Protocol Buffers as three messages need: varints, and fields that have a length.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

/// Bytes of a message that is written.
#[derive(Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    /// A number; nothing where it is 0, as proto3 has it.
    pub(super) fn number(&mut self, field: u32, value: u64) {
        if value != 0 {
            self.varint(u64::from(field) << 3);
            self.varint(value);
        }
    }

    /// A text, or a message that is written.
    pub(super) fn bytes(&mut self, field: u32, value: &[u8]) {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(u64::try_from(value.len()).unwrap_or_default());
        self.0.extend(value);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(low_bits(value) | 0x80);
            value >>= 7;
        }
        self.0.push(low_bits(value));
    }
}

fn low_bits(value: u64) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or_default()
}

/// A field of a message that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Eight or four bytes, which none of our fields has.
    Fixed,
}

/// The fields of a message, in order; the last is none where the bytes are no message.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return None,
        };
        Some((tag >> 3, value))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut written = Writer::default();
        written.number(1, 0);
        written.number(1, 300);
        written.number(2, u64::MAX);
        written.bytes(15, b"testing");
        // From the encoding's own page: 300 is `ac 02`.
        assert_eq!(written.0.get(..3), Some([0x08, 0xac, 0x02].as_slice()));
        let read: Option<Vec<_>> = Fields::of(&written.0).collect();
        let expected = [(1, Value::Number(300)), (2, Value::Number(u64::MAX)), (15, Value::Bytes(b"testing"))];
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn bytes_that_are_no_message_end_it() {
        let no_messages: [&[u8]; 6] =
            [&[0x08], &[0x08, 0x80], &[0x0a, 5, 1], &[0x0b], &[0xff; 12], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 1]];
        for bytes in no_messages {
            assert_eq!(Fields::of(bytes).last(), Some(None), "{bytes:?}");
            assert!(Fields::of(bytes).count() <= bytes.len());
        }
        assert_eq!(Fields::of(&[0x09, 1, 2, 3, 4, 5, 6, 7, 8]).last(), Some(Some((1, Value::Fixed))));
    }
}
