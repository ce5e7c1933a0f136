//! A program with maps becomes an object that says so.

use std::sync::Arc;

use nbpfc_ir::Module;
use nbpfc_kernel::{Hook, MapKind, Target, Version};
use nbpfc_object::{Contents, Object, Target as Place};
use nbpfc_pcap::LinkType;
use nbpfc_source::File;

use crate::link::Tables;
use crate::session::{Request, Session};
use crate::world::System;

/// Counts in a per-processor array what is long enough, and in global data what is not.
const TEXT: &str = "\
map m0 @.bss: array, key 4, value 8, entries 1
map m1 @hits: percpu_array, key 4, value 16, entries 1
func @count {
slot s0, 4
b0:
  v0 = const.i64 0x1
  check 0, 14 -> b1 else b4
b1(v1: view):
  v2 = slot s0
  v3 = const.i32 0x0
  write.u32 v2 + 0, v3
  v4 = map m1
  v5 = call.value.16? map_lookup_elem(v4, v2)
  nonnull v5 -> b2 else b3
b2(v6: value.16):
  atomic.add.u64 v6 + 8, v0
  jump b3
b3:
  v7 = const.i32 0x2
  ret v7
b4:
  v8 = global m0 + 0, 8
  atomic.add.u64 v8 + 0, v0
  v9 = const.i32 0x2
  ret v9
}
";

#[test]
fn maps_and_their_uses_are_in_the_object() {
    let world = System::default();
    let mut session = Session::new(&world);
    let file = File::new("count", "");
    let id = session.add(file.clone());
    for optimise in [false, true] {
        let module = Module::parse(TEXT, Arc::new(file.clone())).expect("IR");
        let target = Target::new(Hook::by_name("xdp").expect("xdp"), Version::new(5, 10));
        let mut request = Request::new(target, LinkType::Ethernet);
        request.optimise = optimise;
        let filter = Session::program(module, id, &request, (2, 2)).expect("a program");
        let elf = filter.object().into_elf().expect("an object");
        let object = Object::from_elf(&elf).expect("what was written");
        let names: Vec<&str> = object.maps.iter().map(|map| map.name.as_str()).collect();
        assert_eq!(names, ["hits", ".bss"]);
        assert_eq!(object.maps[0].kind, MapKind::PerCpuArray.number());
        let mut places: Vec<Place> =
            object.programs[0].relocations.iter().map(|relocation| relocation.target).collect();
        places.sort_by_key(|place| matches!(place, Place::MapValue { .. }));
        assert_eq!(places, [Place::Map(0), Place::MapValue { map: 1, offset: 0 }]);
    }
}

/// Looks two numbers up, and has constants of its own.
const TABLES: &str = "\
map m0 @.rodata: array, key 4, value 8, entries 1, constant, data x0700000000000000
func @look {
table t0 { 0x1 0x2 }
table t1 { 0x3 }
b0:
  check 0, 14 -> b1 else b2
b1(v0: view):
  v1 = load.u8 v0 + 0
  v2 = table.u8 t0, v1
  v3 = table.u8 t1, v1
  v4 = or v2, v3
  ret v4
b2:
  v5 = constant m0 + 0, 8
  v6 = read.u32 v5 + 0
  ret v6
}
";

#[test]
fn tables_are_constants_of_the_object() {
    let world = System::default();
    let mut session = Session::new(&world);
    let file = File::new("look", "");
    let id = session.add(file.clone());
    let module = Module::parse(TABLES, Arc::new(file)).expect("IR");
    let target = Target::new(Hook::by_name("xdp").expect("xdp"), Version::new(5, 10));
    let request = Request::new(target, LinkType::Ethernet);
    let filter = Session::program(module, id, &request, (2, 2)).expect("a program");
    let elf = filter.object().into_elf().expect("an object");
    let object = Object::from_elf(&elf).expect("what was written");
    let names: Vec<&str> = object.maps.iter().map(|map| map.name.as_str()).collect();
    assert_eq!(names, [".rodata", ".rodata.tables"]);
    assert!(object.maps[1].is_frozen());
    let tables: Vec<u8> = [1u64, 2, 3].into_iter().flat_map(u64::to_le_bytes).collect();
    assert_eq!(object.maps[1].contents, Contents::Data(tables.clone()));
    let mut places: Vec<Place> =
        object.programs[0].relocations.iter().map(|relocation| relocation.target).collect();
    places.sort_by_key(|place| match place {
        Place::MapValue { map, offset } => (*map, *offset),
        _ => (usize::MAX, 0),
    });
    let value = |map, offset| Place::MapValue { map, offset };
    assert_eq!(places, [value(0, 0), value(1, 0), value(1, 16)]);

    let own = Tables::new(&filter.code);
    let insns = own.placed(&filter.code, 0);
    assert_eq!(own.bytes, tables);
    let offsets = insns.windows(2).filter(|two| (two[0].opcode, two[0].src) == (0x18, 2));
    let mut offsets: Vec<i32> = offsets.map(|two| two[1].imm).collect();
    offsets.sort_unstable();
    assert_eq!(offsets, [0, 16]);
}

/// Calls two functions, one of which calls the other and reads a map.
const CALLS: &str = "\
map m0 @.bss: array, key 4, value 8, entries 1
func @calls {
b0:
  v0 = context
  v1 = const.i64 0x5
  v2 = invoke.i32 f1(v0, v1)
  v3 = invoke.i64 f2(v1)
  ret v2
}
func @first(context, i64) {
b0:
  v0 = argument.i64 1
  v1 = invoke.i64 f2(v0)
  v2 = truncate v1
  ret v2
}
func @second(i64) -> i64 {
b0:
  v0 = argument.i64 0
  v1 = global m0 + 0, 8
  atomic.add.u64 v1 + 0, v0
  v3 = read.u64 v1 + 0
  ret v3
}
";

#[test]
fn functions_that_are_called_are_in_the_object_by_themselves() {
    let file = File::new("calls", "");
    let id = Session::new(&System::default()).add(file.clone());
    for optimise in [false, true] {
        let module = Module::parse(CALLS, Arc::new(file.clone())).expect("IR");
        let target = Target::new(Hook::by_name("xdp").expect("xdp"), Version::new(5, 10));
        let mut request = Request::new(target, LinkType::Ethernet);
        request.optimise = optimise;
        let filter = Session::program(module, id, &request, (2, 2)).expect("a program");
        let elf = filter.object().into_elf().expect("an object");
        let object = Object::from_elf(&elf).expect("what was written");
        let names: Vec<&str> = object.subprograms.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["first", "second"]);
        // Put together again they are what was compiled, but for what the loader fills in.
        let linked = object.link(0).expect("a program");
        assert_eq!(linked.insns, filter.code.insns);
        assert!(linked.functions.iter().all(|(_, ty)| ty.is_some()));
    }
}
