//! The credential scope: who signed, and for which day, region and service.

use std::borrow::Cow;

use crate::error::Error;
use crate::presented::Algorithm;
use crate::rules::{PathRule, Rules};

/// `AKID/20150830/us-east-1/execute-api/aws4_request`, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential<'r> {
    text: Cow<'r, str>,
    /// Where the slashes are that divide the elements, of which SigV4A has one less; the key's id, before the first one,
    /// may hold others.
    slashes: [usize; 4],
    algorithm: Algorithm,
}

impl<'r> Credential<'r> {
    /// Cuts a credential, and compares it with what is accepted.
    pub(crate) fn read(
        text: Cow<'r, [u8]>,
        algorithm: Algorithm,
        rules: &Rules,
        date: &[u8],
        region_set: &[u8],
    ) -> Result<Self, Error> {
        let text = match text {
            Cow::Borrowed(text) => std::str::from_utf8(text).map(Cow::Borrowed).ok(),
            Cow::Owned(ref text) => std::str::from_utf8(text).map(|text| Cow::Owned(text.to_owned())).ok(),
        }
        .ok_or_else(|| malformed(&text, algorithm))?;
        let accepted = accepted(text.as_bytes(), rules, date).filter(|_| algorithm == Algorithm::V4);
        let credential = match accepted {
            Some(slashes) => Self { text, slashes, algorithm },
            None => Self::parse(text, algorithm)?,
        };
        // Servers of S3 other than AWS have keys with slashes.
        if rules.path == PathRule::Encoded && credential.key_id().contains('/') {
            return Err(malformed(credential.text.as_bytes(), algorithm));
        }
        if accepted.is_none() {
            credential.check(rules, date, region_set)?;
        }
        Ok(credential)
    }

    /// Cuts a credential: five elements, or four without region where a region set says the regions.
    #[cold]
    fn parse(text: Cow<'r, str>, algorithm: Algorithm) -> Result<Self, Error> {
        let (mut slashes, mut rest) = ([0; 4], text.as_bytes());
        for slash in slashes.iter_mut().take(elements(algorithm) - 1).rev() {
            *slash =
                rest.iter().rposition(|&byte| byte == b'/').ok_or_else(|| malformed(text.as_bytes(), algorithm))?;
            rest = rest.get(..*slash).unwrap_or_default();
        }
        Ok(Self { text, slashes, algorithm })
    }

    pub(crate) fn key_id(&self) -> &str {
        let [first, ..] = self.slashes;
        self.text.get(..first).unwrap_or_default()
    }

    /// Everything after the key's id, as it is in the string to sign.
    pub(crate) fn scope(&self) -> &str {
        let [first, ..] = self.slashes;
        self.text.get(first + 1..).unwrap_or_default()
    }

    pub(crate) fn date(&self) -> &str {
        let [first, second, ..] = self.slashes;
        self.text.get(first + 1..second).unwrap_or_default()
    }

    pub(crate) fn region(&self) -> &str {
        let [_, second, third, _] = self.slashes;
        match self.algorithm {
            Algorithm::V4 => self.text.get(second + 1..third).unwrap_or_default(),
            Algorithm::V4a => "",
        }
    }

    fn service(&self) -> &str {
        let [_, second, third, fourth] = self.slashes;
        let range = match self.algorithm {
            Algorithm::V4 => third + 1..fourth,
            Algorithm::V4a => second + 1..third,
        };
        self.text.get(range).unwrap_or_default()
    }

    fn terminator(&self) -> &str {
        let [.., third, fourth] = self.slashes;
        let start = match self.algorithm {
            Algorithm::V4 => fourth + 1,
            Algorithm::V4a => third + 1,
        };
        self.text.get(start..).unwrap_or_default()
    }

    /// Compares with what is accepted. Every sentence ends with a space, the last one too.
    #[cold]
    fn check(&self, rules: &Rules, date: &[u8], region_set: &[u8]) -> Result<(), Error> {
        let mut wrong = String::new();
        let (region, known) = match self.algorithm {
            Algorithm::V4 => (Cow::Borrowed(self.region()), rules.has_region(self.region())),
            Algorithm::V4a => (String::from_utf8_lossy(region_set), rules.has_region_of(region_set)),
        };
        if !known {
            wrong.push_str(&format!("Credential should be scoped to a valid region, not '{region}'. "));
        }
        if self.service() != rules.service {
            wrong.push_str(&format!("Credential should be scoped to correct service: '{}'. ", rules.service));
        }
        let terminator = self.terminator();
        if terminator != "aws4_request" {
            wrong.push_str(&format!(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. "
            ));
        }
        let day = date.get(..8).unwrap_or_default();
        if self.date().as_bytes() != day {
            let [day, date] = [day, date].map(String::from_utf8_lossy);
            wrong.push_str(&format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != \
                 '{day}', from '{date}'. ",
                self.date()
            ));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::WrongScope(wrong)) }
    }
}

