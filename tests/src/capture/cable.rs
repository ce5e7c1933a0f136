//! `nbpfc --attach -w` beside `tcpdump -w` on the same cable: the same packets, byte by byte.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nbpfc_capture::{Precision, Reader};
use nbpfc_tests::place::{Scratch, nbpfc};
use nbpfc_tests::requires::Need;

use crate::Test;

/// Two network namespaces with a cable between them; they go when this is dropped.
struct Cable {
    here: String,
    there: String,
}

/// One capture and its traffic.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    /// Where nbpfc attaches.
    place: &'static [&'static str],
    /// Other arguments of nbpfc beside the file.
    arguments: &'static [&'static str],
    /// Arguments of tcpdump beside the file.
    beside: &'static [&'static str],
    /// The longest packet of the cable.
    mtu: u32,
    /// Lengths of the messages that are sent and answered.
    sizes: &'static [u32],
    /// Whether they are frames with a tag that are sent alone: the kernel takes tags out of packets
    /// that come in.
    tagged: bool,
}

const SHORT: &[u32] = &[0, 56, 90, 400, 1000, 1472];
const LONG: &[u32] = &[56, 2000, 9000, 40_000, 65_000];
const IN: &[&str] = &["-Q", "in"];
const OUT: &[&str] = &["-Q", "out"];

const fn case(
    name: &'static str,
    arguments: &'static [&'static str],
    beside: &'static [&'static str],
) -> Case {
    let place = &["--attach", "v0"];
    Case { name, place, arguments, beside, mtu: 1500, sizes: SHORT, tagged: false }
}

/// At a place where packets have no link-layer header, which tcpdump sees all the same.
const fn packets(
    name: &'static str,
    place: &'static [&'static str],
    arguments: &'static [&'static str],
    beside: &'static [&'static str],
) -> Case {
    Case { place, mtu: 65_535, sizes: LONG, ..case(name, arguments, beside) }
}

const ROUTE: &[&str] = &["--route", "10.9.0.0/24"];
/// Control groups in which the traffic's processes are, below the test's own folder. What is
/// mounted there is the whole machine's.
const GROUP_IN: &[&str] = &["--cgroup", "groups/nbpfc-capture-in"];
const GROUP_OUT: &[&str] = &["--cgroup", "groups/nbpfc-capture-out"];
/// The link-layer header that tcpdump writes and these do not.
const LINK: u32 = 14;

const CASES: &[Case] = &[
    case("xdp", &["-t", "xdp"], IN),
    case("xdp_generic", &["-t", "xdp", "--mode", "generic"], IN),
    case("xdp_perf", &["-t", "xdp", "--kernel", "5.10"], IN),
    Case { mtu: 9000, sizes: &[56, 3000, 8900], ..case("xdp_frags", &["-t", "xdp.frags"], IN) },
    Case { mtu: 65_535, sizes: LONG, ..case("tc_in", &["-t", "tc.ingress"], IN) },
    Case { mtu: 65_535, sizes: LONG, ..case("tc_out", &["-t", "tc.egress"], OUT) },
    Case { mtu: 65_535, sizes: LONG, ..case("socket", &["-t", "socket"], &[]) },
    Case {
        mtu: 9000,
        sizes: &[56, 3000, 8900],
        ..case("tc_perf", &["-t", "tc.ingress", "--kernel", "5.4"], IN)
    },
    Case { tagged: true, ..case("tc_in_tagged", &["-t", "tc.ingress"], IN) },
    Case { tagged: true, ..case("socket_tagged", &["-t", "socket"], &[]) },
    Case { tagged: true, ..case("xdp_tagged", &["-t", "xdp"], IN) },
    packets("lwt_in", &["--route", "10.9.0.1"], &["-t", "lwt.in"], IN),
    packets("lwt_out", ROUTE, &["-t", "lwt.out"], OUT),
    packets("lwt_xmit", ROUTE, &["-t", "lwt.xmit"], OUT),
    packets("lwt_perf", ROUTE, &["-t", "lwt.out", "--kernel", "5.4"], OUT),
    packets("cgroup_in", GROUP_IN, &["-t", "cgroup_skb.ingress"], IN),
    packets("cgroup_out", GROUP_OUT, &["-t", "cgroup_skb.egress"], OUT),
    case("cut", &["-t", "tc.egress", "--snaplen", "100"], &["-Q", "out", "-s", "100"]),
    Case {
        tagged: true,
        ..case("cut_tagged", &["-t", "socket", "--snaplen", "50"], &["-s", "50"])
    },
];

