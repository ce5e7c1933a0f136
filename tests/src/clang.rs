//! What clang makes of C, to compare with.

use std::fs;
use std::path::Path;
use std::process::Command;

use nbpfc_object::Object;

use crate::place::Scratch;

/// The command.
pub const CLANG: &str = "clang-19";

/// How it is called for a file, beside its output, with some more arguments.
pub fn command(path: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(CLANG);
    command.args(["--target=bpf", "-O2", "-mcpu=v3", "-Wall", "-Werror"]).args(more);
    command.arg(format!("-I/usr/include/{}-linux-gnu", std::env::consts::ARCH));
    command.arg("-c").arg(path);
    command
}

/// The object that it makes of a file.
///
/// # Errors
/// What it says.
pub fn object(path: &Path, more: &[&str]) -> Result<Object, String> {
    let scratch = Scratch::new("clang")?;
    let object = scratch.path().join("program.o");
    let output = command(path, more).arg("-o").arg(&object).output();
    let output = output.map_err(|error| format!("{CLANG}: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let bytes = fs::read(&object).map_err(|error| error.to_string())?;
    Object::from_elf(&bytes).map_err(|error| error.to_string())
}
