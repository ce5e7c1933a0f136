//! What a test needs of the machine.
//!
//! A need that is not met skips the test with a printed reason, unless `CI=true`: then it fails.

use std::process::{Command, Stdio};

/// Something that not every machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The right to load programs and to make network namespaces.
    Root,
    /// A program on the path.
    Tool(&'static str),
    /// The shared corpus beside the checkout; its absence is never a failure.
    Corpus,
}

impl Need {
    /// Why the need is not met; `None` if it is.
    pub fn missing(self) -> Option<String> {
        match self {
            Self::Root => (!is_root()).then(|| "needs root".to_owned()),
            Self::Tool(name) => (!has_tool(name)).then(|| format!("needs {name}")),
            Self::Corpus => {
                crate::place::corpus().is_none().then(|| "needs ../shared/corpus".to_owned())
            }
        }
    }
}

/// Whether the tests run where everything must be there.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status.lines().any(|l| l.starts_with("Uid:") && l.split_whitespace().nth(2) == Some("0"))
    })
}

fn has_tool(name: &str) -> bool {
    Command::new("sh")
        .args(["-c", "command -v \"$0\"", name])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
