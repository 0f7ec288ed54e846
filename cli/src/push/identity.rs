//! An identity token, which `docker login` leaves where a registry gives one, as Azure's does: it is changed for a token that opens
//! one repository.
//!
//! <https://distribution.github.io/distribution/spec/auth/oauth/>

use reqwest::{Client, Url};
use serde::Deserialize;

use super::refusal::Refusal;

/// Who gives out tokens, and for whom: what a registry says in `WWW-Authenticate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    realm: String,
    service: String,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
}

impl Challenge {
    /// `Bearer realm="https://auth.example/token",service="registry.example"`
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, parameters) = header.split_once(' ')?;
        let parameter = |name: &str| {
            let (_, rest) = parameters.split_once(&format!("{name}=\""))?;
            Some(rest.split('"').next()?.to_owned())
        };
        let realm = parameter("realm").filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
        Some(Self { realm, service: parameter("service").unwrap_or_default() })
    }

    /// The token that lets push to a repository. Where the registry has TLS, nobody is told a secret without it.
    pub(super) async fn token(
        &self,
        client: &Client,
        has_tls: bool,
        repository: &str,
        identity: &str,
    ) -> Result<String, Refusal> {
        let scope = format!("repository:{repository}:pull,push");
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "gatehouse"),
            ("service", &self.service),
            ("scope", &scope),
            ("refresh_token", identity),
        ];
        // A form is written as a query is.
        let form = Url::parse_with_params("http://form.invalid/", form).ok();
        let form = form.as_ref().and_then(Url::query).unwrap_or_default().to_owned();
        let realm = Url::parse(&self.realm).ok().filter(|realm| realm.scheme() == "https" || !has_tls);
        let realm =
            realm.ok_or_else(|| format!("it gives out tokens at `{}`, which is no place for them", self.realm))?;
        let asked = client.post(realm).header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = asked.send().await?;
        let (status, body) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(Refusal::said(status.as_u16(), &body));
        }
        let granted: Granted =
            serde_json::from_str(&body).map_err(|_| "it answers an identity token with no token".to_owned())?;
        Ok(granted.access_token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_out_tokens_is_read() {
        let check = |header: &str, expected: Option<(&str, &str)>| {
            let found = Challenge::parse(header);
            assert_eq!(found.as_ref().map(|it| (it.realm.as_str(), it.service.as_str())), expected, "{header}");
        };
        check(
            r#"Bearer realm="https://a.example/oauth2/token",service="a.example",error="x""#,
            Some(("https://a.example/oauth2/token", "a.example")),
        );
        check(r#"bearer realm="https://a.example""#, Some(("https://a.example", "")));
        check(r#"Basic realm="x""#, None);
        check("Bearer", None);
    }
}
