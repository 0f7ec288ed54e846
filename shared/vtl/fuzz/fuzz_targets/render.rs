//! A template, a body and a path, one line each after the template's: it renders or fails within its limits, says the same
//! twice, and never panics.
#![no_main]

use gatehouse_vtl::{Input, Limits, Template};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\0');
    let (source, body, path) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let limits = Limits { steps: 20_000, output: 1 << 16, text: 1 << 18, elements: 1 << 14, ..Limits::default() };
    let context = vec![("stage", "dev"), ("identity.sourceIp", "192.0.2.1")];
    let input = Input { body: body.as_bytes(), path: &[("p", path)], context: &context, ..Input::default() };
    let by_path = "$input.json($input.params('p')) $input.path($input.params('p')).size() #foreach($i in $input.path($input.params('p')))$i#end";
    for source in [source, by_path] {
        let Ok(template) = Template::parse("fuzz", source) else { continue };
        let rendered = template.render(&input, &limits);
        assert_eq!(rendered, template.render(&input, &limits));
        if let Ok(rendered) = rendered {
            assert!(rendered.output.len() <= limits.output);
        }
    }
});
