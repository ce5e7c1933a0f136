//! A process that is killed leaves nothing where there are links.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nbpfc_kernel::Direction;
use nbpfc_loader::signals::{Signals, Stop};
use nbpfc_loader::{TcxOptions, XdpOptions, query};

use crate::support::{eventually, in_namespace, saying};

const HOLDS: &str = "NBPFC_ATTACH_TEST_HOLDS";

/// The child: attaches in the namespace that it was started in and waits.
#[test]
fn holder() {
    if std::env::var_os(HOLDS).is_none() {
        return;
    }
    let signals = Signals::hold().expect("signals");
    let _xdp = saying("xdp", 2).attach_xdp(&XdpOptions::new("v0")).expect("free");
    let egress = TcxOptions::new("v0", Direction::Egress);
    let _tcx = saying("tc.egress", 0).attach_tcx(&egress).expect("free");
    eprintln!("attached");
    let stop = signals.wait(Some(Duration::from_secs(20))).expect("a wait");
    assert_eq!(stop, Stop::Signal(libc::SIGTERM));
}

fn start() -> Child {
    let own = std::env::current_exe().expect("the test's own program");
    let mut command = Command::new(own);
    command
        .args(["--exact", "killed::holder", "--nocapture", "--test-threads=1"])
        .env(HOLDS, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // SAFETY: the calls are those of one thread after a fork, on a set of its own. The threads of
    // the test's harness start before the test can hold the signal back.
    let command = unsafe {
        command.pre_exec(|| {
            let mut set = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGTERM);
            libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
            Ok(())
        })
    };
    let mut child = command.spawn().expect("it starts again");
    let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let attached = lines.map_while(Result::ok).any(|line| line.contains("attached"));
    assert!(attached, "the child did not attach");
    child
}

fn left() -> usize {
    let (tcx, _) = query::tcx("v0", Direction::Egress).expect("v0 is there");
    tcx.len() + query::xdp("v0").expect("v0 is there").len()
}

#[test]
fn nothing_is_left() {
    in_namespace(|| {
        let mut child = start();
        assert_eq!(left(), 2);
        child.kill().expect("it runs");
        child.wait().expect("it ended");
        assert!(eventually(|| left() == 0));

        let mut child = start();
        assert_eq!(left(), 2);
        // SAFETY: numbers alone; the child was not waited for, so that the number is its.
        unsafe { libc::kill(child.id() as i32, libc::SIGTERM) };
        assert!(child.wait().expect("it ended").success());
        assert!(eventually(|| left() == 0));
    });
}
