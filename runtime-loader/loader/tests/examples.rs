//! What `examples/` shows is run.

use nbpfc_loader::Error;

#[path = "../examples/ring_buffer.rs"]
mod ring_buffer;

#[test]
fn lengths_through_a_ring_buffer() {
    match ring_buffer::main() {
        Err(error @ (Error::NotPermitted { .. } | Error::Unsupported { .. })) => {
            eprintln!("skipped: {error}");
        }
        result => result.expect("the example runs"),
    }
}
