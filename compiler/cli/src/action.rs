//! What becomes of packets that match.

use crate::failure::Failure;

/// The argument of `--do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// They go on, the others are dropped.
    Pass,
    /// They are dropped, the others go on.
    Drop,
}

impl Action {
    /// The action in these words; `None` if there are none.
    pub(crate) fn parse(words: &[String]) -> Result<Option<Self>, Failure> {
        let [name, rest @ ..] = words else { return Ok(None) };
        let action = match name.as_str() {
            "pass" => Self::Pass,
            "drop" => Self::Drop,
            _ => {
                let message = format!("'{name}' is nothing to do; there are pass, drop");
                return Err(Failure::Message(message));
            }
        };
        match rest {
            [] => Ok(Some(action)),
            [word, ..] => Err(Failure::Message(format!("--do {name} takes no '{word}'"))),
        }
    }
}
