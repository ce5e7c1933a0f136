//! What the kernel is asked is what its rows say.

use std::fs;

use nbpfc_kernel::{Helper, MapKind, ProgramType, Version};

use super::{Feature, LinkKind, feature, helper, link, map_kind, program_type};
use crate::error::Error;

/// The running kernel's version; `None` where this process may not ask it anything.
fn running() -> Option<Version> {
    match program_type(ProgramType::SocketFilter) {
        Ok(has) => assert!(has, "the first type of all"),
        Err(error) => {
            eprintln!("skipped: {error}");
            return None;
        }
    }
    let text = fs::read_to_string("/proc/sys/kernel/osrelease").expect("Linux has it");
    let mut numbers = text.split(['.', '-']).map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some(Version::new(major, minor)),
        _ => panic!("{text}"),
    }
}

/// A kernel has what its row says, but for what its build left out.
#[test]
fn maps_are_there_since_their_rows_say() {
    let Some(running) = running() else { return };
    for kind in MapKind::ALL {
        let has = map_kind(*kind).expect("asked as root");
        let since = kind.since() <= running;
        assert_eq!(has, since, "{}", kind.name());
    }
}

#[test]
fn helpers_are_there_since_their_rows_say() {
    let Some(running) = running() else { return };
    for row in Helper::ALL {
        for kind in row.programs {
            let has = helper(*kind, row.id).expect("asked as root");
            let since = row.since_on(*kind);
            assert_eq!(
                has,
                since.is_some_and(|since| since <= running),
                "{} in {}",
                row.name,
                kind.name()
            );
        }
        if !row.programs.contains(&ProgramType::Xdp) {
            let has = helper(ProgramType::Xdp, row.id).expect("asked as root");
            assert!(!has, "{} in XDP", row.name);
        }
    }
    assert_eq!(helper(ProgramType::Xdp, 100_000), Ok(false));
}

#[test]
fn programs_of_hooks_are_there() {
    let Some(running) = running() else { return };
    for kind in ProgramType::ALL {
        match program_type(*kind) {
            Ok(has) => {
                let optional = [ProgramType::LircMode2, ProgramType::Lsm, ProgramType::StructOps];
                let newest = [(ProgramType::Netfilter, 6, 4), (ProgramType::Syscall, 5, 14)];
                let later = newest.iter().any(|(later, major, minor)| {
                    later == kind && running < Version::new(*major, *minor)
                });
                assert!(has || later || optional.contains(kind), "{}", kind.name());
            }
            // Some places forbid single types.
            Err(error) => assert!(matches!(error, Error::NotPermitted { .. }), "{error}"),
        }
    }
}

#[test]
fn features_and_links_are_there_since_their_rows_say() {
    let Some(running) = running() else { return };
    for one in Feature::ALL {
        let expected = running >= one.since();
        assert_eq!(feature(*one), Ok(expected), "{one:?}");
        // The answer is kept.
        assert_eq!(feature(*one), Ok(expected), "{one:?}");
    }
    for kind in LinkKind::ALL {
        let has = link(*kind).expect("asked as root");
        // Not every kernel is built with netkit devices.
        let optional = *kind == LinkKind::Netkit && !has;
        assert!(optional || has == (running >= kind.since()), "{kind:?}: {has}");
    }
}
