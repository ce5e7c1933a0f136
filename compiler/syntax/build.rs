//! Generates the parser from the grammar.

fn main() {
    lalrpop::process_src().unwrap();
}
