//! A network namespace with a veth pair, frames over it, and programs that say one thing.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Src};
use nbpfc_kernel::Hook;
use nbpfc_loader::{Error, LoadOptions, PacketSocket, Program};

/// An Ethernet type for experiments, which nobody else sends.
pub(crate) const EXPERIMENT: u16 = 0x88b5;

/// Runs a test in a namespace with `v0` and `v1` cabled to each other, in a thread of its own; the
/// namespace goes with the thread. Skipped, with the reason, where the process may not.
pub(crate) fn in_namespace(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::spawn(move || {
        // SAFETY: a number alone; the thread was made for this and nobody else runs in it.
        if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
            eprintln!("skipped: no network namespace: {}", std::io::Error::last_os_error());
            return;
        }
        ip("link set lo up");
        ip(
            "link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02",
        );
        ip("link set v0 up");
        ip("link set v1 up");
        test();
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

pub(crate) fn run(program: &str, arguments: &str) -> Output {
    Command::new(program).args(arguments.split(' ')).output().expect("the program is installed")
}

pub(crate) fn ip(arguments: &str) {
    let output = run("ip", arguments);
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A program that says one thing of every packet.
pub(crate) fn saying(hook: &str, verdict: i32) -> Program {
    try_saying(hook, verdict).expect("a program of two instructions loads")
}

fn try_saying(hook: &str, verdict: i32) -> Result<Program, Error> {
    let hook = Hook::by_name(hook).expect("a hook of the table");
    let insns = [Insn::alu(Bits::B64, AluOp::Mov, Reg(0), Src::Imm(verdict)), Insn::exit()];
    Program::load(&LoadOptions { name: "says", ..LoadOptions::for_hook(hook, &insns) })
}

/// Both ends of the cable.
pub(crate) struct Cable {
    sender: File,
    receiver: PacketSocket,
}

impl Cable {
    /// Frames from `v1` to `v0`, where they are seen behind XDP and tc.
    pub(crate) fn to_v0() -> Self {
        Self::between("v1", "v0")
    }

    pub(crate) fn between(from: &str, to: &str) -> Self {
        let sender = PacketSocket::open(from).expect("a packet socket");
        sender.listen_for(0xffff).expect("it is up");
        let receiver = PacketSocket::open(to).expect("a packet socket");
        receiver.listen_for(EXPERIMENT).expect("it is up");
        let sender = sender.as_fd().try_clone_to_owned().expect("a descriptor").into();
        Self { sender, receiver }
    }

    pub(crate) fn send(&mut self, number: u32) {
        let mut frame = vec![0xff; 12];
        frame.extend(EXPERIMENT.to_be_bytes());
        frame.extend(number.to_be_bytes());
        frame.resize(60, 0);
        match self.sender.write_all(&frame) {
            // A program that drops on the way out is told to the sender.
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {}
            other => other.expect("the interface is up"),
        }
    }

    /// Whether a frame that is sent now arrives.
    pub(crate) fn passes(&mut self) -> bool {
        self.send(7);
        // What is dropped is never waited for longer than this; what passes came within a moment.
        self.received(Duration::from_millis(150)) == 1
    }

    /// How many frames are there, waiting so long for one more.
    pub(crate) fn received(&self, wait: Duration) -> usize {
        let mut count = 0;
        let mut buffer = [0; 128];
        while self.receiver.receive(&mut buffer, wait).expect("it is up").is_some() {
            count += 1;
        }
        count
    }
}

/// Waits for something that the kernel does a moment later.
pub(crate) fn eventually(what: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if what() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}
