//! Routing as recorded on API Gateway, and against a matcher so simple that it can be seen to be right.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use HttpMethod::{Any, Get, Head, Options, Post};

thread_local! {
    pub(super) static VISITS: Cell<usize> = const { Cell::new(0) };
}

fn router(routes: &[(&str, HttpMethod)]) -> Router<String> {
    let mut router = Router::default();
    for (path, method) in routes {
        router.insert(path, *method, format!("{method} {path}")).unwrap_or_else(|why| panic!("{path} {why}"));
    }
    router
}

/// `METHOD /resource name=value …` for what is found, or nothing.
fn found(router: &Router<String>, method: HttpMethod, path: &str) -> String {
    let Some(route) = router.find(method, path) else { return String::new() };
    route.parameters().fold(route.value().clone(), |text, (name, value)| format!("{text} {name}={value}"))
}

#[test]
fn a_method_is_found_by_literals_parameters_and_greedy_parameters() {
    let router = router(&[
        ("/", Get),
        ("/pets", Get),
        ("/pets", Any),
        ("/pets/{petId}", Get),
        ("/pets/mine", Get),
        ("/pets/{petId}/toys/{toy}", Post),
        ("/files/{path+}", Get),
    ]);
    let check = |method, path, expected| assert_eq!(found(&router, method, path), expected, "{method} {path}");
    check(Get, "/", "GET /");
    check(Get, "", "GET /");
    check(Get, "/pets", "GET /pets");
    check(Post, "/pets", "ANY /pets");
    check(Head, "/pets/1", "");
    check(Get, "/pets/1", "GET /pets/{petId} petId=1");
    check(Get, "/pets/mine", "GET /pets/mine");
    check(Get, "/Pets", "");
    check(Post, "/pets/1/toys/ball", "POST /pets/{petId}/toys/{toy} petId=1 toy=ball");
    check(Get, "/pets/1/toys/ball", "");
    check(Get, "/files/a/b.txt", "GET /files/{path+} path=a/b.txt");
    check(Get, "/files", "");
    check(Get, "/nowhere", "");
}

#[test]
fn a_more_specific_resource_without_the_method_does_not_hide_a_less_specific_one() {
    // Recorded on API Gateway.
    let table = router(&[("/test", Post), ("/{proxy+}", Options), ("/test/any", Any)]);
    assert_eq!(found(&table, Options, "/test"), "OPTIONS /{proxy+} proxy=test");
    assert_eq!(found(&table, Options, "/test/any"), "ANY /test/any");
    assert_eq!(found(&table, Get, "/test"), "");

    let table = router(&[("/part1", Any), ("/{param+}", Any), ("/part1/hardcoded-value", Any)]);
    assert_eq!(found(&table, Get, "/part1"), "ANY /part1");
    assert_eq!(found(&table, Get, "/part1/hardcoded-value"), "ANY /part1/hardcoded-value");
    assert_eq!(found(&table, Get, "/part1/random-value"), "ANY /{param+} param=part1/random-value");

    let table = router(&[("/a/b/c", Get), ("/a/{x}/d", Get), ("/{y}/b/e", Get), ("/{y}/{z+}", Post), ("/{z+}", Get)]);
    assert_eq!(found(&table, Get, "/a/b/c"), "GET /a/b/c");
    assert_eq!(found(&table, Get, "/a/b/d"), "GET /a/{x}/d x=b");
    assert_eq!(found(&table, Get, "/a/b/e"), "GET /{y}/b/e y=a");
    assert_eq!(found(&table, Get, "/a/b/f"), "GET /{z+} z=a/b/f");
    assert_eq!(found(&table, Post, "/a/b/f"), "POST /{y}/{z+} y=a z=b/f");
}

#[test]
fn slashes_say_nothing_at_the_ends_and_are_kept_inside_a_greedy_value() {
    let router = router(&[("/", Get), ("/a", Get), ("/a/{x}", Get), ("/p/{proxy+}", Get)]);
    let check = |path, expected| assert_eq!(found(&router, Get, path), expected, "{path}");
    check("/a/", "GET /a");
    check("//a", "GET /a");
    check("//", "GET /");
    check("/a/1/", "GET /a/{x} x=1");
    // Recorded on API Gateway.
    check("/a//", "GET /a");
    check("/a///", "GET /a");
    check("/a/1//", "GET /a/{x} x=1");
    check("/a//1", "");
    check("/p/x//", "GET /p/{proxy+} proxy=x/");
    check("/p/x/", "GET /p/{proxy+} proxy=x");
    check("/p/x//y", "GET /p/{proxy+} proxy=x//y");
    check("/p//y", "GET /p/{proxy+} proxy=/y");
    check("/p/", "");
    check("/p//", "");
    check("/p///", "");
}

