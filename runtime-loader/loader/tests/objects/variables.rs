//! Parameters before loading, variables while programs run.

use nbpfc_btf::Value;
use nbpfc_loader::Error;

use crate::support::{loaded, number, opened, permitted, run};

#[test]
fn parameters_are_set_by_name() {
    let Some(mut opened) = opened("globals") else { return };
    let names: Vec<&str> = opened.variables().iter().map(|it| it.name.as_str()).collect();
    for name in ["limit", "enabled", "side", "label", "limits", "rates", "seen", "sum"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let limit = opened.variables().iter().find(|variable| variable.name == "limit");
    let limit = limit.expect("it was just seen");
    assert_eq!((limit.type_name.as_str(), limit.size, limit.constant), ("u32", 4, true));

    opened.set("limit", 50_u64).expect("a number that fits");
    opened.set_assignment("side=OUT").expect("a value of the enumeration");
    opened.set_assignment("label=web").expect("text that fits");
    opened.set_text("rates", "[0, 0, 30]").expect("three numbers");
    opened.set_text("limits", "{ port = 80, high = 31 }").expect("members");
    opened.set("initial", 9_u8).expect("a number that fits");
    let Some(collection) = permitted(opened.load()) else { return };
    assert_eq!(run(&collection, "count"), 9);
    assert_eq!(number(&collection, "balance", ""), 25);
    assert_eq!(number(&collection, "sum", ""), 80 + 31);
    let limits = collection.get_text("limits").expect("a variable");
    assert!(limits.starts_with("{ .packets = 0, { .port = 80 }, .address = [0, "), "{limits}");
}

#[test]
fn wrong_names_and_values_are_refused() {
    let Some(mut opened) = opened("globals") else { return };
    let mut error = |assignment: &str| {
        let set = opened.set_assignment(assignment);
        set.expect_err("it must be refused").to_string()
    };
    assert_eq!(error("limt=5"), "there is no variable `limt`; did you mean `limit`?");
    assert_eq!(error("nothing=5"), "there is no variable `nothing`");
    assert_eq!(error("limit"), "a variable is set by NAME=VALUE");
    assert_eq!(
        error("limit=4294967296"),
        "`limit`: `4294967296` does not fit `const volatile u32`: a number from 0 to 4294967295 is \
         expected"
    );
    for (assignment, expected) in [
        ("limit=many", "a number from 0 to 4294967295 is expected"),
        ("enabled=2", "`true` or `false` is expected"),
        ("side=UP", "one of `IN`, `OUT` is expected"),
        ("side=7", "one of `IN`, `OUT` is expected"),
        (
            "limits=3",
            "members in braces, `{ packets = …, address = …, low = …, high = … }`, are expected",
        ),
        ("rates=3", "elements in brackets, `[a, b]`, 3 at most, are expected"),
    ] {
        let said = error(assignment);
        assert!(said.ends_with(&format!(": {expected}")), "{said}");
    }
    assert_eq!(
        error("label=much too long"),
        "`label`: `much too long` does not fit `const volatile char[8]`: text of 7 bytes at most is \
         expected"
    );
    let set = opened.set("limit", vec![1_u8, 2]).expect_err("four bytes");
    assert!(matches!(set, Error::Value { .. }), "{set}");
    assert_eq!(set.to_string(), "`limit`: a value of 2 bytes does not fit `const volatile u32`");
    assert_eq!(
        opened.program("cuont").expect_err("no such").to_string(),
        "there is no program `cuont`; did you mean `count`?"
    );
    assert_eq!(
        opened.map(".rodta").expect_err("no such").to_string(),
        "there is no map `.rodta`; did you mean `.rodata`?"
    );
}

#[test]
fn variables_are_read_and_written_while_programs_run() {
    let Some(collection) = loaded("globals") else { return };
    assert_eq!(run(&collection, "count"), 2);
    assert_eq!(run(&collection, "count"), 2);
    assert_eq!(number(&collection, "seen", ""), 2);
    collection.set("seen", 1_000_000_000_000_u64).expect("it can be written");
    collection.set("balance", -7).expect("a signed number");
    assert_eq!(run(&collection, "count"), 2);
    assert_eq!(collection.get("seen"), Ok(Value::Number(1_000_000_000_001)));
    assert_eq!(collection.get_text("balance").as_deref(), Ok("-7"));
    // The verifier took it for a constant.
    let error = collection.set("limit", 5).expect_err("it is frozen").to_string();
    assert_eq!(error, "what programs cannot change stays as it was loaded");
    assert_eq!(number(&collection, "limit", ""), 3);
    let error = collection.set("sen", 5).expect_err("no such").to_string();
    assert_eq!(error, "there is no variable `sen`; did you mean `seen`?");
    assert!(collection.set("initial", -1).is_err());
}
