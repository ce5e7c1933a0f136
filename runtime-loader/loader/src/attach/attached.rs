//! What is attached somewhere.

use crate::link::Means;
use crate::program::Program;

/// A program that is attached, whoever did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// nbpfc's name for the hook, such as `tc.ingress`.
    pub hook: &'static str,
    /// The interface, cgroup or route.
    pub target: String,
    /// What else is to be said: the mode of XDP, priority and handle of a filter.
    pub detail: String,
    /// By what; [`Means::Netlink`] also for XDP by a link, which the kernel does not tell apart.
    pub means: Means,
    /// The kernel's number for the program; `None` for routes, which do not tell.
    pub program_id: Option<u32>,
    /// Its name; empty if this process may not know.
    pub program_name: String,
    /// The kernel's number for the link, where there is one.
    pub link_id: Option<u32>,
}

/// The name of a program; empty if this process may not know.
pub(crate) fn name_of(id: u32) -> String {
    let info = Program::from_id(id).and_then(|program| program.info());
    info.map(|info| info.name).unwrap_or_default()
}

/// Such as `program 12 (web) in native mode`.
pub(crate) fn holders(attached: &[Attached]) -> String {
    let each = attached.iter().map(|one| {
        let id = one.program_id.map_or_else(|| "?".to_owned(), |id| id.to_string());
        let name = if one.program_name.is_empty() { "no name" } else { &one.program_name };
        let before = if one.detail.is_empty() { "" } else { ", " };
        format!("program {id} ({name}){before}{}", one.detail)
    });
    each.collect::<Vec<_>>().join(" and ")
}
