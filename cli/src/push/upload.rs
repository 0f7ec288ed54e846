//! A blob on its way: an upload is asked for, and the blob sent to where the registry says.
//!
//! `oci-client` does it as well, and panics over an address that begins with no `/`, and gives a slow line no more than a minute.
//!
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put>

use std::time::Duration;

use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, Url};

use super::artifact::Blob;
use super::refusal::Refusal;

const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);
/// The slowest line that is waited for, in bytes a second.
const SLOWEST: u64 = 10_000;
/// How many redirections are followed.
const REDIRECTIONS: usize = 5;

/// A client that sends a request again where it is led to, and as nothing else: a POST that becomes a GET finds a page for people.
pub(super) fn client() -> reqwest::Result<Client> {
    let policy = Policy::custom(|attempt| match attempt.status().as_u16() {
        307 | 308 if attempt.previous().len() <= REDIRECTIONS => attempt.follow(),
        _ => attempt.stop(),
    });
    let agent = concat!("gatehouse/", env!("CARGO_PKG_VERSION"));
    Client::builder().redirect(policy).connect_timeout(CONNECT).user_agent(agent).build()
}

/// Sends a blob by an upload that is asked for at `at`.
pub(super) async fn upload(
    client: &Client,
    at: &str,
    authorization: Option<HeaderValue>,
    blob: &Blob,
) -> Result<(), Refusal> {
    let asked = authorized(client.post(at), authorization.as_ref()).header(CONTENT_LENGTH, 0).timeout(ANSWER);
    let opened = expect(&[202], asked.send().await?).await?;
    let mut to = address(&opened)?;
    // Another host has been told who may write in the address itself, and is not told a password.
    let authorization = authorization.filter(|_| to.origin() == opened.url().origin());
    to.query_pairs_mut().append_pair("digest", &blob.digest);
    let size = u64::try_from(blob.bytes.len()).unwrap_or(u64::MAX);
    let sent = authorized(client.put(to), authorization.as_ref())
        .header(CONTENT_TYPE, "application/octet-stream")
        .timeout(ANSWER + Duration::from_secs(size / SLOWEST))
        .body(blob.bytes.clone());
    expect(&[200, 201, 204], sent.send().await?).await.map(drop)
}

fn authorized(request: RequestBuilder, authorization: Option<&HeaderValue>) -> RequestBuilder {
    match authorization {
        Some(value) => request.header(AUTHORIZATION, value),
        None => request,
    }
}

async fn expect(statuses: &[u16], answer: Response) -> Result<Response, Refusal> {
    let status = answer.status().as_u16();
    if statuses.contains(&status) {
        return Ok(answer);
    }
    match location(&answer) {
        Some(to) if (300..=399).contains(&status) => Err(Refusal::new(status, format!("it redirects to `{to}`"))),
        _ => Err(Refusal::said(status, &answer.text().await.unwrap_or_default())),
    }
}

/// Where an upload goes: a whole address, or one beside that which it was asked for at.
fn address(opened: &Response) -> Result<Url, Refusal> {
    let Some(to) = location(opened) else { return Err("it takes an upload and does not say where".to_owned().into()) };
    let url = opened.url().join(&to).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| format!("it wants an upload at `{to}`, which is no address").into())
}

fn location(answer: &Response) -> Option<String> {
    let location = answer.headers().get(LOCATION)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}
