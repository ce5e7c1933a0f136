//! Packets captured by attached programs: what they write down of packets whose bytes are known,
//! and files beside those that tcpdump writes at the same time.

mod cable;
mod records;

use crate::Test;

pub(crate) fn tests() -> Vec<Test> {
    let mut tests = records::tests();
    tests.extend(cable::tests());
    tests
}
