//! Addresses and ranges of addresses, as integers.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress>

use std::net::IpAddr;

/// An address. One of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) is one of IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ip {
    V4(u32),
    V6(u128),
}

impl Ip {
    /// An address without zone, port, or octets that begin with a zero.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // `IpAddr` accepts nothing longer; this keeps garbage from being read to its end.
        if text.len() > 45 {
            return None;
        }
        text.parse::<IpAddr>().ok().map(Self::from)
    }
}

impl From<IpAddr> for Ip {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Ip::V4(address.to_bits()),
            IpAddr::V6(address) => Ip::V6(address.to_bits()),
        }
    }
}

/// An address and how many of its bits matter: the others may be set, and are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IpRange {
    V4 { network: u32, mask: u32 },
    V6 { network: u128, mask: u128 },
}

impl IpRange {
    /// `192.0.2.0/24`, `2001:db8::/32`, or one address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(bits(prefix)?)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().ok()?;
        match (Ip::from(written), written) {
            // `::ffff:192.0.2.0/120`: the first 96 bits say that it is IPv4.
            (Ip::V4(network), IpAddr::V6(_)) => Self::v4(network, prefix.unwrap_or(128).checked_sub(96)?),
            (Ip::V4(network), IpAddr::V4(_)) => Self::v4(network, prefix.unwrap_or(32)),
            (Ip::V6(network), _) => Self::v6(network, prefix.unwrap_or(128)),
        }
    }

    fn v4(network: u32, prefix: u32) -> Option<Self> {
        let mask = u32::MAX.checked_shl(32_u32.checked_sub(prefix)?).unwrap_or(0);
        Some(IpRange::V4 { network: network & mask, mask })
    }

    fn v6(network: u128, prefix: u32) -> Option<Self> {
        let mask = u128::MAX.checked_shl(128_u32.checked_sub(prefix)?).unwrap_or(0);
        Some(IpRange::V6 { network: network & mask, mask })
    }

    /// Whether the address lies within; one of the other family never does.
    pub(crate) fn contains(&self, ip: Ip) -> bool {
        match (*self, ip) {
            (IpRange::V4 { network, mask }, Ip::V4(ip)) => ip & mask == network,
            (IpRange::V6 { network, mask }, Ip::V6(ip)) => ip & mask == network,
            (IpRange::V4 { .. }, Ip::V6(_)) | (IpRange::V6 { .. }, Ip::V4(_)) => false,
        }
    }
}

/// One to three digits without a leading zero.
fn bits(text: &str) -> Option<u32> {
    let plain = matches!(text.len(), 1..=3) && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_lies_within_a_range_of_its_own_family() {
        for (range, address, expected) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.77/24", "192.0.2.1", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "192.0.2.1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:DB8::/32", "2001:0db9::1", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true),
            ("::ffff:192.0.2.0/120", "192.0.2.9", true),
            ("::ffff:0:0/96", "8.8.8.8", true),
        ] {
            let (range, address) = (IpRange::parse(range).expect(range), Ip::parse(address).expect(address));
            assert_eq!(range.contains(address), expected, "{range:?} {address:?}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "010.0.0.1",
            "10.0.0",
            "10.0.0.0/8 ",
            "10.0.0.0/8/8",
            "fe80::1%eth0",
            "10.0.0.1:80",
            "*",
            "::ffff:192.0.2.0/95",
            "host",
        ] {
            assert_eq!(IpRange::parse(text), None, "{text}");
        }
        for text in ["192.0.2.1, 10.0.0.1", "fe80::1%eth0", "[::1]", "192.0.2.1:443", "01.2.3.4", ""] {
            assert_eq!(Ip::parse(text), None, "{text}");
        }
    }
}
