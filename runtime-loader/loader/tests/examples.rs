//! What `examples/` shows is run, each example in a network namespace of its own.

#![allow(clippy::duplicate_mod, reason = "each example is a program of its own")]

use std::path::Path;
use std::process::Command;

use nbpfc_loader::Error;

#[path = "../examples/cgroup.rs"]
mod cgroup;
#[path = "../examples/clsact.rs"]
mod clsact;
#[path = "../examples/object_file.rs"]
#[expect(dead_code, reason = "its `main` reads the arguments of this process")]
mod object_file;
#[path = "../examples/ring_buffer.rs"]
mod ring_buffer;
#[path = "../examples/route.rs"]
mod route;
#[path = "../examples/socket.rs"]
mod socket;
#[path = "../examples/tcx.rs"]
mod tcx;
#[path = "../examples/xdp.rs"]
mod xdp;

/// Runs an example where nobody else's packets are. Skipped, with the reason, where the process
/// may not.
fn run(example: fn() -> Result<(), Error>) {
    let thread = std::thread::spawn(move || {
        // SAFETY: a number alone; the thread was made for this and nobody else runs in it.
        if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
            eprintln!("skipped: no network namespace: {}", std::io::Error::last_os_error());
            return;
        }
        let up = Command::new("ip").args(["link", "set", "lo", "up"]).status();
        assert!(up.is_ok_and(|status| status.success()), "ip link set lo up");
        match example() {
            Err(error @ (Error::NotPermitted { .. } | Error::Unsupported { .. })) => {
                eprintln!("skipped: {error}");
            }
            result => result.expect("the example runs"),
        }
    });
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn lengths_through_a_ring_buffer() {
    run(ring_buffer::main);
}

#[test]
fn packets_of_an_interface_on_xdp() {
    run(xdp::main);
}

#[test]
fn programs_in_an_order_on_tcx() {
    run(tcx::main);
}

#[test]
fn a_filter_with_a_priority_on_clsact() {
    run(clsact::main);
}

#[test]
fn packets_that_take_a_route() {
    run(route::main);
}

#[test]
fn what_a_socket_receives() {
    run(socket::main);
}

#[test]
fn what_a_control_group_receives() {
    run(cgroup::main);
}

#[test]
fn an_object_file_of_clang() {
    run(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/objects/c");
        let file = std::env::temp_dir().join(format!("nbpfc-{}-globals.o", std::process::id()));
        let arguments = ["-target", "bpf", "-O2", "-g", "-c", "-o"];
        let mut clang = Command::new("clang-19");
        let made = clang.args(arguments).arg(&file).arg(folder.join("globals.c")).status();
        if made.is_err() {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "clang-19 is not installed");
            eprintln!("skipped: clang-19 is not installed");
            return Ok(());
        }
        let text = object_file::load(&file, &["limit=50".to_owned(), "side=OUT".to_owned()]);
        let wrong = object_file::load(&file, &["limt=50".to_owned()]);
        let _ = std::fs::remove_file(&file);
        let text = text?;
        for line in [
            "parameter u32 limit",
            "variable u64 seen",
            "program count: xdp, ",
            "map .bss: array for 1 elements",
            "limit = 50",
            "side = OUT",
            "balance = -5",
            "limits = { .packets = 1, { .port = 0 }, ",
        ] {
            assert!(text.contains(line), "no {line} in\n{text}");
        }
        let wrong = wrong.expect_err("no such variable").to_string();
        assert_eq!(wrong, "there is no variable `limt`; did you mean `limit`?");
        Ok(())
    });
}
