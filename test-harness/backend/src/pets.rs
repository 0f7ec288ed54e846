//! What the PetStore endpoint answers.

use crate::http::Request;

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// More headers than every answer has, each with its line's end.
    pub(crate) headers: &'static str,
    pub(crate) body: String,
}

/// The pets of every page; the ids go on from page to page.
const PETS: [(&str, &str); 3] = [("dog", "249.99"), ("cat", "124.99"), ("fish", "0.99")];
const MOST_PAGES: usize = 1_000_000;

pub(crate) fn answer(request: &Request) -> Answer {
    let found = match (request.method.as_str(), request.path.as_str()) {
        ("GET" | "HEAD", "/petstore/pets") => Some(list(&request.query)),
        ("GET" | "HEAD", path) => path.strip_prefix("/petstore/pets/").and_then(one),
        ("POST", "/petstore/pets") => return created(&request.body),
        _ => None,
    };
    match found {
        Some(body) => Answer { status: 200, headers: "", body },
        None => Answer { status: 404, headers: "", body: r#"{"message":"not found"}"#.to_owned() },
    }
}

/// The pets of a page (`page`, from 1), those of one `type` only when it is given.
fn list(query: &str) -> String {
    let page = parameter(query, "page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, MOST_PAGES);
    let wanted = parameter(query, "type").filter(|kind| !kind.is_empty());
    let first = (page - 1) * PETS.len() + 1;
    let pets: Vec<String> = (first..)
        .zip(PETS)
        .filter(|(_, (kind, _))| wanted.is_none_or(|wanted| wanted == *kind))
        .map(|(id, (kind, price))| pet(id, kind, price))
        .collect();
    format!("[{}]", pets.join(","))
}

fn one(id: &str) -> Option<String> {
    let id: usize = id.parse().ok()?;
    let (kind, price) = PETS.get(id.checked_sub(1)? % PETS.len())?;
    Some(pet(id, kind, price))
}

fn pet(id: usize, kind: &str, price: &str) -> String {
    format!(r#"{{"id":{id},"type":"{kind}","price":{price}}}"#)
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| (key == name).then_some(value))
}

fn created(body: &[u8]) -> Answer {
    match NewPet::read(body) {
        Some(NewPet { kind, price }) => Answer {
            status: 200,
            headers: "",
            body: format!(r#"{{"pet":{{"type":"{kind}","price":{price}}},"message":"success"}}"#),
        },
        None => Answer { status: 400, headers: "", body: r#"{"message":"a pet has a type and a price"}"#.to_owned() },
    }
}

/// A pet as it is posted, both values as they were written.
struct NewPet {
    kind: String,
    price: String,
}

impl NewPet {
    /// Reads a JSON object of strings without escapes and numbers: all that a pet consists of.
    fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        let (mut kind, mut price) = (None, None);
        while !rest.is_empty() {
            let (name, after) = string(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            rest = match name {
                "type" => {
                    let (word, after) = string(value)?;
                    kind = Some(word.to_owned());
                    after
                }
                "price" => {
                    let (digits, after) = number(value)?;
                    price = Some(digits.to_owned());
                    after
                }
                _ => return None,
            };
            rest = rest.trim_start();
            rest = match rest.strip_prefix(',') {
                Some(more) if !more.trim().is_empty() => more.trim_start(),
                None if rest.is_empty() => rest,
                _ => return None,
            };
        }
        Some(Self { kind: kind?, price: price? })
    }
}

/// The content of a JSON string at the start, and what follows it.
fn string(text: &str) -> Option<(&str, &str)> {
    let (content, after) = text.strip_prefix('"')?.split_once('"')?;
    let plain = !content.chars().any(|character| character == '\\' || character.is_control());
    plain.then_some((content, after))
}

/// A JSON number without exponent at the start, and what follows it.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (digits, after) = text.split_at_checked(end)?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = !whole.is_empty() && !fraction.is_empty() && !fraction.contains('.');
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    (plain && !leading_zero).then_some((digits, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, target: &str, body: &str, status: u16, expected: &str) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let answer = answer(&Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            body: body.as_bytes().to_vec(),
            keep_alive: true,
        });
        assert_eq!((answer.status, answer.body.as_str()), (status, expected), "{method} {target} {body}");
    }

    #[test]
    fn pets_are_listed_by_page_and_type() {
        const DOG: &str = r#"{"id":1,"type":"dog","price":249.99}"#;
        const CAT: &str = r#"{"id":2,"type":"cat","price":124.99}"#;
        const FISH: &str = r#"{"id":3,"type":"fish","price":0.99}"#;
        let all = format!("[{DOG},{CAT},{FISH}]");
        check("GET", "/petstore/pets", "", 200, &all);
        check("GET", "/petstore/pets?type=&page=", "", 200, &all);
        check("GET", "/petstore/pets?page=-4", "", 200, &all);
        check("GET", "/petstore/pets?page=1&type=cat", "", 200, &format!("[{CAT}]"));
        check("GET", "/petstore/pets?type=dog&page=2", "", 200, r#"[{"id":4,"type":"dog","price":249.99}]"#);
        check("GET", "/petstore/pets?type=unicorn", "", 200, "[]");
    }

    #[test]
    fn a_pet_is_found_by_its_id() {
        check("GET", "/petstore/pets/3", "", 200, r#"{"id":3,"type":"fish","price":0.99}"#);
        check("GET", "/petstore/pets/4", "", 200, r#"{"id":4,"type":"dog","price":249.99}"#);
        for path in ["/petstore/pets/0", "/petstore/pets/x", "/petstore/pets/1/2", "/petstore/pets/", "/", "*"] {
            check("GET", path, "", 404, r#"{"message":"not found"}"#);
        }
        check("DELETE", "/petstore/pets/1", "", 404, r#"{"message":"not found"}"#);
    }

    #[test]
    fn a_posted_pet_comes_back() {
        let success = r#"{"pet":{"type":"cat","price":123.11},"message":"success"}"#;
        check("POST", "/petstore/pets", r#"{"type":"cat","price":123.11}"#, 200, success);
        check("POST", "/petstore/pets", " {\n \"price\" : 123.11 ,\n \"type\" : \"cat\" } ", 200, success);
    }

    #[test]
    fn what_is_no_pet_is_refused() {
        for body in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"type":"cat"}"#,
            r#"{"type":"cat","price":"1"}"#,
            r#"{"type":"cat","price":1.}"#,
            r#"{"type":"cat","price":01}"#,
            r#"{"type":"cat","price":1,}"#,
            r#"{"type":"c\"at","price":1}"#,
            r#"{"type":"cat" "price":1}"#,
        ] {
            check("POST", "/petstore/pets", body, 400, r#"{"message":"a pet has a type and a price"}"#);
        }
    }
}