/// Sends frames of these lengths with a tag.
const SEND: &str = "import socket, sys
cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
cable.bind(('v1', 0))
for number, size in enumerate(sys.argv[1:]):
    tag = ['88a80006', '81006005'][number % 2]
    header = bytes.fromhex('ffffffffffff020000000001' + tag + '0800')
    packet = bytes.fromhex('4500001c000000004001000001010101020202020800f7ff00000000')
    cable.send(header + packet + bytes(int(size)))
";

pub(super) fn tests() -> Vec<Test> {
    let needs = [Need::Root, Need::Tool("ip"), Need::Tool("ping"), Need::Tool("tcpdump")];
    let python = [&needs[..], &[Need::Tool("python3")]].concat();
    let cases = CASES.iter().map(|case| {
        let needs = if case.tagged { &python[..] } else { &needs };
        Test::new(format!("capture::cable::{}", case.name), needs, move || beside_tcpdump(*case))
    });
    cases.collect()
}

fn run(command: &str) -> Result<(), String> {
    let output = Command::new("sh").args(["-ec", command]).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command}: {}", String::from_utf8_lossy(&output.stderr)))
}

impl Cable {
    fn new(case: Case) -> Result<Self, String> {
        let name = |end: &str| format!("nbpfc-{}-{}-{end}", std::process::id(), case.name);
        let cable = Self { here: name("a"), there: name("b") };
        let Self { here, there } = &cable;
        let mtu = case.mtu;
        run(&format!("ip netns add {here}; ip netns add {there}"))?;
        // Nothing but what is sent below is to be seen.
        let quiet = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
                     net.ipv6.conf.default.disable_ipv6=1";
        for end in [here, there] {
            run(&format!("ip netns exec {end} {quiet}"))?;
        }
        run(&format!(
            "ip -n {here} link add v0 mtu {mtu} type veth peer name v1 mtu {mtu} netns {there}"
        ))?;
        for (end, link, address) in [(here, "v0", "10.9.0.1/24"), (there, "v1", "10.9.0.2/24")] {
            run(&format!("ip -n {end} link set {link} up"))?;
            run(&format!("ip -n {end} addr add {address} dev {link}"))?;
        }
        run(&format!("ip netns exec {here} ping -q -c 1 -w 5 10.9.0.2"))?;
        Ok(cable)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.here]).arg(program);
        command
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for end in [&self.here, &self.there] {
            let _ = run(&format!("ip netns del {end}"));
        }
    }
}

/// A control group of the test's own; it goes when this is dropped.
struct Group(PathBuf);

impl Group {
    fn new(path: PathBuf) -> Result<Self, String> {
        // From here on it is removed, whatever else fails.
        let group = Self(path);
        let (root, path) = (group.root().display(), group.0.display());
        run(&format!("mkdir {root}; mount -t cgroup2 none {root}; mkdir {path}"))?;
        Ok(group)
    }

    fn root(&self) -> &Path {
        self.0.parent().unwrap_or(&self.0)
    }

    /// The beginning of a command that runs in it.
    fn enter(&self) -> String {
        format!("echo $$ > {}/cgroup.procs;", self.0.display())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = run(&format!("rmdir {}", self.0.display()));
        let _ = run(&format!("umount {}", self.root().display()));
    }
}

/// A program that runs beside the test, and is stopped when this is dropped.
struct Beside(Child);

