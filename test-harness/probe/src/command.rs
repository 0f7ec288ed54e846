//! What a request can tell the probe to do: commands divided by `;`, their words by spaces.

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `call cluster /path 200`: asks, with a timeout in milliseconds; the reply is `{told}`.
    Call { cluster: String, path: String, timeout_millis: u32 },
    /// `post cluster /path 200`: the same with the request's body.
    Post { cluster: String, path: String, timeout_millis: u32 },
    /// `malformed cluster`: asks with a request that lacks what it needs.
    Malformed(String),
    /// `answer 200 text`: answers. `{told}`, `{body}`, `{length}`, `{target}`, `{header name}` stand for what they say.
    Answer(u16, String),
    /// `refuse THROTTLED`: a gateway response.
    Refuse(String),
    /// `set name value`: one value for a header.
    Set(String, String),
    /// `add name value`: one more value.
    Add(String, String),
    /// `remove name`.
    Remove(String),
    /// `break name`: tries to set a value with CR and LF.
    Break(String),
    /// `replace text`: another body.
    Replace(String),
    /// `route cluster`: where the request goes.
    Route(String),
    /// `publish name value`.
    Publish(String, String),
    /// `count 3`: counts.
    Count(u64),
    /// `tally key`: adds one to a number in the shared table; it is `{told}`.
    Tally(String),
    /// `slot 0 text`: swaps a slot's content, and tells what it held.
    Slot(u32, String),
    /// `turn key cluster /path 200`: tells a value that one request fetches for all who ask at the same time; it is
    /// kept for a second.
    Turn { key: String, cluster: String, path: String, timeout_millis: u32 },
    /// `random`: tells 16 random bytes.
    Random,
    /// `trap`: kills the VM.
    Trap,
}

impl Command {
    /// Reads commands; one that cannot be read stands for itself.
    ///
    /// # Errors
    /// The first that is none.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let commands = text.split(';').map(str::trim).filter(|command| !command.is_empty());
        commands.map(|command| Self::parse(command).ok_or_else(|| command.to_owned())).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let pair = || rest.split_once(' ').map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(match word {
            "call" | "post" => {
                let (cluster, rest) = rest.split_once(' ')?;
                let (path, timeout) = rest.split_once(' ')?;
                let (cluster, path, timeout_millis) = (cluster.to_owned(), path.to_owned(), timeout.parse().ok()?);
                match word {
                    "call" => Self::Call { cluster, path, timeout_millis },
                    _ => Self::Post { cluster, path, timeout_millis },
                }
            }
            "malformed" => Self::Malformed(rest.to_owned()),
            "answer" => {
                let (status, text) = rest.split_once(' ').unwrap_or((rest, ""));
                Self::Answer(status.parse().ok()?, text.to_owned())
            }
            "refuse" => Self::Refuse(rest.to_owned()),
            "set" => pair().map(|(name, value)| Self::Set(name, value))?,
            "add" => pair().map(|(name, value)| Self::Add(name, value))?,
            "remove" => Self::Remove(rest.to_owned()),
            "break" => Self::Break(rest.to_owned()),
            "replace" => Self::Replace(rest.to_owned()),
            "route" => Self::Route(rest.to_owned()),
            "publish" => pair().map(|(name, value)| Self::Publish(name, value))?,
            "count" => Self::Count(rest.parse().ok()?),
            "tally" => Self::Tally(rest.to_owned()),
            "slot" => pair().and_then(|(slot, value)| Some(Self::Slot(slot.parse().ok()?, value)))?,
            "turn" => {
                let (key, rest) = rest.split_once(' ')?;
                let (cluster, rest) = rest.split_once(' ')?;
                let (path, timeout) = rest.split_once(' ')?;
                let (key, cluster, path) = (key.to_owned(), cluster.to_owned(), path.to_owned());
                Self::Turn { key, cluster, path, timeout_millis: timeout.parse().ok()? }
            }
            "random" => Self::Random,
            "trap" => Self::Trap,
            _ => return None,
        })
    }
}
