//! `format`: the ones that the real validator asserts, as strictly and as leniently as it does; others say nothing.
//!
//! What it takes them with: `java.net.URI`, `InternetAddress` of JavaMail, `InternetDomainName` and `InetAddresses` of
//! Guava, `UUID.fromString`, Joda Time.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::pattern::is_regular_expression;

/// A format that is asserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Base64,
    DateTime,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    JsonPointer,
    Mac,
    /// A digest of so many hex digits.
    Hex(usize),
    Regex,
    Uri,
    Uuid,
}

impl Format {
    /// The format of this name, if it is asserted.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "base64" => Format::Base64,
            "date-time" => Format::DateTime,
            "email" => Format::Email,
            "hostname" => Format::Hostname,
            "ipv4" => Format::Ipv4,
            "ipv6" => Format::Ipv6,
            "json-pointer" => Format::JsonPointer,
            "mac" => Format::Mac,
            "md5" => Format::Hex(32),
            "sha1" => Format::Hex(40),
            "sha256" => Format::Hex(64),
            "sha512" => Format::Hex(128),
            "regex" => Format::Regex,
            "uri" => Format::Uri,
            "uuid" => Format::Uuid,
            _ => return None,
        })
    }

    pub(crate) fn holds(self, text: &str) -> bool {
        match self {
            Format::Base64 => base64_error(text).is_none(),
            Format::DateTime => is_date_time(text),
            Format::Email => is_email(text),
            Format::Hostname => is_hostname(text),
            Format::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Format::Ipv6 => is_ipv6(text),
            Format::JsonPointer => is_json_pointer(text),
            Format::Mac => is_mac(text),
            Format::Hex(length) => hex_error(text, length).is_none(),
            Format::Regex => is_regular_expression(text),
            Format::Uri => is_uri(text),
            Format::Uuid => is_uuid(text),
        }
    }

    /// What the validator says of a text that is not so.
    pub(crate) fn message(self, text: &str) -> String {
        match self {
            Format::Base64 => base64_error(text).unwrap_or_default(),
            Format::DateTime => format!(
                "string \"{text}\" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{{1,12}}Z]"
            ),
            Format::Email => format!("string \"{text}\" is not a valid email address"),
            Format::Hostname => format!("string \"{text}\" is not a valid hostname"),
            Format::Ipv4 => format!("string \"{text}\" is not a valid IPv4 address"),
            Format::Ipv6 => format!("string \"{text}\" is not a valid IPv6 address"),
            Format::JsonPointer => format!("input string \"{text}\" is not a valid JSON Pointer"),
            Format::Mac => format!("input string \"{text}\" is not a valid MAC address"),
            Format::Hex(length) => hex_error(text, length).unwrap_or_default(),
            Format::Regex => format!("string \"{text}\" is not a valid ECMA 262 regular expression"),
            Format::Uri => format!("string \"{text}\" is not a valid URI"),
            Format::Uuid => format!("input string \"{text}\" is not a valid UUID"),
        }
    }
}

fn base64_error(text: &str) -> Option<String> {
    let length = text.encode_utf16().count();
    if !length.is_multiple_of(4) {
        return Some(format!("input has illegal length (must be a multiple of 4, found {length})"));
    }
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let illegal =
        body.chars().enumerate().find(|(_, letter)| !matches!(letter, 'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/'));
    illegal.map(|(index, letter)| format!("illegal character \"{letter}\" at index {index} (not in Base64 alphabet)"))
}

fn hex_error(text: &str, expected: usize) -> Option<String> {
    let length = text.encode_utf16().count();
    if length != expected {
        return Some(format!("input string has incorrect length ({length}, expected {expected})"));
    }
    let illegal = text.chars().enumerate().find(|(_, letter)| !letter.is_ascii_hexdigit());
    illegal.map(|(index, letter)| format!("illegal character \"{letter}\" in input at index {index}"))
}

fn is_json_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']))
}

fn is_mac(text: &str) -> bool {
    let pairs = text.split(':');
    text.len() == 17 && pairs.clone().count() == 6 && pairs.into_iter().all(|pair| pair.len() == 2 && is_hex(pair))
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Java takes shorter groups too: `1-1-1-1-1`.
fn is_uuid(text: &str) -> bool {
    text.len() <= 36 && text.split('-').count() == 5 && text.split('-').all(|group| is_hex(group) && group.len() <= 15)
}

fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').map_or((text, None), |(address, zone)| (address, Some(zone)));
    // Java knows an IPv4 address in IPv6's clothes as the former.
    zone != Some("") && address.parse::<Ipv6Addr>().is_ok_and(|address| address.to_ipv4_mapped().is_none())
}

/// Day and time of day, an offset, at most twelve digits of a second; no leap seconds.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    is_date(date).unwrap_or_default() && is_time(time).unwrap_or_default()
}

fn is_date(text: &str) -> Option<bool> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    Some(parts.next().is_none() && (1..=days).contains(&day))
}

