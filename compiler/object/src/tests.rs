//! Objects to files and back, and the files as other programs take them.

mod loaders;
mod sample;

use nbpfc_btf::{Builder, Encoding, Type, TypeId};
use nbpfc_isa::Insn;

use super::*;
use sample::{counter, linked, socket, two_programs};

fn reread(object: &Object) -> Object {
    let bytes = object.to_elf().expect("a good object");
    Object::from_elf(&bytes).expect("a good file")
}

#[test]
fn objects_survive_their_file() {
    for object in [counter(), socket(), two_programs(), linked()] {
        let read = reread(&object);
        assert_eq!(Object { btf: object.btf.clone(), ..read.clone() }, object);
        // The definitions of maps are added; what was there keeps its number.
        let (types, read_types) = (object.btf.as_ref(), read.btf.as_ref());
        for (id, ty) in types.expect("types").iter() {
            assert_eq!(read_types.and_then(|btf| btf.get(id)), Some(ty));
        }
        assert_eq!(read.to_elf(), object.to_elf());
    }
}

#[test]
fn an_object_without_types_has_no_sections_for_them() {
    let object = Object { btf: None, ..socket() };
    let program = Program { function: None, lines: Vec::new(), ..object.programs[0].clone() };
    let object = Object { programs: vec![program], ..object };
    let bytes = object.to_elf().expect("a good object");
    assert!(!bytes.windows(4).any(|name| name == b".BTF"));
    assert_eq!(Object::from_elf(&bytes), Ok(object));
}

#[test]
fn a_changed_map_takes_the_place_of_the_old_one() {
    let mut object = reread(&counter());
    object.maps[0].max_entries = 16;
    object.maps[0].value = Shape::Bytes(24);
    let bytes = object.to_elf().expect("a good object");
    let read = Object::from_elf(&bytes).expect("a good file");
    assert_eq!(read.maps, object.maps);
    let btf = read.btf.expect("types");
    let vars = btf.iter().filter(|(_, ty)| matches!(ty, Type::Var(_))).count();
    assert_eq!(vars, object.maps.len());
}

#[test]
fn every_field_of_a_map_is_kept() {
    let mut builder = Builder::new();
    let port = builder.int("short", 2, Encoding::Unsigned);
    let map = |key, value, flags, pinned| Map {
        name: format!("m{flags}"),
        kind: 9,
        key,
        value,
        max_entries: 100_000,
        flags,
        pinned,
        extra: flags * 7,
        ..Map::default()
    };
    let maps = vec![
        map(Shape::Type(port), Shape::Bytes(12), 1, true),
        map(Shape::Bytes(0), Shape::Type(port), 0, false),
    ];
    let btf = Some(builder.finish());
    let object = Object { maps, btf, ..Object::default() };
    assert_eq!(reread(&object).maps, object.maps);
}

/// What is wrong with `two_programs` after a change.
fn refused(change: impl FnOnce(&mut Object)) -> Error {
    refused_of(two_programs(), change)
}

fn refused_of(mut object: Object, change: impl FnOnce(&mut Object)) -> Error {
    change(&mut object);
    object.to_elf().expect_err("a bad object")
}

#[test]
fn data_and_subprograms_that_do_not_fit_are_not_written() {
    type Change = fn(&mut Object);
    let map = |name: &str, fault| Error::Map { name: name.to_owned(), fault };
    let weigh = |fault| Error::Program { name: "weigh".to_owned(), fault };
    let cases: [(Change, Error); 11] = [
        (|o| o.maps[3].contents = Contents::Data(vec![0; 4]), map(".rodata", MapFault::Data)),
        (|o| o.maps[3].flags = 0, map(".rodata", MapFault::Data)),
        (|o| o.maps[4].max_entries = 2, map(".bss", MapFault::Data)),
        (|o| o.maps[4].name = "bss".to_owned(), Error::Section("bss".to_owned())),
        (|o| o.maps[1].max_entries = 2, map("of_maps", MapFault::Slots)),
        (|o| o.maps[1].inner = None, map("of_maps", MapFault::Slots)),
        (
            |o| o.subprograms[1].relocations[0].target = Target::MapValue { map: 4, offset: 16 },
            weigh(Fault::Target(1)),
        ),
        (|o| o.subprograms[1].relocations[2].target = Target::Map(0), weigh(Fault::Relocation(10))),
        (|o| o.subprograms[1].insns[10].imm = 0, weigh(Fault::Relocation(10))),
        (|o| o.subprograms[1].section = "x".to_owned(), Error::Section("x".to_owned())),
        (|o| o.subprograms[1].name = "limit".to_owned(), Error::Twice("limit".to_owned())),
    ];
    for (change, error) in cases {
        assert_eq!(refused_of(linked(), change), error);
    }
}

