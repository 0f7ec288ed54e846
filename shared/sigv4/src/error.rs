//! Why a request is refused, in AWS's words. The order of the variants is the order of the checks.

use std::borrow::Cow;
use std::fmt;

use crate::chunked::ChunkError;

/// Why a request is not authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// More header bytes, signed names or parameters than anyone signs.
    TooLarge,
    /// There is no method or path, or the path is not absolute, has a broken escape, or leads above its root.
    MalformedPath,
    /// The query has a broken escape: the rest of it, or its three characters.
    MalformedQuery(BrokenEscape),
    /// Both an `Authorization` header and a signature in the query.
    TwoSignatures,
    /// Neither.
    MissingAuthenticationToken,
    /// `Authorization` has a part without an equal sign. The digest of the header, base64.
    NotKeyValue(String),
    /// A field, parameter or header that must stand once stands several times, or in another spelling.
    Repeated(&'static str),
    /// Fields that `Authorization` lacks: AWS's sentences, and the digest of the header, base64.
    MissingFields(String, String),
    /// Parameters that the query lacks: AWS's sentences.
    MissingParameters(String),
    /// `Authorization` names an algorithm that is not accepted.
    UnsupportedAlgorithm(String),
    /// The query does.
    UnsupportedQueryAlgorithm,
    /// `SignedHeaders` is not in lower case, not sorted, or has a name twice.
    MalformedSignedHeaders,
    /// `SignedHeaders` lacks `host`.
    HostNotSigned,
    /// The date is not in the basic format.
    MalformedDate(String),
    /// `X-Amz-Expires` is no number.
    MalformedExpires,
    /// `X-Amz-Expires` is a number below zero.
    NegativeExpires,
    /// `X-Amz-Expires` is more than a week.
    LongExpires,
    /// Signed too long ago.
    Expired(Skew),
    /// Signed in the future.
    NotYetCurrent(Skew),
    /// `Credential` has too few elements.
    MalformedCredential {
        /// As presented.
        got: String,
        /// How many there should be.
        elements: u8,
    },
    /// `Credential` is for elsewhere: AWS's sentences.
    WrongScope(String),
    /// A header that must be signed when it is sent is not.
    UnsignedHeaders,
    /// `x-amz-content-sha256` has a value that is not accepted here.
    UnacceptablePayload,
    /// The session token has expired.
    ExpiredToken,
    /// The session token is not the one of the access key, or the access key is unknown.
    InvalidToken,
    /// A signed header is absent. Nothing that the client signed can have been without it.
    AbsentSignedHeader(String),
    /// The signature is another one.
    SignatureMismatch(Box<Mismatch>),
    /// The body comes in pieces, and they are not as signed.
    Body(ChunkError),
}

/// A `%` that two hexadecimal digits do not follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenEscape {
    /// At the end.
    Incomplete,
    /// These three characters.
    Illegal(String),
}

/// When a request was signed, and when that would have been right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skew {
    /// When it was signed, as signed.
    pub date: String,
    /// The first, or last, date that would have been accepted.
    pub limit: String,
    /// The time here.
    pub now: String,
    /// Seconds between the two.
    pub window: u64,
}

/// What would have been signed. It holds whatever the client sent, session tokens too: it is for the client alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    pub(crate) canonical_request: Vec<u8>,
    pub(crate) string_to_sign: Vec<u8>,
}

/// How much a client is told of a signature that does not match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// That it does not match.
    #[default]
    Brief,
    /// And what should have been signed, as REST APIs tell it.
    Full,
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
    Secret Access Key and signing method. Consult the service documentation for details.";

