//! `gatehouse sigv4`: signatures without a gateway around them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `gatehouse sigv4`
#[derive(Debug, Subcommand)]
pub enum Sigv4 {
    /// Say why AWS refuses the signature of a request: which step differs, and what the client signed instead.
    ///
    /// The secret comes from AWS_SECRET_ACCESS_KEY or a file, never from an argument, which everybody could see. Nothing
    /// is sent anywhere.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Sigv4Explain),
}

/// `gatehouse sigv4 explain`
#[derive(Args, Debug)]
pub struct Sigv4Explain {
    /// The request, as curl -v, a log or a packet dump shows it: request line, headers, empty line, body; else standard input
    pub request: Option<PathBuf>,
    /// The body, where the request is shown without it
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// The canonical request as the client's debug log has it
    #[arg(long, value_name = "FILE")]
    pub theirs: Option<PathBuf>,
    /// The access key's id; else $AWS_ACCESS_KEY_ID, or the request's own
    #[arg(long, value_name = "ID")]
    pub access_key_id: Option<String>,
    /// The secret access key, in a file; else $AWS_SECRET_ACCESS_KEY
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// The session token, in a file; else $AWS_SESSION_TOKEN, or none
    #[arg(long, value_name = "FILE")]
    pub session_token_file: Option<PathBuf>,
    /// The region called; else the one that the client signed for
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The service called
    #[arg(long, value_name = "SERVICE", default_value = "execute-api")]
    pub service: String,
    /// When the request arrived, as 20150830T123600Z, 2015-08-30T12:36:00Z or seconds since 1970; else now
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Requests are lines of JSON on standard input, and have all of that themselves; the answers are lines too
    #[arg(long, conflicts_with_all = ["request", "body", "theirs", "access_key_id", "secret_file", "session_token_file", "region", "service", "at"])]
    pub jsonl: bool,
}

const EXPLAIN_EXAMPLES: &str = "Examples:
  curl -v … 2>&1 | gatehouse sigv4 explain --region eu-west-1
  gatehouse sigv4 explain request.txt --theirs canonical-request.txt --at 20150830T123600Z --secret-file secret.txt
  gatehouse sigv4 explain --jsonl < requests.jsonl

Exit codes: 0 it verifies; 1 it does not; 2 there is no request or no secret.

A line of --jsonl:
  {\"method\": \"GET\", \"target\": \"/pets?a=b\", \"headers\": [[\"Host\", \"api.example\"], [\"Authorization\", \"AWS4-HMAC…\"]],
   \"body_b64\": \"\", \"time\": \"20150830T123600Z\", \"region\": \"us-east-1\", \"service\": \"execute-api\",
   \"credentials\": {\"accessKeyId\": \"AKID…\", \"secretAccessKey\": \"…\", \"sessionToken\": \"…\"}}
Its answer:
  {\"ok\": true} or {\"ok\": false, \"errorType\": \"InvalidSignatureException\", \"message\": \"…\"}";
