//! Arrays: constants, variables of the module and of blocks, and the words of values.

use super::scope::{Array, Known, Scope};
use super::statement::assignment;
use super::ty::{Type, U32};
use super::value::{alone, typed, value};

/// `const A: [T; n] = […];` or `var A: [T; n];`
pub(super) fn declared(s: &mut Scope<'_, '_, '_>) -> String {
    let of = Type::scalar(s.c);
    let length = 1 + s.c.below(5);
    let name = s.fresh("A");
    if s.c.one_in(2) {
        s.arrays.push(Array { words: name.clone(), of, length, assignable: true, memory: true });
        return format!("var {name}: [{}; {length}];\n", of.name());
    }
    let contents = contents(s, of, length, true);
    s.arrays.push(Array { words: name.clone(), of, length, assignable: false, memory: false });
    format!("const {name}: [{}; {length}] = {contents};\n", of.name())
}

fn contents(s: &mut Scope<'_, '_, '_>, of: Type, length: u32, constant: bool) -> String {
    if s.c.one_in(3) {
        return format!("[{}; {length}]", alone(s, of));
    }
    let one = |s: &mut Scope<'_, '_, '_>| if constant { alone(s, of) } else { value(s, of, 1) };
    let all: Vec<String> = (0..length).map(|_| one(s)).collect();
    format!("[{}]", all.join(", "))
}

fn some(s: &mut Scope<'_, '_, '_>, wanted: impl Fn(&Array) -> bool) -> Option<Array> {
    let of_headers = s.headers.iter().filter_map(|(words, at)| {
        let (_, of, length) = *s.lists.iter().find(|(name, ..)| *name == s.protocol(*at).name)?;
        let words = format!("{words}.list");
        Some(Array { words, of, length, assignable: false, memory: false })
    });
    let all = s.arrays.iter().cloned().chain(of_headers);
    let fitting: Vec<Array> = all.filter(|array| wanted(array)).collect();
    if fitting.is_empty() {
        return None;
    }
    Some(fitting[s.c.below(fitting.len() as u32) as usize].clone())
}

/// A number that is one of an array's places.
fn place(s: &mut Scope<'_, '_, '_>, length: u32) -> String {
    if s.c.one_in(3) {
        s.c.below(length).to_string()
    } else {
        format!("{} % {length}", typed(s, U32, 1))
    }
}

/// An element of this type.
pub(super) fn element(s: &mut Scope<'_, '_, '_>, ty: Type) -> Option<String> {
    let array = some(s, |array| array.of == ty)?;
    if s.may_leave() && !array.memory && s.c.one_in(4) {
        // A number that is not seen to be one of the places.
        let running = s.some(|known| known.ty == U32 && known.assignable);
        if let Some(at) = running {
            return Some(format!("{}[{}]?", array.words, at.words));
        }
    }
    let at = place(s, array.length);
    Some(format!("{}[{at}]", array.words))
}

/// `words(x)[0]`, or how many elements there are.
pub(super) fn word(s: &mut Scope<'_, '_, '_>, depth: u32) -> String {
    if s.c.one_in(3)
        && let Some(array) = some(s, |_| true)
    {
        return format!("u32({}.len)", array.words);
    }
    let of = Type::scalar(s.c);
    format!("words({})[0]", typed(s, of, depth))
}

/// A variable that is an array, or an element of one gets another value.
pub(super) fn changed(s: &mut Scope<'_, '_, '_>) -> String {
    if let Some(array) = some(s, |array| array.assignable)
        && !s.c.one_in(3)
    {
        let at = place(s, array.length);
        let op = match array.of {
            Type::Int { .. } if s.c.one_in(3) => s.c.pick(&["+=", "-=", "^="]),
            _ => "=",
        };
        return format!("{}[{at}] {op} {};", array.words, value(s, array.of, 2));
    }
    let of = Type::scalar(s.c);
    let length = 1 + s.c.below(4);
    let contents = contents(s, of, length, false);
    let name = s.fresh("a");
    s.arrays.push(Array { words: name.clone(), of, length, assignable: true, memory: false });
    format!("let mut {name}: [{}; {length}] = {contents};", of.name())
}

/// `for y in ARRAY { … }`: what its elements come to.
pub(super) fn gathered(s: &mut Scope<'_, '_, '_>) -> String {
    let number = |ty: Type| matches!(ty, Type::Int { .. });
    let Some(array) = some(s, |array| number(array.of)) else { return changed(s) };
    let fits = |known: &Known| known.assignable && known.ty == array.of;
    let Some(into) = s.some(fits) else { return assignment(s) };
    let one = s.fresh("y");
    format!("for {one} in {} {{ {} ^= {one}; }}", array.words, into.words)
}
