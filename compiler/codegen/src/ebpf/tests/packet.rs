//! Programs that write packets and move them, in the running kernel.

use std::sync::Arc;

use nbpfc_ir::{Module, validate};
use nbpfc_isa::Level;
use nbpfc_kernel::{Hook, Target, Version};
use nbpfc_loader::{Program, TestRunOptions};
use nbpfc_source::File;

use super::kernel::load;
use crate::ebpf::compile;

/// The bytes count from 0, so that each tells where it is from.
fn packet() -> Vec<u8> {
    let mut packet: Vec<u8> = (0..64).collect();
    // No IP packet, of which the kernel would want a whole header.
    (packet[12], packet[13]) = (0x88, 0xb5);
    packet
}

fn program(text: &str, hook: &str, level: Level) -> Option<Program> {
    let module = Module::parse(text, Arc::new(File::new("", ""))).expect("IR");
    let hook = Hook::by_name(hook).expect("a hook");
    let kernel = hook.since.max(Version::new(5, 18));
    let valid = validate(&module).unwrap_or_else(|faults| panic!("{faults:?}"));
    let code = compile(valid, &Target { hook, kernel, level });
    let code = code.unwrap_or_else(|error| panic!("{}: {error}", hook.name));
    let program = load(hook, &code)?;
    Some(program.unwrap_or_else(|error| panic!("{}: {error:?}\n{:?}", hook.name, code.insns)))
}

/// The verdict and the packet afterwards, from what the program saw on.
fn run(program: &Program, link: usize, data: &[u8]) -> (u32, Vec<u8>) {
    let run = program.test_run(&TestRunOptions { data, context: &[], repeat: 1 }).expect("a run");
    (run.retval, run.data[link..].to_vec())
}

const LEVELS: [Level; 3] = [Level::V1, Level::V3, Level::V4];

/// Copies byte 3 to byte 4, writes 6 to 16, and looks at what it wrote.
const STORE: &str = "\
func @store {
b0:
  check 0, 20 -> b1 else b3
b1(v0: view):
  v1 = load.u8 v0 + 3
  store.u8 v0 + 4, v1
  v2 = const.i32 0x2211
  store.u16 v0 + 6, v2
  v3 = const.i64 0x8877665544332211
  store.u64 v0 + 8, v3
  v4 = const.i32 0xfffffffe
  store.u32 v0 + 16, v4
  v5 = load.u16 v0 + 7
  ret v5
b3:
  v6 = const.i32 0x0
  ret v6
}
";

#[test]
fn bytes_are_written_where_programs_may() {
    for (hook, link) in [("xdp", 0), ("xdp.frags", 0), ("tc", 0), ("lwt.xmit", 14)] {
        for level in LEVELS {
            let Some(program) = program(STORE, hook, level) else { return };
            let mut expected = packet();
            let seen = &mut expected[link..];
            seen[4] = seen[3];
            seen[6..8].copy_from_slice(&[0x11, 0x22]);
            seen[8..16].copy_from_slice(&0x8877_6655_4433_2211_u64.to_le_bytes());
            seen[16..20].copy_from_slice(&[0xfe, 0xff, 0xff, 0xff]);
            assert_eq!(
                run(&program, link, &packet()),
                (0x1122, expected[link..].to_vec()),
                "{hook}"
            );
            let short = packet()[..link + 19].to_vec();
            assert_eq!(run(&program, link, &short), (0, short[link..].to_vec()), "{hook}");
        }
    }
}

#[test]
fn where_programs_do_not_write_packets_that_is_an_error() {
    let module = Module::parse(STORE, Arc::new(File::new("", ""))).expect("IR");
    for name in ["socket", "cgroup_skb", "lwt.in", "lwt.out"] {
        let target = Target::new(Hook::by_name(name).expect(name), Version::new(6, 1));
        let error = compile(validate(&module).expect("valid"), &target).expect_err(name);
        let text = error.to_string();
        assert!(text.contains("cannot write the packet"), "{text}");
    }
}

/// Writes, asks again at a place that the packet tells, and writes there.
const TWICE: &str = "\
func @twice {
b0:
  check 0, 20 -> b1 else b3
b1(v0: view):
  v1 = load.u8 v0 + 18
  store.u8 v0 + 0, v1
  v2 = const.i32 0xf
  v3 = and v1, v2
  check v3, 8 -> b2 else b3
b2(v4: view):
  v5 = load.u8 v4 + 0
  store.u8 v4 + 5, v5
  v6 = load.u8 v0 + 7
  ret v6
b3:
  v7 = const.i32 0xff
  ret v7
}
";

#[test]
fn what_was_written_is_read_through_another_view() {
    for (hook, link) in [("xdp", 0), ("xdp.frags", 0), ("tc", 0), ("lwt.xmit", 14)] {
        for level in LEVELS {
            let Some(program) = program(TWICE, hook, level) else { return };
            let mut data = packet();
            // The second window begins at 2; byte 7 gets what byte 2 is.
            data[link + 18] = 2;
            let mut expected = data.clone();
            let seen = &mut expected[link..];
            seen[0] = 2;
            seen[7] = seen[2];
            let verdict = seen[2].into();
            assert_eq!(run(&program, link, &data), (verdict, expected[link..].to_vec()), "{hook}");
            data[link + 18] = 0;
            let mut expected = data.clone();
            let seen = &mut expected[link..];
            seen[0] = 0;
            seen[5] = 0;
            let verdict = seen[7].into();
            assert_eq!(run(&program, link, &data), (verdict, expected[link..].to_vec()), "{hook}");
        }
    }
}

