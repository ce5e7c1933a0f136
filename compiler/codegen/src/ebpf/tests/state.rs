//! Programs with maps in the running kernel: a filter that counts, and one that hands packets on.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use nbpfc_ir::{Module, validate};
use nbpfc_isa::{Insn, Level, Reg};
use nbpfc_kernel::{Hook, Target, Version};
use nbpfc_loader::{Map, MapOptions, Program, TestRunOptions};
use nbpfc_source::File;

use super::kernel::load;
use crate::code::Code;
use crate::ebpf::compile;

const HOOKS: &[&str] = &["xdp", "xdp.frags", "tc", "socket", "cgroup_skb", "lwt", "lwt.xmit"];

/// What is left of a packet's 20 bytes where the link-layer header is taken off is 6 and more.
const PACKET: [u8; 40] = [7; 40];

/// Counts packets and bytes whose second byte is 7.
const COUNT: &str = "\
map m0 @hits: array, key 4, value 16, entries 1
func @count {
slot s0, 4
b0:
  check 0, 4 -> b1 else b5
b1(v0: view):
  v1 = load.u8 v0 + 1
  v2 = const.i32 0x7
  br eq v1, v2 -> b2 else b5
b2:
  v3 = slot s0
  v4 = const.i32 0x0
  write.u32 v3 + 0, v4
  v5 = map m0
  v6 = call.value.16? map_lookup_elem(v5, v3)
  nonnull v6 -> b3 else b5
b3(v7: value.16):
  v8 = const.i64 0x1
  v9 = meta.length
  v10 = extend v9
  v11 = part v7 + 8, 8
  atomic.add.u64 v7 + 0, v8
  atomic.add.u64 v11 + 0, v10
  v12 = const.i32 0x1
  ret v12
b5:
  v13 = const.i32 0x0
  ret v13
}
";

/// Writes a number of at most 15 and a byte of a value at it, and reads the packet afterwards.
const INDEX: &str = "\
map m0 @hits: array, key 4, value 16, entries 1
func @index {
b0:
  v0 = global m0 + 0, 16
  v1 = meta.length
  v2 = extend v1
  write.u64 v0 + 0, v2
  v3 = const.i64 0xf
  v4 = and v2, v3
  v5 = index v0 + v4, 1
  v6 = const.i32 0x2a
  write.u8 v5 + 0, v6
  bound v2, 1, 64 -> b1 else b3
b1(v7: i64):
  v8 = const.i64 0x8
  write.u64 v0 + 8, v7
  check 0, 4 -> b2 else b3
b2(v9: view):
  v10 = load.u8 v9 + 3
  v12 = const.i32 0x1
  v13 = and v10, v12
  ret v13
b3:
  v11 = const.i32 0x0
  ret v11
}
";

/// Copies the first 20 bytes into a ring buffer.
const CAPTURE: &str = "\
map m0 @events: ringbuf, entries 4096
func @capture {
b0:
  v0 = map m0
  v1 = const.i64 0x14
  v2 = const.i64 0x0
  v3 = call.record.20? ringbuf_reserve(v0, v1, v2)
  v4 = const.i32 0x0
  nonnull v3 -> b1 else b4
b1(v5: record.20):
  v6 = context
  v7 = call.i64 skb_load_bytes(v6, v4, v5, v1)
  br eq v7, v2 -> b2 else b3
b2:
  call.void ringbuf_submit(v5, v2)
  v8 = const.i32 0x1
  ret v8
b3:
  call.void ringbuf_discard(v5, v2)
  jump b4
b4:
  ret v4
}
";

/// Loads a module's program with its map; `None` where nobody may.
fn loaded(text: &str, hook: &str, level: Level) -> Option<(Program, Map)> {
    loaded_for(text, hook, level, Version::new(5, 10))
}

/// The same for a kernel, or the first that has the hook.
fn loaded_for(text: &str, hook: &str, level: Level, kernel: Version) -> Option<(Program, Map)> {
    let module = Module::parse(text, Arc::new(File::new("", ""))).expect("IR");
    let hook = Hook::by_name(hook).expect("a hook");
    let kernel = hook.since.max(kernel);
    let code = compile(validate(&module).expect("valid"), &Target { hook, kernel, level });
    let code = code.unwrap_or_else(|error| panic!("{}: {error}", hook.name));
    let (_, data) = module.maps.iter().next().expect("a map");
    let map = Map::create(&MapOptions {
        map_type: data.kind.number(),
        key_size: data.key_size,
        value_size: data.value_size,
        max_entries: data.max_entries,
        flags: 0,
        name: &data.name,
        ..MapOptions::default()
    })
    .ok()?;
    let mut insns = code.insns.clone();
    for reference in &code.maps {
        let slots = &mut insns[reference.insn as usize..][..2];
        let (d, fd) = (Reg(slots[0].dst), map.as_fd().as_raw_fd());
        slots.copy_from_slice(&match reference.offset {
            Some(offset) => Insn::ld_map_value(d, fd, offset as i32),
            None => Insn::ld_map_fd(d, fd),
        });
    }
    let program = load(hook, &Code { insns, ..code })?;
    Some((program.unwrap_or_else(|error| panic!("{}: {error:?}", hook.name)), map))
}

