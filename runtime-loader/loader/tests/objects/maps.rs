//! Maps of objects: in each other, with programs in them, pinned, of other sizes, typed.

use std::path::{Path, PathBuf};

use nbpfc_btf::Value;
use nbpfc_loader::{Error, Map, MapOptions, Table};

use crate::support::{opened, permitted, run, skip};

/// A BPF file system of a test's own; it goes when the test ends.
struct Pins(PathBuf);

impl Pins {
    fn new(name: &str) -> Option<Self> {
        let path = std::env::temp_dir().join(format!("nbpfc-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        let mount = std::process::Command::new("mount");
        let mut mount = mount;
        let done = mount.args(["-t", "bpf", "bpf"]).arg(&path).status();
        if !done.is_ok_and(|status| status.success()) {
            let _ = std::fs::remove_dir(&path);
            skip("no BPF file system can be mounted");
            return None;
        }
        Some(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Pins {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn without_pins(name: &str) -> Option<nbpfc_loader::Opened> {
    let mut opened = opened(name)?;
    opened.map("shared").expect("it has it").pin = None;
    Some(opened)
}

fn count(map: &Map) -> u64 {
    let value = map.lookup(&[0; 4]).expect("an array").expect("it is full");
    u64::from_ne_bytes(value.try_into().expect("8 bytes"))
}

#[test]
fn maps_are_in_maps_and_programs_too() {
    let Some(opened) = without_pins("maps") else { return };
    let Some(collection) = permitted(opened.load()) else { return };
    assert_eq!(run(&collection, "nested"), 2);
    assert_eq!(count(collection.map("first").expect("it has it")), 1);
    assert_eq!(count(collection.map("second").expect("it has it")), 1);
    assert_eq!(run(&collection, "jump"), 44);
}

#[test]
fn programs_that_a_program_goes_on_in_are_loaded_with_it() {
    let Some(mut opened) = without_pins("maps") else { return };
    opened.only(&["jump"]).expect("it has it");
    let Some(collection) = permitted(opened.load()) else { return };
    assert_eq!(run(&collection, "jump"), 44);
    let error = collection.program("nested").expect_err("it was left out").to_string();
    assert_eq!(error, "there is no program `nested`");
}

#[test]
fn sizes_are_chosen_before_loading() {
    let Some(mut opened) = without_pins("maps") else { return };
    opened.map("flows").expect("it has it").max_entries = 100_000;
    let Some(collection) = permitted(opened.load()) else { return };
    let info = collection.map("flows").expect("it has it").info().expect("its own");
    assert_eq!(info.max_entries, 100_000);
}

#[test]
fn a_map_that_is_not_created_is_missed_where_it_is_reached() {
    let Some(mut opened) = without_pins("maps") else { return };
    opened.map("flows").expect("it has it").create = false;
    opened.only(&["jump", "nested"]).expect("it has them");
    let Some(collection) = permitted(opened.load()) else { return };
    assert!(collection.map("flows").is_err());

    let Some(mut opened) = without_pins("maps") else { return };
    opened.map("flows").expect("it has it").create = false;
    let error = opened.load().expect_err("`note` writes it").to_string();
    assert_eq!(error, "program `note`: it needs map `flows`, which was not to be created");
}

#[test]
fn a_map_is_shared_by_its_name() {
    let Some(pins) = Pins::new("by-name") else { return };
    let load = || {
        let mut opened = opened("maps").expect("clang was there");
        opened.set_pin_directory(pins.path());
        opened.load()
    };
    if opened("maps").is_none() {
        return;
    }
    let Some(one) = permitted(load()) else { return };
    let two = load().expect("the map is there and like it");
    run(&one, "note");
    run(&two, "note");
    assert_eq!(count(one.map("shared").expect("it has it")), 2);
    drop((one, two));
    let left = Map::open(&pins.path().join("shared")).expect("it stays");
    assert_eq!(count(&left), 2);

    // What is refused leaves nothing.
    let mut refused = opened("maps").expect("clang was there");
    refused.set_pin_directory(pins.path());
    refused.map("shared").expect("it has it").pin = Some("other".into());
    refused.map("flows").expect("it has it").create = false;
    refused.load().expect_err("`note` writes it");
    assert!(!pins.path().join("other").exists());

    // Another map under the name is no substitute.
    std::fs::remove_file(pins.path().join("shared")).expect("it was there");
    let options = MapOptions {
        map_type: 2,
        key_size: 4,
        value_size: 4,
        max_entries: 3,
        name: "other",
        ..MapOptions::default()
    };
    let other = Map::create(&options).expect("a map");
    other.pin(&pins.path().join("shared")).expect("a BPF file system");
    let error = load().expect_err("its values are shorter");
    let place = pins.path().join("shared").display().to_string();
    assert_eq!(
        error.to_string(),
        format!(
            "map `shared`: {place} is another map: its value size is 4, not 8, its number of \
             elements is 3, not 1"
        )
    );
}

#[test]
fn a_map_is_used_instead() {
    let Some(collection) = without_pins("maps").and_then(|opened| permitted(opened.load())) else {
        return;
    };
    let first = collection.map("first").expect("it has it").try_clone().expect("a descriptor");
    let mut again = without_pins("maps").expect("clang was there");
    again.map("second").expect("it has it").reuse = Some(first);
    let again = again.load().expect("they are alike");
    run(&again, "nested");
    assert_eq!(count(collection.map("first").expect("it has it")), 1);

    let flows = collection.map("flows").expect("it has it").try_clone().expect("a descriptor");
    let mut wrong = without_pins("maps").expect("clang was there");
    wrong.map("second").expect("it has it").reuse = Some(flows);
    let error = wrong.load().expect_err("a hash is no array");
    assert!(matches!(&error, Error::Map { name, .. } if name == "second"), "{error}");
    assert!(error.to_string().contains("its type is 1, not 2"), "{error}");
}

#[test]
fn entries_have_the_types_of_the_object() {
    let Some(collection) = without_pins("maps").and_then(|opened| permitted(opened.load())) else {
        return;
    };
    run(&collection, "note");
    let flow = || Value::from([("source", 0x0100_000a), ("port", 80), ("kind", 6)]);
    let table = collection.table("flows").expect("it has it");
    let counters = table.get(flow()).expect("a hash").expect("it was noted");
    assert_eq!(
        counters,
        Value::Struct(vec![("packets".to_owned(), 3.into()), ("name".to_owned(), "web".into())])
    );
    let printed = (
        "{ .source = 16777226, .port = 80, .kind = 6 }".to_owned(),
        "{ .packets = 3, .name = \"web\" }".to_owned(),
    );
    assert_eq!(table.entries_text(), Ok(vec![printed]));
    table.set_text("{ port = 53 }", "{ packets = 1, name = dns }").expect("they fit");
    assert_eq!(table.entries().expect("a hash").len(), 2);
    assert_eq!(table.delete([("port", 53)]), Ok(true));
    assert_eq!(table.delete(flow()), Ok(true));
    assert_eq!(table.delete(flow()), Ok(false));
    let error = table.set(flow(), 3).expect_err("no structure").to_string();
    assert_eq!(error, "`flows`: 3 does not fit `struct counters`");
    let error = table.set([("prot", 3)], counters).expect_err("no member").to_string();
    assert_eq!(error, "`flows`: a structure of prot does not fit `struct flow`");

    // The same from what the kernel knows of the map.
    let each = Table::of(collection.map("each").expect("it has it")).expect("its own");
    let Some(Value::List(values)) = each.get(1).expect("an array") else { panic!("no list") };
    assert_eq!(values.iter().filter(|value| **value == Value::Number(5)).count(), 1);
    each.set(0, 9).expect("they fit");
    let Some(Value::List(values)) = each.get(0).expect("an array") else { panic!("no list") };
    assert!(values.iter().all(|value| *value == Value::Number(9)), "{values:?}");
}

#[test]
fn a_directory_of_pins_that_is_not_there_is_an_error() {
    let Some(mut opened) = opened("maps") else { return };
    opened.set_pin_directory(Path::new("/nowhere"));
    let error = opened.load().expect_err("there is no such directory");
    assert!(error.to_string().starts_with("map `shared`: "), "{error}");
}
