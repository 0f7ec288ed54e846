//! Distinguished names as text: in the certificate's own order, with the short names that OpenSSL has for their parts, escaped
//! as RFC 4514 has it.

use std::fmt::Write as _;

use crate::der::{self, Element, Reader};

/// What parts are called, by the encoding of their object identifiers.
const SHORT: &[(&[u8], &str)] = &[
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "street"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 12], "title"),
    (&[0x55, 4, 13], "description"),
    (&[0x55, 4, 17], "postalCode"),
    (&[0x55, 4, 41], "name"),
    (&[0x55, 4, 42], "GN"),
    (&[0x55, 4, 43], "initials"),
    (&[0x55, 4, 44], "generationQualifier"),
    (&[0x55, 4, 46], "dnQualifier"),
    (&[0x55, 4, 65], "pseudonym"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "emailAddress"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
];

/// `C=US,O=Example,CN=My Client`; `None` for what is no name.
pub(crate) fn distinguished(name: &[u8]) -> Option<String> {
    let (mut text, mut sets) = (String::new(), Reader::new(name));
    while !sets.is_empty() {
        let mut set = sets.inside(der::SET)?;
        let mut separator = if text.is_empty() { "" } else { "," };
        while !set.is_empty() {
            let mut part = set.inside(der::SEQUENCE)?;
            text.push_str(separator);
            write_type(part.next(der::OBJECT_IDENTIFIER)?, &mut text);
            text.push('=');
            write_value(part.element()?, &mut text)?;
            separator = "+";
        }
    }
    Some(text)
}

fn write_type(identifier: &[u8], text: &mut String) {
    if let Some((_, name)) = SHORT.iter().find(|(known, _)| *known == identifier) {
        return text.push_str(name);
    }
    // Seven bits a byte; the first number holds two.
    let (mut value, mut is_first) = (0_u64, true);
    for byte in identifier {
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        let _ = match (is_first, value / 40) {
            (true, root @ 0..2) => write!(text, "{root}.{}", value % 40),
            (true, _) => write!(text, "2.{}", value.saturating_sub(80)),
            (false, _) => write!(text, ".{value}"),
        };
        (value, is_first) = (0, false);
    }
}

fn write_value(Element { tag, content }: Element<'_>, text: &mut String) -> Option<()> {
    let value = match tag {
        der::UTF8_STRING | der::PRINTABLE_STRING | der::IA5_STRING => std::str::from_utf8(content).ok()?.to_owned(),
        // Certificates of old have Latin-1 there.
        der::TELETEX_STRING => content.iter().map(|byte| char::from(*byte)).collect(),
        der::BMP_STRING => {
            let units: Vec<u16> =
                content.chunks(2).map(|unit| unit.try_into().map(u16::from_be_bytes)).collect::<Result<_, _>>().ok()?;
            String::from_utf16(&units).ok()?
        }
        _ => {
            text.push('#');
            content.iter().for_each(|byte| {
                let _ = write!(text, "{byte:02X}");
            });
            return Some(());
        }
    };
    let last = value.chars().count().saturating_sub(1);
    for (place, character) in value.chars().enumerate() {
        let is_special = match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            '#' => place == 0,
            ' ' => place == 0 || place == last,
            _ => false,
        };
        match character {
            '\0'..' ' | '\u{7f}' => {
                let _ = write!(text, "\\{:02X}", u32::from(character));
            }
            _ if is_special => text.extend(['\\', character]),
            _ => text.push(character),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(identifier: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        let tagged = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        tagged(der::SEQUENCE, &[tagged(der::OBJECT_IDENTIFIER, identifier), tagged(tag, value)].concat())
    }

    fn set(parts: &[Vec<u8>]) -> Vec<u8> {
        let content = parts.concat();
        [&[der::SET, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
    }

    #[test]
    fn parts_stand_in_the_certificates_order() {
        let cn = [0x55, 4, 3];
        let check = |parts: &[Vec<u8>], expected: &str| {
            let name: Vec<u8> = parts.concat();
            assert_eq!(distinguished(&name).as_deref(), Some(expected));
        };
        check(&[], "");
        check(
            &[
                set(&[part(&[0x55, 4, 6], der::PRINTABLE_STRING, b"US")]),
                set(&[part(&cn, der::UTF8_STRING, "Jürgen".as_bytes())]),
            ],
            "C=US,CN=Jürgen",
        );
        check(
            &[set(&[part(&cn, der::UTF8_STRING, b"a"), part(&[0x55, 4, 5], der::PRINTABLE_STRING, b"7")])],
            "CN=a+serialNumber=7",
        );
        check(&[set(&[part(&cn, der::UTF8_STRING, b" a,b=c+\"d\\ ")])], "CN=\\ a\\,b=c\\+\\\"d\\\\\\ ");
        check(&[set(&[part(&cn, der::UTF8_STRING, b"#1 #2\n")])], "CN=\\#1 #2\\0A");
        check(&[set(&[part(&cn, der::TELETEX_STRING, &[b'M', 0xfc])])], "CN=Mü");
        check(&[set(&[part(&cn, der::BMP_STRING, &[0, b'M', 0, 0xfc])])], "CN=Mü");
        check(&[set(&[part(&[0x2b, 6, 1, 4, 1, 0x82, 0x37], der::INTEGER, &[5, 0xff])])], "1.3.6.1.4.1.311=#05FF");
        check(&[set(&[part(&[0x88, 0x37, 1], der::IA5_STRING, b"x")])], "2.999.1=x");
    }

    #[test]
    fn what_is_no_name_is_none() {
        let cn = [0x55, 4, 3];
        for wrong in [
            set(&[part(&cn, der::UTF8_STRING, &[0xff])]),
            set(&[part(&cn, der::BMP_STRING, &[0])]),
            part(&cn, der::UTF8_STRING, b"no set"),
            vec![der::SET, 5, 0],
            vec![der::SET, 0x85, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(distinguished(&wrong), None, "{wrong:?}");
        }
    }
}
