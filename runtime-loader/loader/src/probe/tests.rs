//! What the kernel is asked is what its rows say.

use std::fs;
use std::os::fd::{AsFd, AsRawFd};

use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_kernel::{HOOKS, Helper, Hook, MapKind, ProgramType, Version};

use super::{Feature, LinkKind, feature, helper, link, map_kind, program_type};
use crate::error::Error;
use crate::map::{Map, MapOptions};
use crate::program::{LoadOptions, Program};

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

/// Calls a helper with a map: of a socket, one that is looked up before.
fn with_map(helper: &Helper, map: &Map) -> Vec<Insn> {
    let [context, pointer, key, value, flags] = [1, 1, 2, 3, 4].map(Reg);
    let (result, kept, socket, frame) = (Reg(0), Reg(6), Reg(7), Reg(10));
    let set = |to, from| Insn::alu(Bits::B64, AluOp::Mov, to, from);
    let to_stack =
        |to| [set(to, Src::Reg(frame)), Insn::alu(Bits::B64, AluOp::Add, to, Src::Imm(-16))];
    let release = [set(pointer, Src::Reg(result)), Insn::call(Helper::SK_RELEASE.id)];
    let holds_sockets = matches!(map.kind(), Some(MapKind::SockMap | MapKind::SockHash));
    let zero = |at| Insn::store_imm(Size::DW, frame, at, 0);
    let mut insns = vec![set(kept, Src::Reg(context)), zero(-16), zero(-8)];
    let updates = *helper == Helper::MAP_UPDATE_ELEM;
    let mut leave = None;
    if updates {
        let numbers = [(value, 12), (flags, -1), (Reg(5), 0)];
        insns.extend(to_stack(key));
        insns.extend(numbers.map(|(to, number)| set(to, Src::Imm(number))));
        insns.push(Insn::call(Helper::SK_LOOKUP_TCP.id));
        leave = Some(insns.len());
        insns.extend([Insn::exit(), set(socket, Src::Reg(result))]);
    }
    insns.extend(Insn::ld_map_fd(pointer, map.as_fd().as_raw_fd()));
    insns.extend(to_stack(key));
    insns.extend([
        set(value, Src::Reg(if updates { socket } else { frame })),
        set(flags, Src::Imm(0)),
    ]);
    insns.push(Insn::call(helper.id));
    if updates {
        insns.extend([set(result, Src::Reg(socket)), release[0], release[1]]);
    } else if holds_sockets && *helper == Helper::MAP_LOOKUP_ELEM {
        leave = Some(insns.len());
        insns.extend([Insn::exit()].into_iter().chain(release));
    }
    insns.extend([set(result, Src::Imm(0)), Insn::exit()]);
    // Without a socket there is nothing to do.
    if let Some(at) = leave {
        let behind = (insns.len() - at - 3) as i16;
        insns[at] = Insn::jump(Bits::B64, JmpOp::Eq, result, Src::Imm(0), behind);
    }
    insns
}

/// Whether programs on a hook may call a helper with a map; otherwise what the kernel says.
fn takes(hook: &Hook, helper: &Helper, map: &Map) -> Result<(), Error> {
    Program::load(&LoadOptions::for_hook(hook, &with_map(helper, map))).map(|_| ())
}

#[test]
fn calls_with_maps_are_there_since_their_rows_say() {
    let Some(running) = running() else { return };
    let kinds = [
        MapKind::SockMap,
        MapKind::SockHash,
        MapKind::DevMap,
        MapKind::DevMapHash,
        MapKind::XskMap,
    ];
    let helpers = [&Helper::MAP_LOOKUP_ELEM, &Helper::MAP_UPDATE_ELEM, &Helper::MAP_DELETE_ELEM];
    for kind in kinds.into_iter().filter(|kind| kind.since() <= running) {
        let sizes =
            MapOptions { key_size: 4, value_size: 4, max_entries: 1, ..MapOptions::default() };
        let options = MapOptions { map_type: kind.number(), ..sizes };
        for hook in HOOKS.iter().filter(|hook| hook.since <= running) {
            // Some belong to the programs of one type.
            let map = Map::create(&options).expect("a map");
            for helper in helpers {
                let sockets = matches!(kind, MapKind::SockMap | MapKind::SockHash);
                let holds = sockets && *helper != Helper::MAP_DELETE_ELEM;
                // Elsewhere programs could not give a socket back.
                if holds && Helper::SK_RELEASE.since_on(hook.program_type).is_none() {
                    continue;
                }
                let may = sockets || *helper == Helper::MAP_LOOKUP_ELEM;
                let may = may && helper.programs_with(kind).contains(&hook.program_type);
                let until = helper.until_with(kind).is_none_or(|until| running < until);
                let since = helper.since_with(kind) <= running && until;
                let taken = takes(hook, helper, &map);
                let what = format!("{} of {} on {}", helper.name, kind.name(), hook.name);
                assert_eq!(taken.is_ok(), may && since, "{what}: {taken:?}");
            }
        }
    }
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
