//! Why a program could not be attached, and what to do about it.

use std::fmt;

use crate::errno::Errno;

/// An attachment that did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachError {
    /// There is no interface of this name.
    NoInterface {
        /// The name.
        name: String,
        /// Names that there are, the most similar first.
        similar: Vec<String>,
        /// How many more there are.
        others: usize,
    },
    /// Another program is there already.
    Occupied {
        /// Where, such as `eth0`.
        place: String,
        /// Who, such as `program 12 (web) in native mode`.
        holder: String,
        /// What to do.
        help: String,
    },
    /// What is to be ended is not of the network namespace that this process is in.
    OtherNamespace {
        /// The interface's name there.
        interface: String,
        /// The number of the namespace, as `lsns -t net` shows it.
        namespace: u64,
    },
    /// There is no such route, or one that cannot carry a program.
    Route {
        /// The route, such as `10.0.0.0/8`.
        prefix: String,
        /// What is wrong with it.
        message: String,
    },
    /// The kernel refused.
    Refused {
        /// What was tried, such as `attach to eth0 by XDP in native mode`.
        action: String,
        /// The code.
        errno: Errno,
        /// What the kernel said beside the code (netlink's extended acknowledgement); may be empty.
        message: String,
        /// What to do; may be empty.
        help: String,
    },
}

impl AttachError {
    /// A refusal, with the capability to name if it is one of permission.
    pub(crate) fn refused(action: String, errno: Errno, message: &str, help: &str) -> Self {
        let help = match errno {
            Errno::EPERM | Errno::EACCES => {
                "this needs CAP_NET_ADMIN and CAP_BPF, run it as root".to_owned()
            }
            _ => help.to_owned(),
        };
        Self::Refused { action, errno, message: message.to_owned(), help }
    }

    /// The kernel's code, where there is one.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::NoInterface { .. } => Some(Errno::ENODEV),
            Self::Occupied { .. } => Some(Errno::EBUSY),
            Self::OtherNamespace { .. } | Self::Route { .. } => None,
            Self::Refused { errno, .. } => Some(*errno),
        }
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoInterface { name, similar, others } => {
                write!(f, "there is no interface `{name}`")?;
                match similar.as_slice() {
                    [] => Ok(()),
                    [first] => write!(f, "; there is `{first}`"),
                    all => write!(f, "; there are `{}`", all.join("`, `")),
                }?;
                if *others == 0 { Ok(()) } else { write!(f, " and {others} more") }
            }
            Self::Occupied { place, holder, help } => {
                write!(f, "{place} is taken by {holder}; {help}")
            }
            Self::OtherNamespace { interface, namespace } => write!(
                f,
                "{interface} is in another network namespace, {namespace}: do this there (ip netns \
                 exec); `lsns -t net` lists them"
            ),
            Self::Route { prefix, message } => write!(f, "route {prefix}: {message}"),
            Self::Refused { action, errno, message, help } => {
                write!(f, "cannot {action}: {errno}")?;
                if !message.is_empty() {
                    write!(f, ", the kernel says: {message}")?;
                }
                if !help.is_empty() {
                    write!(f, "; {help}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for AttachError {}
