//! Classic BPF: what libpcap makes of an expression, and a machine that runs it.

use std::fmt;

/// One classic instruction, `struct sock_filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classic {
    /// Operation code.
    pub code: u16,
    /// Instructions to skip when true.
    pub jt: u8,
    /// Instructions to skip when false.
    pub jf: u8,
    /// The operand.
    pub k: u32,
}

/// `BPF_CLASS`: the low three bits.
pub mod class {
    #![allow(missing_docs, reason = "the names of linux/bpf_common.h")]
    pub const LD: u16 = 0;
    pub const LDX: u16 = 1;
    pub const ST: u16 = 2;
    pub const STX: u16 = 3;
    pub const ALU: u16 = 4;
    pub const JMP: u16 = 5;
    pub const RET: u16 = 6;
    pub const MISC: u16 = 7;
}

/// `BPF_MODE`: where a load reads.
pub mod mode {
    #![allow(missing_docs, reason = "the names of linux/bpf_common.h")]
    pub const IMM: u16 = 0x00;
    pub const ABS: u16 = 0x20;
    pub const IND: u16 = 0x40;
    pub const MEM: u16 = 0x60;
    pub const LEN: u16 = 0x80;
    pub const MSH: u16 = 0xa0;
}

impl Classic {
    /// `BPF_CLASS` of the code.
    pub const fn class(self) -> u16 {
        self.code & 7
    }

    /// `BPF_MODE` of a load's code.
    pub const fn mode(self) -> u16 {
        self.code & 0xe0
    }

    /// `BPF_OP` of an arithmetic or jump code.
    pub const fn op(self) -> u16 {
        self.code & 0xf0
    }

    /// Whether the right operand is X (`BPF_X`).
    pub const fn uses_x(self) -> bool {
        self.code & 8 != 0
    }

    /// How many bytes a load reads.
    pub const fn size(self) -> u32 {
        match self.code & 0x18 {
            0x00 => 4,
            0x08 => 2,
            _ => 1,
        }
    }

    /// Reads a line of `tcpdump -ddd`: four decimal numbers.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let code = words.next()?.parse().ok()?;
        let jt = words.next()?.parse().ok()?;
        let jf = words.next()?.parse().ok()?;
        let k = words.next()?.parse().ok()?;
        words.next().is_none().then_some(Self { code, jt, jf, k })
    }
}

impl fmt::Display for Classic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.code, self.jt, self.jf, self.k)
    }
}

/// What libpcap compiles an expression to, for a capture file of a link type (`DLT_*`).
///
/// # Errors
/// libpcap's own message.
pub fn libpcap(expression: &str, link_type: i32, optimise: bool) -> Result<Vec<Classic>, String> {
    let capture = pcap::Capture::dead(pcap::Linktype(link_type)).map_err(|e| e.to_string())?;
    let program = capture.compile(expression, optimise).map_err(|e| e.to_string())?;
    let read = |insn: &pcap::BpfInstruction| Classic::parse(&insn.to_string());
    program
        .get_instructions()
        .iter()
        .map(read)
        .collect::<Option<_>>()
        .ok_or_else(|| "unreadable code".to_owned())
}

/// Reads big-endian bytes at `offset`; `None` if they are not all there.
fn load(data: &[u8], offset: u64, size: u32) -> Option<u32> {
    let start = usize::try_from(offset).ok()?;
    let bytes = data.get(start..start.checked_add(size as usize)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the program returned; 0 if it was ended.
    pub value: u32,
    /// Whether a load out of bounds, or a division by zero, ended it.
    pub aborted: bool,
}

/// Runs a program as libpcap's own interpreter does. `length` is the packet's length on the wire.
pub fn run(program: &[Classic], data: &[u8], length: u32) -> Outcome {
    let mut machine = Machine { a: 0, x: 0, memory: [0; 16], data, length };
    let mut pc = 0;
    // `protochain` loops; every round moves on in the packet.
    for _ in 0..1_000_000 {
        let Some(insn) = program.get(pc) else { break };
        match machine.step(*insn) {
            Step::Next => pc += 1,
            Step::Jump(by) => pc = (pc as i64 + 1 + by) as usize,
            Step::Return(value) => return Outcome { value, aborted: false },
            Step::Abort => break,
        }
    }
    Outcome { value: 0, aborted: true }
}

enum Step {
    Next,
    Jump(i64),
    Return(u32),
    Abort,
}

struct Machine<'a> {
    a: u32,
    x: u32,
    memory: [u32; 16],
    data: &'a [u8],
    length: u32,
}

impl Machine<'_> {
    fn step(&mut self, insn: Classic) -> Step {
        let k = insn.k;
        let slot = (k & 15) as usize;
        let right = if insn.uses_x() { self.x } else { k };
        match insn.class() {
            class::LD => match self.source(insn) {
                Some(value) => self.a = value,
                None => return Step::Abort,
            },
            class::LDX => match self.source(insn) {
                Some(value) => self.x = value,
                None => return Step::Abort,
            },
            class::ST => self.memory[slot] = self.a,
            class::STX => self.memory[slot] = self.x,
            class::ALU => match arithmetic(insn.op(), self.a, right) {
                Some(value) => self.a = value,
                None => return Step::Abort,
            },
            class::JMP => return self.jump(insn, right),
            class::RET => return Step::Return(if insn.code & 0x18 == 0x10 { self.a } else { k }),
            _ if insn.code & 0xf8 == 0x80 => self.a = self.x,
            _ => self.x = self.a,
        }
        Step::Next
    }

    fn source(&self, insn: Classic) -> Option<u32> {
        let k = u64::from(insn.k);
        match insn.mode() {
            mode::IMM => Some(insn.k),
            mode::ABS => load(self.data, k, insn.size()),
            mode::IND => load(self.data, k + u64::from(self.x), insn.size()),
            mode::MEM => Some(self.memory[(insn.k & 15) as usize]),
            mode::LEN => Some(self.length),
            _ => load(self.data, k, 1).map(|byte| (byte & 15) << 2),
        }
    }

    fn jump(&self, insn: Classic, right: u32) -> Step {
        let taken = match insn.op() {
            // Backward jumps of `protochain` are written as large numbers.
            0x00 => return Step::Jump(i64::from(insn.k as i32)),
            0x10 => self.a == right,
            0x20 => self.a > right,
            0x30 => self.a >= right,
            _ => self.a & right != 0,
        };
        Step::Jump(i64::from(if taken { insn.jt } else { insn.jf }))
    }
}

fn arithmetic(op: u16, a: u32, b: u32) -> Option<u32> {
    Some(match op {
        0x00 => a.wrapping_add(b),
        0x10 => a.wrapping_sub(b),
        0x20 => a.wrapping_mul(b),
        0x30 => return a.checked_div(b),
        0x40 => a | b,
        0x50 => a & b,
        0x60 => a.checked_shl(b).unwrap_or(0),
        0x70 => a.checked_shr(b).unwrap_or(0),
        0x80 => a.wrapping_neg(),
        0x90 => return a.checked_rem(b),
        _ => a ^ b,
    })
}