/// Takes 6 bytes off in a loop, then puts 4 before the packet and fills them.
const MOVE: &str = "\
func @move {
b0:
  v0 = const.i32 0x0
  v1 = const.i64 0x2
  v2 = context
  check 0, 1 -> b1 else b8
b1(v3: view):
  v4 = load.u8 v3 + 0
  jump b2(v0)
b2(v5: i32):
  v6 = const.i32 0x3
  br lt v5, v6 -> b3 else b4
b3:
  v7 = call.i64 xdp_adjust_head(v2, v1)
  v8 = const.i32 0x1
  v9 = add v5, v8
  jump b2(v9)
b4:
  check 0, 4 -> b5 else b8
b5(v10: view):
  v11 = load.u8 v10 + 0
  v12 = const.i64 0xfffffffffffffffc
  v13 = call.i64 xdp_adjust_head(v2, v12)
  v14 = meta.length
  check 0, 8 -> b6 else b8
b6(v15: view):
  store.u8 v15 + 0, v11
  store.u8 v15 + 1, v14
  v16 = load.u8 v15 + 4
  v17 = sub v16, v4
  ret v17
b8:
  v18 = const.i32 0x63
  ret v18
}
";

#[test]
fn the_packet_moves_and_is_found_again() {
    for hook in ["xdp", "xdp.frags"] {
        for level in LEVELS {
            let Some(program) = program(MOVE, hook, level) else { return };
            let mut expected = packet()[2..].to_vec();
            expected[..2].copy_from_slice(&[6, 62]);
            let (verdict, data) = run(&program, 0, &packet());
            // What is between is what was there, or not.
            expected[2..4].copy_from_slice(&data[2..4]);
            assert_eq!((verdict, data), (6, expected), "{hook}");
        }
    }
}

/// Makes the packet longer, and writes its new last byte. Asks for the length before and behind.
const LONGER: &str = "\
func @longer {
b0:
  v0 = const.i64 0x50
  v1 = const.i64 0x0
  v2 = context
  v3 = meta.length
  v4 = call.i64 skb_change_tail(v2, v0, v1)
  check 0, 80 -> b1 else b3
b1(v5: view):
  v6 = const.i32 0x2a
  store.u8 v5 + 79, v6
  v7 = meta.length
  v8 = load.u8 v5 + 20
  v9 = add v3, v7
  v10 = add v9, v8
  ret v10
b3:
  ret v3
}
";

#[test]
fn a_packet_that_grew_is_written_at_its_end() {
    for (hook, link) in [("tc", 0), ("lwt.xmit", 14)] {
        for level in LEVELS {
            let Some(program) = program(LONGER, hook, level) else { return };
            let (verdict, data) = run(&program, link, &packet());
            let mut expected = packet();
            expected.resize(link + 80, 0);
            expected[link + 79] = 0x2a;
            let number = 64 - link as u32 + 80 + 20 + link as u32;
            assert_eq!((verdict, data), (number, expected[link..].to_vec()), "{hook}");
        }
    }
}

/// Marks the packet with its own mark, its interface and its length.
const MEMBERS: &str = "\
func @members {
b0:
  v0 = member __sk_buff.ifindex
  v1 = member __sk_buff.len
  v2 = add v0, v1
  set_member __sk_buff.cb.4, v2
  v3 = member __sk_buff.cb.4
  v4 = const.i32 0x1
  v5 = and v3, v4
  ret v5
}
";

#[test]
fn members_of_the_context_are_read_and_set() {
    for (hook, length) in [("tc", 64), ("socket", 50), ("cgroup_skb", 50), ("lwt.xmit", 50)] {
        for level in LEVELS {
            let Some(program) = program(MEMBERS, hook, level) else { return };
            // Test runs come in by the loopback interface.
            assert_eq!(run(&program, 0, &packet()).0, (1 + length) & 1, "{hook}");
        }
    }
}

#[test]
fn members_that_a_hook_has_not_are_errors_that_name_them() {
    let cases = [
        ("xdp", "v0 = member __sk_buff.mark ret v0", "cannot read __sk_buff.mark"),
        ("socket", "v0 = member __sk_buff.tc_classid ret v0", "cannot read __sk_buff.tc_classid"),
        (
            "socket",
            "v0 = const.i32 1 set_member __sk_buff.mark, v0 ret v0",
            "cannot write __sk_buff.mark",
        ),
    ];
    for (hook, body, expected) in cases {
        let text = format!("func @f {{ b0: {body} }}");
        let module = Module::parse(&text, Arc::new(File::new("", ""))).expect("IR");
        let target = Target::new(Hook::by_name(hook).expect("a hook"), Version::new(6, 1));
        let error = compile(validate(&module).expect("valid"), &target).expect_err("an error");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// Bytes that do not lie between `data` and `data_end` are pulled there, if a kernel makes such
/// packets for test runs (`data_end` of the context, Linux 6.19).
#[test]
fn bytes_in_pages_are_pulled() {
    let Some(program) = program(TWICE, "tc", Level::V3) else { return };
    let mut data = packet();
    data.resize(2000, 9);
    data[18] = 2;
    let mut context = [0; 192];
    context[80..84].copy_from_slice(&16_u32.to_le_bytes());
    let options = TestRunOptions { data: &data, context: &context, repeat: 1 };
    let Ok(run) = program.test_run(&options) else {
        eprintln!("skipped: this kernel makes no packets in pages for test runs");
        return;
    };
    assert_eq!((run.retval, run.data[7]), (2, 2));
}