impl Beside {
    /// Starts it, and waits until it says this on a line of one of its outputs.
    fn start(mut command: Command, from_stderr: bool, word: &str) -> Result<Self, String> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut beside = Self(command.spawn().map_err(|error| error.to_string())?);
        let child = &mut beside.0;
        let stream: Option<Box<dyn Read + Send>> = if from_stderr {
            child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>)
        } else {
            child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>)
        };
        let mut said = String::new();
        let mut lines = BufReader::new(stream.ok_or("no output")?);
        while !said.contains(word) {
            if lines.read_line(&mut said).map_err(|error| error.to_string())? == 0 {
                let mut complaint = String::new();
                if let Some(mut stderr) = child.stderr.take() {
                    let _ = stderr.read_to_string(&mut complaint);
                }
                return Err(format!("it ended: {said}{complaint}"));
            }
        }
        // Nobody reads on: what is said further on must not fill a pipe.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(beside)
    }

    /// Asks it to end, and waits for that.
    fn stop(&mut self) -> Result<(), String> {
        run(&format!("kill -TERM {}", self.0.id()))?;
        let status = self.0.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("it ended with {status}")) }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A packet's length on the wire and its bytes.
type Frame = (u32, Vec<u8>);

fn frames(path: &Path) -> Result<Vec<Frame>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut reader =
        Reader::with_precision(file, Precision::Nano).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    let mut last = (0, 0);
    while let Some(packet) = reader.next().map_err(|error| error.to_string())? {
        let time = (packet.seconds, packet.fraction);
        if time < last {
            return Err(format!("{time:?} comes behind {last:?}"));
        }
        last = time;
        found.push((packet.original_length, packet.data.to_vec()));
    }
    Ok(found)
}

fn beside_tcpdump(case: Case) -> Result<(), String> {
    let program = nbpfc()?;
    let scratch = Scratch::new(&format!("capture-{}", case.name))?;
    let (ours, theirs) = (scratch.path().join("ours"), scratch.path().join("theirs"));
    let cable = Cable::new(case)?;
    let group = match case.place {
        ["--cgroup", path] => Some(Group::new(scratch.path().join(path))?),
        _ => None,
    };
    let enter = group.as_ref().map_or_else(String::new, Group::enter);
    let expression = if case.tagged { "vlan and icmp" } else { "icmp" };

    let mut command = cable.command(Path::new("tcpdump"));
    command.args(["-i", "v0", "-p", "--immediate-mode", "-U", "--nano", "-w"]).arg(&theirs);
    command.args(["-Z", "root"]).args(case.beside).arg(expression);
    let mut them = Beside::start(command, true, "listening on")?;
    let mut command = cable.command(&program);
    command.args(["-e", expression, "-w"]).arg(&ours).args(case.place).args(case.arguments);
    command.current_dir(scratch.path());
    let mut us = Beside::start(command, false, "packets")?;

    let here = &cable.here;
    if case.tagged {
        let script = scratch.path().join("send.py");
        fs::write(&script, SEND).map_err(|error| error.to_string())?;
        let sizes: Vec<_> = case.sizes.iter().map(ToString::to_string).collect();
        let (there, script, sizes) = (&cable.there, script.display(), sizes.join(" "));
        run(&format!("ip netns exec {there} python3 {script} {sizes}; sleep 0.2"))?;
    }
    for size in case.sizes.iter().filter(|_| !case.tagged) {
        run(&format!("{enter} ip netns exec {here} ping -q -c 1 -w 5 -M dont -s {size} 10.9.0.2"))?;
    }
    us.stop()?;
    them.stop()?;
    let (ours, mut theirs) = (frames(&ours)?, frames(&theirs)?);
    if case.place[0] != "--attach" {
        for (length, data) in &mut theirs {
            *length -= LINK;
            data.drain(..data.len().min(LINK as usize));
        }
    }
    if ours == theirs && ours.len() >= case.sizes.len() {
        return Ok(());
    }
    let lengths = |frames: &[Frame]| {
        let each = frames.iter().map(|(length, data)| format!("{} of {length}", data.len()));
        each.collect::<Vec<_>>().join(", ")
    };

    Err(format!("ours: {}; theirs: {}", lengths(&ours), lengths(&theirs)))
}
