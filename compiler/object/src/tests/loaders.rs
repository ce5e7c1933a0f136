//! The files as others take them: LLVM's readers, libbpf in bpftool, iproute2, aya; and what
//! clang writes, as we take it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::sample::{counter, linked, socket, two_programs};
use crate::{Contents, Object, Shape, Slot, Target};

/// A file for as long as a test runs.
struct File(PathBuf);

impl File {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("nbpfc-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).expect("a temporary file");
        Self(path)
    }

    fn object(name: &str, object: &Object) -> Self {
        Self::new(name, &object.to_elf().expect("a good object"))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Says why a test is not done. In CI everything must be there.
fn skip(reason: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{reason}");
    eprintln!("skipped: {reason}");
}

/// Runs a tool; `None` if it is not installed.
fn run(tool: &str, args: &[&str], file: &Path) -> Option<Output> {
    let output = Command::new(tool).args(args).arg(file).output();
    if output.is_err() {
        skip(&format!("{tool} is not installed"));
    }
    output.ok()
}

/// Runs a script as root with mounts and a network of its own; `$1` is the file. `None` if that
/// cannot be done here.
fn as_root(script: &str, tools: &[&str], file: &File) -> Option<String> {
    let id = Command::new("id").arg("-u").output().expect("id");
    if id.stdout != b"0\n" {
        skip("loading needs root");
        return None;
    }
    let found = |tool: &&str| {
        let output = Command::new("sh").args(["-c", "command -v \"$0\"", tool]).output();
        output.is_ok_and(|output| output.status.success())
    };
    if let Some(tool) = tools.iter().find(|tool| !found(tool)) {
        skip(&format!("{tool} is not installed"));
        return None;
    }
    let script = format!("set -e; mount -t bpf bpf /sys/fs/bpf; {script}");
    let output = Command::new("unshare")
        .args(["--mount", "--net", "sh", "-c", &script, "sh"])
        .arg(&file.0)
        .output()
        .expect("unshare");
    let (out, err) = (utf8(&output.stdout), utf8(&output.stderr));
    assert!(output.status.success(), "{script}\n{out}{err}");
    Some(out + &err)
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn llvm_reads_the_file_without_a_warning() {
    let file = File::object("llvm.o", &two_programs());
    let Some(output) = run("llvm-readelf-19", &["-a"], &file.0) else { return };
    assert!(output.status.success() && output.stderr.is_empty(), "{}", utf8(&output.stderr));
    let text = utf8(&output.stdout);
    for expected in ["EM_BPF", "REL (Relocatable file)", "R_BPF_64_64", "GLOBAL DEFAULT"] {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }

    let args = ["-d", "-r", "-l", "--no-show-raw-insn"];
    let Some(output) = run("llvm-objdump-19", &args, &file.0) else { return };
    assert!(output.status.success() && output.stderr.is_empty(), "{}", utf8(&output.stderr));
    let text = utf8(&output.stdout);
    for expected in [
        "Disassembly of section xdp:",
        "0000000000000000 <count>:",
        "r1 = 0x0 ll",
        "R_BPF_64_64\thits",
        "lock *(u64 *)(r0 + 0x0) += r1",
        "0000000000000058 <pass>:",
        "Disassembly of section classifier:",
    ] {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
}

#[test]
fn bpftool_loads_every_program_with_its_lines() {
    let objects =
        [("one", counter()), ("two", two_programs()), ("socket", socket()), ("linked", linked())];
    for (name, object) in objects {
        let file = File::object(&format!("bpftool-{name}.o"), &object);
        let script = "bpftool prog loadall $1 /sys/fs/bpf/x; ls /sys/fs/bpf/x; \
            for p in /sys/fs/bpf/x/*; do bpftool prog dump xlated pinned $p linum; done";
        let Some(text) = as_root(script, &["bpftool"], &file) else { return };
        for program in &object.programs {
            let function = format!("int {}(struct ", program.name);
            assert!(text.contains(&function), "no {function} in\n{text}");
            for line in &program.lines {
                let expected = format!(
                    "; {} [file:filter.pcapf line_num:1 line_col:{}]",
                    line.text, line.column
                );
                assert!(text.contains(&expected), "no {expected} in\n{text}");
            }
        }
        assert!(!text.contains("libbpf:"), "{text}");
    }
}

#[test]
fn iproute2_attaches_the_programs() {
    let file = File::object("iproute2.o", &two_programs());
    let script = "ip link set lo up; ip link set dev lo xdpgeneric obj $1 sec xdp; \
        tc qdisc add dev lo clsact; tc filter add dev lo ingress bpf da obj $1 sec classifier; \
        ip link show lo; tc filter show dev lo ingress";
    let Some(text) = as_root(script, &["ip", "tc"], &file) else { return };
    assert!(text.contains("prog/xdp"), "{text}");
    assert!(text.contains("classifier") && text.contains("direct-action"), "{text}");
}

#[test]
fn xdp_loader_attaches_the_program() {
    let file = File::object("xdp-loader.o", &counter());
    let script = "ip link add one type veth peer name two; ip link set one up; \
        xdp-loader load -m skb one $1; xdp-loader status one";
    let Some(text) = as_root(script, &["ip", "xdp-loader"], &file) else { return };
    assert!(text.contains("count"), "{text}");
}

#[test]
fn aya_parses_the_file() {
    // aya has no maps of programs with values.
    let mut without = linked();
    without.maps[2].contents = Contents::Empty;
    for object in [counter(), socket(), two_programs(), without] {
        let bytes = object.to_elf().expect("a good object");
        let parsed = aya_obj::Object::parse(&bytes).expect("aya's parser takes it");
        let mut programs: Vec<&str> = parsed.programs.keys().map(String::as_str).collect();
        let mut expected: Vec<&str> = object.programs.iter().map(|p| &*p.name).collect();
        programs.sort_unstable();
        expected.sort_unstable();
        assert_eq!(programs, expected);
        for map in &object.maps {
            let parsed = parsed.maps.get(&map.name).expect("the map");
            assert_eq!(Some(parsed.key_size()), map.key.size(object.btf.as_ref()));
            assert_eq!(Some(parsed.value_size()), map.value.size(object.btf.as_ref()));
            assert_eq!(parsed.max_entries(), map.max_entries);
        }
    }
}

const PRELUDE: &str = r#"
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, value) int (*name)[value]
#define __type(name, value) typeof(value) *name
typedef unsigned int u32;
typedef unsigned long long u64;
char LICENSE[] SEC("license") = "GPL";
"#;

const COUNTING: &str = r#"
struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };
struct {
    __uint(type, 2); __uint(max_entries, 4); __type(key, u32); __type(value, u64);
} hits SEC(".maps");
struct {
    __uint(type, 1); __uint(max_entries, 40); __uint(key_size, 4); __uint(value_size, 8);
    __uint(map_flags, 1);
} cache SEC(".maps");
static void *(*lookup)(void *, const void *) = (void *) 1;
SEC("xdp") int count(struct xdp_md *ctx)
{
    u32 key = 0;
    u64 *value = lookup(&hits, &key);
    if (value)
        __sync_fetch_and_add(value, 1);
    return lookup(&cache, &key) ? 1 : 2;
}
SEC("xdp") int pass(struct xdp_md *ctx) { return 2; }
"#;

const SOCKET: &str = r#"
struct __sk_buff { u32 len, pkt_type, mark; };
SEC("socket") int longer(struct __sk_buff *skb) { return skb->len > 100 ? skb->len : 0; }
"#;

/// Global data of every sort, functions of both linkages, a callback, maps with elements.
const LINKED: &str = r#"
#define __array(name, type) typeof(type) *name[]
struct __sk_buff { u32 len; };
int seen; static int hidden; static u64 other = 5; u64 initial = 7;
const volatile u32 limit = 3; static const volatile u32 factor = 4;
static long (*loop)(u32, void *, void *, u64) = (void *) 181;
static __attribute__((noinline)) int scale(u32 x) { hidden += x; return x * factor; }
__attribute__((noinline)) int twice(u32 x) { other++; return scale(x) * 2; }
static long step(u32 i, void *c) { seen++; return 0; }
struct inner {
    __uint(type, 2); __uint(max_entries, 1); __type(key, u32); __type(value, u32);
} one SEC(".maps"), two SEC(".maps");
struct {
    __uint(type, 12); __uint(max_entries, 4); __type(key, u32); __array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &one, [3] = &two } };
SEC("socket") int target(struct __sk_buff *skb) { return 1; }
struct {
    __uint(type, 3); __uint(max_entries, 4); __uint(key_size, 4);
    __array(values, int (struct __sk_buff *));
} jump SEC(".maps") = { .values = { [2] = &target } };
SEC("socket") int longer(struct __sk_buff *skb)
{
    loop(3, step, 0, 0);
    if (skb->len > limit)
        initial++;
    return scale(1) + twice(skb->len) + seen + (&jump != 0) + (&outer != 0);
}
"#;

/// What clang makes of a source; `None` if it is not installed.
fn clang(name: &str, source: &str) -> Option<Vec<u8>> {
    let source = File::new(&format!("{name}.c"), format!("{PRELUDE}{source}").as_bytes());
    let args = ["-target", "bpf", "-O2", "-g", "-o", "-", "-c"];
    let output = run("clang-19", &args, &source.0)?;
    assert!(output.status.success(), "{}", utf8(&output.stderr));
    Some(output.stdout)
}

#[test]
fn simple_objects_of_clang_are_read() {
    let Some(bytes) = clang("counting", COUNTING) else { return };
    let object = Object::from_elf(&bytes).expect("a simple object");
    assert_eq!(object.license, "GPL");
    let names: Vec<&str> = object.programs.iter().map(|program| &*program.name).collect();
    assert_eq!(names, ["count", "pass"]);
    let [hits, cache] = &object.maps[..] else { panic!("{:?}", object.maps) };
    assert_eq!((hits.kind, hits.max_entries, hits.flags), (2, 4, 0));
    assert_eq!((cache.kind, cache.max_entries, cache.flags), (1, 40, 1));
    assert_eq!((cache.key, cache.value), (Shape::Bytes(4), Shape::Bytes(8)));
    assert_eq!(hits.value.size(object.btf.as_ref()), Some(8));
    let count = &object.programs[0];
    let targets: Vec<Target> = count.relocations.iter().map(|r| r.target).collect();
    assert_eq!(targets, [Target::Map(0), Target::Map(1)]);
    assert!(count.function.is_some() && object.programs[1].function.is_some());
    assert!(count.lines.iter().any(|line| line.text.contains("lookup(&hits, &key)")));

    let Some(bytes) = clang("socket", SOCKET) else { return };
    let object = Object::from_elf(&bytes).expect("a simple object");
    assert_eq!((object.programs.len(), object.maps.len()), (1, 0));
    assert_eq!(object.programs[0].section, "socket");
}

#[test]
fn objects_of_clang_load_after_we_wrote_them() {
    let sources =
        [("clang-counting", COUNTING), ("clang-socket", SOCKET), ("clang-linked", LINKED)];
    for (name, source) in sources {
        let Some(bytes) = clang(name, source) else { return };
        let object = Object::from_elf(&bytes).expect("a simple object");
        let again = object.to_elf().expect("a good object");
        assert_eq!(Object::from_elf(&again).map(|object| object.to_elf()), Ok(Ok(again.clone())));
        let file = File::new(&format!("{name}.o"), &again);
        let script = "bpftool prog loadall $1 /sys/fs/bpf/x";
        let Some(text) = as_root(script, &["bpftool"], &file) else { return };
        assert!(!text.contains("libbpf:"), "{text}");
        if name != "clang-linked" {
            aya_obj::Object::parse(&again).expect("aya's parser takes it");
        }
    }
}

#[test]
fn data_and_subprograms_of_clang_are_read() {
    let Some(bytes) = clang("linked", LINKED) else { return };
    let object = Object::from_elf(&bytes).expect("an object");
    let names = |functions: &[crate::Program]| {
        functions.iter().map(|function| function.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&object.programs), ["target", "longer"]);
    assert_eq!(names(&object.subprograms), ["twice", "scale", "step"]);
    let map = |name: &str| object.maps.iter().find(|map| map.name == name).expect("a map");
    assert_eq!(map(".bss").contents, Contents::Data(vec![0; 8]));
    assert_eq!(map(".rodata").contents, Contents::Data(vec![3, 0, 0, 0, 4, 0, 0, 0]));
    assert!(map(".rodata").is_frozen() && !map(".data").is_frozen());
    assert_eq!(map(".data").value.size(object.btf.as_ref()), Some(16));
    assert_eq!(map("outer").contents, Contents::Slots(vec![(1, Slot::Map(0)), (3, Slot::Map(1))]));
    assert_eq!(map("jump").contents, Contents::Slots(vec![(2, Slot::Program(0))]));
    // `twice` calls `scale`, which the assembler has resolved; `step` is a callback.
    let callees = |function: &crate::Program| {
        let targets = function.relocations.iter().map(|relocation| relocation.target);
        targets.filter(|target| matches!(target, Target::Subprogram(_))).collect::<Vec<_>>()
    };
    assert_eq!(callees(&object.subprograms[0]), [Target::Subprogram(1)]);
    let [step, scale, twice] = [2, 1, 0].map(Target::Subprogram);
    assert_eq!(callees(&object.programs[1]), [step, scale, twice]);
}

const POINTER: &str = r#"
struct __sk_buff { u32 len; };
int seen; int *volatile where = &seen;
SEC("socket") int longer(struct __sk_buff *skb) { return *where; }
"#;

#[test]
fn what_objects_do_not_have_is_refused_by_name() {
    let Some(bytes) = clang("pointer", POINTER) else { return };
    let error = Object::from_elf(&bytes).expect_err("more than an object has");
    assert_eq!(error.to_string(), "a pointer in section \".data\" is not supported");
}
