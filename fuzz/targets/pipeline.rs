//! A random expression means the same at every stage, on random packets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(disagreement) = nbpfc_tests::property::stages_agree(bytes) {
        panic!("{disagreement}");
    }
});
