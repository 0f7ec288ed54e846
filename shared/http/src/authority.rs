//! Hosts and addresses with their ports.

/// The host of an authority, without its port; an IPv6 address keeps its brackets.
#[must_use]
pub fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// The address of a peer without its port, nor the brackets of an IPv6 address.
#[must_use]
pub fn ip_of(peer: &str) -> &str {
    host_of(peer).trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_brackets_are_taken_away() {
        for (authority, host, ip) in [
            ("api.example.com", "api.example.com", "api.example.com"),
            ("api.example.com:8443", "api.example.com", "api.example.com"),
            ("192.0.2.1:1234", "192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]:1234", "[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]", "[2001:db8::1]", "2001:db8::1"),
            ("a:b", "a:b", "a:b"),
            ("", "", ""),
        ] {
            assert_eq!((host_of(authority), ip_of(authority)), (host, ip), "{authority}");
        }
    }
}
