//! Maps that belong to the programs of one type.

use nbpfc_kernel::MapKind;
use nbpfc_source::{Code, Diagnostic};

use crate::session::Filter;

/// Why the kernel takes only some of the programs that use a map: it keeps the programs that a `devmap` or a
/// `cpumap` could have run apart by their types, and by whether they take fragments, also where none runs
/// (`bpf_prog_map_compatible` of `kernel/bpf/core.c`).
pub(crate) fn refusal(
    programs: &[(&str, &Filter)],
    meaning: &nbpfc_sema::Program,
) -> Option<Diagnostic> {
    let owner = |code: &Filter| (code.target.hook.program_type, code.target.hook.flags);
    meaning.maps.values().filter(|map| map.kind.has_owner()).find_map(|map| {
        let uses = |(_, code): &&(&str, &Filter)| {
            code.code.maps.iter().any(|used| code.module.maps[used.map].name == map.name)
        };
        let mut users = programs.iter().filter(uses);
        let (first, code) = users.next()?;
        let (other, others) = users.find(|(_, other)| owner(other) != owner(code))?;
        let [one, another] = [code, others].map(|code| code.target.hook.name);
        let name = &map.name;
        let message =
            format!("`{first}` on {one} and `{other}` on {another} cannot both use `{name}`");
        let (file, span) = map.place;
        let kind = map.kind.name();
        let error = Diagnostic::error(Code::TargetLimit, message, file, span);
        let error = error.note(format!(
            "since Linux 5.18 a {kind} is for programs of one type, and of xdp for those with fragments \
             or for those without"
        ));
        Some(match map.kind {
            MapKind::DevMap => error.help("take a `devmap_hash`, or a map for each of them"),
            _ => error.help("take a map for each of them"),
        })
    })
}
