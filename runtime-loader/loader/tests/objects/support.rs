//! Objects of clang, and what this machine lets a test do.

use std::path::{Path, PathBuf};
use std::process::Command;

use nbpfc_btf::Value;
use nbpfc_loader::{Collection, Error, Opened, TestRunOptions};

/// Says why a test is not done. In CI everything must be there.
pub(crate) fn skip(reason: &str) {
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{reason}");
    eprintln!("skipped: {reason}");
}

/// Where the programs of these tests stand.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/objects/c")
}

/// What clang makes of one of the programs beside this file; `None` if it is not installed.
pub(crate) fn compiled(name: &str) -> Option<Vec<u8>> {
    let source = sources().join(format!("{name}.c"));
    let arguments = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror"];
    let unused = ["-Wno-unused-variable", "-Wno-unused-function", "-Wno-unused-const-variable"];
    let mut command = Command::new("clang-19");
    let output = command.args(arguments).args(unused).args(["-o", "-", "-c"]).arg(source).output();
    let Ok(output) = output else {
        skip("clang-19 is not installed");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// The object of one of the programs, not yet loaded.
pub(crate) fn opened(name: &str) -> Option<Opened> {
    Some(Opened::parse(&compiled(name)?).expect("an object of clang's"))
}

/// The result, or `None` if this process may not do it.
pub(crate) fn permitted<T>(result: Result<T, Error>) -> Option<T> {
    let refused = |error: &Error| match error {
        Error::NotPermitted { .. } => true,
        Error::Program { error, .. } | Error::Map { error, .. } => {
            matches!(**error, Error::NotPermitted { .. })
        }
        _ => false,
    };
    match result {
        Ok(value) => Some(value),
        Err(error) if refused(&error) => {
            skip(&error.to_string());
            None
        }
        Err(error) => panic!("{error}\n{}", error.log()),
    }
}

/// The object of one of the programs, as it is, in the kernel.
pub(crate) fn loaded(name: &str) -> Option<Collection> {
    permitted(opened(name)?.load())
}

/// Runs a program on a packet of 64 zeros.
pub(crate) fn run(collection: &Collection, program: &str) -> u32 {
    let program = collection.program(program).expect("it was loaded");
    let options = TestRunOptions { data: &[0; 64], context: &[], repeat: 1 };
    program.test_run(&options).expect("it can be run").retval
}

/// Runs a raw trace point's program in this thread.
pub(crate) fn trace(collection: &Collection, program: &str) -> u32 {
    let program = collection.program(program).expect("it was loaded");
    let options = TestRunOptions { data: &[], context: &[0; 16], repeat: 0 };
    program.test_run(&options).expect("it can be run").retval
}

/// A number in a variable that is one or has one of this name.
pub(crate) fn number(collection: &Collection, variable: &str, member: &str) -> i128 {
    let mut value = collection.get(variable).expect("a variable");
    if let (Value::Struct(fields), false) = (&value, member.is_empty()) {
        let found = fields.iter().find(|(name, _)| name == member);
        value = found.unwrap_or_else(|| panic!("no {member} in {variable}")).1.clone();
    }
    match value {
        Value::Number(number) => number,
        other => panic!("{variable}.{member} is {other:?}"),
    }
}
