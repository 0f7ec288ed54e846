//! Reads a case. A line without indentation begins something; indented lines belong to it, and a line indented deeper
//! goes on with the text of the line above.

use std::path::{Path, PathBuf};

use super::text::{bytes, millis, repeated};
use super::{Call, Case, Config, Declared, Exchange, Expected, Item, ItemKind, Only, Pattern, Signing, Start, Step};
use crate::message::{Answered, ClientBody, ClientRequest, Version};
use crate::script::Reply;

/// One line without indentation, and what is under it.
struct Block<'a> {
    line: usize,
    word: &'a str,
    rest: &'a str,
    under: Vec<(usize, &'a str)>,
}

impl Case {
    /// Reads a file.
    ///
    /// # Errors
    /// `file:line: what is wrong`.
    pub fn read(path: &Path, plugin: &str) -> Result<Self, String> {
        let source = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let source = super::keys(&source);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut case = Self {
            path: path.to_owned(),
            name: format!("{plugin}/{stem}"),
            plugin: plugin.to_owned(),
            config: Config::None,
            upstreams: Vec::new(),
            direct: direct(plugin),
            workers: 1,
            only: None,
            also_compose: false,
            rejected: None,
            steps: Vec::new(),
        };
        for block in blocks(&source) {
            let line = block.line;
            case.add(block).map_err(|error| format!("{}:{line}: {error}", path.display()))?;
        }
        Ok(case)
    }

    fn add(&mut self, block: Block<'_>) -> Result<(), String> {
        match block.word {
            "config" => self.config = Config::Text(self.text(&block)?.0),
            "deployment" => {
                let (text, folder) = self.text(&block)?;
                self.config = Config::Deployment { text, folder };
            }
            "also" if block.rest == "compose" => self.also_compose = true,
            "upstream" => {
                let name = block.rest.strip_suffix(" without hosts");
                let has_hosts = name.is_none();
                self.upstreams.push(Declared { name: name.unwrap_or(block.rest).to_owned(), has_hosts });
            }
            "route" => {
                let answer = block.rest.strip_prefix("answers ").ok_or("write `route answers 200 text`")?;
                let (status, body) = answer.split_once(' ').unwrap_or((answer, ""));
                self.direct.status = status.parse().map_err(|_| format!("`{status}` is no status"))?;
                self.direct.body = bytes(body)?;
            }
            "workers" => self.workers = number(block.rest)?,
            "only" => {
                self.only = Some(match block.rest.split([':', ' ']).next() {
                    Some("fake") => Only::Fake,
                    Some("envoy") => Only::Envoy,
                    _ => return Err("write `only fake: why` or `only envoy: why`".into()),
                });
            }
            "rejected" => self.rejected = Some((block.line, Pattern::parse(block.rest)?)),
            "wait" => self.steps.push(Step::Wait(millis(block.rest)?)),
            "exchange" => self.steps.push(Step::Exchange(Box::new(exchange(&block)?))),
            _ => match self.steps.last_mut() {
                Some(Step::Exchange(exchange)) => exchange.add(block)?,
                _ => return Err(format!("`{}` stands before any `exchange`, or is no word of a case", block.word)),
            },
        }
        Ok(())
    }

    /// The text under a line, or in the file that the line names, beside the case or from the workspace on; and its
    /// folder.
    fn text(&self, block: &Block<'_>) -> Result<(String, PathBuf), String> {
        let beside = self.path.parent().unwrap_or(Path::new("")).to_owned();
        if block.rest.is_empty() {
            let lines: Vec<&str> = block.under.iter().map(|(_, line)| line.get(2..).unwrap_or_default()).collect();
            return Ok((lines.join("\n"), beside));
        }
        let path =
            [beside, crate::setup::root()].map(|folder| folder.join(block.rest)).into_iter().find(|it| it.is_file());
        let path = path.ok_or_else(|| format!("{} is not there", block.rest))?;
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = super::keys(&text);
        Ok((text, path.parent().unwrap_or(Path::new("")).to_owned()))
    }
}

fn blocks(source: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let number = index + 1;
        if line.starts_with(' ') {
            if let Some(block) = blocks.last_mut() {
                block.under.push((number, line));
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            blocks.push(Block { line: number, word, rest: rest.trim(), under: Vec::new() });
        }
    }
    blocks
}

