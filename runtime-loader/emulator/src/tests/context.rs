//! The kernel is asked which members of the context it lets programs read, and how.

use nbpfc_isa::{Insn, Reg, Size};
use nbpfc_loader::{LoadOptions, Program};

use super::conformance::kernel_is_v4;
use super::{checked, hook, mov};
use crate::packet::Packet;

/// What the kernel has and the emulator has not: two numbers of `cb` at once, and sockets.
const ABSENT: &[(i16, Size)] = &[(48, Size::DW), (56, Size::DW), (168, Size::DW)];

#[test]
fn members_are_read_as_the_kernel_allows() {
    // Older kernels have fewer members.
    if !kernel_is_v4() {
        return;
    }
    for name in ["xdp", "tc", "socket", "cgroup_skb", "lwt"] {
        for off in -8..200 {
            for size in [Size::B, Size::H, Size::W, Size::DW] {
                let insns = [Insn::load(size, Reg(2), Reg(1), off), mov(0, 0), Insn::exit()];
                let emulated = checked(&insns, name).run(&Packet::new(&[0; 64])).is_ok();
                let kernel = Program::load(&LoadOptions::for_hook(hook(name), &insns)).is_ok();
                let expected = kernel && !ABSENT.contains(&(off, size));
                assert_eq!(emulated, expected, "{name}: {size:?} at {off}");
            }
        }
    }
}
