//! As much JSON as the corpus needs.

use std::collections::BTreeMap;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    /// `null`, `true`, `false`, or a number, as written.
    Bare(String),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads a text that is known to be well formed.
    pub(super) fn read(text: &str) -> Self {
        Reader { bytes: text.as_bytes(), at: 0 }.value()
    }

    /// A member of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// A member that is a text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a member that is a list.
    pub(super) fn list(&self, key: &str) -> &[Self] {
        match self.get(key) {
            Some(Self::List(elements)) => elements,
            _ => &[],
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> u8 {
        while self.bytes[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
        self.bytes[self.at]
    }

    fn next(&mut self) -> u8 {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    fn value(&mut self) -> Json {
        match self.peek() {
            b'"' => Json::Text(self.text()),
            b'[' => {
                self.at += 1;
                let mut elements = Vec::new();
                while self.peek() != b']' {
                    elements.push(self.value());
                    if self.peek() == b',' {
                        self.at += 1;
                    }
                }
                self.at += 1;
                Json::List(elements)
            }
            b'{' => {
                self.at += 1;
                let mut members = BTreeMap::new();
                while self.peek() != b'}' {
                    self.peek();
                    let key = self.text();
                    assert_eq!(self.next(), b':');
                    members.insert(key, self.value());
                    if self.peek() == b',' {
                        self.at += 1;
                    }
                }
                self.at += 1;
                Json::Object(members)
            }
            _ => {
                let rest = &self.bytes[self.at..];
                let end = rest.iter().position(|byte| b",]} \n".contains(byte));
                let bare = &rest[..end.unwrap_or(rest.len())];
                self.at += bare.len();
                Json::Bare(String::from_utf8_lossy(bare).into_owned())
            }
        }
    }

    fn text(&mut self) -> String {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let byte = self.bytes[self.at];
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8_lossy(&text).into_owned(),
                b'\\' => {
                    let escaped = self.bytes[self.at];
                    self.at += 1;
                    match escaped {
                        b'n' => text.push(b'\n'),
                        b't' => text.push(b'\t'),
                        b'u' => {
                            let digits = &self.bytes[self.at..self.at + 4];
                            let code = std::str::from_utf8(digits).ok();
                            let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
                            let char = code.and_then(char::from_u32).unwrap_or('?');
                            text.extend(char.to_string().bytes());
                            self.at += 4;
                        }
                        other => text.push(other),
                    }
                }
                byte => text.push(byte),
            }
        }
    }
}
