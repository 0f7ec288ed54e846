//! Any bytes are a certificate or none; what is told of one is in one line.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatehouse_certificate::Certificate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|der: &[u8]| {
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der));
    if let Some(told) = Certificate::of_pem(&pem) {
        for text in [told.subject_dn, told.issuer_dn, told.serial_number, told.not_before, told.not_after] {
            assert!(!text.contains(|character: char| character.is_ascii_control()), "{text:?}");
        }
    }
});
