//! What programs left in maps.

use nbpfc_kernel::MapKind;
use nbpfc_loader::Map;
use nbpfc_tests::effects::{Contents, kernel_contents};

use super::Compiled;

fn kinds(compiled: &Compiled) -> impl Iterator<Item = (&str, MapKind)> {
    compiled.program().code.module.maps.values().map(|map| (map.name.as_str(), map.kind))
}

fn sorted(contents: &Contents, kind: MapKind) -> Contents {
    let mut contents = contents.clone();
    // Their order is what they are about.
    if !matches!(kind, MapKind::Queue | MapKind::Stack | MapKind::RingBuf) {
        contents.sort();
    }
    contents
}

/// Whether the emulator's maps hold what the interpreter's do.
pub(super) fn compare(
    compiled: &Compiled,
    expected: &[Contents],
    found: &[Contents],
) -> Result<(), String> {
    for (((name, kind), expected), found) in kinds(compiled).zip(expected).zip(found) {
        let (expected, found) = (sorted(expected, kind), sorted(found, kind));
        if compiled.same_maps && expected != found {
            return Err(format!(
                "`{name}`: the emulator leaves\n{found:02x?}, not\n{expected:02x?}"
            ));
        }
    }
    Ok(())
}

/// Whether the kernel's maps hold what the interpreter's do, as far as they tell.
pub(super) fn compare_kernel(
    compiled: &Compiled,
    expected: &[Contents],
    maps: &[Map],
) -> Result<(), String> {
    for (((name, kind), expected), map) in kinds(compiled).zip(expected).zip(maps) {
        // Values of each processor, and what only whoever reads it at the time knows.
        let told = !kind.is_per_cpu()
            && !matches!(kind, MapKind::PerfEventArray | MapKind::BloomFilter)
            && !name.starts_with('.');
        if !compiled.same_maps || !told {
            continue;
        }
        let found = kernel_contents(map).map_err(|error| format!("`{name}`: {error}"))?;
        let (expected, found) = (sorted(expected, kind), sorted(&found, kind));
        if expected != found {
            return Err(format!("`{name}`: the kernel leaves\n{found:02x?}, not\n{expected:02x?}"));
        }
    }
    Ok(())
}
