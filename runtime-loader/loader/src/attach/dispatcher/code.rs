//! The dispatcher's program: calls each program's place in turn, until a verdict is final.

use nbpfc_btf::{Builder, Encoding, Linkage, Strings};
use nbpfc_isa::{AluOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_kernel::{Helper, Hook};

use std::os::fd::{AsFd, AsRawFd};

use super::config::{Config, NOBODY};
use crate::btf::Btf;
use crate::error::Error;
use crate::map::{Map, MapOptions};
use crate::program::{BtfInfo, LoadOptions, Program};

/// The name of its program, by which loaders know a dispatcher.
pub(super) const NAME: &str = "xdp_dispatcher";
/// `BPF_MAP_TYPE_ARRAY`, `BPF_F_RDONLY_PROG`
const ARRAY: u32 = 2;
pub(super) const READ_ONLY: u32 = 1 << 7;
const PASS: i32 = 2;
/// Bytes of `struct bpf_func_info`.
const FUNC_INFO: u32 = 8;

/// A dispatcher in the kernel, of which no place is taken yet.
#[derive(Debug)]
pub(super) struct Dispatcher {
    pub(super) program: Program,
    /// The BTF ids of its functions: itself, and the place of each program.
    functions: Vec<u32>,
}

impl Dispatcher {
    /// Loads one.
    pub(super) fn load(config: &Config) -> Result<Self, Error> {
        let bytes = config.bytes();
        let map = Map::create(&MapOptions {
            map_type: ARRAY,
            key_size: 4,
            value_size: bytes.len() as u32,
            max_entries: 1,
            flags: READ_ONLY,
            name: "xdp_disp.rodata",
            ..MapOptions::default()
        })?;
        map.update(&[0; 4], &bytes, 0)?;
        map.freeze()?;
        let count = config.slots.len();
        let (insns, starts) = code(count, map.as_fd().as_raw_fd());
        let (types, functions) = types(count)?;
        let records = starts.iter().zip(&functions);
        let records: Vec<u8> =
            records.flat_map(|(start, id)| [*start, *id].map(u32::to_ne_bytes)).flatten().collect();
        let btf = Btf::load(&types)?;
        let name = if config.has_frags() { "xdp.frags" } else { "xdp" };
        let hook = Hook::by_name(name).ok_or(Error::Argument("there is no hook xdp"))?;
        let program = Program::load(&LoadOptions {
            name: NAME,
            btf: Some(BtfInfo {
                btf: &btf,
                func_info: &records,
                func_info_size: FUNC_INFO,
                line_info: &[],
                line_info_size: 0,
            }),
            ..LoadOptions::for_hook(hook, &insns)
        })?;
        Ok(Self { program, functions })
    }

    /// The BTF id of the function that the program at this index extends: its place or, where it
    /// is the only one, the dispatcher itself.
    pub(super) fn function(&self, index: usize) -> Option<u32> {
        let only = self.functions.len() == 2;
        self.functions.get(if only { 0 } else { index + 1 }).copied()
    }
}

/// The instructions, and where each function begins.
fn code(count: usize, map: i32) -> (Vec<Insn>, Vec<u32>) {
    let mov = |dst, src| Insn::alu(Bits::B64, AluOp::Mov, dst, src);
    let place = [
        // Who takes this place may change the packet only if this does.
        mov(Reg(2), Src::Imm(0)),
        Insn::call(Helper::XDP_ADJUST_TAIL.id),
        mov(Reg(0), Src::Imm(NOBODY as i32)),
        Insn::exit(),
    ];
    let mut insns = vec![mov(Reg(6), Src::Reg(Reg(1)))];
    let mut calls = Vec::new();
    for index in 0..count {
        insns.push(mov(Reg(1), Src::Reg(Reg(6))));
        calls.push(insns.len());
        insns.push(Insn::call_local(0));
        insns.extend(Insn::ld_map_value(Reg(1), map, Config::chain_offset(index) as i32));
        insns.push(Insn::load(Size::W, Reg(1), Reg(1), 0));
        insns.push(Insn::alu(Bits::B32, AluOp::Mov, Reg(2), Src::Imm(1)));
        insns.push(Insn::alu(Bits::B32, AluOp::Lsh, Reg(2), Src::Reg(Reg(0))));
        insns.push(Insn::alu(Bits::B32, AluOp::And, Reg(2), Src::Reg(Reg(1))));
        insns.push(Insn::jump(Bits::B64, JmpOp::Ne, Reg(2), Src::Imm(0), 1));
        insns.push(Insn::exit());
    }
    insns.push(mov(Reg(0), Src::Imm(PASS)));
    insns.push(Insn::exit());
    let mut starts = vec![0];
    for call in calls {
        starts.push(insns.len() as u32);
        let distance = insns.len() - call - 1;
        insns[call] = Insn::call_local(distance as i32);
        insns.extend(place);
    }
    (insns, starts)
}

/// Encoded types, and the ids of the functions.
fn types(count: usize) -> Result<(Vec<u8>, Vec<u32>), Error> {
    let mut builder = Builder::new();
    let int = builder.int("int", 4, Encoding::Signed);
    let unsigned = builder.int("unsigned int", 4, Encoding::Unsigned);
    // Functions are compared by the names of the structures that they are passed.
    let members = ["data", "data_end", "data_meta", "ingress_ifindex", "rx_queue_index"];
    let members: Vec<_> =
        members.iter().zip(0..).map(|(name, at)| (*name, unsigned, 4 * at)).collect();
    let context = builder.structure("xdp_md", 4 * members.len() as u32, &members);
    let context = builder.ptr(context);
    let proto = builder.proto(int, &[("ctx", context)]);
    let mut functions = vec![builder.func(NAME, proto, Linkage::Global).0];
    for index in 0..count {
        functions.push(builder.func(&format!("prog{index}"), proto, Linkage::Global).0);
    }
    let bytes = builder.finish().encode(Strings::default());
    Ok((bytes.map_err(|error| Error::Object(error.to_string()))?, functions))
}

#[cfg(test)]
mod tests {
    use super::super::config::{Config, DispatcherVersion, MOST, NOBODY, Slot};
    use super::Dispatcher;
    use crate::run::TestRunOptions;

    /// Where nobody took a place every packet passes; where nobody's verdict is final it is the
    /// first that decides.
    #[test]
    fn places_that_nobody_took_go_on() {
        for count in 0..=MOST {
            for (chain, expected) in [(1 << NOBODY, 2), (0, NOBODY)] {
                let slots = vec![Slot { chain, priority: 50, flags: 0 }; count];
                let config = Config { version: DispatcherVersion::V2, slots };
                let dispatcher = match Dispatcher::load(&config) {
                    Err(crate::Error::NotPermitted { .. }) => return,
                    dispatcher => dispatcher.expect("it loads"),
                };
                let run = dispatcher.program.test_run(&TestRunOptions {
                    data: &[0; 64],
                    context: &[],
                    repeat: 1,
                });
                let expected = if count == 0 { 2 } else { expected };
                assert_eq!(run.expect("it runs").retval, expected, "{count} {chain:#x}");
            }
        }
    }
}
