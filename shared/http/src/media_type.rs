//! Media types, as `Content-Type` and `Accept` name them.

/// The media type without its parameters.
#[must_use]
pub fn media_type(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

/// The media type without its parameters; none at all counts as JSON, as API Gateway has it.
#[must_use]
pub fn media_type_or_json(text: &str) -> &str {
    match media_type(text) {
        "" => "application/json",
        media_type => media_type,
    }
}

/// What an `Accept` header names, in its order, without parameters.
pub fn accepted(accept: Option<&str>) -> impl Iterator<Item = &str> {
    accept.unwrap_or_default().split(',').map(media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_no_part_of_a_media_type() {
        let check = |text, plain, or_json| assert_eq!((media_type(text), media_type_or_json(text)), (plain, or_json));
        check("text/html", "text/html", "text/html");
        check(" text/html ; charset=utf-8", "text/html", "text/html");
        check("", "", "application/json");
        check(";q=1", "", "application/json");
    }

    #[test]
    fn accepted_types_come_in_order() {
        let all: Vec<&str> = accepted(Some("text/html;q=0.1, */*")).collect();
        assert_eq!(all, ["text/html", "*/*"]);
        assert_eq!(accepted(None).collect::<Vec<_>>(), [""]);
    }
}
