//! Maps and global variables: what is declared of them.

use nbpfc_kernel::{KeyKind, MapKind};
use nbpfc_source::{Code, Span, nearest};
use nbpfc_syntax::ast::{self, TypeKind};

use crate::checker::{Checker, Resolved};
use crate::constant::{number, value};
use crate::operation::Role;
use crate::program::{Map, Var};
use crate::types::Type;

/// The least size of a ring buffer: a page.
const PAGE: i128 = 4096;
/// What lies in memory.
const STORED: &str = "it holds numbers, addresses, truth values, enums and structs";

impl<'a> Checker<'a> {
    /// `map name: kind<key, value>(max_entries = n);`
    pub(crate) fn map_item(&mut self, source: usize, node: &'a ast::Map) -> Option<Resolved> {
        let named = match &node.ty.kind {
            TypeKind::Named { path, args } => match path.segments.as_slice() {
                [name] => Some((name.name.as_str(), args.as_slice())),
                _ => None,
            },
            _ => None,
        };
        let found = named.and_then(|(name, _)| self.map_type_at(source, name));
        let (Some((name, args)), Some((item, declared))) = (named, found) else {
            return self.no_map_kind(source, &node.ty);
        };
        let Some(Resolved::MapType(ty)) = self.resolved(item) else { return None };
        let data = &self.program.map_types[ty];
        let (row, generics) = (data.row, data.generics.clone());
        if generics.len() != args.len() {
            let names: Vec<_> = declared.generics.iter().map(|g| g.name.as_str()).collect();
            let types = if names.is_empty() { "no types".to_owned() } else { names.join(", ") };
            let message = format!("`{name}` has other types between `<` and `>`: {types}");
            let error = self.error(Code::WrongArguments, source, node.ty.span, message);
            let of = if names.is_empty() { String::new() } else { format!("<{types}>") };
            self.report(error.help(format!("write it as in `{name}{of}(…)`")));
            return None;
        }
        let mut key = if row.key() == KeyKind::Index { Type::U32 } else { Type::Unit };
        let mut value = Type::Unit;
        for (role, arg) in generics.iter().zip(args) {
            let ty = self.ty(source, arg);
            if ty == Type::Error {
                return None;
            }
            match role {
                Role::Key => {
                    self.is_key(source, row, &ty, arg.span)?;
                    key = ty;
                }
                _ if ty.is_stored() => value = ty,
                _ => {
                    let message = format!("a map cannot hold {}", self.type_name(&ty));
                    let error = self.error(Code::WrongKind, source, arg.span, message);
                    self.report(error.help(STORED));
                    return None;
                }
            }
        }
        if row.since() > self.options.kernel {
            let (since, kernel) = (row.since(), self.options.kernel);
            let message = format!("`{name}` needs Linux {since}, and the target is {kernel}");
            let error = self.error(Code::NotOnTarget, source, node.ty.span, message);
            self.report(error.help(format!("compile with `--kernel {since}`")));
        }
        if let Some(entry) = node.entries.first() {
            self.not_yet(source, entry.key.span, "what a map begins with");
        }
        let max_entries = self.map_size(source, node, declared, row)?;
        let name = node.name.name.clone();
        let map = Map { name, ty, kind: row, key, value, max_entries };
        Some(Resolved::Map(self.program.maps.push(map)))
    }

    /// Reports a type that is no key of such maps.
    fn is_key(&mut self, source: usize, row: MapKind, key: &Type, span: Span) -> Option<()> {
        let prefix = matches!(key, Type::Ipv4Prefix | Type::Ipv6Prefix);
        let trie = row.key() == KeyKind::Prefix;
        if prefix == trie && (prefix || key.is_stored()) {
            return Some(());
        }
        let name = self.type_name(key);
        let message = format!("{name} is no key of this map");
        let error = self.error(Code::WrongKind, source, span, message);
        self.report(error.help(if trie {
            "its keys are ipv4prefix or ipv6prefix"
        } else {
            "keys are numbers, addresses, truth values, enums and structs"
        }));
        None
    }

    fn no_map_kind(&mut self, source: usize, ty: &ast::Type) -> Option<Resolved> {
        let error = self.error(Code::UnknownName, source, ty.span, "this is no type of map");
        let names = self.map_type_names(source);
        let near = match &ty.kind {
            TypeKind::Named { path, .. } => path.segments.first(),
            _ => None,
        };
        let near = near.and_then(|name| nearest(&name.name, names.iter().copied()));
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        self.report(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("there are {}", names.join(", "))),
        });
        None
    }

    /// What the map is made with: its number of elements, or of bytes.
    fn map_size(
        &mut self,
        source: usize,
        node: &'a ast::Map,
        declared: &'a ast::ExternMap,
        row: MapKind,
    ) -> Option<u32> {
        let param = declared.params.first();
        let known = |arg: &&ast::Arg| match (&arg.name, param) {
            (Some(name), Some(param)) => name.name == param.name.name,
            (None, param) => param.is_some(),
            (Some(_), None) => false,
        };
        if let Some(other) = node.args.iter().find(|arg| !known(arg)).or(node.args.get(1)) {
            let kind = &declared.name.name;
            let message = match param {
                Some(param) => format!("a map of type `{kind}` takes `{}` only", param.name.name),
                None => format!("a map of type `{kind}` takes nothing here"),
            };
            let error = self.error(Code::WrongArguments, source, other.value.span, message);
            self.report(error.help("leave this out"));
        }
        let Some(param) = param else { return Some(0) };
        let given = node.args.iter().find(known).map(|arg| &arg.value);
        let Some(value) = given.or(param.default.as_ref()) else {
            let (name, size) = (&node.name.name, &param.name.name);
            let what = if size == "max_entries" { "elements" } else { "bytes" };
            let message = format!("`{name}` does not say how many {what} it has");
            let error = self.error(Code::WrongArguments, source, node.ty.span, message);
            let number = if size == "max_entries" { "1024" } else { "256KiB" };
            self.report(error.help(format!("add `({size} = {number})`")));
            return None;
        };
        let known = self.constant(source, value, Some(&Type::U32));
        let number = number(&known)?;
        let ring = row == MapKind::RingBuf;
        if ring && !(number >= PAGE && (number & (number - 1)) == 0) {
            let message = format!("a ring buffer has a power of two of bytes, {PAGE} at least");
            let error = self.error(Code::BadValue, source, node.ty.span, message);
            self.report(error.help("write it as in `ringbuf<Event>(256KiB)`"));
        } else if number == 0 && given.is_some() {
            let message = "a map has at least one element";
            let error = self.error(Code::BadValue, source, value.span, message);
            self.report(error.help("make room for one"));
        }
        Some(number as u32)
    }

    /// `var name: type = value;`, or `param` for one that programs only read.
    pub(crate) fn var_item(
        &mut self,
        source: usize,
        node: &'a ast::Variable,
        constant: bool,
    ) -> Option<Resolved> {
        let ty = self.ty(source, &node.ty);
        if ty == Type::Error {
            return None;
        }
        if !ty.is_stored() {
            let message = format!("a variable cannot hold {}", self.type_name(&ty));
            let error = self.error(Code::WrongKind, source, node.ty.span, message);
            self.report(error.help(STORED));
            return None;
        }
        let known = node.value.as_ref().map(|value| self.constant(source, value, Some(&ty)));
        let value = known.as_ref().and_then(value).cloned();
        let name = node.name.name.clone();
        Some(Resolved::Var(self.program.vars.push(Var { name, ty, value, constant })))
    }
}
