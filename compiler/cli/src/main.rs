//! The nbpfc command.
//!
//! Exit status: 0 if all went well, 1 if the input or the outside is at fault, 2 if the command
//! line is, 3 if nbpfc itself is.

mod args;
mod words;
mod findings;
mod failure;
mod output;
mod sources;
mod explain;
mod mount;
mod load;
mod hooks;
mod action;
mod counts;
mod meter;
mod capture;
mod guard;
mod place;
mod pins;
mod events;
mod loading;
mod watch;
mod attach;
mod pinned;
mod choice;
mod attach_nbp;
mod offline;
mod nbp;
mod compile;
mod run;
mod test;
mod fmt;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::try_parse().unwrap_or_else(|error| words::refuse(&error));
    if let Some(format) = args.error_format {
        findings::set_format(format);
    }
    let result = match &args.command {
        Some(Command::Load(args)) => load::run(args),
        Some(Command::Run(args)) => run::run(args),
        Some(Command::Test(args)) => return test::run(args),
        Some(Command::Fmt(args)) => return fmt::run(args),
        Some(Command::Explain { code }) => explain::run(code.as_deref()),
        Some(Command::Hooks { name, json }) => hooks::run(name.as_deref(), *json),
        Some(Command::List { bpffs, json }) => pinned::list(&bpffs.path, *json),
        Some(Command::Detach { names, bpffs }) => pinned::detach(names, &bpffs.path),
        Some(Command::Guard) => guard::run(),
        None => compile::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.show(),
    }
}
