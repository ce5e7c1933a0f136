//! The formatter changes nothing but white space, and nothing of what it made.

use std::fs;
use std::path::Path;

use super::{file, parse};
use crate::format;
use crate::lex::lex;

/// How many texts with other white space are made of each module.
const MANGLED: usize = 4;

/// The tokens of a text, and its comments.
fn content(text: &str) -> (Vec<String>, Vec<String>) {
    let tokens = lex(text).tokens;
    let mut comments = Vec::new();
    let mut end = 0;
    for (start, _, stop) in &tokens {
        comments.extend(comments_of(&text[end..*start as usize]));
        end = *stop as usize;
    }
    comments.extend(comments_of(&text[end..]));
    (tokens.iter().map(|(_, token, _)| format!("{token:?}")).collect(), comments)
}

fn comments_of(gap: &str) -> Vec<String> {
    let lines = gap.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// The text with other white space in the same places.
fn mangle(text: &str, random: &mut impl FnMut(usize) -> usize) -> String {
    let mut mangled = String::new();
    let mut end = 0;
    for (start, _, stop) in lex(text).tokens {
        let gap = &text[end..start as usize];
        if gap.is_empty() || !gap.trim().is_empty() {
            mangled.push_str(gap);
        } else {
            mangled.push_str([" ", "\n", "  ", "\n\n\n", "\t", "\n    ", " \r\n"][random(7)]);
        }
        mangled.push_str(&text[start as usize..stop as usize]);
        end = stop as usize;
    }
    mangled.push_str(&text[end..]);
    mangled
}

fn formatted(text: &str) -> Option<String> {
    let (files, id) = file("module.nbp", text);
    format(files.get(id), id).ok()
}

fn holds(text: &str) -> Result<bool, String> {
    let Some(once) = formatted(text) else { return Ok(false) };
    if content(text) != content(&once) {
        return Err(format!("other tokens or comments:\n{text}\nbecame\n{once}"));
    }
    let twice = formatted(&once).ok_or_else(|| {
        let (_, found) = super::read("module.nbp", &once);
        format!("no module any more:\n{found}")
    })?;
    if once != twice {
        return Err(format!("not the same again:\n{once}\nbecame\n{twice}"));
    }
    Ok(true)
}

fn below(folder: &Path, found: &mut Vec<String>) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "nbp") {
            found.extend(fs::read_to_string(&path));
        }
    }
}

#[test]
fn nothing_but_white_space_changes() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    for folder in ["stdlib/nbp", "examples", "tests/cases/nbp", "compiler/syntax/cases"] {
        below(&root.join(folder), &mut texts);
    }
    let mut state = 7u64;
    let mut random = |below: usize| {
        // Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut count = 0;
    for text in &texts {
        count += usize::from(holds(text)?);
        for _ in 0..MANGLED {
            let mangled = mangle(text, &mut random);
            let (files, id) = file("module.nbp", &mangled);
            if parse(files.get(id), id).1.is_empty() {
                holds(&mangled)?;
            }
        }
    }
    if count > 50 { Ok(()) } else { Err(format!("only {count} modules")) }
}

#[test]
fn spaces_indentation_and_comments() {
    let text = "\
// What it is for.


const  BOGONS :set<ipv4prefix> ={10.0.0.0/8,127.0.0.0/8};
map m:hash<ipv4addr,Counter>( max_entries=16 ) ;  // counts
var seen : u64;// all
  program p ( pkt )on xdp
otherwise pass{
let x=- 1+a [ 0 ] .b?*( 2-c );
if !pkt . tcp ?.syn&&x !in { 1 , 2 }||a<b{return drop;}

   // a comment
   match x {
 1|2=>return pass , _=>{ } }
   for i in 0 .. 8{ f( i ,name=- i ); }
}
";
    let wanted = "\
// What it is for.

const BOGONS: set<ipv4prefix> = { 10.0.0.0/8, 127.0.0.0/8 };
map m: hash<ipv4addr, Counter>(max_entries = 16);  // counts
var seen: u64;                                     // all
program p(pkt) on xdp
    otherwise pass {
    let x = -1 + a[0].b? * (2 - c);
    if !pkt.tcp?.syn && x !in { 1, 2 } || a < b { return drop; }

    // a comment
    match x {
        1 | 2 => return pass, _ => {} }
    for i in 0..8 { f(i, name = -i); }
}
";
    let (_, found) = super::read("module.nbp", text);
    assert_eq!(found, "");
    assert_eq!(formatted(text).as_deref(), Some(wanted));
}
