//! Names to rows.

use super::*;

#[test]
fn every_row_is_found_by_its_name() {
    for row in SECTIONS {
        assert_eq!(SectionRow::find(row.name), Some((row, "")), "{} is hidden", row.name);
    }
}

#[test]
fn places_stand_behind_a_slash() {
    let find = |section| SectionRow::find(section).map(|(row, place)| (row.name, place));
    assert_eq!(find("fentry/tcp_v4_rcv"), Some(("fentry", "tcp_v4_rcv")));
    assert_eq!(find("tp/sched/sched_switch"), Some(("tp", "sched/sched_switch")));
    assert_eq!(find("?xdp.frags/cpumap"), Some(("xdp.frags/cpumap", "")));
    assert_eq!(find("kprobe.multi/tcp_*"), Some(("kprobe.multi", "tcp_*")));
    for unknown in ["xdpx", "xdp/", "xdp/eth0", "", "?", "kprobes/x", ".text"] {
        assert_eq!(find(unknown), None, "{unknown}");
    }
}

#[test]
fn hooks_and_sections_say_the_same() {
    for hook in crate::HOOKS {
        let (row, _) = SectionRow::find(hook.section).expect("a section that loaders know");
        assert_eq!(row.program_type, hook.program_type, "{}", hook.name);
        assert_eq!(row.flags, hook.flags, "{}", hook.name);
    }
}
