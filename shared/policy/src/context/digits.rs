//! An integer's digits, kept where it is.

/// The decimal digits of an `i64`, without allocating.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    text: [u8; 20],
    start: usize,
}

impl Digits {
    pub(super) fn new(value: i64) -> Self {
        let (mut text, mut start, mut rest) = ([b'0'; 20], 20, value.unsigned_abs());
        for (at, digit) in text.iter_mut().enumerate().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            start = at;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        // 19 digits at most: there is room for a sign.
        if let Some(sign) = text.get_mut(start.saturating_sub(1)).filter(|_| value < 0) {
            *sign = b'-';
            start -= 1;
        }
        Self { text, start }
    }

    pub(super) fn as_str(&self) -> &str {
        self.text.get(self.start..).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_is_written_out() {
        for value in [0, 7, -7, 10, 1_709_209_800, i64::MAX, i64::MIN] {
            assert_eq!(Digits::new(value).as_str(), value.to_string());
        }
    }
}