#[test]
fn paths_are_compared_as_the_client_wrote_them() {
    let router = router(&[("/pets", Get), ("/pets/{petId}", Get)]);
    let check = |path, expected| assert_eq!(found(&router, Get, path), expected, "{path}");
    check("/%70ets", "");
    check("/pets/a%2Fb", "GET /pets/{petId} petId=a%2Fb");
    check("/pets/test%2Balias@gmail.com", "GET /pets/{petId} petId=test%2Balias@gmail.com");
    check("/pets/ü", "GET /pets/{petId} petId=ü");
    check("/pets/..", "GET /pets/{petId} petId=..");
    check("/pets/{petId}", "GET /pets/{petId} petId={petId}");
}

#[test]
fn what_no_request_could_tell_apart_is_refused() {
    let mut router = router(&[("/a/{x}", Get), ("/b/{x+}", Get)]);
    let mut check = |path: &str, method, expected: &str| {
        let why = router.insert(path, method, String::new()).map_or_else(|why| why.to_string(), |()| String::new());
        assert_eq!(why, expected, "{path}");
    };
    check("/a/{x}", Get, "has `GET` twice");
    check("/a/{x}/", Get, "has `GET` twice");
    check("/a/{x}", Post, "");
    check("/a/{y}", Post, "has `{y}` where another resource has `{x}`: only one name is allowed at a place");
    check("/b/{y+}", Post, "has `{y+}` where another resource has `{x+}`: only one name is allowed at a place");
    check("/b/{y}", Get, "");
    check("/b{y}", Get, "mixes text and parameters in `b{y}`: a parameter is a whole segment");
}

fn nodes<T>(branch: &Branch<T>) -> usize {
    1 + branch.literals.values().chain(branch.parameter.iter().map(|(_, next)| &**next)).map(nodes).sum::<usize>()
}

#[test]
fn a_hostile_path_visits_no_node_twice() {
    // 300 resources, 120 segments deep, that part at every level: `/a/a/{p}/a/…/end`.
    let mut router = Router::default();
    for resource in 0..300_u64 {
        let segment = |level: u64| match (resource * 7919 + level * level) % 3 {
            0 => "/{p}".replace('p', &format!("p{level}")),
            _ => "/a".to_owned(),
        };
        let path: String = (0..120).map(segment).chain([format!("/end{resource}")]).collect();
        router.insert(&path, Get, path.clone()).unwrap();
    }
    for path in ["/a".repeat(121), "/a".repeat(120) + "/x", "/a".repeat(5000), "/".repeat(5000) + "a"] {
        VISITS.set(0);
        assert!(router.find(Get, &path).is_none());
        assert!(VISITS.get() <= nodes(&router.root), "{} visits, {} nodes", VISITS.get(), nodes(&router.root));
    }

    // A parameter and a literal at every level: two turns each, but one tree.
    let mut router = Router::default();
    for level in 0..200 {
        let path: String = (0..level).map(|it| format!("/{{p{it}}}")).chain(["/a".to_owned()]).collect();
        router.insert(&path, Get, path.clone()).unwrap();
    }
    VISITS.set(0);
    assert!(router.find(Get, &"/a".repeat(250)).is_none());
    assert!(VISITS.get() <= nodes(&router.root));
}

fn http_router(routes: &[(&str, HttpMethod)]) -> Router<String> {
    let mut router = Router::new(ProtocolType::Http);
    for (path, method) in routes {
        router.insert(path, *method, format!("{method} {path}")).unwrap_or_else(|why| panic!("{path} {why}"));
    }
    router
}

#[test]
fn an_http_api_routes_as_documented() {
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    let table = http_router(&[
        ("/pets/dog/1", Get),
        ("/pets/dog/{id}", Get),
        ("/pets/{proxy+}", Get),
        ("/{proxy+}", Any),
        ("/{a}/b", Post),
    ]);
    let check = |method, path, expected| assert_eq!(found(&table, method, path), expected, "{method} {path}");
    check(Get, "/pets/dog/1", "GET /pets/dog/1");
    check(Get, "/pets/dog/2", "GET /pets/dog/{id} id=2");
    check(Get, "/pets/cat/1", "GET /pets/{proxy+} proxy=cat/1");
    check(Post, "/test/5", "ANY /{proxy+} proxy=test/5");
    check(Post, "/x/b", "POST /{a}/b a=x");
    check(Get, "/", "");
    check(Get, "/pets/dog/1/", "GET /pets/{proxy+} proxy=dog/1/");
    check(Get, "//pets/dog/1", "GET /pets/dog/1");
    check(Get, "//pets//dog/1", "GET /pets/{proxy+} proxy=/dog/1");
}

