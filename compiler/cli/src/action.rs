//! What becomes of packets that match.

use std::fmt;

use crate::failure::Failure;

/// The argument of `--do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// They are counted; attached alone.
    Count,
    /// They go on, the others are dropped.
    Pass,
    /// They are dropped, the others go on.
    Drop,
    /// They leave through this interface, the others go on; attached alone.
    Redirect(String),
    /// They are written to a file, and go on; attached alone.
    Capture,
}

impl Action {
    /// The action in these words; `None` if there are none.
    pub(crate) fn parse(words: &[String]) -> Result<Option<Self>, Failure> {
        let action = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => return Ok(None),
            ["count"] => Self::Count,
            ["pass"] => Self::Pass,
            ["drop"] => Self::Drop,
            ["capture"] => Self::Capture,
            ["redirect", interface] => Self::Redirect(interface.to_owned()),
            ["redirect"] => {
                return message("--do redirect needs an interface, such as `--do redirect eth1`");
            }
            [name @ ("count" | "pass" | "drop" | "capture"), word, ..] => {
                return message(&format!("--do {name} takes no '{word}'"));
            }
            [name, ..] => {
                let there = "count, pass, drop, capture and redirect INTERFACE";
                return message(&format!("'{name}' is nothing to do; there are {there}"));
            }
        };
        Ok(Some(action))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => f.write_str("count"),
            Self::Pass => f.write_str("pass"),
            Self::Drop => f.write_str("drop"),
            Self::Capture => f.write_str("capture"),
            Self::Redirect(interface) => write!(f, "redirect {interface}"),
        }
    }
}

fn message<T>(text: &str) -> Result<T, Failure> {
    Err(Failure::Message(text.to_owned()))
}
