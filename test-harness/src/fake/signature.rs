//! Envoy's `verify_signature`, in Rust: the same arguments and answers.

use gatehouse_filter::Hash;
use gatehouse_filter::testing::verifies;

/// The answer to a message of hash, key, signature and text; `None` to one that is malformed.
pub(super) fn verify(message: &[u8]) -> Option<Vec<u8>> {
    let fields = fields(message)?;
    let field = |number: u8| fields.iter().find(|(other, _)| *other == number).map_or(&[][..], |(_, bytes)| bytes);
    let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
    let hash = hashes.into_iter().find(|hash| hash.name().as_bytes().eq_ignore_ascii_case(field(1)))?;
    if field(2).is_empty() {
        return None;
    }
    if verifies(hash, field(2), field(3), field(4)) {
        return Some(vec![0x08, 0x01]);
    }
    const WRONG: &[u8] = b"Failed to verify digest. Error code: 0";
    Some([&[0x12, u8::try_from(WRONG.len()).ok()?], WRONG].concat())
}

/// The fields of a protobuf message that are all bytes.
fn fields(mut message: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let mut fields = Vec::new();
    while let Some((tag, rest)) = message.split_first() {
        let (mut length, mut shift, mut rest) = (0_usize, 0, rest);
        loop {
            let (byte, after) = rest.split_first()?;
            length |= usize::from(byte & 0x7f).checked_shl(shift)?;
            (shift, rest) = (shift + 7, after);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (bytes, after) = rest.split_at_checked(length)?;
        fields.push((tag >> 3, bytes.to_vec()));
        message = after;
    }
    Some(fields)
}
