//! Maps and global variables: what is declared of them.

use nbpfc_kernel::{KeyKind, MapKind, Version};
use nbpfc_source::{Code, Span, nearest};
use nbpfc_syntax::ast::{self, TypeKind};

use crate::checker::{Checker, Resolved};
use crate::constant::{number, value};
use crate::contents::is_beyond;
use crate::map_limit::Parts;
use crate::operation::Role;
use crate::program::{Map, Program, Var};
use crate::types::{MapId, Type};
use crate::value::Value;

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
        // Callbacks, and memory that is no value of a map.
        if matches!(row, MapKind::UserRingBuf | MapKind::Arena) {
            self.not_yet(source, node.ty.span, &format!("a map of type `{name}`"));
            return None;
        }
        if data.operations.is_empty() {
            let message =
                format!("programs on the hooks that there are use no map of type `{name}`");
            let error = self.error(Code::NotOnTarget, source, node.ty.span, message);
            self.report(error.help("it is for hooks that nbpfc does not have yet"));
            return None;
        }
        if generics.len() != args.len() {
            let names: Vec<_> = declared.generics.iter().map(|g| g.name.as_str()).collect();
            let types = if names.is_empty() { "no types".to_owned() } else { names.join(", ") };
            let message = format!("`{name}` has other types between `<` and `>`: {types}");
            let error = self.error(Code::WrongArguments, source, node.ty.span, message);
            let of = if names.is_empty() { String::new() } else { format!("<{types}>") };
            self.report(error.help(format!("write it as in `{name}{of}(…)`")));
            return None;
        }
        let mut key = match row.key() {
            _ if row.of_cgroup() => Type::U64,
            KeyKind::Index => Type::U32,
            _ => Type::Unit,
        };
        let mut value = Type::Unit;
        let mut inner = None;
        let mut places = (node.ty.span, node.ty.span);
        for (role, arg) in generics.iter().zip(args) {
            if *role == Role::Map {
                inner = Some(self.inner_map(source, arg)?);
                continue;
            }
            let ty = self.ty(source, arg);
            if ty == Type::Error {
                return None;
            }
            match role {
                Role::Key => {
                    self.is_key(source, row, &ty, arg.span)?;
                    (key, places.0) = (ty, arg.span);
                }
                _ if ty.is_stored() => {
                    self.may_lock(source, row, &ty, arg.span);
                    (value, places.1) = (ty, arg.span);
                }
                _ => {
                    let message = format!("a map cannot hold {}", self.type_name(&ty));
                    let error = self.error(Code::WrongKind, source, arg.span, message);
                    self.report(error.help(STORED));
                    return None;
                }
            }
        }
        // With keys of 64 bits, and shared by programs (its commit 7d9c3427894f).
        let since = match row {
            row if row.of_cgroup() => Version::new(5, 9),
            row => row.since(),
        };
        if since > self.options.kernel {
            let kernel = self.options.kernel;
            let message = format!("`{name}` needs Linux {since}, and the target is {kernel}");
            let error = self.error(Code::NotOnTarget, source, node.ty.span, message);
            self.report(error.help(format!("compile with `--kernel {since}`")));
        }
        let max_entries = self.map_size(source, node, declared, row)?;
        let said = node.args.first().map_or(node.ty.span, |arg| arg.value.span);
        let parts = Parts {
            key: (key.clone(), places.0),
            value: (value.clone(), places.1),
            entries: (max_entries, said),
        };
        self.check_limits(source, row, &parts);
        let (mut programs, mut elements) = (Vec::new(), Vec::new());
        if row == MapKind::ProgArray {
            programs = self.programs_in(source, node, max_entries);
        } else if inner.is_none() {
            elements = self.elements_in(source, node, row, (&key, &value), max_entries);
        }
        if let Some(array) = &node.elements
            && (inner.is_some() || row == MapKind::ProgArray)
        {
            let message = format!("`{name}` begins with what is named under its numbers");
            let error = self.error(Code::WrongKind, source, array.span, message);
            self.report(error.help("write `{ 0 => NAME, 1 => OTHER }`"));
        }
        let holds = match inner {
            Some(inner) => self.maps_in(source, node, row, (&key, inner), max_entries),
            None => Vec::new(),
        };
        let place = (self.sources[source].file, node.name.span);
        let name = self.object_name(source, &node.name.name);
        let kind = row;
        let map = Map {
            name,
            ty,
            kind,
            key,
            value,
            max_entries,
            inner,
            holds,
            programs,
            elements,
            place,
        };
        Some(Resolved::Map(self.program.maps.push(map)))
    }

    /// The map that those in a map of maps are like, by its name.
    fn inner_map(&mut self, source: usize, ty: &'a ast::Type) -> Option<MapId> {
        let name = match &ty.kind {
            TypeKind::Named { path, args } if args.is_empty() => path.segments.first(),
            _ => None,
        };
        let item = name.and_then(|name| self.lookup(source, &name.name));
        let item = item.filter(|item| matches!(self.item(*item), ast::ItemKind::Map(_)));
        let Some(item) = item else {
            let message = "a map of maps names a map that those in it are like";
            let error = self.error(Code::WrongKind, source, ty.span, message);
            self.report(error.help("write it as in `array_of_maps<counts>(max_entries = 4)`"));
            return None;
        };
        let Some(Resolved::Map(map)) = self.resolved(item) else { return None };
        let data = &self.program.maps[map];
        let no = match data.kind {
            MapKind::ArrayOfMaps | MapKind::HashOfMaps => "a map of maps is in no other",
            MapKind::ProgArray => "a map of programs is in no other",
            _ if self.has_lock(&data.value).is_some() => "a map with locks is in no other",
            _ => return Some(map),
        };
        let error = self.error(Code::WrongKind, source, ty.span, no);
        self.report(error.help("take another kind of map"));
        None
    }

    /// `{ 0 => first, 1 => second }`: maps of the module, all like one.
    fn maps_in(
        &mut self,
        source: usize,
        node: &'a ast::Map,
        row: MapKind,
        (key, inner): (&Type, MapId),
        max_entries: u32,
    ) -> Vec<(Value, MapId)> {
        let mut holds: Vec<(Value, MapId)> = Vec::new();
        for entry in &node.entries {
            let known = self.constant(source, &entry.key, Some(key));
            let Some(at) = value(&known).map(Value::network) else { continue };
            let name = match &entry.value.kind {
                ast::ExprKind::Name(name) => self.lookup(source, &name.name),
                _ => None,
            };
            let found = name.and_then(|item| match self.item(item) {
                ast::ItemKind::Map(_) => self.resolved(item),
                _ => None,
            });
            let like = |map: MapId| {
                let (one, other) = (&self.program.maps[map], &self.program.maps[inner]);
                one.kind == other.kind
                    && (&one.key, &one.value) == (&other.key, &other.value)
                    && one.max_entries == other.max_entries
            };
            let taken = holds.iter().any(|(other, _)| *other == at);
            let full = holds.len() as u32 >= max_entries || is_beyond(row, &at, max_entries);
            match found {
                Some(Resolved::Map(map)) if like(map) && !taken && !full => {
                    holds.push((at, map));
                }
                Some(Resolved::Map(map)) if like(map) => {
                    let message = format!("`{}` has no place for this", node.name.name);
                    let error = self.error(Code::BadValue, source, entry.key.span, message);
                    self.report(error.help("each key once, and numbers of an array from 0"));
                }
                _ => {
                    let name = &self.program.maps[inner].name;
                    let message = format!("this is no map like `{name}`");
                    let error = self.error(Code::WrongKind, source, entry.value.span, message);
                    self.report(error.help("name a map of the same type and size"));
                }
            }
        }
        holds
    }

    /// `{ 0 => first, 1 => second }`: programs of the module.
    fn programs_in(
        &mut self,
        source: usize,
        node: &'a ast::Map,
        max_entries: u32,
    ) -> Vec<(u32, String, Span)> {
        let mut programs: Vec<(u32, String, Span)> = Vec::new();
        for entry in &node.entries {
            let known = self.constant(source, &entry.key, Some(&Type::U32));
            let Some(index) = number(&known).map(|index| index as u32) else { continue };
            if index >= max_entries || programs.iter().any(|(other, ..)| *other == index) {
                let message = if index >= max_entries {
                    format!("`{}` has no place {index}", node.name.name)
                } else {
                    format!("place {index} of `{}` is taken", node.name.name)
                };
                let error = self.error(Code::BadValue, source, entry.key.span, message);
                self.report(error.help("its places are numbered from 0, one program in each"));
                continue;
            }
            let name = match &entry.value.kind {
                ast::ExprKind::Name(name) => Some(name),
                _ => None,
            };
            let found = name.and_then(|name| self.lookup(source, &name.name));
            let is_program = |item| matches!(self.item(item), ast::ItemKind::Program(_));
            let Some(name) = name.filter(|_| found.is_some_and(is_program)) else {
                let message = "this is no program of the module";
                let error = self.error(Code::WrongKind, source, entry.value.span, message);
                self.report(error.help("name a program: `{ 0 => first, 1 => second }`"));
                continue;
            };
            programs.push((index, name.name.clone(), entry.value.span));
        }
        programs.sort();
        programs
    }

    /// Reports programs that go on in others which are on another hook: one array has programs of one.
    pub(crate) fn check_tail_calls(&mut self) {
        let hook_of = |program: &Program, name: &str| {
            let entry = program.entries.iter().find(|entry| entry.name == name)?;
            Some(program.hooks[entry.hook].name.clone())
        };
        let mut found = Vec::new();
        for (id, map) in &self.program.maps {
            let named = map.programs.iter().filter_map(|(_, name, span)| {
                Some((hook_of(&self.program, name)?, *span, format!("`{name}`")))
            });
            let callers =
                self.tail_calls.iter().filter(|(map, ..)| *map == id).map(|(_, hook, span)| {
                    let hook = self.program.hooks[*hook].name.clone();
                    (hook, *span, "the program that goes on here".to_owned())
                });
            let mut all = named.chain(callers);
            let Some((first, at, _)) = all.next() else { continue };
            for (hook, span, who) in all.filter(|(hook, ..)| *hook != first) {
                let name = &map.name;
                let message = format!("{who} is on {hook}, and others of `{name}` are on {first}");
                let error = self.error(Code::WrongKind, 0, span, message);
                let error = error.related(at, format!("this one is on {first}"));
                found.push(error.help("take another map for the programs of each hook"));
            }
        }
        for error in found {
            self.report(error);
        }
    }

    /// Reports a type that is no key of such maps.
    fn is_key(&mut self, source: usize, row: MapKind, key: &Type, span: Span) -> Option<()> {
        let prefix = matches!(key, Type::Ipv4Prefix | Type::Ipv6Prefix);
        let trie = row.key() == KeyKind::Prefix;
        if prefix == trie && (prefix || key.is_stored()) && self.has_lock(key).is_none() {
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
        let near = near.and_then(|name| {
            let near = nearest(&name.name, names.iter().copied());
            near.or_else(|| called_elsewhere(&name.name).filter(|other| names.contains(other)))
        });
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
            let name = other.name.as_ref();
            let span = name.map_or(other.value.span, |name| name.span);
            let error = self.error(Code::WrongArguments, source, span, message);
            let meant = param.map(|param| param.name.name.as_str());
            // What is named otherwise and stands alone is meant to be what there is.
            let only = meant.filter(|_| name.is_some() && node.args.len() == 1);
            if let Some(name) = name.and_then(|name| nearest(&name.name, meant)).or(only) {
                self.report(error.help(format!("did you mean `{name}`?")));
                return None;
            }
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

    /// Whether what lies somewhere has a lock in it, and where: only directly, or deeper.
    pub(crate) fn has_lock(&self, ty: &Type) -> Option<bool> {
        let Type::Struct(id) = ty else { return None };
        self.program.structs[*id].lock
    }

    /// Reports a lock where the kernel takes none.
    fn may_lock(&mut self, source: usize, row: MapKind, ty: &Type, span: Span) {
        let why = match self.has_lock(ty) {
            None => return,
            Some(true) if row.takes_lock() => return,
            Some(true) => format!("values of a map of type `{}` have no locks", row.name()),
            Some(false) => {
                "a lock is a field of the value itself, not of a struct in it".to_owned()
            }
        };
        let error = self.error(Code::WrongKind, source, span, why);
        self.report(error.help("put it into the values of a `hash` or an `array`"));
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
        if self.has_lock(&ty).is_some() {
            let error =
                self.error(Code::WrongKind, source, node.ty.span, "a variable has no locks");
            self.report(error.help("put it into the values of a `hash` or an `array`"));
        }
        let known = node.value.as_ref().map(|value| self.constant(source, value, Some(&ty)));
        let value = known.as_ref().and_then(value).cloned();
        let name = self.object_name(source, &node.name.name);
        Some(Resolved::Var(self.program.vars.push(Var { name, ty, value, constant })))
    }
}

/// What a kind of map is called here that is called otherwise elsewhere, such as in C, Rust and Go.
fn called_elsewhere(name: &str) -> Option<&'static str> {
    let plain: String = name.chars().filter(|c| *c != '_').collect::<String>().to_lowercase();
    let plain = plain.strip_prefix("bpfmaptype").unwrap_or(&plain);
    Some(match plain.strip_suffix("map").unwrap_or(plain) {
        "hash" | "hashtable" | "table" | "dict" | "" => "hash",
        "lru" | "lruhash" => "lru_hash",
        "percpuhash" => "percpu_hash",
        "lrupercpuhash" => "lru_percpu_hash",
        "vec" | "vector" | "list" => "array",
        "percpuarray" => "percpu_array",
        "lpm" | "trie" | "prefix" => "lpm_trie",
        "ring" | "ringbuffer" => "ringbuf",
        "perf" | "perfevent" | "perfbuffer" | "perfevents" => "perf_event_array",
        "bloom" => "bloom_filter",
        "program" | "programs" | "progs" => "prog_array",
        _ => return None,
    })
}
