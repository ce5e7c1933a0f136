//! The files as others take them: LLVM's readers, libbpf in bpftool, iproute2, aya; and what
//! clang writes, as we take it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::sample::{counter, socket, two_programs};
use crate::{Object, Shape, Target};

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
    for (name, object) in [("one", counter()), ("two", two_programs()), ("socket", socket())] {
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
    for object in [counter(), socket(), two_programs()] {
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

const SUBPROGRAM: &str = r#"
struct __sk_buff { u32 len; };
__attribute__((noinline)) int twice(u32 x) { return x * 2; }
SEC("socket") int longer(struct __sk_buff *skb) { return twice(skb->len); }
"#;

const GLOBAL: &str = r#"
struct __sk_buff { u32 len; };
int seen;
SEC("socket") int longer(struct __sk_buff *skb) { return ++seen; }
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
    for (name, source) in [("clang-counting", COUNTING), ("clang-socket", SOCKET)] {
        let Some(bytes) = clang(name, source) else { return };
        let object = Object::from_elf(&bytes).expect("a simple object");
        let again = object.to_elf().expect("a good object");
        assert_eq!(Object::from_elf(&again).map(|object| object.to_elf()), Ok(Ok(again.clone())));
        let file = File::new(&format!("{name}.o"), &again);
        let script = "bpftool prog loadall $1 /sys/fs/bpf/x";
        let Some(text) = as_root(script, &["bpftool"], &file) else { return };
        assert!(!text.contains("libbpf:"), "{text}");
        aya_obj::Object::parse(&again).expect("aya's parser takes it");
    }
}

#[test]
fn what_objects_do_not_have_yet_is_refused_by_name() {
    for (name, source) in [("subprogram", SUBPROGRAM), ("global", GLOBAL)] {
        let Some(bytes) = clang(name, source) else { return };
        let error = Object::from_elf(&bytes).expect_err("more than an object has");
        assert!(matches!(error, crate::Error::Unsupported(_)), "{error}");
    }
}
