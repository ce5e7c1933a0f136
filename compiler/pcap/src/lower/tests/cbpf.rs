//! Classic BPF as libpcap prints it, read and run: the oracle of the corpus.
//!
//! The interpreter follows libpcap's own: a load behind the packet's end, and a
//! division by zero, end the program with 0.

/// Where a load takes its bytes, or an operation its second operand.
#[derive(Clone, Copy, Debug)]
enum Operand {
    /// `#5`
    Immediate(u32),
    /// `[12]`
    Absolute(u32),
    /// `[x + 2]`
    Indexed(u32),
    /// `M[3]`
    Memory(usize),
    /// `4*([14]&0xf)`
    HeaderLength(u32),
    /// `#pktlen`
    Length,
    /// `x`
    Index,
    /// Nothing is written.
    None,
    /// `[type]`: the kernel's type of the packet.
    PacketType,
    /// `[ifidx]`: the interface.
    Interface,
    /// `[vlanp]`: whether there is a tag beside the packet.
    TagPresent,
    /// `[vlan_tci]`: that tag.
    Tag,
}

#[derive(Clone, Debug)]
struct Instruction {
    mnemonic: String,
    operand: Operand,
    /// Targets of a jump; the same twice for `ja`.
    targets: (usize, usize),
}

/// A program that was read from a listing.
#[derive(Clone, Debug)]
pub(super) struct Program(Vec<Instruction>);

/// What a program may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'a> {
    pub(super) data: &'a [u8],
    pub(super) length: u32,
    pub(super) interface: u32,
    pub(super) packet_type: u32,
    pub(super) tag: Option<u16>,
}

fn number(text: &str) -> Option<u32> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    text.parse::<i64>().ok().map(|number| number as u32)
}

impl Operand {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "" => Self::None,
            "x" => Self::Index,
            "#pktlen" => Self::Length,
            "[type]" => Self::PacketType,
            "[ifidx]" => Self::Interface,
            "[vlanp]" => Self::TagPresent,
            "[vlan_tci]" => Self::Tag,
            _ if text.starts_with('#') => Self::Immediate(number(&text[1..])?),
            _ if text.starts_with("[x + ") => Self::Indexed(number(text[5..].strip_suffix(']')?)?),
            _ if text.starts_with('[') => Self::Absolute(number(text[1..].strip_suffix(']')?)?),
            _ if text.starts_with("M[") => {
                Self::Memory(number(text[2..].strip_suffix(']')?)? as usize)
            }
            _ => {
                let at = text.strip_prefix("4*([")?.strip_suffix("]&0xf)")?;
                Self::HeaderLength(number(at)?)
            }
        })
    }
}

impl Instruction {
    /// One line of a listing, as `(001) jeq  #0x800  jt 2 jf 5`.
    fn read(line: &str) -> Option<Self> {
        let (_, rest) = line.split_once(") ")?;
        let (mnemonic, rest) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        let mnemonic = mnemonic.to_owned();
        if mnemonic == "ja" {
            let target = rest.trim().parse().ok()?;
            return Some(Self { mnemonic, operand: Operand::None, targets: (target, target) });
        }
        let (operand, targets) = match rest.split_once("jt ") {
            Some((operand, targets)) => {
                let (then, otherwise) = targets.split_once("jf ")?;
                (operand, (then.trim().parse().ok()?, otherwise.trim().parse().ok()?))
            }
            None => (rest, (0, 0)),
        };
        Some(Self { mnemonic, operand: Operand::read(operand.trim())?, targets })
    }
}

impl Program {
    /// A program in the form that `tcpdump -d` prints.
    pub(super) fn read(listing: &str) -> Option<Self> {
        let lines = listing.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(Instruction::read).collect::<Option<_>>().map(Self)
    }

