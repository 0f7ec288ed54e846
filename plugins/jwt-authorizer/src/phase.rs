//! The phase of a request in which its token says who calls.

use std::rc::Rc;

use gatehouse_context::Context;
use gatehouse_filter::{Callout, Reply};
use gatehouse_http::Request;
use gatehouse_jwt::{Error as TokenError, Expectations, Use};
use gatehouse_pattern::Whole;

use crate::error::Error;
use crate::identity::IdentitySource;
use crate::issuer::Asking;
use crate::issuers::{Issuers, Moment, Sight};
use crate::metrics::{Measure, Metrics};
use crate::verified::{Verified, seconds};

/// Whose authorizer it is: claims are written, and tokens used, in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A REST API's: user pools. Without scopes an identity token is asked for, with them an access token.
    Rest,
    /// An HTTP API's: any issuer, any token.
    Http,
}

/// What an authorizer accepts.
#[derive(Clone, Debug)]
pub struct Authorizer {
    /// Where the token is.
    pub identity_source: IdentitySource,
    /// The numbers of those whose tokens are accepted.
    pub issuers: Vec<usize>,
    /// For whom tokens must be; for anybody where there is none.
    pub audiences: Vec<String>,
    /// `identityValidationExpression` of a user pools' authorizer: what `aud` must match as a whole. Access tokens have none, and
    /// are refused by it.
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html>
    pub audience_pattern: Option<Whole>,
    /// Whose authorizer it is.
    pub form: Form,
}

/// An authorizer, ready to decide.
#[derive(Debug)]
pub struct JwtPhase {
    authorizer: Authorizer,
    metrics: Metrics,
}

/// What happens next.
pub enum Progress {
    /// The request may pass.
    Granted(Permit),
    /// An issuer is asked for its keys.
    Await(Callout, Asking),
    /// Another request asks it; how long to wait, in milliseconds.
    Wait(u32, Asking),
}

/// Who has brought an accepted token.
#[derive(Debug)]
pub struct Permit {
    verified: Rc<Verified>,
    /// Whether the method asks for scopes.
    scoped: bool,
}

impl JwtPhase {
    /// An authorizer whose metrics begin there.
    #[must_use]
    pub fn new(authorizer: Authorizer, metrics: Metrics) -> Self {
        Self { authorizer, metrics }
    }

    /// Decides about a request to a method with these scopes, if the issuer's keys are known; else asks for them.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn authorize(
        &self,
        issuers: &Issuers,
        request: &Request,
        scopes: &[String],
        moment: &Moment<'_>,
    ) -> Result<Progress, Error> {
        self.counted(self.look(issuers, request, scopes, None, moment), moment)
    }

    /// Goes on when the issuer has answered.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn on_reply(
        &self,
        asking: &Asking,
        reply: &Reply,
        issuers: &Issuers,
        request: &Request,
        scopes: &[String],
        moment: &Moment<'_>,
    ) -> Result<Progress, Error> {
        if let Some((callout, asking)) = issuers.on_errand(asking, reply, moment) {
            return Ok(Progress::Await(callout, asking));
        }
        self.counted(self.look(issuers, request, scopes, Some(asking), moment), moment)
    }

    /// Goes on when another request has woken this one up, or has not for a while.
    ///
    /// # Errors
    /// Why the request is refused.
    pub fn on_wake(
        &self,
        asking: &Asking,
        issuers: &Issuers,
        request: &Request,
        scopes: &[String],
        moment: &Moment<'_>,
    ) -> Result<Progress, Error> {
        self.counted(self.look(issuers, request, scopes, Some(asking), moment), moment)
    }

    fn look(
        &self,
        issuers: &Issuers,
        request: &Request,
        scopes: &[String],
        asked: Option<&Asking>,
        moment: &Moment<'_>,
    ) -> Result<Progress, Error> {
        let text = self.authorizer.identity_source.token(request)?;
        let verified = match issuers.verify(&text, &self.authorizer.issuers, asked, self.metrics, moment)? {
            Sight::Known(verified) => {
                self.metrics.count(Measure::Hit, moment.host);
                verified
            }
            Sight::Verified(verified) => verified,
            Sight::Await(callout, asking) => return Ok(Progress::Await(callout, asking)),
            Sight::Wait(millis, asking) => return Ok(Progress::Wait(millis, asking)),
        };
        self.check(&verified, issuers, scopes, moment)?;
        Ok(Progress::Granted(Permit { verified, scoped: !scopes.is_empty() }))
    }

    /// Holds what a token claims against what this method asks for: anew for every request.
    fn check(
        &self,
        verified: &Verified,
        issuers: &Issuers,
        scopes: &[String],
        moment: &Moment<'_>,
    ) -> Result<(), TokenError> {
        let Authorizer { issuers: accepted, audiences, audience_pattern, form, .. } = &self.authorizer;
        let issuer = issuers.get(verified.issuer).filter(|_| accepted.contains(&verified.issuer));
        let issuer = issuer.ok_or(TokenError::Issuer)?;
        let token_use = match form {
            Form::Http => Use::Any,
            Form::Rest if scopes.is_empty() => Use::Id,
            Form::Rest => Use::Access,
        };
        let expected = Expectations { issuer: &issuer.name, audiences, token_use, scopes, skew: issuer.keys.skew };
        expected.check_registered(&verified.registered, seconds(moment))?;
        match audience_pattern {
            Some(pattern) if !verified.registered.aud().iter().any(|told| pattern.is_match(told)) => {
                Err(TokenError::Audience)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn counted(&self, outcome: Result<Progress, Error>, moment: &Moment<'_>) -> Result<Progress, Error> {
        let measure = match &outcome {
            Ok(Progress::Granted(_)) => Measure::Verified,
            Ok(Progress::Await(..) | Progress::Wait(..)) => return outcome,
            Err(Error::Missing | Error::Token(_)) => Measure::Unauthorized,
            Err(Error::Discovery | Error::Keys | Error::Host) => Measure::Failure,
        };
        self.metrics.count(measure, moment.host);
        outcome
    }
}

impl Permit {
    /// Makes the token's claims known as `$context.authorizer.claims.*`.
    pub fn apply(&self, context: &mut Context) {
        let Verified { authorizer, scoped, .. } = &*self.verified;
        context.authorizer = if self.scoped { scoped } else { authorizer }.clone();
    }
}
