//! A whole program of clang's: its lists are filled, packets go through it, what it counted is read.

use nbpfc_btf::Value;
use nbpfc_loader::TestRunOptions;

use crate::support::{opened, permitted};

/// An Ethernet frame with an IPv4 header from this address.
fn packet(source: [u8; 4]) -> Vec<u8> {
    let mut packet = vec![0; 64];
    packet[12..14].copy_from_slice(&[8, 0]);
    packet[14] = 0x45;
    packet[26..30].copy_from_slice(&source);
    packet
}

#[test]
fn a_block_list_is_filled_and_enforced() {
    for (enforce, verdict) in [("false", 2), ("true", 1)] {
        let Some(mut opened) = opened("blocklist") else { return };
        opened.set_text("enforce", enforce).expect("a truth value");
        opened.map("blocked").expect("it has it").max_entries = 100_000;
        let Some(collection) = permitted(opened.load()) else { return };
        let blocked = collection.table("blocked").expect("it has it");
        blocked.set_text("{ length = 8, address = 10.0.0.0 }", "1").expect("it fits");
        blocked.set_text("{ length = 32, address = 192.0.2.7 }", "2").expect("it fits");
        let run = |source| {
            let data = packet(source);
            let options = TestRunOptions { data: &data, context: &[], repeat: 1 };
            let program = collection.program("filter").expect("it was loaded");
            program.test_run(&options).expect("XDP can be run").retval
        };
        assert_eq!((run([10, 1, 2, 3]), run([10, 1, 2, 3])), (verdict, verdict));
        assert_eq!((run([192, 0, 2, 7]), run([192, 0, 2, 8])), (verdict, 2));

        let sources = collection.table("sources").expect("it has it");
        let source = |address: [u8; 4]| Value::from([("address", u32::from_be_bytes(address))]);
        let counts = |passed, dropped| {
            let fields = [("passed", passed), ("dropped", dropped)];
            let fields = fields.map(|(name, count)| (name.to_owned(), Value::Number(count)));
            Ok(Some(Value::Struct(fields.to_vec())))
        };
        assert_eq!(sources.get(source([10, 1, 2, 3])), counts(0, 2));
        assert_eq!(sources.get(source([192, 0, 2, 8])), counts(1, 0));
        assert_eq!(sources.get(source([192, 0, 2, 9])), Ok(None));

        let news = collection.map("news").expect("it has it");
        for expected in [[10, 1, 2, 3], [192, 0, 2, 7], [192, 0, 2, 8]] {
            assert_eq!(news.pop(), Ok(Some(expected.to_vec())));
        }
        assert_eq!(news.pop(), Ok(None));
    }
}

#[test]
fn long_names_and_sections_of_their_own() {
    let name = "a_program_with_a_name_of_more_than_fifteen_letters";
    let Some(mut opened) = opened("words") else { return };
    opened.set("constant_of_its_own", 40).expect("a number that fits");
    let Some(collection) = permitted(opened.load()) else { return };
    let program = collection.program(name).expect("it was loaded");
    assert_eq!(program.info().expect("its own").name, name[..15]);
    let run = |length: usize| {
        let data = vec![0; length];
        let options = TestRunOptions { data: &data, context: &[], repeat: 1 };
        program.test_run(&options).expect("tc can be run").retval
    };
    assert_eq!([run(64), run(65), run(69)], [90, 17, 77]);
    assert_eq!(run(70), 8 + 40);
    assert_eq!(collection.get_text("in_a_section_of_its_own").as_deref(), Ok("9"));
    let map = collection.map("a_map_with_a_name_of_more_than_fifteen_letters").expect("it has it");
    let values = map.typed::<u32, u32>().expect("numbers");
    assert_eq!(values.get(&1), Ok(Some(48)));
    let events = collection.map("one_for_each_processor").expect("it has it");
    assert!(events.info().expect("its own").max_entries >= 1);
}
