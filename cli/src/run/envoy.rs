//! An Envoy that runs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;

use rustix::process::{Pid, Signal, kill_process};

use super::log::{FORMAT, Line, reason};
use super::{Event, GLANCE};
use crate::finding::Finding;
use crate::source::reason as io_reason;

/// An Envoy that runs. It ends when this does.
pub(super) struct Envoy {
    process: Child,
    /// What it said while it started, and lately.
    said: Vec<Line>,
}

/// How many of its last lines are kept to tell why it ended.
const KEPT: usize = 200;

/// Envoy stops at once; five seconds are for one that hangs.
const GLANCES_TO_STOP: u32 = 100;

impl Envoy {
    pub(super) fn start(
        binary: &Path,
        config: &Path,
        concurrency: Option<u16>,
        events: Sender<Event>,
    ) -> Result<Self, Finding> {
        let mut command = Command::new(binary);
        command.arg("-c").arg(config).args(["--disable-hot-restart", "-l", "warning", "--log-format", FORMAT]);
        if let Some(concurrency) = concurrency {
            command.args(["--concurrency", &concurrency.to_string()]);
        }
        // The access log is ours.
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| {
            Finding::error(None, format!("`{}` can't be started: {}", binary.display(), io_reason(&error)))
        })?;
        if let Some(log) = process.stderr.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(log).split(b'\n').map_while(Result::ok) {
                    let line = Line::parse(&String::from_utf8_lossy(&line));
                    if events.send(Event::Said(line)).is_err() {
                        return;
                    }
                }
                // Nobody who listens: nobody who needs to know.
                let _ = events.send(Event::Ended);
            });
        }
        Ok(Self { process, said: Vec::new() })
    }

    pub(super) fn remember(&mut self, line: Line) {
        if self.said.len() == KEPT {
            self.said.remove(0);
        }
        self.said.push(line);
    }

    pub(super) fn say(&mut self, line: Line) {
        if let Some(text) = line.shown() {
            eprintln!("{text}");
        }
        self.remember(line);
    }

    pub(super) fn say_what_was_remembered(&self) {
        self.said.iter().filter_map(Line::shown).for_each(|text| eprintln!("{text}"));
    }

    /// Stops it and waits until it has ended.
    pub(super) fn stop(&mut self) {
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        // It may have ended by itself: Ctrl-C in a terminal goes to both of us.
        if let (Ok(None), Some(pid)) = (self.process.try_wait(), pid) {
            let _ = kill_process(pid, Signal::TERM);
        }
        if !self.ends_soon() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }

    #[expect(clippy::disallowed_methods, reason = "no filter: this thread has nothing else to do than to wait")]
    fn ends_soon(&mut self) -> bool {
        (0..GLANCES_TO_STOP).any(|_| {
            let ended = !matches!(self.process.try_wait(), Ok(None));
            if !ended {
                std::thread::sleep(GLANCE);
            }
            ended
        })
    }

    /// Why it ended, in one line.
    pub(super) fn why_it_ended(&mut self) -> Finding {
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let why = reason(&self.said).unwrap_or(status);
        Finding::error(None, format!("Envoy has ended: {why}"))
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        self.stop();
    }
}
