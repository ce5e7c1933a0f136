//! Objects in other people's hands: libbpf through bpftool, iproute2, xdp-loader, LLVM's tools and
//! aya, each for the hooks that it knows. Everything happens in namespaces that end with the test.

use std::path::Path;
use std::process::Command;

use nbpfc_driver::{File, HOOKS, Hook, Layer, Request, Session, Target};
use nbpfc_tests::place::Scratch;
use nbpfc_tests::property::{KERNEL, Nowhere, link_type};
use nbpfc_tests::requires::Need;

use crate::Test;

/// Filters with a meaning on every hook: constant offsets, variable ones, lengths, no loads.
const EXPRESSIONS: &[&str] =
    &["tcp port 80", "ip6 and udp[4:2] > 100 or greater 1000", "host 10.0.0.1 and not icmp", ""];

/// A private mount namespace with a BPF file system.
const BPFFS: &str = "mount -t bpf bpf /sys/fs/bpf";
/// Two cabled interfaces in a private network namespace.
const VETH: &str = "ip link set lo up; ip link add v0 type veth peer name v1; \
                    ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set v1 up";

pub(crate) fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    for hook in HOOKS {
        tests.push(case(hook, "bpftool", move |object| {
            let kind =
                format!("bpftool -d prog loadall {object} /sys/fs/bpf/x >log 2>&1 || cat log >&2");
            format!("{BPFFS}; {kind}; bpftool prog show pinned /sys/fs/bpf/x/filter")
        }));
        tests.push(read(hook, "llvm-readelf-19", &["-a"]));
        tests.push(read(hook, "llvm-objdump-19", &["-d", "-r", "-S"]));
        if let Some(script) = iproute2(hook) {
            tests.push(case(hook, iproute2_tool(hook), script));
        }
        if hook.name == "xdp" || hook.name == "xdp.frags" {
            tests.push(case(hook, "xdp-loader", |object| {
                format!(
                    "{BPFFS}; {VETH}; xdp-loader load -m skb v0 {object} && xdp-loader status v0"
                )
            }));
        }
        if aya_knows(hook) {
            tests.push(Test::new(format!("loaders::aya::{}", hook.name), &[], || aya(hook)));
        }
    }
    tests
}

fn object(hook: &'static Hook, expression: &str) -> Result<Vec<u8>, String> {
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", expression));
    let request = Request::new(Target::new(hook, KERNEL), link_type(hook.layer == Layer::Link));
    let filter = session.filter(id, &request).map_err(|found| format!("{found:?}"))?;
    filter.object().into_elf().map_err(|error| error.to_string())
}

/// A test that runs a script on the objects of all expressions, as root in new namespaces.
fn case(
    hook: &'static Hook,
    tool: &'static str,
    script: impl Fn(&str) -> String + Send + 'static,
) -> Test {
    let name = format!("loaders::{tool}::{}", hook.name);
    Test::new(name, &[Need::Root, Need::Tool(tool)], move || {
        each_object(hook, tool, |path| {
            let script = script(&path.display().to_string());
            run(Command::new("unshare").args(["-m", "-n", "sh", "-ec", &script]), path)
        })
    })
}

/// A test that a tool reads the objects without a complaint.
fn read(hook: &'static Hook, tool: &'static str, arguments: &'static [&'static str]) -> Test {
    let name = format!("loaders::{tool}::{}", hook.name);
    Test::new(name, &[Need::Tool(tool)], move || {
        each_object(hook, tool, |path| run(Command::new(tool).args(arguments).arg(path), path))
    })
}

fn each_object(
    hook: &'static Hook,
    tool: &str,
    check: impl Fn(&Path) -> Result<(), String>,
) -> Result<(), String> {
    let scratch = Scratch::new(&format!("{tool}-{}", hook.name))?;
    for (number, expression) in EXPRESSIONS.iter().enumerate() {
        let path = scratch.path().join(format!("{number}.o"));
        std::fs::write(&path, object(hook, expression)?).map_err(|error| error.to_string())?;
        check(&path).map_err(|error| format!("`{expression}`: {error}"))?;
    }
    Ok(())
}

fn run(command: &mut Command, path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    let output = command.current_dir(folder).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let complains = said.lines().any(|line| line.to_lowercase().contains("warning"));
    if output.status.success() && !complains { Ok(()) } else { Err(said.into_owned()) }
}

const fn iproute2_tool(hook: &Hook) -> &'static str {
    match hook.name.as_bytes() {
        [b't', b'c', ..] => "tc",
        _ => "ip",
    }
}

/// How iproute2 attaches an object of this hook; `None` for hooks that it does not know.
fn iproute2(hook: &'static Hook) -> Option<impl Fn(&str) -> String + Send + 'static> {
    let section = hook.section;
    let attach = move |object: &str| match hook.name {
        "xdp" | "xdp.frags" => format!("ip link set dev v0 xdpgeneric obj {object} sec {section}"),
        "tc.ingress" | "tc.egress" => {
            let side = if hook.name == "tc.ingress" { "ingress" } else { "egress" };
            format!(
                "tc qdisc add dev v0 clsact; tc filter add dev v0 {side} bpf da obj {object} sec {section}; \
                 tc filter show dev v0 {side} | grep -q direct-action"
            )
        }
        _ => {
            let side = hook.name.rsplit('.').next().unwrap_or_default();
            format!("ip route add 10.9.0.0/24 encap bpf {side} obj {object} sec {section} dev v0")
        }
    };
    let known = matches!(hook.name.split('.').next(), Some("xdp" | "tc" | "lwt"));
    known.then_some(move |object: &str| format!("{BPFFS}; {VETH}; {}", attach(object)))
}

/// aya refuses whole objects whose sections it does not know.
fn aya_knows(hook: &Hook) -> bool {
    !hook.name.starts_with("lwt")
}

fn aya(hook: &'static Hook) -> Result<(), String> {
    for expression in EXPRESSIONS {
        let bytes = object(hook, expression)?;
        let read = aya_obj::Object::parse(&bytes).map_err(|e| format!("`{expression}`: {e}"))?;
        if !read.programs.contains_key("filter") || read.btf.is_none() || read.btf_ext.is_none() {
            return Err(format!("`{expression}`: aya misses the program or its types"));
        }
    }
    Ok(())
}
