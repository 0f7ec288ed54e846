//! What is known once a signature is right.

use gatehouse_http::{IllegalHeader, Request};

use crate::presented::Carrier;
use crate::presigned;

/// A request that is its signer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whose.
    pub access_key_id: String,
    /// Where the signature was.
    pub carrier: Carrier,
    /// The path to route by and to forward, where it is not the one that was sent.
    pub(super) normalized: Option<Vec<u8>>,
}

impl Verified {
    /// The path to route by and to forward: what was signed, without empty and dot segments.
    #[must_use]
    pub fn path<'a>(&'a self, request: &'a Request) -> &'a [u8] {
        self.normalized.as_deref().unwrap_or_else(|| request.path())
    }

    /// Makes of the request what the backend gets: the verified path, and no signature or token.
    ///
    /// # Errors
    /// [`IllegalHeader`] if the target could not be written.
    pub fn clean(&self, request: &mut Request) -> Result<(), IllegalHeader> {
        request.headers.remove("authorization");
        request.headers.remove("x-amz-security-token");
        if self.normalized.is_none() && self.carrier == Carrier::Header {
            return Ok(());
        }
        let target = self.target(request);
        request.set_target(target)
    }

    fn target(&self, request: &Request) -> Vec<u8> {
        let mut target = self.path(request).to_vec();
        let query = request.query().raw();
        let presigned = self.carrier == Carrier::Query;
        let kept = query.split(|&byte| byte == b'&').filter(|part| {
            let name = part.split(|&byte| byte == b'=').next().unwrap_or_default();
            !(presigned && presigned::is_parameter(name))
        });
        let kept = kept.collect::<Vec<_>>().join(&b'&');
        if !kept.is_empty() {
            target.push(b'?');
            target.extend_from_slice(&kept);
        }
        target
    }
}
