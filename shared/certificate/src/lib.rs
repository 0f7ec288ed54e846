//! What API Gateway tells of a client's certificate under mutual TLS: `$context.identity.clientCert`, and what functions are
//! told.
//!
//! Nothing is verified here: that is for whoever ended the TLS connection. The forms of names, numbers and times are those
//! of the documentation's examples and of AWS's own announcement.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html>,
//! <https://aws.amazon.com/blogs/compute/introducing-mutual-tls-authentication-for-amazon-api-gateway/>
//!
//! ```
//! use gatehouse_certificate::Certificate;
//!
//! let told = Certificate::of_pem(include_str!("../tests/certificates/client.pem")).unwrap();
//! assert_eq!(told.subject_dn, "C=US,ST=Washington,L=Seattle,O=Example Corp.,OU=Security,CN=My Client");
//! assert_eq!(told.serial_number, "1");
//! assert_eq!(told.not_before, "Aug  9 00:28:21 2026 GMT");
//! ```

mod der;
mod name;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatehouse_calendar::{Date, DateTime, short};

use crate::der::{Element, Reader};

/// What a certificate says, each in the words that API Gateway has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it is about, as it is written in the certificate: `C=US,O=Example,CN=My Client`.
    pub subject_dn: String,
    /// Who issued it, in the same form.
    pub issuer_dn: String,
    /// Its number: decimal where it has up to 63 bits, else in bytes, `a1:b2:…`.
    pub serial_number: String,
    /// Since when it is valid: `May 28 12:30:02 2019 GMT`.
    pub not_before: String,
    /// Until when it is valid, in the same form.
    pub not_after: String,
}

/// Longer than any that a TLS implementation takes.
const MAX_PEM: usize = 256 * 1024;
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

impl Certificate {
    /// The first certificate in PEM form that `pem` has; `None` where there is none that can be read.
    #[must_use]
    pub fn of_pem(pem: &str) -> Option<Self> {
        let encoded = pem.split_once(BEGIN)?.1.split_once(END)?.0;
        if encoded.len() > MAX_PEM {
            return None;
        }
        let encoded: Vec<u8> = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        Self::of_der(&STANDARD.decode(encoded).ok()?)
    }

    /// A certificate in DER form (RFC 5280, section 4.1).
    fn of_der(der: &[u8]) -> Option<Self> {
        let certificate = Reader::new(der).next(der::SEQUENCE)?;
        let mut fields = Reader::new(certificate).inside(der::SEQUENCE)?;
        fields.skip(der::VERSION);
        let serial_number = fields.next(der::INTEGER)?;
        let _algorithm = fields.next(der::SEQUENCE)?;
        let issuer = fields.next(der::SEQUENCE)?;
        let mut validity = fields.inside(der::SEQUENCE)?;
        let subject = fields.next(der::SEQUENCE)?;
        Some(Self {
            subject_dn: name::distinguished(subject)?,
            issuer_dn: name::distinguished(issuer)?,
            serial_number: serial(serial_number)?,
            not_before: time(validity.element()?)?,
            not_after: time(validity.element()?)?,
        })
    }
}

/// As OpenSSL prints it, whose forms the documentation's examples have.
fn serial(number: &[u8]) -> Option<String> {
    let significant = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let is_negative = number.first()? & 0x80 != 0;
    let magnitude = number.get(significant..)?;
    let small = magnitude.iter().try_fold(0_i64, |value, byte| value.checked_mul(256)?.checked_add((*byte).into()));
    Some(match small {
        Some(value) if !is_negative && magnitude.len() <= size_of::<i64>() => value.to_string(),
        _ => magnitude.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"),
    })
}

/// `UTCTime` or `GeneralizedTime` (RFC 5280, section 4.1.2.5).
fn time(Element { tag, content }: Element<'_>) -> Option<String> {
    let digits = content.strip_suffix(b"Z")?;
    let (year, rest) = match (tag, digits.len()) {
        (der::UTC_TIME, 12) => {
            let (year, rest) = digits.split_at_checked(2)?;
            let year = number(year)?;
            (year + if year < 50 { 2000 } else { 1900 }, rest)
        }
        (der::GENERALIZED_TIME, 14) => {
            let (year, rest) = digits.split_at_checked(4)?;
            (number(year)?, rest)
        }
        _ => return None,
    };
    let mut parts = rest.chunks(2).map(number);
    let mut part = || parts.next()?;
    let date = Date { year, month: part()?, day: part()? };
    let time = DateTime { date, hour: part()?, minute: part()?, second: part()? };
    if !date.exists() || time.hour > 23 || time.minute > 59 || time.second > 60 {
        return None;
    }
    let month = short(date.month_name());
    let DateTime { hour, minute, second, .. } = time;
    Some(format!("{month} {:>2} {hour:02}:{minute:02}:{second:02} {year} GMT", date.day))
}

fn number(digits: &[u8]) -> Option<i64> {
    let all = digits.iter().all(u8::is_ascii_digit).then_some(digits)?;
    std::str::from_utf8(all).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_as_openssl_prints_them() {
        let check = |bytes: &[u8], expected: Option<&str>| assert_eq!(serial(bytes).as_deref(), expected, "{bytes:?}");
        check(&[1], Some("1"));
        check(&[0], Some("0"));
        check(&[0, 0xff], Some("255"));
        check(&[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Some("9223372036854775807"));
        check(&[0, 0x80, 0, 0, 0, 0, 0, 0, 0], Some("80:00:00:00:00:00:00:00"));
        check(&[0, 0xa1, 0x0b, 0, 0, 0, 0, 0, 0, 1], Some("a1:0b:00:00:00:00:00:00:01"));
        check(&[], None);
    }

    #[test]
    fn times_are_as_openssl_prints_them() {
        let check = |tag, text: &str, expected: Option<&str>| {
            let told = time(Element { tag, content: text.as_bytes() });
            assert_eq!(told.as_deref(), expected, "{text}");
        };
        check(der::UTC_TIME, "190528123002Z", Some("May 28 12:30:02 2019 GMT"));
        check(der::UTC_TIME, "490805093604Z", Some("Aug  5 09:36:04 2049 GMT"));
        check(der::UTC_TIME, "500101000000Z", Some("Jan  1 00:00:00 1950 GMT"));
        check(der::GENERALIZED_TIME, "21200805002821Z", Some("Aug  5 00:28:21 2120 GMT"));
        for wrong in
            ["190528123002", "19052812300Z", "190528123002+0100", "191328123002Z", "190230123002Z", "1905281230+2Z"]
        {
            check(der::UTC_TIME, wrong, None);
        }
        check(der::GENERALIZED_TIME, "190528123002Z", None);
        check(der::INTEGER, "190528123002Z", None);
    }
}