fn exchange(block: &Block<'_>) -> Result<Exchange, String> {
    let (name, times) = match block.rest.rsplit_once(" * ") {
        Some((name, times)) => (name, number(times)?),
        None => (block.rest, 1),
    };
    Ok(Exchange {
        name: name.to_owned(),
        line: block.line,
        times,
        request: ClientRequest::default(),
        signing: None,
        calls: Vec::new(),
        answer: None,
        state: Vec::new(),
        counts: Vec::new(),
        logs: Vec::new(),
        traps: false,
        violates: false,
    })
}

impl Exchange {
    fn add(&mut self, block: Block<'_>) -> Result<(), String> {
        match block.word {
            "request" => (self.request, self.signing) = request(&block)?,
            "calls" => {
                let expected = expected(&block, Start::Anything)?;
                let (upstream, once) = match block.rest.strip_suffix(" once") {
                    Some(upstream) => (upstream.to_owned(), true),
                    None => (block.rest.to_owned(), false),
                };
                self.calls.push(Call { upstream, once, expected, reply: reply_of_nothing() });
            }
            "replies" => {
                let call = self.calls.last_mut().ok_or("`replies` without a `calls` before it")?;
                call.reply = reply(&block)?;
            }
            "answer" => {
                let start = match block.rest {
                    "?" => Start::Unknown,
                    "none" => Start::Nothing,
                    status => Start::Status(status.parse().map_err(|_| format!("`{status}` is no status"))?),
                };
                self.answer = Some(expected(&block, start)?);
            }
            "state" => {
                let state = match block.rest.split_once(": ") {
                    Some((key, value)) => (block.line, key.to_owned(), Some(Pattern::parse(value)?)),
                    None => (block.line, block.rest.trim_end_matches(" absent").to_owned(), None),
                };
                self.state.push(state);
            }
            "counts" => {
                let (name, growth) = block.rest.rsplit_once(' ').ok_or("write `counts metric 1`")?;
                self.counts.push((block.line, name.to_owned(), number(growth)? as u64));
            }
            "logs" => self.logs.push((block.line, Pattern::parse(block.rest)?)),
            "traps" => self.traps = true,
            "violates" => self.violates = true,
            other => return Err(format!("`{other}` is no word of a case")),
        }
        Ok(())
    }
}

fn request(block: &Block<'_>) -> Result<(ClientRequest, Option<Signing>), String> {
    let (line, version) = match block.rest.strip_suffix(" HTTP/2") {
        Some(line) => (line, Version::Http2),
        None => (block.rest.strip_suffix(" HTTP/1.1").unwrap_or(block.rest), Version::Http1),
    };
    let (method, target) = line.split_once(' ').ok_or("write `request GET /path`")?;
    let mut request =
        ClientRequest { method: method.to_owned(), target: bytes(target)?, version, ..ClientRequest::default() };
    let mut signing = None;
    for (_, word, text) in lines(block) {
        match word {
            Word::Directive("signed") => signing = Some(Signing::parse(&text)?),
            Word::Directive("later") => signing.as_mut().ok_or("`later` than which `signed`?")?.later(&text)?,
            Word::Directive("later-target") => {
                signing.as_mut().ok_or("`later-target` than which `signed`?")?.later_target = Some(bytes(&text)?);
            }
            Word::Header(name) => request.headers.push((name.to_ascii_lowercase(), bytes(&text)?)),
            Word::Directive("body") => request.body = ClientBody::Whole(bytes(&text)?),
            Word::Directive("fill") => request.body = ClientBody::Whole(repeated(&text)?),
            Word::Directive("chunk") => push_chunk(&mut request.body, bytes(&text)?),
            Word::Directive("chunks") => push_chunk(&mut request.body, repeated(&text)?),
            Word::Directive("trailer") => {
                let (name, value) = text.split_once(": ").ok_or("write `trailer name: value`")?;
                request.trailers.push((name.to_ascii_lowercase(), bytes(value)?));
            }
            Word::Directive("unfinished") => request.unfinished = true,
            Word::Directive("garbled") => (request.unfinished, request.garbled) = (true, true),
            Word::Directive("leaves") => {
                request.leaves_after = Some(millis(text.strip_prefix("after ").ok_or("write `leaves after 50ms`")?)?);
            }
            Word::Directive(other) => return Err(format!("`{other}` is no part of a request")),
        }
    }
    if !request.headers.iter().any(|(name, _)| name == "host") {
        request.headers.insert(0, ("host".to_owned(), b"gatehouse.test".to_vec()));
    }
    Ok((request, signing))
}

