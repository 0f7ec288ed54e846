//! The few shapes of DER that keys and signatures have.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// rsaEncryption, with its NULL (RFC 3279).
const RSA: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// id-ecPublicKey on P-256 (RFC 5480).
const P256: [u8; 21] = [
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07,
];
/// id-Ed25519 (RFC 8410).
const ED25519: [u8; 7] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

/// A SubjectPublicKeyInfo of an RSA key.
pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = tagged(SEQUENCE, &[integer(modulus), integer(exponent)].concat());
    public_key(&RSA, &key)
}

/// A SubjectPublicKeyInfo of a key on P-256.
pub(crate) fn p256(x: &[u8; 32], y: &[u8; 32]) -> Vec<u8> {
    public_key(&P256, &[[4].as_slice(), x, y].concat())
}

/// A SubjectPublicKeyInfo of an Ed25519 key.
pub(crate) fn ed25519(x: &[u8; 32]) -> Vec<u8> {
    public_key(&ED25519, x)
}

/// The DER form of a signature that JOSE writes as two numbers of 32 bytes; `None` for anything else.
pub(crate) fn ecdsa(signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = signature.split_first_chunk::<32>()?;
    let s: &[u8; 32] = s.try_into().ok()?;
    Some(tagged(SEQUENCE, &[integer(r), integer(s)].concat()))
}

fn public_key(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = tagged(BIT_STRING, &[&[0], key].concat());
    tagged(SEQUENCE, &[algorithm, &bits].concat())
}

/// A number without needless zeros, and with one where it would be negative.
/// A number without what does not count in front of it.
pub(crate) fn without_zeros(number: &[u8]) -> &[u8] {
    let first = number.iter().position(|&byte| byte != 0).unwrap_or(number.len());
    number.get(first..).unwrap_or_default()
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let bytes = without_zeros(bytes);
    match bytes.first() {
        None => tagged(INTEGER, &[0]),
        Some(byte) if *byte >= 0x80 => tagged(INTEGER, &[&[0], bytes].concat()),
        Some(_) => tagged(INTEGER, bytes),
    }
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..0x80) => out.push(length),
        Ok(length) => out.extend([0x81, length]),
        Err(_) => {
            let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
            out.extend([0x82, high, low]);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positive_and_short() {
        for (bytes, expected) in [
            (&[][..], &[2, 1, 0][..]),
            (&[0, 0], &[2, 1, 0]),
            (&[0, 1], &[2, 1, 1]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[0x7f, 0xff], &[2, 2, 0x7f, 0xff]),
        ] {
            assert_eq!(integer(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_signature_is_two_numbers_of_32_bytes() {
        assert_eq!(ecdsa(&[1; 64]).map(|der| der.len()), Some(70));
        assert!([0, 63, 65, 128].iter().all(|&length| ecdsa(&vec![1; length]).is_none()));
    }
}