    /// The result for a packet; `None` if the program does not end.
    pub(super) fn run(&self, input: Input<'_>) -> Option<u32> {
        let mut machine = Machine { input, a: 0, x: 0, memory: [0; 16] };
        let mut at = 0;
        for _ in 0..100_000 {
            let instruction = self.0.get(at)?;
            at += 1;
            match machine.step(instruction) {
                Next::Go => {}
                Next::Jump(taken) => {
                    let (then, otherwise) = instruction.targets;
                    at = if taken { then } else { otherwise };
                }
                Next::End(result) => return Some(result),
            }
        }
        None
    }
}

enum Next {
    Go,
    Jump(bool),
    End(u32),
}

struct Machine<'a> {
    input: Input<'a>,
    a: u32,
    x: u32,
    memory: [u32; 16],
}

impl Machine<'_> {
    fn bytes(&self, base: u32, offset: u32, size: usize) -> Option<u32> {
        let start = base as usize + offset as usize;
        let bytes = self.input.data.get(start..start + size)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn load(&self, operand: Operand, size: usize) -> Option<u32> {
        match operand {
            Operand::Immediate(number) => Some(number),
            Operand::Absolute(offset) => self.bytes(0, offset, size),
            Operand::Indexed(offset) => self.bytes(self.x, offset, size),
            Operand::Memory(slot) => self.memory.get(slot).copied(),
            Operand::HeaderLength(offset) => Some((self.bytes(0, offset, 1)? & 0xf) * 4),
            Operand::Length => Some(self.input.length),
            Operand::Index => Some(self.x),
            Operand::PacketType => Some(self.input.packet_type),
            Operand::Interface => Some(self.input.interface),
            Operand::TagPresent => Some(u32::from(self.input.tag.is_some())),
            Operand::Tag => Some(u32::from(self.input.tag.unwrap_or(0))),
            Operand::None => None,
        }
    }

    fn step(&mut self, instruction: &Instruction) -> Next {
        let operand = instruction.operand;
        let size = match instruction.mnemonic.as_str() {
            "ldb" | "ldxb" => 1,
            "ldh" => 2,
            _ => 4,
        };
        let value = self.load(operand, size);
        match instruction.mnemonic.as_str() {
            "ja" => return Next::Jump(true),
            "tax" => self.x = self.a,
            "txa" => self.a = self.x,
            "neg" => self.a = self.a.wrapping_neg(),
            "st" | "stx" => {
                if let Operand::Memory(slot) = operand {
                    self.memory[slot] = if instruction.mnemonic == "st" { self.a } else { self.x };
                }
            }
            mnemonic => {
                let Some(value) = value else { return Next::End(0) };
                return self.with_value(mnemonic, value);
            }
        }
        Next::Go
    }

    fn with_value(&mut self, mnemonic: &str, value: u32) -> Next {
        let a = self.a;
        match mnemonic {
            "ret" => return Next::End(value),
            "jeq" => return Next::Jump(a == value),
            "jgt" => return Next::Jump(a > value),
            "jge" => return Next::Jump(a >= value),
            "jset" => return Next::Jump(a & value != 0),
            "ldx" | "ldxb" => self.x = value,
            "ld" | "ldh" | "ldb" => self.a = value,
            "add" => self.a = a.wrapping_add(value),
            "sub" => self.a = a.wrapping_sub(value),
            "mul" => self.a = a.wrapping_mul(value),
            "and" => self.a = a & value,
            "or" => self.a = a | value,
            "xor" => self.a = a ^ value,
            "lsh" => self.a = a.checked_shl(value).unwrap_or(0),
            "rsh" => self.a = a.checked_shr(value).unwrap_or(0),
            "div" => match a.checked_div(value) {
                Some(quotient) => self.a = quotient,
                None => return Next::End(0),
            },
            "mod" => match a.checked_rem(value) {
                Some(rest) => self.a = rest,
                None => return Next::End(0),
            },
            _ => panic!("{mnemonic}"),
        }
        Next::Go
    }
}
