//! Code as text: for people, for C programs, for tools that speak classic BPF.

use std::fmt::Write as _;

use nbpfc_codegen::{ClassicInsn, Code};
use nbpfc_isa::disassemble;
use nbpfc_source::File;

/// Assembly in LLVM's syntax, each run of instructions below the source that it comes from.
pub fn assembly(code: &Code, file: &File) -> String {
    let mut lines = code.lines.iter().peekable();
    let mut text = String::new();
    for (index, insn) in disassemble(&code.insns) {
        while let Some((_, span)) = lines.next_if(|(at, _)| *at as usize <= index) {
            // What no part of the source asks for, such as setting registers up.
            if span.start == span.end {
                continue;
            }
            let at = file.position(span.start);
            let source = file.text().get(span.range()).unwrap_or_default();
            let source = source.lines().next().unwrap_or_default();
            let _ = writeln!(text, "; {}:{} {source}", at.line, at.column);
        }
        let _ = writeln!(text, "{index:6}: {insn}");
    }
    text
}

/// A C array of `struct bpf_insn` (`linux/bpf.h`).
pub fn c_array(code: &Code, name: &str) -> String {
    let mut comments = vec![String::new(); code.insns.len()];
    for (index, insn) in disassemble(&code.insns) {
        comments[index] = format!(" /* {insn} */");
    }
    let mut text = format!("static const struct bpf_insn {name}[] = {{\n");
    for (insn, comment) in code.insns.iter().zip(comments) {
        let _ = writeln!(
            text,
            "\t{{ 0x{:02x}, {}, {}, {}, {} }},{comment}",
            insn.opcode, insn.dst, insn.src, insn.off, insn.imm
        );
    }
    text.push_str("};\n");
    text
}

/// Classic BPF as `tcpdump -ddd` prints it: the number of instructions, then one a line.
pub fn classic(insns: &[ClassicInsn]) -> String {
    let mut text = format!("{}\n", insns.len());
    for insn in insns {
        let _ = writeln!(text, "{} {} {} {}", insn.code, insn.jt, insn.jf, insn.k);
    }
    text
}
