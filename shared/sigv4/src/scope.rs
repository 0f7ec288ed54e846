//! The credential scope: who signed, and for which day, region and service.

use crate::error::Error;
use crate::presented::Algorithm;
use crate::rules::Rules;

/// `AKID/20150830/us-east-1/execute-api/aws4_request`, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credential {
    text: String,
    /// How long the access key's id is, which may hold slashes.
    key_id: usize,
    algorithm: Algorithm,
}

impl Credential {
    /// Cuts a credential: five elements, or four without region where a region set says the regions.
    pub(crate) fn parse(text: &[u8], algorithm: Algorithm) -> Result<Self, Error> {
        let elements = match algorithm {
            Algorithm::V4 => 5,
            Algorithm::V4a => 4,
        };
        let malformed = || Error::MalformedCredential { got: String::from_utf8_lossy(text).into_owned(), elements };
        let text = std::str::from_utf8(text).map_err(|_| malformed())?;
        let key_id = text.rsplitn(usize::from(elements), '/').nth(usize::from(elements) - 1).ok_or_else(malformed)?;
        Ok(Self { text: text.to_owned(), key_id: key_id.len(), algorithm })
    }

    pub(crate) fn key_id(&self) -> &str {
        self.text.get(..self.key_id).unwrap_or_default()
    }

    /// Everything after the key's id, as it is in the string to sign.
    pub(crate) fn scope(&self) -> &str {
        self.text.get(self.key_id + 1..).unwrap_or_default()
    }

    pub(crate) fn date(&self) -> &str {
        self.element(0)
    }

    pub(crate) fn region(&self) -> &str {
        match self.algorithm {
            Algorithm::V4 => self.element(1),
            Algorithm::V4a => "",
        }
    }

    fn service(&self) -> &str {
        self.element(usize::from(self.algorithm == Algorithm::V4) + 1)
    }

    fn terminator(&self) -> &str {
        self.element(usize::from(self.algorithm == Algorithm::V4) + 2)
    }

    fn element(&self, at: usize) -> &str {
        self.scope().split('/').nth(at).unwrap_or_default()
    }

    /// Compares with what is accepted. Every sentence ends with a space, the last one too.
    pub(crate) fn check(&self, rules: &Rules, date: &str, region_set: &[u8]) -> Result<(), Error> {
        let mut wrong = String::new();
        let set = String::from_utf8_lossy(region_set);
        let (region, known) = match self.algorithm {
            Algorithm::V4 => (self.region(), rules.has_region(self.region())),
            Algorithm::V4a => (&*set, rules.has_region_of(region_set)),
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
        if self.date() != day {
            wrong.push_str(&format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != \
                 '{day}', from '{date}'. ",
                self.date()
            ));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::WrongScope(wrong)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_has_five_elements_and_its_key_may_have_slashes() {
        let check = |text: &str, key_id: &str, scope: &str| {
            let credential = Credential::parse(text.as_bytes(), Algorithm::V4).unwrap();
            assert_eq!((credential.key_id(), credential.scope()), (key_id, scope), "{text}");
        };
        check("AKID/d/r/s/t", "AKID", "d/r/s/t");
        check("A/B/d/r/s/t", "A/B", "d/r/s/t");
        check("////", "", "///");
        for (text, algorithm) in [("", Algorithm::V4), ("a/b/c/d", Algorithm::V4), ("a/b/c", Algorithm::V4a)] {
            assert!(Credential::parse(text.as_bytes(), algorithm).is_err(), "{text}");
        }
    }

    #[test]
    fn everything_that_is_wrong_with_a_scope_is_said_at_once() {
        let rules = Rules::execute_api("us-east-1");
        let check = |text: &str, expected: &str| {
            let credential = Credential::parse(text.as_bytes(), Algorithm::V4).unwrap();
            let found = credential.check(&rules, "20150830T123600Z", b"").err();
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