fn is_time(text: &str) -> Option<bool> {
    let (clock, offset) = text.split_at_checked(text.find(['Z', 'z', '+', '-'])?)?;
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let is_fraction =
        fraction.is_none_or(|it| (1..=12).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_digit()));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    Some(parts.next().is_none() && is_fraction && hour < 24 && minute < 60 && second < 60 && is_offset(offset)?)
}

/// `Z`, or hours with minutes and seconds or without, between colons or not.
fn is_offset(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("z") {
        return Some(true);
    }
    let text = text.strip_prefix(['+', '-'])?;
    let mut parts: Vec<&str> = text.split(':').collect();
    if parts.len() == 1 {
        parts = vec![
            text.get(..2)?,
            text.get(2..4).unwrap_or("00"),
            text.get(4..).filter(|it| !it.is_empty()).unwrap_or("00"),
        ];
        parts.truncate(if text.len() == 3 { 0 } else { 3 });
    }
    let limits = [24, 60, 60];
    let within = |(part, limit): (&&str, u32)| digits(part, 2).is_some_and(|number| number < limit);
    Some(!parts.is_empty() && parts.len() <= 3 && parts.iter().zip(limits).all(within))
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A host's name as Guava has it: with underscores, letters of all languages, a dot at its end; the last part begins with no
/// digit.
fn is_hostname(text: &str) -> bool {
    let is_dot = |letter: char| matches!(letter, '.' | '。' | '．' | '｡');
    let text = text.strip_suffix(is_dot).unwrap_or(text);
    let is_label = |label: &str| {
        (1..=63).contains(&label.chars().count())
            && !label.starts_with(['-', '_'])
            && !label.ends_with(['-', '_'])
            && label
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') || !letter.is_ascii())
    };
    let last_begins_with_a_digit =
        text.rsplit(is_dot).next().is_some_and(|last| last.starts_with(|it: char| it.is_ascii_digit()));
    text.chars().count() <= 253
        && text.split(is_dot).count() <= 127
        && text.split(is_dot).all(is_label)
        && !last_begins_with_a_digit
}

/// An address, or a name with an address in angle brackets behind it.
fn is_email(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    match text.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        Some((name, address)) => !name.contains(['@', ',', ';', '(', ')', '"']) && is_address(address),
        None => is_address(text),
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_quoted = local.len() >= 2
        && local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).is_some_and(|inside| !inside.contains('"'));
    let is_atom = |letter: char| !letter.is_control() && !" ()<>@,;:\\\"[]".contains(letter);
    let is_dotted = |text: &str, is_letter: &dyn Fn(char) -> bool| {
        text.split('.').all(|part| !part.is_empty() && part.chars().all(is_letter))
    };
    let is_literal =
        domain.starts_with('[') && domain.ends_with(']') && !domain.trim_matches(['[', ']']).contains(['[', ']']);
    (is_quoted || is_dotted(local, &is_atom))
        && (is_literal || is_dotted(domain, &|letter| letter.is_alphanumeric() || letter == '-'))
}

/// A URI or a relative reference, as `java.net.URI` has it: letters of all languages are taken, spaces and controls are not.
fn is_uri(text: &str) -> bool {
    let (rest, fragment) = text.split_once('#').map_or((text, None), |(rest, fragment)| (rest, Some(fragment)));
    let is_fragment = fragment.is_none_or(|fragment| are_legal(fragment, "[]"));
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => (Some(scheme), rest),
        _ => (None, rest),
    };
    let is_scheme = scheme.is_none_or(|scheme| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
    });
    // What is no path behind a scheme has no parts: `mailto:a@b`.
    if scheme.is_some() && !rest.starts_with('/') {
        return is_scheme && is_fragment && are_legal(rest, "[]");
    }
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let is_query = query.is_none_or(|query| are_legal(query, "[]"));
    is_scheme
        && is_query
        && is_fragment
        && match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) =
                    rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or((rest, ""));
                (!authority.is_empty() || !path.is_empty() || query.is_some())
                    && is_authority(authority)
                    && are_legal(path, "")
            }
            None => are_legal(rest, ""),
        }
}

fn is_authority(text: &str) -> bool {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').is_some_and(|(address, port)| {
            let port = port.strip_prefix(':').unwrap_or(port);
            address.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
                && port.bytes().all(|byte| byte.is_ascii_digit())
        }),
        None => are_legal(text, ""),
    }
}

fn are_legal(text: &str, also: &str) -> bool {
    let escapes = text.split('%').skip(1).all(|rest| rest.get(..2).is_some_and(is_hex));
    let is_legal = |letter: char| match letter.is_ascii() {
        true => letter.is_ascii_alphanumeric() || "-_.!~*'();/?:@&=+$,%".contains(letter) || also.contains(letter),
        false => !letter.is_control() && !letter.is_whitespace(),
    };
    escapes && text.chars().all(is_legal)
}
