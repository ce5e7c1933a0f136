//! Instructions, types and lines put together as an object.

use nbpfc_btf::{Btf, Builder, Encoding, Linkage, TypeId};
use nbpfc_codegen::Code;
use nbpfc_kernel::{Context, Target};
use nbpfc_object::{Line, Object, Program};
use nbpfc_source::File;

/// What every program's license says. No helper that we call asks for the GPL; this keeps the
/// door open for programs that are linked with ours.
const LICENSE: &str = "Dual MIT/GPL";

/// An object with one program, `int name(struct CONTEXT *ctx)`.
pub(crate) fn object(name: &str, code: &Code, target: &Target, file: &File) -> Object {
    let (btf, function) = types(name, target.hook.context);
    let lines = code.lines.iter().map(|(insn, span)| {
        let at = file.position(span.start);
        Line {
            insn: *insn as usize,
            file: file.name().to_owned(),
            text: file.line(at.line).to_owned(),
            line: at.line,
            column: at.column,
        }
    });
    let program = Program {
        name: name.to_owned(),
        section: target.hook.section.to_owned(),
        insns: code.insns.clone(),
        relocations: Vec::new(),
        function: Some(function),
        lines: lines.collect(),
        core: Vec::new(),
    };
    Object {
        license: LICENSE.to_owned(),
        programs: vec![program],
        btf: Some(btf),
        ..Object::default()
    }
}

/// The types of an entry program. libxdp and freplace find it by this prototype.
fn types(name: &str, context: &Context) -> (Btf, TypeId) {
    let mut builder = Builder::new();
    let int = builder.int("int", 4, Encoding::Signed);
    let members: Vec<_> = context
        .fields
        .iter()
        .map(|field| {
            let element = match field.size {
                1 => builder.int("__u8", 1, Encoding::Unsigned),
                8 => builder.int("__u64", 8, Encoding::Unsigned),
                _ => builder.int("__u32", 4, Encoding::Unsigned),
            };
            let ty = match field.count {
                1 => element,
                count => builder.array(element, u32::from(count)),
            };
            (field.name, ty, u32::from(field.offset))
        })
        .collect();
    let structure = builder.structure(context.name, u32::from(context.size), &members);
    let pointer = builder.ptr(structure);
    let proto = builder.proto(int, &[("ctx", pointer)]);
    let function = builder.func(name, proto, Linkage::Global);
    (builder.finish(), function)
}