/// The slashes of a credential of SigV4 that is scoped as it should be, found from its end.
fn accepted(text: &[u8], rules: &Rules, date: &[u8]) -> Option<[usize; 4]> {
    let before = |text: &'_ [u8], element: &[u8]| Some(text.strip_suffix(element)?.strip_suffix(b"/")?.len());
    let fourth = before(text, b"aws4_request")?;
    let third = before(text.get(..fourth)?, rules.service.as_bytes())?;
    let second = rules.regions.iter().find_map(|region| before(text.get(..third)?, region.as_bytes()))?;
    let first = before(text.get(..second)?, date.get(..8)?)?;
    Some([first, second, third, fourth])
}

fn elements(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::V4 => 5,
        Algorithm::V4a => 4,
    }
}

fn malformed(text: &[u8], algorithm: Algorithm) -> Error {
    let elements = u8::try_from(elements(algorithm)).unwrap_or_default();
    Error::MalformedCredential { got: String::from_utf8_lossy(text).into_owned(), elements }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_has_five_elements_and_its_key_may_have_slashes() {
        let check = |text: &str, key_id: &str, scope: &str| {
            let credential = Credential::parse(text.into(), Algorithm::V4).unwrap();
            assert_eq!((credential.key_id(), credential.scope()), (key_id, scope), "{text}");
        };
        check("AKID/d/r/s/t", "AKID", "d/r/s/t");
        check("A/B/d/r/s/t", "A/B", "d/r/s/t");
        check("////", "", "///");
        for (text, algorithm) in [("", Algorithm::V4), ("a/b/c/d", Algorithm::V4), ("a/b/c", Algorithm::V4a)] {
            assert!(Credential::parse(text.into(), algorithm).is_err(), "{text}");
        }
    }

    #[test]
    fn the_accepted_scope_is_cut_as_any_other() {
        const DATE: &[u8] = b"20150830T123600Z";
        let mut rules = Rules { path: PathRule::S3, ..Rules::execute_api("us-east-1") };
        rules.regions.extend(["east-1", "*"].map(str::to_owned));
        for (region, listed) in [("us-east-1", true), ("east-1", true), ("eu-west-1", false), ("", false)] {
            for key_id in ["AKID", "A/B", "us-east-1/execute-api", "", "/", "\u{fc}"] {
                let text = format!("{key_id}/20150830/{region}/execute-api/aws4_request");
                let read = Credential::read(text.as_bytes().into(), Algorithm::V4, &rules, DATE, b"");
                assert_eq!(read, Credential::parse(text.as_str().into(), Algorithm::V4), "{text}");
                assert_eq!(accepted(text.as_bytes(), &rules, DATE).is_some(), listed, "{text}");
            }
        }
        let text = "AKID/20150830/us-east-1/execute-api/aws4_request";
        for at in 4..text.len() {
            let mut other = text.as_bytes().to_vec();
            other[at] = b'X';
            assert_eq!(accepted(&other, &rules, DATE), None, "{at}");
        }
        assert_eq!(accepted(&text.as_bytes()[5..], &rules, DATE), None);
    }

    #[test]
    fn but_for_s3_there_are_no_more_elements_than_there_should_be() {
        let check = |text: &str, algorithm, expected: &str| {
            let rules = Rules::execute_api("us-east-1");
            let read = Credential::read(text.as_bytes().into(), algorithm, &rules, b"20150830T123600Z", b"us-east-1");
            assert_eq!(read.err().map(|error| error.to_string()).unwrap_or_default(), expected);
        };
        let v4 = "A/B/20150830/us-east-1/execute-api/aws4_request";
        check(
            v4,
            Algorithm::V4,
            &format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{v4}'"
            ),
        );
        let v4a = "A/us-east-1/20150830/execute-api/aws4_request";
        check(
            v4a,
            Algorithm::V4a,
            &format!(
                "Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, got '{v4a}'"
            ),
        );
        check("B/20150830/us-east-1/execute-api/aws4_request", Algorithm::V4, "");
    }

    #[test]
    fn everything_that_is_wrong_with_a_scope_is_said_at_once() {
        let rules = Rules::execute_api("us-east-1");
        let check = |text: &str, expected: &str| {
            let credential = Credential::parse(text.into(), Algorithm::V4).unwrap();
            let found = credential.check(&rules, b"20150830T123600Z", b"").err();
            assert_eq!(found.map(|error| error.to_string()).unwrap_or_default(), expected, "{text}");
        };
        check("a/20150830/us-east-1/execute-api/aws4_request", "");
        check(
            "a/20130609/eu/s3/aws5",
            "Credential should be scoped to a valid region, not 'eu'. Credential should be scoped to correct service: \
             'execute-api'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. Date in \
             Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20130609' != \
             '20150830', from '20150830T123600Z'. ",
        );
    }
}
