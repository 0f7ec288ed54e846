//! The official JSON schema test suite, draft 4, optional tests and formats included.
//!
//! <https://github.com/json-schema-org/JSON-Schema-Test-Suite>
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use gatehouse_models::{Mismatch, Models, References, Scratch, Source};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Group {
    description: String,
    schema: Box<RawValue>,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    description: String,
    data: Box<RawValue>,
    valid: bool,
}

/// Schemas that are refused, and why: file and description begin so.
const REFUSED: &[(&str, &str)] = &[
    ("definitions.json: validate definition against metaschema", ELSEWHERE),
    ("ref.json: remote ref, containing refs itself", ELSEWHERE),
    ("ref.json: $ref prevents a sibling id from changing the base uri", ELSEWHERE),
    ("ref.json: Recursive references between schemas", ELSEWHERE),
    ("ref.json: Location-independent identifier", ELSEWHERE),
    ("ref.json: id must be resolved against nearest parent", ELSEWHERE),
    ("refRemote.json: ", ELSEWHERE),
    ("optional/id.json: id inside an enum is not a real identifier", ELSEWHERE),
    ("optional/ecmascript-regex.json: patterns always use unicode semantics", PROPERTIES),
    ("optional/ecmascript-regex.json: pattern with non-ASCII digits", PROPERTIES),
    ("optional/ecmascript-regex.json: patternProperties with non-ASCII digits", PROPERTIES),
];
/// The real validator refuses them too, except `http://json-schema.org/draft-04/schema#`, which it carries along.
const ELSEWHERE: &str = "models refer to models by name and to places in themselves: an `id` names nothing";
const PROPERTIES: &str = "Unicode properties came after ECMA 262 5.1: to the real validator they are letters";

/// Tests that end otherwise, as they do with the real validator unless it is said.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "additionalItems.json: additionalItems does not look in applicators, valid case: items defined in allOf",
        "without `items`, `additionalItems` is for all",
    ),
    (
        "optional/format/date-time.json: validation of date-time strings: a valid date-time with a leap second",
        "Joda has none",
    ),
    (
        "optional/format/hostname.json: validation of host names: a host name containing illegal characters",
        "underscores",
    ),
    ("optional/format/hostname.json: validation of host names: contains underscore", "underscores"),
    (
        "optional/format/ipv6.json: validation of IPv6 addresses: mixed format with leading double colons",
        "an IPv4 address in IPv6's clothes",
    ),
    ("optional/format/ipv6.json: validation of IPv6 addresses: zone id is not a part", "Guava takes zones"),
    (
        "optional/format/uri.json: validation of URIs: an invalid protocol-relative URI Reference",
        "references are URIs to Java",
    ),
    ("optional/format/uri.json: validation of URIs: an invalid relative URI Reference", "references are URIs to Java"),
    (
        "optional/format/uri.json: validation of URIs: an invalid URI though valid URI reference",
        "references are URIs to Java",
    ),
];

#[test]
fn the_official_suite_passes() {
    let (mut wrong, mut passed, mut refused) = (Vec::new(), 0, 0);
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/draft4")) {
        let name = file
            .strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/draft4"))
            .unwrap()
            .display()
            .to_string();
        let groups: Vec<Group> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for group in groups {
            let title = format!("{name}: {}", group.description);
            let is_refused = REFUSED.iter().any(|(start, _)| title.starts_with(start));
            let source = Source { name: "it", schema: group.schema.get() };
            let models = match Models::compile(&[source], &["it"], References::OfModel) {
                Ok(_) if is_refused => panic!("{title} is not refused any more"),
                Ok(models) => models,
                Err(_) if is_refused => {
                    refused += 1;
                    continue;
                }
                Err(problems) => {
                    wrong.push(format!("{title}: {}", problems[0]));
                    continue;
                }
            };
            for test in group.tests {
                let title = format!("{title}: {}", test.description);
                let result = models.validate(0, test.data.get().as_bytes(), &mut Scratch::default());
                assert!(!matches!(result, Err(Mismatch::TooCostly)), "{title}");
                let is_otherwise = OTHERWISE.iter().any(|(start, _)| title.starts_with(start));
                match result.is_ok() == test.valid {
                    true if is_otherwise => panic!("{title} passes now"),
                    false if !is_otherwise => wrong.push(format!("{title}: {result:?}")),
                    true => passed += 1,
                    false => {}
                }
            }
        }
    }
    println!("{passed} tests passed, {refused} schemas refused");
    assert!(wrong.is_empty(), "{} passed, {} wrong:\n{}", passed, wrong.len(), wrong.join("\n"));
    assert!(passed > 800, "{passed}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}
