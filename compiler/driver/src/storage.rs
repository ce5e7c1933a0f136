//! Values of control groups in programs that go on in each other.

use nbpfc_kernel::MapKind;
use nbpfc_source::{Code, Diagnostic};

use crate::link::Slots;
use crate::session::Filter;

/// Why the kernel takes only some of the programs of a map of programs: those in it, and those that go on
/// through it, have the same storage for control groups or none (`bpf_prog_map_compatible` in its
/// `kernel/bpf/core.c`, since Linux 6.17 and in the stable kernels of that time).
pub(crate) fn refusal(
    programs: &[(&str, &Filter)],
    slots: &[Slots],
    meaning: &nbpfc_sema::Program,
) -> Option<Diagnostic> {
    for (map, members) in slots {
        let tied = |(program, code): &&(&str, &Filter)| {
            members.iter().any(|(_, name)| name == program)
                || maps(code).any(|(name, _)| name == map)
        };
        let tied: Vec<_> = programs.iter().filter(tied).collect();
        let found = MapKind::OF_CGROUP.iter().find_map(|kind| {
            let storage = |code: &Filter| {
                let found = maps(code).find(|(_, other)| other == kind);
                found.map(|(name, _)| name.to_owned())
            };
            let all = tied.iter().map(|(program, code)| (program, storage(code)));
            let all: Vec<_> = all.collect();
            let (keeps, kept) =
                all.iter().find_map(|(keeps, kept)| Some((keeps, kept.clone()?)))?;
            let (other, _) = all.iter().find(|(_, other)| other.as_ref() != Some(&kept))?;
            Some((**keeps, kept, **other))
        });
        let Some((keeps, kept, other)) = found else { continue };
        let data = meaning.maps.values().find(|data| data.name == *map)?;
        let message = format!(
            "`{keeps}` has values in `{kept}`, and `{other}`, which `{map}` leads to or from, has not"
        );
        let (file, span) = data.place;
        return Some(
            Diagnostic::error(Code::TargetLimit, message, file, span)
                .note("programs that go on in each other keep values of control groups in the same map")
                .help("use the map in all of these programs, or in none"),
        );
    }
    None
}

/// The maps that a program uses, and of which kind they are.
fn maps(code: &Filter) -> impl Iterator<Item = (&str, MapKind)> {
    code.code.maps.iter().map(|reference| {
        let map = &code.module.maps[reference.map];
        (map.name.as_str(), map.kind)
    })
}
