//! VLAN tags of real frames on a cable between two interfaces: tc gets them beside the packet, XDP in
//! the packet, and `vlan` means the same on both.

use std::fs;
use std::process::Command;

use nbpfc_driver::{File, Hook, Matches, Request, Session, Target};
use nbpfc_tests::place::Scratch;
use nbpfc_tests::property::{KERNEL, Nowhere, link_type};
use nbpfc_tests::requires::Need;

use crate::Test;

/// Filters, and how many match of three frames: without a tag, with tag 5 and a priority, with tag 6.
const CASES: &[(&str, u32)] = &[
    ("vlan", 2),
    ("vlan 5 and udp port 53", 1),
    ("vlan and udp port 53", 2),
    ("udp port 53 or (vlan and udp port 53)", 3),
    ("vlan 5 or vlan 6", 1),
    ("not vlan", 1),
];

/// Sends the frames.
const SEND: &str = "import socket
cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
cable.bind(('v0', 0))
packet = bytes.fromhex('4500001c000000004011000001010101020202020035003500080000')
for tag in '', '81006005', '81000006':
    cable.send(bytes.fromhex('ffffffffffff020000000001' + tag + '0800') + packet)
";

/// A cable, and how many frames tc dropped at its end.
const CABLE: &str = "mount -t bpf bpf /sys/fs/bpf
    sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up
    tc qdisc add dev v1 clsact
    drops() { tc -s qdisc show dev v1 | sed -n 's/.*dropped \\([0-9]*\\).*/\\1/p' | tail -1; }";

pub(crate) fn tests() -> Vec<Test> {
    let needs = [Need::Root, Need::Tool("tc"), Need::Tool("python3")];
    ["tc", "xdpdrv", "xdpgeneric"]
        .map(|mode| Test::new(format!("tags::{mode}"), &needs, move || on_a_cable(mode)))
        .into()
}

fn object(hook: &str, expression: &str, matches: Matches) -> Result<Vec<u8>, String> {
    let hook = Hook::by_name(hook).ok_or("no such hook")?;
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", expression));
    let target = Target::new(hook, KERNEL);
    let request = Request { live: true, matches, ..Request::new(target, link_type(true)) };
    let filter = session.filter(id, &request).map_err(|found| format!("{found:?}"))?;
    filter.object().into_elf().map_err(|error| error.to_string())
}

/// Counts what matches by dropping it with tc, or by dropping with tc what XDP lets pass.
fn on_a_cable(mode: &str) -> Result<(), String> {
    let scratch = Scratch::new(&format!("tags-{mode}"))?;
    let write = |name: &str, bytes: &[u8]| {
        fs::write(scratch.path().join(name), bytes).map_err(|error| error.to_string())
    };
    write("send.py", SEND.as_bytes())?;
    write("all.o", &object("tc", "", Matches::Drop)?)?;
    for (expression, expected) in CASES {
        let filter = match mode {
            "tc" => object("tc", expression, Matches::Drop)?,
            _ => object("xdp", expression, Matches::Pass)?,
        };
        write("filter.o", &filter)?;
        let (xdp, tc) = match mode {
            "tc" => (String::new(), "filter.o"),
            _ => (format!("ip link set dev v1 {mode} obj filter.o sec xdp"), "all.o"),
        };
        let script = format!(
            "{CABLE}\n{xdp}\n\
             tc filter add dev v1 ingress bpf da obj {tc} sec classifier\n\
             before=$(drops); python3 send.py; sleep 0.1; expr $(drops) - $before || true"
        );
        let output = Command::new("unshare")
            .args(["-m", "-n", "sh", "-ec", &script])
            .current_dir(scratch.path())
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if said != expected.to_string() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "`{expression}`: {said} frames instead of {expected}: {complaint}"
            ));
        }
    }
    Ok(())
}
