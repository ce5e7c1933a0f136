//! Licences of programs, which some helpers ask for.

/// Whether the kernel lets programs of this licence call helpers for programs under the GPL
/// (`license_is_gpl_compatible` of its `include/linux/license.h`).
pub fn is_gpl_compatible(license: &str) -> bool {
    matches!(
        license,
        "GPL"
            | "GPL v2"
            | "GPL and additional rights"
            | "Dual BSD/GPL"
            | "Dual MIT/GPL"
            | "Dual MPL/GPL"
    )
}
