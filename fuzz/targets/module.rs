//! Any text is a module or a diagnostic with a place, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    nbpfc_tests::property::module_is_handled(bytes);
});
