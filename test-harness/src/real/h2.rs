//! A client that speaks HTTP/2 with prior knowledge.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};

use super::h1::{Got, PATIENCE};
use crate::message::{Answered, ClientBody, ClientRequest, Pairs, values};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Sends a request over a connection of its own.
pub(super) fn ask(address: SocketAddr, request: &ClientRequest) -> std::io::Result<Got> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let mut got = Got { client: socket.local_addr()?.to_string(), ..Got::default() };
        let patience = request.leaves_after.map_or(PATIENCE, Duration::from_millis);
        match tokio::time::timeout(patience, converse(socket, request)).await {
            Err(_) => {}
            Ok(Ok(answer)) => got.answer = Some(answer),
            Ok(Err(error)) => got.violations.push(format!("a broken answer: {error}")),
        }
        Ok(got)
    })
}

async fn converse(socket: tokio::net::TcpStream, request: &ClientRequest) -> Result<Answered, Error> {
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(1 << 24).initial_connection_window_size(1 << 24);
    let (client, connection) = builder.handshake::<_, Bytes>(socket).await?;
    // It drives the exchange, and ends with it.
    tokio::spawn(connection);
    exchange(client, request).await
}

async fn exchange(client: h2::client::SendRequest<Bytes>, request: &ClientRequest) -> Result<Answered, Error> {
    let pieces = request.body.pieces();
    let bodiless = pieces.is_empty() && request.trailers.is_empty();
    let mut client = client.ready().await?;
    let (response, mut sender) = client.send_request(head(request)?, bodiless)?;
    if !bodiless {
        for (at, piece) in pieces.iter().enumerate() {
            let last = request.trailers.is_empty() && !request.unfinished && at + 1 == pieces.len();
            // What the other side refuses to take no longer matters.
            let _ = sender.send_data(Bytes::from(piece.clone()), last);
            if !last && matches!(request.body, ClientBody::Chunks(_)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        if !request.trailers.is_empty() {
            let _ = sender.send_trailers(map(&request.trailers)?);
        }
    }
    let response = response.await?;
    let status = response.status().as_u16();
    let headers = pairs(response.headers());
    let mut stream = response.into_body();
    let mut body = Vec::new();
    while let Some(data) = stream.data().await {
        let data = data?;
        stream.flow_control().release_capacity(data.len())?;
        body.extend(data);
    }
    let trailers = stream.trailers().await?.map(|trailers| pairs(&trailers)).unwrap_or_default();
    Ok(Answered { status, headers, body, trailers })
}

fn head(request: &ClientRequest) -> Result<Request<()>, Error> {
    let authority = values(&request.headers, "host").next().unwrap_or_default();
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(Authority::try_from(authority)?);
    parts.path_and_query = Some(PathAndQuery::try_from(request.target.as_slice())?);
    let mut head = Request::new(());
    *head.method_mut() = Method::from_bytes(request.method.as_bytes())?;
    *head.uri_mut() = Uri::from_parts(parts)?;
    let fields: Pairs = request.headers.iter().filter(|(name, _)| name != "host").cloned().collect();
    *head.headers_mut() = map(&fields)?;
    if let ClientBody::Whole(body) = &request.body {
        head.headers_mut().entry("content-length").or_insert_with(|| body.len().into());
    }
    *head.version_mut() = http::Version::HTTP_2;
    Ok(head)
}

fn map(pairs: &Pairs) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_bytes(value)?);
    }
    Ok(map)
}

fn pairs(map: &HeaderMap) -> Pairs {
    map.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}
