//! Certificates that OpenSSL made.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use gatehouse_certificate::Certificate;
use proptest::prelude::*;

const CLIENT: &str = include_str!("certificates/client.pem");
const AUTHORITY: &str = include_str!("certificates/authority.pem");

#[test]
fn what_is_told_is_what_openssl_says() {
    let told = Certificate::of_pem(CLIENT).unwrap();
    assert_eq!(told.subject_dn, "C=US,ST=Washington,L=Seattle,O=Example Corp.,OU=Security,CN=My Client");
    assert_eq!(told.issuer_dn, "C=US,ST=Washington,L=Seattle,O=Example Corp.,OU=Security,CN=My Private CA");
    assert_eq!(told.serial_number, "1");
    assert_eq!(told.not_before, "Aug  9 00:28:21 2026 GMT");
    assert_eq!(told.not_after, "Aug  9 00:28:21 2126 GMT");
    let authority = Certificate::of_pem(AUTHORITY).unwrap();
    assert_eq!(authority.subject_dn, told.issuer_dn);
    assert_eq!(authority.serial_number, "a1:0b:00:00:00:00:00:00:00:01");
}

#[test]
fn of_a_chain_the_first_counts() {
    assert_eq!(Certificate::of_pem(&format!("{CLIENT}{AUTHORITY}")), Certificate::of_pem(CLIENT));
    assert_eq!(Certificate::of_pem(&format!("Bag Attributes\n{CLIENT}")), Certificate::of_pem(CLIENT));
}

#[test]
fn what_is_no_certificate_is_none() {
    let cut: String = CLIENT.lines().filter(|line| !line.starts_with("MII")).collect::<Vec<_>>().join("\n");
    for pem in ["", "-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE----------END CERTIFICATE-----", &cut] {
        assert_eq!(Certificate::of_pem(pem), None, "{pem}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_at_what_was_changed(place in 0_usize..1200, byte in any::<u8>()) {
        let mut pem = CLIENT.as_bytes().to_vec();
        let place = place % pem.len();
        pem[place] = byte;
        let _ = Certificate::of_pem(&String::from_utf8_lossy(&pem));
    }
}
