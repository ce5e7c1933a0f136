//! The nbpfc command.

mod args;

use clap::Parser;
fn main() {
    let args = args::Args::parse();
    println!("{args:?}");
}