impl Error {
    /// The status: 403, or 400 where a request cannot be read at all.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Error::TooLarge | Error::MalformedPath => 400,
            _ => 403,
        }
    }

    /// `x-amzn-ErrorType`.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Error::TooLarge | Error::MalformedPath => "BadRequestException",
            Error::MalformedQuery(_) => "MalformedQueryStringException",
            Error::MissingAuthenticationToken | Error::UnsupportedQueryAlgorithm => {
                "MissingAuthenticationTokenException"
            }
            Error::NotKeyValue(_)
            | Error::Repeated(_)
            | Error::MissingFields(..)
            | Error::MissingParameters(_)
            | Error::UnsupportedAlgorithm(_)
            | Error::MalformedDate(_)
            | Error::MalformedExpires
            | Error::NegativeExpires
            | Error::LongExpires
            | Error::MalformedCredential { .. } => "IncompleteSignatureException",
            Error::TwoSignatures
            | Error::MalformedSignedHeaders
            | Error::HostNotSigned
            | Error::Expired(_)
            | Error::NotYetCurrent(_)
            | Error::WrongScope(_)
            | Error::UnsignedHeaders
            | Error::UnacceptablePayload
            | Error::AbsentSignedHeader(_)
            | Error::SignatureMismatch(_)
            | Error::Body(_) => "InvalidSignatureException",
            Error::ExpiredToken => "ExpiredTokenException",
            Error::InvalidToken => "UnrecognizedClientException",
        }
    }

    /// What the client is told. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn message(&self, detail: Detail) -> Cow<'static, str> {
        match self {
            Error::TooLarge | Error::MalformedPath => "Bad Request".into(),
            Error::MalformedQuery(BrokenEscape::Incomplete) => "Incomplete trailing escape % sequence".into(),
            Error::MalformedQuery(BrokenEscape::Illegal(text)) => {
                format!("Illegal hex character in escape % pattern: {text}").into()
            }
            Error::TwoSignatures => "".into(),
            Error::MissingAuthenticationToken | Error::UnsupportedQueryAlgorithm => {
                "Missing Authentication Token".into()
            }
            Error::NotKeyValue(digest) => format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded \
                 with Base64): '{digest}'."
            )
            .into(),
            Error::Repeated(what) => format!("'{what}' must be given once.").into(),
            Error::MissingFields(sentences, digest) => {
                format!("{sentences} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}").into()
            }
            Error::MissingParameters(sentences) => {
                format!("{sentences} Re-examine the query-string parameters.").into()
            }
            Error::UnsupportedAlgorithm(name) => format!("Unsupported AWS 'algorithm': '{name}'.").into(),
            Error::HostNotSigned => "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
            Error::MalformedDate(got) => format!(
                "Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601"
            )
            .into(),
            // S3's words: execute-api's are not known.
            Error::MalformedExpires => "X-Amz-Expires should be a number".into(),
            Error::NegativeExpires => "X-Amz-Expires must be non-negative".into(),
            Error::LongExpires => "X-Amz-Expires must be less than a week (in seconds); that is, the given \
                X-Amz-Expires must be less than 604800 seconds"
                .into(),
            Error::Expired(Skew { date, limit, now, window }) => {
                format!("Signature expired: {date} is now earlier than {limit} ({now} - {})", span(*window)).into()
            }
            Error::NotYetCurrent(Skew { date, limit, now, window }) => {
                format!("Signature not yet current: {date} is still later than {limit} ({now} + {})", span(*window))
                    .into()
            }
            Error::MalformedCredential { got, elements: 4 } => format!(
                "Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, got '{got}'"
            )
            .into(),
            Error::MalformedCredential { got, elements } => format!(
                "Credential must have exactly {elements} slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{got}'"
            )
            .into(),
            Error::WrongScope(sentences) => sentences.clone().into(),
            Error::UnsignedHeaders => "There were headers present in the request which were not signed".into(),
            // Recorded of a name that stands twice: arnemolland/sigv4's issue 17. AWS makes a list of its own.
            Error::MalformedSignedHeaders
            | Error::UnacceptablePayload
            | Error::AbsentSignedHeader(_)
            | Error::Body(ChunkError::SignatureMismatch) => MISMATCH.into(),
            Error::Body(why) => why.to_string().into(),
            Error::ExpiredToken => "The security token included in the request is expired".into(),
            Error::InvalidToken => "The security token included in the request is invalid.".into(),
            Error::SignatureMismatch(mismatch) => match detail {
                Detail::Brief => MISMATCH.into(),
                Detail::Full => mismatch.text().into(),
            },
        }
    }
}

fn span(seconds: u64) -> String {
    if seconds.is_multiple_of(60) { format!("{} min.", seconds / 60) } else { format!("{seconds} sec.") }
}

impl Mismatch {
    /// The canonical request as it should have been.
    #[must_use]
    pub fn canonical_request(&self) -> &[u8] {
        &self.canonical_request
    }

    /// The string to sign as it should have been.
    #[must_use]
    pub fn string_to_sign(&self) -> &[u8] {
        &self.string_to_sign
    }

    /// The long form, its blank lines and last line feed as recorded.
    fn text(&self) -> String {
        format!(
            "{MISMATCH}\n\nThe Canonical String for this request should have been\n'{}'\n\nThe String-to-Sign should \
             have been\n'{}'\n",
            String::from_utf8_lossy(&self.canonical_request),
            String::from_utf8_lossy(&self.string_to_sign),
        )
    }
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mismatch([redacted])")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Detail::Brief))
    }
}

impl From<ChunkError> for Error {
    fn from(error: ChunkError) -> Self {
        Error::Body(error)
    }
}

impl std::error::Error for Error {}
