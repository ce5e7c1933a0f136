//! Why the kernel refused, and what to do about it.

use std::fmt;

use nbpfc_btf::Mismatch;

use crate::attach_error::AttachError;
use crate::errno::Errno;

/// A system call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The verifier or the BTF checker looked at what it was given and refused.
    Rejected {
        /// The code that it ended with.
        errno: Errno,
        /// What it said; its last lines name the reason.
        log: String,
    },
    /// This process may not do that.
    NotPermitted {
        /// What was tried, such as `load a program`.
        action: &'static str,
        /// `EPERM` or `EACCES`.
        errno: Errno,
        /// The capabilities that allow it, such as `CAP_BPF and CAP_NET_ADMIN`.
        needs: &'static str,
    },
    /// The kernel has no bpf(2), or not this part of it.
    Unsupported {
        /// What was tried.
        action: &'static str,
        /// `ENOSYS`, `ENOTSUPP` or `E2BIG`.
        errno: Errno,
    },
    /// Any other refusal.
    Failed {
        /// What was tried.
        action: &'static str,
        /// The code.
        errno: Errno,
    },
    /// A program did not get to where it was to be attached.
    Attach(AttachError),
    /// A program of an object was refused.
    Program {
        /// Its name.
        name: String,
        /// Why.
        error: Box<Self>,
    },
    /// A map of an object was refused, or what is to be used instead of it does not fit.
    Map {
        /// Its name.
        name: String,
        /// Why.
        error: Box<Self>,
    },
    /// The verifier refused a program for want of something that is not there.
    Missing {
        /// What is not there and why, in words.
        what: String,
        /// What the verifier said.
        log: String,
    },
    /// The kernel does not define what programs name and cannot do without.
    Externs(Vec<String>),
    /// An object has nothing of this name.
    NoSuch {
        /// What was looked for: `program`, `map` or `variable`.
        what: &'static str,
        /// The name.
        name: String,
        /// One that it has and that was probably meant.
        similar: Option<String>,
    },
    /// A value does not fit the variable, key or element that it is for.
    Value {
        /// The variable or map.
        name: String,
        /// What does not fit.
        mismatch: Mismatch,
    },
    /// A map exists already and differs from the one that is wanted.
    Differs {
        /// Where it is.
        place: String,
        /// In what, in words.
        differences: Vec<String>,
    },
    /// A file cannot be read or is not what it should be.
    File {
        /// Its path.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// An object that does not hold together.
    Object(String),
    /// An argument that no kernel takes.
    Argument(&'static str),
}

impl Error {
    /// Sorts a refusal without a log.
    pub(crate) fn from_errno(action: &'static str, errno: Errno, needs: &'static str) -> Self {
        match errno {
            Errno::EPERM | Errno::EACCES => Self::NotPermitted { action, errno, needs },
            Errno::ENOSYS | Errno::ENOTSUPP | Errno::E2BIG => Self::Unsupported { action, errno },
            _ => Self::Failed { action, errno },
        }
    }

    /// The kernel's code, where there is one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Rejected { errno, .. }
            | Self::NotPermitted { errno, .. }
            | Self::Unsupported { errno, .. }
            | Self::Failed { errno, .. } => Some(*errno),
            Self::Attach(error) => error.errno(),
            Self::Program { error, .. } | Self::Map { error, .. } => error.errno(),
            Self::Missing { .. }
            | Self::Externs(_)
            | Self::NoSuch { .. }
            | Self::Value { .. }
            | Self::Differs { .. }
            | Self::File { .. }
            | Self::Object(_)
            | Self::Argument(_) => None,
        }
    }

    /// The verifier's log; empty where it was not asked.
    pub fn log(&self) -> &str {
        match self {
            Self::Rejected { log, .. } | Self::Missing { log, .. } => log,
            Self::Program { error, .. } | Self::Map { error, .. } => error.log(),
            _ => "",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected { errno, log } => {
                write!(f, "the kernel's verifier refused: {errno}\n{}", log.trim_end())
            }
            Self::NotPermitted { action, errno, needs } => {
                write!(f, "not permitted to {action}: {errno}; this needs {needs}, run it as root")
            }
            Self::Unsupported { action, errno } => {
                write!(f, "this kernel cannot {action}: {errno}")
            }
            Self::Failed { action, errno } => write!(f, "cannot {action}: {errno}"),
            Self::Attach(error) => error.fmt(f),
            Self::Program { name, error } => write!(f, "program `{name}`: {error}"),
            Self::Map { name, error } => write!(f, "map `{name}`: {error}"),
            Self::Missing { what, .. } => write!(f, "it needs {what}"),
            Self::Externs(missing) => {
                write!(f, "this kernel does not have {}", missing.join(", "))
            }
            Self::NoSuch { what, name, similar } => {
                write!(f, "there is no {what} `{name}`")?;
                match similar {
                    Some(similar) => write!(f, "; did you mean `{similar}`?"),
                    None => Ok(()),
                }
            }
            Self::Value { name, mismatch } => write!(f, "`{name}`: {mismatch}"),
            Self::Differs { place, differences } => {
                write!(f, "{place} is another map: {}", differences.join(", "))
            }
            Self::File { path, what } => write!(f, "{path}: {what}"),
            Self::Object(what) => write!(f, "this object cannot be loaded: {what}"),
            Self::Argument(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<AttachError> for Error {
    fn from(error: AttachError) -> Self {
        Self::Attach(error)
    }
}