fn run(program: &Program, data: &[u8]) -> u32 {
    program.test_run(&TestRunOptions { data, context: &[], repeat: 1 }).expect("a run").retval
}

fn numbers(map: &Map) -> (u64, u64) {
    let value = map.lookup(&[0; 4]).expect("a look-up").expect("a value");
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
    (number(&value[..8]), number(&value[8..]))
}

#[test]
fn matches_are_counted_in_a_map_on_every_hook() {
    for hook in HOOKS {
        for level in [Level::V1, Level::V3, Level::V4] {
            let Some((program, map)) = loaded(COUNT, hook, level) else { return };
            assert_eq!(run(&program, &PACKET), 1, "{hook}");
            assert_eq!(run(&program, &PACKET), 1, "{hook}");
            assert_eq!(run(&program, &[0; 40]), 0, "{hook}");
            let (packets, bytes) = numbers(&map);
            assert_eq!(packets, 2, "{hook}");
            assert!(bytes == 80 || bytes == 52, "{hook}: {bytes}");
        }
    }
}

#[test]
fn a_value_is_written_at_its_address_and_the_packet_read_behind() {
    for hook in HOOKS {
        let Some((program, map)) = loaded(INDEX, hook, Level::V3) else { return };
        assert_eq!(run(&program, &PACKET), 1, "{hook}");
        let (first, length) = numbers(&map);
        let expected = match length {
            40 => 40,
            26 => 26,
            other => panic!("{hook}: {other}"),
        };
        // Byte 8 or 10, written before the second word.
        assert_eq!(first, expected, "{hook}");
    }
}

#[test]
fn packets_are_copied_into_a_ring_buffer() {
    for hook in ["tc", "socket", "cgroup_skb", "lwt", "lwt.xmit"] {
        let Some((program, _)) = loaded(CAPTURE, hook, Level::V3) else { return };
        assert_eq!(run(&program, &PACKET), 1, "{hook}");
        assert_eq!(run(&program, &PACKET[..30]), u32::from(hook == "tc"), "{hook}");
    }
}

#[test]
fn what_a_hook_cannot_call_is_an_error_that_names_it() {
    let module = Module::parse(CAPTURE, Arc::new(File::new("", ""))).expect("IR");
    let target = Target::new(Hook::by_name("xdp").expect("xdp"), Version::new(6, 1));
    let error = compile(validate(&module).expect("valid"), &target).expect_err("no such helper");
    assert_eq!(error.to_string(), "programs on xdp cannot call skb_load_bytes for this kernel");
}

/// Does each atomic operation once to a value of a map, and adds up what they give.
const ATOMICS: &str = "\
map m0 @hits: array, key 4, value 16, entries 1
func @atomics {
b0:
  v0 = global m0 + 0, 16
  v1 = const.i64 0x5
  v2 = const.i32 0x3
  atomic.add.u64 v0 + 0, v1
  v4 = fetch.add.u64 v0 + 0, v1
  v5 = fetch.or.u64 v0 + 0, v4
  v6 = fetch.xor.u64 v0 + 0, v1
  v7 = fetch.exchange.u64 v0 + 0, v6
  v8 = fetch.and.u64 v0 + 0, v1
  v9 = fetch.add.u32 v0 + 8, v2
  v10 = cmpxchg.u32 v0 + 8, v2, v9
  v11 = cmpxchg.u32 v0 + 8, v2, v2
  atomic.or.u32 v0 + 12, v2
  v13 = add v4, v5
  v14 = add v13, v6
  v15 = add v14, v7
  v16 = add v15, v8
  v17 = truncate v16
  v18 = add v17, v10
  v19 = add v18, v11
  v20 = const.i32 0x1
  v21 = and v19, v20
  ret v21
}
";

#[test]
fn atomic_operations_give_what_was_there_before() {
    for hook in HOOKS {
        let Some((program, map)) = loaded_for(ATOMICS, hook, Level::V3, Version::new(5, 18)) else {
            return;
        };
        // 5; 10 after 5 was there; 15 after 10; 10 after 15; 15 after 10; 5 after 15.
        let fetched = 5 + 10 + 15 + 10 + 15 + 3;
        assert_eq!(run(&program, &PACKET), fetched & 1, "{hook}");
        assert_eq!(numbers(&map), (5, 3 << 32), "{hook}");
    }
}

#[test]
fn old_kernels_have_no_results_of_atomic_operations() {
    let module = Module::parse(ATOMICS, Arc::new(File::new("", ""))).expect("IR");
    let target = Target::new(Hook::by_name("xdp").expect("xdp"), Version::new(5, 10));
    let error = compile(validate(&module).expect("valid"), &target).expect_err("too old");
    assert!(error.to_string().contains("atomic operations other than adding"), "{error}");
}
