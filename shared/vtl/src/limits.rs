//! How much a template may cost. AWS documents the loops, the size of a template and of a payload; the rest is ours.

/// What one render may take; beyond any of it, it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operations, and the work inside of them: a step for every 32 bytes or elements looked at.
    pub steps: u64,
    /// Bytes of output; AWS's payload is at most 10 MB.
    pub output: usize,
    /// Rounds of one `#foreach`.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    pub loops: u32,
    /// Bytes of strings that a template makes, its output apart.
    pub text: usize,
    /// Elements in all lists and maps, the body's included.
    pub elements: usize,
    /// How deep values nest when they are printed or compared.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000, output: 10 << 20, loops: 1_000, text: 32 << 20, elements: 1 << 20, depth: 400 }
    }
}
