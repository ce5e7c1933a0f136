//! Members of contexts: what the rows say of each is what the running kernel says.

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Size, Src};
use nbpfc_kernel::{HOOKS, Hook, Member, Target, Version};

use super::kernel::load;
use crate::code::Code;

/// A program that reads or writes so many bytes of its context and returns 0; whether it loads.
fn loads(hook: &Hook, size: Size, offset: u16, write: bool) -> Option<bool> {
    let zero = |d| Insn::alu(Bits::B64, AluOp::Mov, Reg(d), Src::Imm(0));
    let access = if write {
        Insn::store(size, Reg(1), offset as i16, Reg(2))
    } else {
        Insn::load(size, Reg(2), Reg(1), offset as i16)
    };
    let insns = vec![zero(2), access, zero(0), Insn::exit()];
    load(hook, &Code { insns, ..Code::default() }).map(|loaded| loaded.is_ok())
}

#[test]
fn members_are_read_and_written_where_the_kernel_lets_them_be() {
    for hook in HOOKS {
        let target = Target::new(hook, Version::new(6, 18));
        for field in hook.context.fields {
            for element in 0..field.count {
                let member = Member { context: hook.context, field, element };
                // What is a pointer is no number, whatever the kernel makes of it.
                let pointers = ["data", "data_end", "data_meta", "sk", "flow_keys"];
                if pointers.contains(&field.name) {
                    assert!(!target.may_read(&member) && !target.may_write(&member));
                    continue;
                }
                let size = match field.size {
                    1 => Size::B,
                    4 => Size::W,
                    _ => Size::DW,
                };
                for (write, may) in
                    [(false, target.may_read(&member)), (true, target.may_write(&member))]
                {
                    let Some(loads) = loads(hook, size, member.offset(), write) else {
                        eprintln!("skipped: loading programs needs CAP_BPF");
                        return;
                    };
                    assert_eq!(loads, may, "{} {} write: {write}", hook.name, field.name);
                }
            }
        }
    }
}