#[test]
fn linking_puts_callees_behind() {
    let object = linked();
    let linked = object.link(0).expect("a good object");
    let starts: Vec<usize> = linked.functions.iter().map(|(start, _)| *start).collect();
    assert_eq!(starts, [0, 2, 6]);
    assert_eq!(linked.insns[0], Insn::call_local(5), "`weigh` comes behind `double`");
    assert_eq!(linked.insns[16], Insn::call_local(-15));
    let places: Vec<usize> = linked.relocations.iter().map(|r| r.insn).collect();
    assert_eq!(places, [2, 7, 11]);
    assert_eq!(linked.lines.iter().map(|line| line.insn).collect::<Vec<_>>(), [0, 2, 6, 11]);

    let mut object = object;
    object.programs[0].relocations.clear();
    assert_eq!(object.link(0).map(|linked| linked.functions.len()), Ok(1));
    object.subprograms.clear();
    object.programs[0].relocations = vec![Relocation { insn: 0, target: Target::Subprogram(1) }];
    assert!(object.link(0).is_err() && object.link(1).is_err());
}

#[test]
fn what_loaders_refuse_is_not_written() {
    type Change = fn(&mut Object);
    let name = |text: &str| Error::Name(text.to_owned());
    let section = |text: &str| Error::Section(text.to_owned());
    let program = |fault| Error::Program { name: "count".to_owned(), fault };
    let cases: [(Change, Error); 18] = [
        (|o| o.license.push('\0'), Error::License),
        (|o| o.programs[0].name.clear(), name("")),
        (|o| o.programs[0].name = "a".repeat(128), name(&"a".repeat(128))),
        (|o| o.maps[0].name = "a-b".to_owned(), name("a-b")),
        (|o| o.programs[1].name = "count".to_owned(), Error::Twice("count".to_owned())),
        (|o| o.maps[0].name = "count".to_owned(), Error::Twice("count".to_owned())),
        (|o| o.programs[0].section = ".text".to_owned(), section(".text")),
        (|o| o.programs[0].section = "license".to_owned(), section("license")),
        (|o| o.programs[0].section.clear(), section("")),
        (|o| o.programs[0].insns.clear(), program(Fault::Empty)),
        (|o| o.programs[0].function = Some(TypeId(1)), program(Fault::Function)),
        (|o| o.programs[0].function = None, program(Fault::LinesWithoutFunction)),
        (|o| o.programs[0].lines[0].insn = 1, program(Fault::LineOrder)),
        (|o| o.programs[0].lines[1].insn = 0, program(Fault::LineOrder)),
        (|o| o.programs[0].lines[1].insn = 4, program(Fault::Line(4))),
        (|o| o.programs[0].relocations[0].insn = 4, program(Fault::Relocation(4))),
        (|o| o.programs[0].insns[3].imm = 8, program(Fault::Relocation(3))),
        (|o| o.maps.clear(), program(Fault::Target(3))),
    ];
    for (change, error) in cases {
        assert_eq!(refused(change), error);
    }
    let untyped = refused(|object| object.maps[0].key = Shape::Type(TypeId(999)));
    assert_eq!(untyped, Error::Map { name: "hits".to_owned(), fault: MapFault::Type });
}

#[test]
fn a_function_needs_names_for_its_parameters() {
    let mut builder = Builder::from(two_programs().btf.unwrap_or_default());
    let int = builder.int("int", 4, Encoding::Signed);
    let proto = builder.proto(int, &[("", int)]);
    let function = builder.func("count", proto, nbpfc_btf::Linkage::Global);
    let btf = builder.finish();
    let error = refused(|object| {
        object.btf = Some(btf);
        object.programs[0].function = Some(function);
    });
    assert_eq!(error, Error::Program { name: "count".to_owned(), fault: Fault::Function });
}

#[test]
fn any_change_of_a_byte_is_read_or_refused() {
    for object in [two_programs(), linked()] {
        let bytes = object.to_elf().expect("a good object");
        let mut refused = 0;
        for at in 0..bytes.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                refused += u32::from(Object::from_elf(&changed).is_err());
            }
            let _ = Object::from_elf(&bytes[..at]);
        }
        assert!(refused > 100, "{refused}");
    }
}

#[test]
fn other_files_are_not_objects() {
    assert!(matches!(Object::from_elf(b""), Err(Error::Elf(_))));
    assert!(matches!(Object::from_elf(b"\x7fELF"), Err(Error::Elf(_))));
    let mut bytes = socket().to_elf().expect("a good object");
    bytes[18] = 62; // x86-64
    assert_eq!(Object::from_elf(&bytes), Err(Error::NotBpf));
}

#[test]
fn code_outside_of_functions_is_not_left_out() {
    let bytes = socket().to_elf().expect("a good object");
    // The symbol's size, 3 slots, stands behind its value, 0; the section's behind its offset.
    let symbol = [[0; 8], 24u64.to_le_bytes()].concat();
    let at = bytes.windows(16).position(|window| window == symbol).expect("the symbol") + 8;
    let mut shorter = bytes.clone();
    shorter[at] = 16;
    assert!(matches!(Object::from_elf(&shorter), Err(Error::Unsupported(_))));
}

#[test]
fn slots_stand_in_the_file_as_they_are_encoded() {
    let bytes = socket().to_elf().expect("a good object");
    let exit = Insn::exit().encode();
    assert_eq!(bytes.windows(8).filter(|window| *window == exit).count(), 1);
}
