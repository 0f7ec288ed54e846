//! A header map as Envoy keeps it, and the form in which it crosses the border of the VM.

use crate::message::Pairs;

/// Pairs in order, names in lower case, pseudo headers among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct HeaderMap(pub(crate) Vec<(Vec<u8>, Vec<u8>)>);

impl HeaderMap {
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(other, _)| other == name.as_bytes()).map(|(_, value)| value.as_slice())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    pub(crate) fn add(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.0.push((name.as_ref().to_ascii_lowercase(), value.as_ref().to_vec()));
    }

    pub(crate) fn set(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let name = name.as_ref().to_ascii_lowercase();
        let at = self.0.iter().position(|(other, _)| *other == name).unwrap_or(self.0.len());
        self.0.retain(|(other, _)| *other != name);
        self.0.insert(at, (name, value.as_ref().to_vec()));
    }

    pub(crate) fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = name.as_ref().to_ascii_lowercase();
        self.0.retain(|(other, _)| *other != name);
    }

    /// The pairs without pseudo headers.
    pub(crate) fn fields(&self) -> Pairs {
        let fields = self.0.iter().filter(|(name, _)| !name.starts_with(b":"));
        fields.map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.clone())).collect()
    }

    /// A count, the lengths of each name and value, the names and values each with a zero byte after it.
    pub(crate) fn to_wire(&self) -> Vec<u8> {
        let mut out = u32::try_from(self.0.len()).unwrap().to_le_bytes().to_vec();
        for (name, value) in &self.0 {
            out.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
            out.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        }
        for (name, value) in &self.0 {
            out.extend(name);
            out.push(0);
            out.extend(value);
            out.push(0);
        }
        out
    }

    /// The same back; `None` if it is not well formed.
    pub(crate) fn from_wire(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
        let count = word(0)?;
        let mut at = 4 + count * 8;
        let mut map = Self::default();
        for pair in 0..count {
            let (name, value) = (word(4 + pair * 8)?, word(8 + pair * 8)?);
            map.add(bytes.get(at..at + name)?, bytes.get(at + name + 1..at + name + 1 + value)?);
            at += name + value + 2;
        }
        Some(map)
    }
}

impl From<&Pairs> for HeaderMap {
    fn from(pairs: &Pairs) -> Self {
        let mut map = Self::default();
        pairs.iter().for_each(|(name, value)| map.add(name, value));
        map
    }
}
