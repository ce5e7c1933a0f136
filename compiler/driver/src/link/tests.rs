//! A program with maps becomes an object that says so.

use std::sync::Arc;

use nbpfc_ir::Module;
use nbpfc_kernel::{Hook, MapKind, Target, Version};
use nbpfc_object::{Object, Target as Place};
use nbpfc_pcap::LinkType;
use nbpfc_source::File;

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
