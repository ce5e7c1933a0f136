//! What is compiled for.

use nbpfc_isa::Level;

use crate::context::{Field, Member};
use crate::helper::Helper;
use crate::hook::{FieldSource, Hook};
use crate::version::Version;

/// The first kernel whose programs do more at once than add.
pub const ATOMICS_SINCE: Version = Version::new(5, 12);

/// The first kernel whose verifier follows loops.
pub const LOOPS_SINCE: Version = Version::new(5, 3);

/// A hook of a kernel: the only thing that passes and emission ask what they may do.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Where the program runs.
    pub hook: &'static Hook,
    /// The oldest kernel that must accept it.
    pub kernel: Version,
    /// The instructions to use.
    pub level: Level,
}

impl Target {
    /// A hook of a kernel, with every instruction that this kernel has.
    pub fn new(hook: &'static Hook, kernel: Version) -> Self {
        let level = match kernel {
            v if v >= Version::new(6, 6) => Level::V4,
            v if v >= Version::new(5, 1) => Level::V3,
            v if v >= Version::new(4, 14) => Level::V2,
            _ => Level::V1,
        };
        Self { hook, kernel, level }
    }

    /// How a field is read here; `None` if it cannot be had.
    pub fn field(&self, field: Field) -> Option<FieldSource> {
        self.hook.fields.iter().find(|(f, _)| *f == field).map(|(_, source)| *source)
    }

    /// Whether programs have constant tables: a map's value as an address (`BPF_PSEUDO_MAP_VALUE`),
    /// and maps that programs cannot write (`BPF_F_RDONLY_PROG`).
    pub fn has_tables(&self) -> bool {
        self.kernel >= Version::new(5, 2)
    }

    /// Whether there are atomic operations beside adding, and such that give what was there
    /// before.
    pub fn has_atomics(&self) -> bool {
        self.kernel >= ATOMICS_SINCE
    }

    /// Whether there is [`sums::IPV6`](crate::sums::IPV6); kernels without keep a card's sum over the
    /// whole packet wrong where IPv6 addresses change.
    pub fn sums_ipv6(&self) -> bool {
        self.kernel >= Version::new(6, 16)
    }

    /// Whether control may fall from an instruction that is no jump to where a loop begins (`check_cfg`
    /// in `kernel/bpf/verifier.c`); 5.10 refuses that, 6.12 does not.
    pub fn falls_into_loops(&self) -> bool {
        self.kernel >= Version::new(6, 12)
    }

    /// Whether `bpf_skb_adjust_room` is told of Ethernet inside
    /// ([`room::ENCAP_ETHERNET`](crate::room::ENCAP_ETHERNET)).
    pub fn has_ethernet_inside(&self) -> bool {
        self.kernel >= Version::new(5, 13)
    }

    /// Whether `bpf_skb_adjust_room` is told what is inside of what it takes away
    /// ([`room::DECAP_IPV4`](crate::room::DECAP_IPV4)); else the kernel goes on to take the packet for
    /// what it was.
    pub fn has_decapsulation(&self) -> bool {
        self.kernel >= Version::new(6, 3)
    }

    /// Whether programs may call a helper here.
    pub fn may_call(&self, helper: &Helper) -> bool {
        helper.since_on(self.hook.program_type).is_some_and(|since| self.kernel >= since)
    }

    /// Whether programs may read a member of the context here.
    pub fn may_read(&self, member: &Member) -> bool {
        self.has_member(member) && member.field.read.contains(&self.hook.program_type)
    }

    /// Whether programs may write a member of the context here.
    pub fn may_write(&self, member: &Member) -> bool {
        self.has_member(member) && member.field.written.contains(&self.hook.program_type)
    }

    fn has_member(&self, member: &Member) -> bool {
        member.context.name == self.hook.context.name && self.kernel >= member.field.since
    }

    /// Whether programs may read bytes of the stack that they did not write. Else the verifier also
    /// tells states apart by which those are.
    pub fn reads_any_stack(&self) -> bool {
        self.kernel >= Version::new(6, 3)
    }

    /// Whether the verifier knows that an array has an element under a constant index.
    pub fn knows_elements(&self) -> bool {
        self.kernel >= Version::new(6, 14)
    }

    /// Whether the verifier knows the range of a number after its bytes were reversed.
    pub fn bounds_survive_bswap(&self) -> bool {
        self.kernel >= Version::new(6, 18)
    }
}
