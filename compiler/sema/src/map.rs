//! Maps and global variables: what is declared of them.

use nbpfc_kernel::MapKind;
use nbpfc_source::Code;
use nbpfc_syntax::ast::{self, TypeKind};

use crate::checker::{Checker, Resolved};
use crate::constant::{number, value};
use crate::program::{Map, Var};
use crate::types::Type;

/// The least size of a ring buffer: a page.
const PAGE: u32 = 4096;

/// The kinds of maps whose elements programs reach by a key.
const KEYED: &[MapKind] = &[
    MapKind::Hash,
    MapKind::Array,
    MapKind::PerCpuHash,
    MapKind::PerCpuArray,
    MapKind::LruHash,
    MapKind::LruPerCpuHash,
    MapKind::LpmTrie,
];

impl<'a> Checker<'a> {
    /// `map name: kind<key, value>(max_entries = n);`
    pub(crate) fn map_item(&mut self, source: usize, node: &'a ast::Map) -> Option<Resolved> {
        let TypeKind::Named { path, args } = &node.ty.kind else {
            return self.no_map_kind(source, &node.ty);
        };
        let [name] = path.segments.as_slice() else { return self.no_map_kind(source, &node.ty) };
        if name.name == MapKind::RingBuf.name() {
            return self.ring(source, node, args);
        }
        let known = MapKind::ALL.iter().copied().find(|kind| kind.name() == name.name);
        let Some(kind) = known.filter(|kind| KEYED.contains(kind)) else {
            if known.is_some() {
                self.not_yet(source, node.ty.span, &format!("the map type `{}`", name.name));
                return None;
            }
            return self.no_map_kind(source, &node.ty);
        };
        let array = matches!(kind, MapKind::Array | MapKind::PerCpuArray);
        let (key, element) = match args.as_slice() {
            [element] if array => (Type::U32, element),
            [key, element] if !array => (self.ty(source, key), element),
            _ => {
                let takes =
                    if array { "one type, its values'" } else { "two types: key and value" };
                let message = format!("`{}` has {takes}", name.name);
                let error = self.error(Code::WrongArguments, source, node.ty.span, message);
                let example = if array { "array<u64>" } else { "hash<ipv4addr, u64>" };
                self.report(error.help(format!("write it as in `{example}(max_entries = 16)`")));
                return None;
            }
        };
        let element_type = self.ty(source, element);
        if key == Type::Error || element_type == Type::Error {
            return None;
        }
        let prefix = matches!(key, Type::Ipv4Prefix | Type::Ipv6Prefix);
        let trie = kind == MapKind::LpmTrie;
        if prefix != trie || !(prefix || key.is_stored()) {
            let name = self.type_name(&key);
            let message = format!("{name} is no key of this map");
            let error = self.error(Code::WrongKind, source, node.ty.span, message);
            self.report(error.help(if trie {
                "keys of `lpm_trie` are ipv4prefix or ipv6prefix"
            } else {
                "keys are numbers, addresses, truth values, enums and structs"
            }));
            return None;
        }
        if !element_type.is_stored() {
            let message = format!("a map cannot hold {}", self.type_name(&element_type));
            let error = self.error(Code::WrongKind, source, element.span, message);
            self.report(error.help("it holds numbers, addresses, truth values, enums and structs"));
            return None;
        }
        if kind.since() > self.options.kernel {
            let (since, kernel) = (kind.since(), self.options.kernel);
            let message =
                format!("`{}` needs Linux {since}, and the target is {kernel}", name.name);
            let error = self.error(Code::NotOnTarget, source, node.ty.span, message);
            self.report(error.help(format!("compile with `--kernel {since}`")));
        }
        if let Some(entry) = node.entries.first() {
            self.not_yet(source, entry.key.span, "what a map begins with");
        }
        let max_entries = self.max_entries(source, node)?;
        let name = node.name.name.clone();
        let map = Map { name, kind, key, value: element_type, max_entries };
        Some(Resolved::Map(self.program.maps.push(map)))
    }

    /// `map name: ringbuf<event>(256KiB);`
    fn ring(
        &mut self,
        source: usize,
        node: &'a ast::Map,
        args: &'a [ast::Type],
    ) -> Option<Resolved> {
        let [event] = args else {
            let message = "`ringbuf` has one type, its events'";
            let error = self.error(Code::WrongArguments, source, node.ty.span, message);
            self.report(error.help("write it as in `ringbuf<Event>(256KiB)`"));
            return None;
        };
        let value = self.ty(source, event);
        if value == Type::Error {
            return None;
        }
        if !value.is_stored() {
            let message = format!("a ring buffer cannot hold {}", self.type_name(&value));
            let error = self.error(Code::WrongKind, source, event.span, message);
            self.report(error.help("it holds numbers, addresses, truth values, enums and structs"));
            return None;
        }
        let max_entries = self.max_entries(source, node)?;
        if !(max_entries.is_power_of_two() && max_entries >= PAGE) {
            let message = format!("a ring buffer has a power of two of bytes, {PAGE} at least");
            let error = self.error(Code::BadValue, source, node.ty.span, message);
            self.report(error.help("write it as in `ringbuf<Event>(256KiB)`"));
        }
        if MapKind::RingBuf.since() > self.options.kernel {
            let (since, kernel) = (MapKind::RingBuf.since(), self.options.kernel);
            let message = format!("`ringbuf` needs Linux {since}, and the target is {kernel}");
            let error = self.error(Code::NotOnTarget, source, node.ty.span, message);
            self.report(error.help(format!("compile with `--kernel {since}`")));
        }
        let name = node.name.name.clone();
        let map = Map { name, kind: MapKind::RingBuf, key: Type::Unit, value, max_entries };
        Some(Resolved::Map(self.program.maps.push(map)))
    }

    fn no_map_kind(&mut self, source: usize, ty: &ast::Type) -> Option<Resolved> {
        let error = self.error(Code::UnknownName, source, ty.span, "this is no type of map");
        let names: Vec<_> = KEYED.iter().map(|kind| format!("`{}`", kind.name())).collect();
        self.report(error.help(format!("there are {}", names.join(", "))));
        None
    }

    fn max_entries(&mut self, source: usize, node: &'a ast::Map) -> Option<u32> {
        let named = |arg: &&ast::Arg| arg.name.as_ref().is_none_or(|n| n.name == "max_entries");
        let arg = node.args.iter().find(named);
        if let Some(other) = node.args.iter().find(|arg| !named(arg)) {
            let message = "a map takes `max_entries` only";
            let error = self.error(Code::WrongArguments, source, other.value.span, message);
            self.report(error.help("leave this out"));
        }
        let Some(arg) = arg else {
            let message = format!("`{}` does not say how many elements it has", node.name.name);
            let error = self.error(Code::WrongArguments, source, node.ty.span, message);
            self.report(error.help("add `(max_entries = 1024)`"));
            return None;
        };
        let known = self.constant(source, &arg.value, Some(&Type::U32));
        let number = number(&known)?;
        if number == 0 {
            let message = "a map has at least one element";
            let error = self.error(Code::BadValue, source, arg.value.span, message);
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
            self.report(error.help("it holds numbers, addresses, truth values, enums and structs"));
            return None;
        }
        let known = node.value.as_ref().map(|value| self.constant(source, value, Some(&ty)));
        let value = known.as_ref().and_then(value).cloned();
        let name = node.name.name.clone();
        Some(Resolved::Var(self.program.vars.push(Var { name, ty, value, constant })))
    }
}
