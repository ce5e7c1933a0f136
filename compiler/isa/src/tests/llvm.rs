//! Every row with random operands: LLVM prints it as we do, and assembles our text to its bytes.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{Field, Insn, Level, Op, ROWS, Row, disassemble};

/// Rows that LLVM 19 does not have.
fn newer_than_llvm_19(row: &Row) -> bool {
    matches!(row.op, Op::LoadAcquire(_) | Op::StoreRelease(_))
}

/// What LLVM does not assemble to the same bytes: it knows no pseudo immediates, takes every
/// `call` for one of a helper, and wants a label for distances of more than 16 bits.
fn not_assembled(row: &Row, insn: Insn) -> bool {
    matches!(row.op, Op::LdPseudo(_) | Op::CallLocal | Op::CallKfunc)
        || (row.op == Op::Gotol && i16::try_from(insn.imm).is_err())
}

/// Small repeatable random numbers (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn field(&mut self, field: Field, extremes: [i32; 4]) -> i32 {
        let random = self.next();
        match field {
            Field::Is(value) => value,
            _ if field.is_register() => (random % 11) as i32,
            _ if random.is_multiple_of(4) => extremes[(random >> 8) as usize % 4],
            _ => (random >> 16) as i32,
        }
    }

    fn insns(&mut self, row: &Row) -> Vec<Insn> {
        let off = self.field(row.off, [0, 1, i32::from(i16::MIN), i32::from(i16::MAX)]);
        let imm = match row.op {
            Op::LdInd(_) => 0, // LLVM does not print it.
            _ => self.field(row.imm, [0, -1, i32::MIN, i32::MAX]),
        };
        let first = Insn {
            opcode: row.opcode,
            dst: self.field(row.dst, [0; 4]) as u8,
            src: self.field(row.src, [0; 4]) as u8,
            off: off as i16,
            imm,
        };
        let upper = match row.op {
            Op::LdImm64 => self.field(Field::Value, [0, -1, i32::MIN, i32::MAX]),
            _ => 0,
        };
        let second = Insn { imm: upper, ..Insn::default() };
        [first, second][..row.slots()].to_vec()
    }
}

/// Runs a tool of LLVM 19 on `input`; `None` if it is not installed. In CI it must be.
fn run(tool: &str, args: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let spawned = Command::new(tool)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{tool} is not installed");
        eprintln!("skipped: {tool} is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the tool ends");
    writer.join().expect("no panic").expect("the tool reads its input");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

fn assemble(text: &str) -> Option<Vec<u8>> {
    let args = ["-triple=bpfel", "-mcpu=v4", "-filetype=obj", "-o", "-", "-"];
    run("llvm-mc-19", &args, text.as_bytes())
}

/// The instructions' texts as the disassembler prints them, without the symbols behind jumps.
fn objdump(elf: &[u8], cpu: &[&str]) -> Option<Vec<String>> {
    let args = [&["-d", "--no-show-raw-insn"], cpu, &["-"]].concat();
    let output = run("llvm-objdump-19", &args, elf)?;
    let output = String::from_utf8(output).expect("text");
    let lines = output.lines().filter_map(|line| line.split_once(":\t"));
    let lines = lines.filter(|(index, _)| index.trim().parse::<usize>().is_ok());
    Some(
        lines
            .map(|(_, text)| match text.find(" <.text") {
                Some(symbol) => text[..symbol].to_owned(),
                None => text.to_owned(),
            })
            .collect(),
    )
}

fn samples() -> Vec<(&'static Row, Vec<Insn>)> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let rows = ROWS.iter().filter(|row| !newer_than_llvm_19(row));
    rows.flat_map(|row| (0..16).map(|_| (row, random.insns(row))).collect::<Vec<_>>()).collect()
}

fn bytes(insns: &[Insn]) -> String {
    let bytes: Vec<_> = insns.iter().flat_map(|i| i.encode()).map(|b| b.to_string()).collect();
    format!(".byte {}\n", bytes.join(","))
}

#[test]
fn llvm_prints_the_same_text() {
    let samples = samples();
    let source: String = samples.iter().map(|(_, insns)| bytes(insns)).collect();
    let Some(elf) = assemble(&source) else { return };
    let Some(plain) = objdump(&elf, &[]) else { return };
    let Some(v4) = objdump(&elf, &["--mcpu=v4"]) else { return };
    assert_eq!((plain.len(), v4.len()), (samples.len(), samples.len()));

    for ((row, insns), (plain, v4)) in samples.iter().zip(plain.iter().zip(&v4)) {
        let (_, ours) = disassemble(insns).next().expect("an instruction");
        // Without a level LLVM takes the atomic operations that came with v3 for others.
        let theirs = if row.level >= Level::V3 { v4 } else { plain };
        assert_eq!(&ours.to_string(), theirs, "{row:?} {insns:?}");
    }
}

#[test]
fn llvm_assembles_our_text_to_the_same_bytes() {
    let samples = samples();
    let kept = samples.iter().filter(|(row, insns)| !not_assembled(row, insns[0]));
    let insns: Vec<Insn> = kept.flat_map(|(_, insns)| insns.clone()).collect();
    let source: Vec<String> = disassemble(&insns).map(|(_, text)| text.to_string()).collect();
    let Some(ours) = assemble(&source.join("\n")) else { return };
    let Some(bytes) = assemble(&bytes(&insns)) else { return };
    assert_eq!(objdump(&ours, &["--mcpu=v4"]), objdump(&bytes, &["--mcpu=v4"]));
    assert!(ours == bytes, "same text, other bytes");
}