#[test]
fn an_http_api_has_full_matches_before_greedy_ones_and_any_name_for_a_parameter() {
    let table = http_router(&[("/a/{proxy+}", Get), ("/{x}/b", Get), ("/{y}/b", Post), ("/c", Get)]);
    let check = |method, path, expected| assert_eq!(found(&table, method, path), expected, "{method} {path}");
    check(Get, "/a/b", "GET /{x}/b x=a");
    check(Post, "/a/b", "POST /{y}/b y=a");
    check(Get, "/a/c", "GET /a/{proxy+} proxy=c");
    // Recorded: `"path": "/handler/"` and `"proxy": ""` in an event of the route `ANY /handler/{proxy+}`.
    check(Get, "/a/", "GET /a/{proxy+} proxy=");
    check(Get, "/a", "");
    check(Get, "/c", "GET /c");
    check(Get, "/c/", "");
}

#[test]
fn an_http_api_has_the_values_of_a_path_as_they_were_sent_between_slashes_as_they_are_decoded() {
    let check = |resource: &str, path: &str, expected: &[(&str, &str)]| {
        let resource = ResourcePath::parse(resource).expect(resource);
        assert_eq!(parameters_of(&resource, ProtocolType::Http, path).collect::<Vec<_>>(), expected, "{path}");
    };
    check("/{a}/x/{b}", "/1%2Fx%2f2", &[("a", "1"), ("b", "2")]);
    check("/{a}/{b}", "%2F/1%252F1/2%", &[("a", "1%252F1"), ("b", "2%")]);
    check("/{a}", "/%C3%BC%3F/b", &[("a", "%C3%BC%3F")]);
    check("/a/{all+}", "/%61%2Fb%2Fc/", &[("all", "b%2Fc/")]);
    check("/a/{all+}", "/a%2F", &[("all", "")]);
    let resource = ResourcePath::parse("/{a}").expect("a path");
    let as_sent = parameters_of(&resource, ProtocolType::Rest, "/1%2F2").collect::<Vec<_>>();
    assert_eq!(as_sent, [("a", "1%2F2")]);
}

/// The rules, one resource after the other: the first of the best that match and have the method.
fn naive<'a>(routes: &'a [(String, HttpMethod)], method: HttpMethod, path: &str) -> Option<&'a (String, HttpMethod)> {
    let path = path.trim_matches('/');
    let wanted: Vec<&str> = if path.is_empty() { vec![] } else { path.split('/').collect() };
    // Lower is better, segment by segment: literal 0, parameter 1, greedy 2; the verb 0, ANY 1.
    let rank = |(resource, has): &(String, HttpMethod)| -> Option<Vec<u8>> {
        let segments: Vec<&str> = resource.split('/').skip(1).filter(|segment| !segment.is_empty()).collect();
        let mut ranks = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            if segment.ends_with("+}") {
                wanted.get(index..).filter(|rest| rest.iter().any(|it| !it.is_empty()))?;
                ranks.push(2);
                break;
            }
            let value = wanted.get(index)?;
            let parameter = segment.starts_with('{');
            if (parameter && value.is_empty()) || (!parameter && segment != value) {
                return None;
            }
            ranks.push(u8::from(parameter));
        }
        let greedy = ranks.last() == Some(&2);
        if (!greedy && segments.len() != wanted.len()) || (*has != method && *has != Any) {
            return None;
        }
        ranks.push(u8::from(*has == Any));
        Some(ranks)
    };
    routes.iter().filter_map(|route| Some((rank(route)?, route))).min_by(|a, b| a.0.cmp(&b.0)).map(|(_, route)| route)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_tree_finds_what_the_rules_say(
        resources in prop::collection::vec((prop::collection::vec(0..4_usize, 0..5), 0..3_usize, any::<bool>()), 1..12),
        requests in prop::collection::vec(("/{0,2}((a|b|c|)/){0,4}(a|b|c|)/?", 0..3_usize), 1..20),
    ) {
        const METHODS: [HttpMethod; 3] = [Get, Post, Any];
        let mut routes: Vec<(String, HttpMethod)> = Vec::new();
        let mut router = Router::default();
        for (segments, method, greedy) in resources {
            let segment = |(level, kind): (usize, &usize)| match kind {
                0 | 1 => format!("/{}", ["a", "b"][*kind]),
                _ => format!("/{{p{level}}}"),
            };
            let mut path: String = segments.iter().enumerate().map(segment).collect();
            if greedy || path.is_empty() {
                path += if greedy { "/{rest+}" } else { "/" };
            }
            let route = (path, METHODS[method]);
            if !routes.contains(&route) {
                router.insert(&route.0, route.1, route.clone()).unwrap();
                routes.push(route);
            }
        }
        for (path, method) in requests {
            let method = [Get, Post, Options][method];
            let found = router.find(method, &path).map(|route| route.value());
            prop_assert_eq!(found, naive(&routes, method, &path), "{} {}", method, path);
        }
    }
}
