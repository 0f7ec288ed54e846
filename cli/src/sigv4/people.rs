//! `gatehouse sigv4 explain` for people: files, environment and flags in, what is wrong with the signature out.

use std::io::Read as _;
use std::path::Path;

use gatehouse_http::Body;
use gatehouse_sigv4::parse_basic_date;

use super::raw;
use super::told::{Known, Told, tell};
use crate::args::Sigv4Explain;
use crate::finding::Finding;

/// Explains the one request of the arguments. `now` is in seconds since 1970, where `--at` does not say when it is.
///
/// # Errors
/// What was given can't be read, or is no request; or there is no secret.
pub fn explain(args: &Sigv4Explain, now: u64, colour: bool) -> Result<Told, Vec<Finding>> {
    explained(args, now, colour).map_err(|wrong| vec![Finding::error(None, wrong)])
}

fn explained(args: &Sigv4Explain, now: u64, colour: bool) -> Result<Told, String> {
    let known = Known {
        access_key_id: args.access_key_id.clone().or_else(|| variable("AWS_ACCESS_KEY_ID")),
        secret: secret(args)?,
        session_token: match &args.session_token_file {
            Some(file) => Some(line(file)?),
            None => variable("AWS_SESSION_TOKEN"),
        },
        region: args.region.clone(),
        service: args.service.clone(),
        now: args.at.as_deref().map_or(Ok(now), |at| time(at).ok_or_else(|| format!("`--at`: `{at}` is no time")))?,
        theirs: args.theirs.as_deref().map(bytes).transpose()?,
    };
    let text = bytes(args.request.as_deref().unwrap_or(Path::new("-")))?;
    let mut request = raw::read(&text)?;
    if let Some(file) = &args.body {
        request.body = Body::Read(bytes(file)?);
    }
    Ok(tell(&request, &known, colour))
}

fn secret(args: &Sigv4Explain) -> Result<String, String> {
    match &args.secret_file {
        Some(file) => line(file),
        None => variable("AWS_SECRET_ACCESS_KEY")
            .ok_or_else(|| "there is no secret: set AWS_SECRET_ACCESS_KEY, or give `--secret-file`".into()),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A file's bytes, or standard input's for `-`.
fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-") => std::io::stdin().lock().read_to_end(&mut bytes).map(drop),
        _ => std::fs::read(path).map(|read| bytes = read),
    };
    read.map(|()| bytes).map_err(|why| format!("`{}`: {why}", path.display()))
}

/// A file of one line.
fn line(path: &Path) -> Result<String, String> {
    let text = String::from_utf8(bytes(path)?).map_err(|_| format!("`{}` is no text", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Seconds since 1970, `20150830T123600Z` or `2015-08-30T12:36:00Z`, with a fraction or as `+00:00` too.
pub(super) fn time(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then_some(seconds as u64);
    }
    let utc = text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z'))?;
    let whole = utc.split_once('.').map_or(utc, |(whole, _)| whole);
    let basic: String = whole.chars().filter(|digit| !matches!(digit, '-' | ':')).collect();
    parse_basic_date(format!("{basic}Z").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_and_programs_write_it() {
        for text in [
            "1440938160",
            "1440938160.5",
            "20150830T123600Z",
            "2015-08-30T12:36:00Z",
            "2015-08-30T12:36:00.123Z",
            "2015-08-30T12:36:00+00:00",
        ] {
            assert_eq!(time(text), Some(1_440_938_160), "{text}");
        }
        for text in ["", "now", "-1", "2015-08-30T12:36:00", "2015-08-30T12:36:00+02:00", "inf"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