fn push_chunk(body: &mut ClientBody, chunk: Vec<u8>) {
    match body {
        ClientBody::Chunks(chunks) => chunks.push(chunk),
        _ => *body = ClientBody::Chunks(vec![chunk]),
    }
}

fn reply(block: &Block<'_>) -> Result<Reply, String> {
    let (what, after) = match block.rest.split_once(" after ") {
        Some((what, after)) => (what, millis(after)?),
        None => (block.rest, 0),
    };
    let status = match what {
        "refused" => return Ok(Reply::Refused),
        "timeout" => return Ok(Reply::Silent),
        "closed" => return Ok(Reply::Closes),
        "garbage" => return Ok(Reply::Garbles),
        "reset" => return Ok(Reply::Breaks),
        "no headers" => return Ok(Reply::TooLarge),
        status => status.parse().map_err(|_| {
            format!("`{status}` is no reply: write a status, `refused`, `timeout`, `closed`, `garbage`, `reset` or `no headers`")
        })?,
    };
    let (mut answer, mut pause) = (Answered { status, ..Answered::default() }, 0);
    for (_, word, text) in lines(block) {
        match word {
            Word::Header(name) => answer.headers.push((name.to_ascii_lowercase(), bytes(&text)?)),
            Word::Directive("body") => answer.body.extend(bytes(&text)?),
            Word::Directive("fill") => answer.body.extend(repeated(&text)?),
            Word::Directive("pause") => pause = millis(&text)?,
            Word::Directive(other) => return Err(format!("`{other}` is no part of a reply")),
        }
    }
    Ok(Reply::Answers { answer, after, pause })
}

fn expected(block: &Block<'_>, start: Start) -> Result<Expected, String> {
    let mut items = Vec::new();
    for (lines, word, text) in lines(block) {
        let kind = match word {
            Word::Header(name) => ItemKind::Header(name.to_ascii_lowercase(), Pattern::parse(&text)?),
            Word::Directive("absent") => {
                ItemKind::Absent(text.split(", ").map(|name| name.trim().to_ascii_lowercase()).collect())
            }
            Word::Directive("body") => ItemKind::Body(Pattern::parse(&text)?),
            Word::Directive("fill") => ItemKind::Bytes(repeated(&text)?),
            Word::Directive("json") => ItemKind::Json(text),
            Word::Directive("trailer") => {
                let (name, value) = text.split_once(": ").ok_or("write `trailer name: value`")?;
                ItemKind::Trailer(name.to_ascii_lowercase(), Pattern::parse(value)?)
            }
            Word::Directive(method) if method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                ItemKind::RequestLine(method.to_owned(), Pattern::parse(&text)?)
            }
            Word::Directive(other) => return Err(format!("`{other}` is no part of an expectation")),
        };
        items.push(Item { lines, kind });
    }
    Ok(Expected { line: block.line, start, items })
}

enum Word<'a> {
    Header(&'a str),
    Directive(&'a str),
}

/// The lines under a block: numbers, first word, text with the lines that go on with it.
fn lines<'a>(block: &Block<'a>) -> Vec<(std::ops::Range<usize>, Word<'a>, String)> {
    let mut out: Vec<(std::ops::Range<usize>, Word<'a>, String)> = Vec::new();
    for (number, line) in &block.under {
        let (number, line) = (*number, *line);
        if let (Some(more), Some((lines, _, text))) = (line.strip_prefix("    "), out.last_mut()) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(more);
            lines.end = number + 1;
            continue;
        }
        let line = line.trim_start();
        let (word, text) = line.split_once(' ').unwrap_or((line, ""));
        let word = match word.strip_suffix(':') {
            Some(name) if !name.is_empty() => Word::Header(name),
            _ => Word::Directive(word),
        };
        out.push((number..number + 1, word, text.to_owned()));
    }
    out
}

/// What the route answers where a filter chose no cluster. The gateway always chooses: that would be a fault.
fn direct(plugin: &str) -> Answered {
    let (status, body) = match plugin {
        "gateway" => (500, r#"{"message": "Internal server error"}"#),
        _ => (200, "direct"),
    };
    Answered { status, body: body.into(), ..Answered::default() }
}

fn reply_of_nothing() -> Reply {
    Reply::Answers { answer: Answered { status: 200, ..Answered::default() }, after: 0, pause: 0 }
}

fn number(text: &str) -> Result<usize, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is no number"))
}
