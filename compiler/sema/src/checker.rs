//! What the whole check knows: sources, their names, what is resolved so far.

use std::collections::HashMap;

use nbpfc_kernel::Version;
use nbpfc_pcap::Lists;
use nbpfc_pcap::names::Names;
use nbpfc_source::{Code, Diagnostic, File, FileId, Label, Span};
use nbpfc_syntax::ast::{self, Ident, ItemKind};

use crate::bound::Bound;
use crate::operation::MapTypeId;
use crate::program::{FunctionId, Program};
use crate::types::{EnumId, HeaderId, HelperId, HookId, MapId, StructId, Type, VarId};
use crate::value::Value;
use nbpfc_source::nearest;

/// After this many findings the rest is not told.
const MAX_FINDINGS: usize = 50;

/// One module.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What diagnostics call it.
    pub file: FileId,
    /// Its text.
    pub text: &'a File,
    /// Its tree.
    pub module: &'a ast::Module,
    /// The name that others use it by; `None` for the first source, and for the library.
    pub name: Option<&'a str>,
    /// It is of the library, so that only what is asked for matters.
    pub library: bool,
}

/// What the meaning of a program depends on besides its text.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The oldest kernel that must accept it.
    pub kernel: Version,
    /// What names in filters stand for.
    pub names: &'a dyn Names,
    /// Whether to check the tests, too.
    pub tests: bool,
    /// The files of sets, by the names that modules give them.
    pub lists: &'a Lists<'a>,
}

/// An item of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ItemRef {
    /// Which source; 0 is the user's.
    pub(crate) source: usize,
    /// Which of its items.
    pub(crate) item: usize,
}

/// What an item was resolved to.
#[derive(Clone, Debug)]
pub(crate) enum Resolved {
    /// A constant.
    Const(Type, Value),
    /// A struct.
    Struct(StructId),
    /// An enum.
    Enum(EnumId),
    /// A header.
    Header(HeaderId),
    /// A function.
    Function(FunctionId),
    /// A hook.
    Hook(HookId),
    /// A kind of maps.
    MapType(MapTypeId),
    /// A map.
    Map(MapId),
    /// A global variable.
    Var(VarId),
    /// A helper of the kernel.
    Helper(HelperId),
    /// What programs see of a socket.
    Socket,
}

/// How far an item is.
#[derive(Clone, Debug)]
enum State {
    /// Being resolved: who asks for it now goes in a circle.
    Busy,
    /// Resolved; `None` if something is wrong with it, which was reported.
    Done(Option<Resolved>),
}

pub(crate) struct Checker<'a> {
    pub(crate) sources: &'a [Source<'a>],
    pub(crate) options: Options<'a>,
    pub(crate) program: Program,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Headers whose `next` is not resolved yet.
    pub(crate) unlinked: Vec<(HeaderId, ItemRef)>,
    /// All headers.
    pub(crate) headers: Vec<(HeaderId, ItemRef)>,
    /// Where programs on a hook go on in those of a map.
    pub(crate) tail_calls: Vec<(MapId, HookId, Span)>,
    /// What names stand for in the functions that are checked for the types of a call, and the source
    /// that they are of.
    pub(crate) bound: Vec<(usize, Bound<'a>)>,
    /// The functions that were made of one for parameters of these types, and for programs on a hook.
    pub(crate) instances: Vec<(ItemRef, Vec<Type>, Option<HookId>, FunctionId)>,
    /// What functions of each source call that some hooks' programs alone may.
    pub(crate) hook_helpers: Vec<(usize, String, Option<HelperId>)>,
    /// Those that are being made.
    pub(crate) making: Vec<ItemRef>,
    /// The call that such a function is checked for.
    pub(crate) site: Option<(FileId, Span)>,
    scopes: Vec<HashMap<&'a str, ItemRef>>,
    /// The hooks that each source declares or has from others, by whole names such as `tc.ingress`.
    pub(crate) hooks: Vec<HashMap<String, ItemRef>>,
    /// The declarations of the program's hooks.
    pub(crate) hook_items: Vec<(HookId, ItemRef)>,
    states: HashMap<ItemRef, State>,
    /// The items that are being resolved, outermost first.
    busy: Vec<ItemRef>,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(sources: &'a [Source<'a>], options: Options<'a>) -> Self {
        let mut checker = Self {
            sources,
            options,
            program: Program::default(),
            diagnostics: Vec::new(),
            unlinked: Vec::new(),
            headers: Vec::new(),
            tail_calls: Vec::new(),
            bound: Vec::new(),
            instances: Vec::new(),
            hook_helpers: Vec::new(),
            making: Vec::new(),
            site: None,
            scopes: vec![HashMap::new(); sources.len()],
            hooks: vec![HashMap::new(); sources.len()],
            hook_items: Vec::new(),
            states: HashMap::new(),
            busy: Vec::new(),
        };
        for source in 0..sources.len() {
            checker.declare(source);
        }
        for source in 0..sources.len() {
            checker.declare_used_hooks(source);
        }
        checker
    }

    /// Notes the names of a source.
    fn declare(&mut self, source: usize) {
        let module = self.sources[source].module;
        for (item, node) in module.items.iter().enumerate() {
            let this = ItemRef { source, item };
            let (name, span, earlier) = match (&node.kind, name_of(&node.kind)) {
                (ItemKind::Hook(hook), _) => {
                    let (name, span) = (hook.name.dotted(), hook.name.span);
                    let other = self.scopes[source].get(name.as_str()).copied();
                    let earlier = self.hooks[source].insert(name.clone(), this).or(other);
                    (name, span, earlier)
                }
                (_, Some(ident)) => {
                    let hook = self.hooks[source].get(&ident.name).copied();
                    let earlier = self.scopes[source].insert(&ident.name, this).or(hook);
                    (ident.name.clone(), ident.span, earlier)
                }
                (_, None) => continue,
            };
            if let Some(earlier) = earlier {
                let message = format!("`{name}` is declared twice");
                let mut error = self.error(Code::DuplicateName, source, span, message);
                if let Some(span) = self.name_span(earlier) {
                    error = error.related(span, "first declared here");
                }
                self.report(error.help("give one of them another name"));
            }
        }
    }

    /// Where an item's name stands.
    pub(crate) fn name_span(&self, item: ItemRef) -> Option<Span> {
        match self.item(item) {
            ItemKind::Hook(hook) => Some(hook.name.span),
            kind => Some(name_of(kind)?.span),
        }
    }

    /// An error in a source.
    pub(crate) fn error(
        &self,
        code: Code,
        source: usize,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message, self.sources[source].file, span)
    }

    pub(crate) fn report(&mut self, mut diagnostic: Diagnostic) {
        if let Some((file, span)) = self.site {
            let text = "checked for this call".to_owned();
            diagnostic.labels.push(Label { file, span, text });
        }
        if self.diagnostics.len() < MAX_FINDINGS && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// The item that a name means in a source: one of its own, or one of the library's.
    pub(crate) fn lookup(&self, source: usize, name: &str) -> Option<ItemRef> {
        let own = self.scopes[source].get(name).copied();
        let found = own.or_else(|| self.of_library(name))?;
        match self.item(found) {
            ItemKind::Use(node) => self.used(node),
            _ => Some(found),
        }
    }

    /// The header that a name means in a source, whatever else of the source has the name.
    pub(crate) fn lookup_header(&self, source: usize, name: &str) -> Option<ItemRef> {
        let is_header = |item: &ItemRef| matches!(self.item(*item), ItemKind::Header(_));
        self.lookup(source, name)
            .filter(is_header)
            .or_else(|| self.of_library(name).filter(is_header))
    }

    fn of_library(&self, name: &str) -> Option<ItemRef> {
        self.library().find_map(|other| self.scopes[other].get(name).copied())
    }

    /// The sources whose names are known everywhere.
    pub(crate) fn library(&self) -> impl Iterator<Item = usize> + use<'a> {
        let sources = self.sources;
        (1..sources.len()).filter(move |other| sources[*other].name.is_none())
    }

    /// What a path names: `name`, or `module.name`.
    pub(crate) fn at_path(&self, source: usize, path: &ast::Path) -> Option<ItemRef> {
        match path.segments.as_slice() {
            [name] => self.lookup(source, &name.name),
            [module, name] => self.in_module(self.module_named(source, &module.name)?, &name.name),
            _ => None,
        }
    }

    /// What a `use` names, if there is such a thing; what that module uses itself is none of it.
    pub(crate) fn used(&self, node: &ast::Use) -> Option<ItemRef> {
        let [module, name] = node.path.segments.as_slice() else { return None };
        self.in_module(self.module(&module.name)?, &name.name)
    }

    /// The module that a source uses as a whole under a name.
    pub(crate) fn module_named(&self, source: usize, name: &str) -> Option<usize> {
        let item = self.scopes[source].get(name)?;
        let ItemKind::Use(node) = self.item(*item) else { return None };
        let [module] = node.path.segments.as_slice() else { return None };
        self.module(&module.name)
    }

    /// The modules that a source uses as a whole.
    pub(crate) fn modules(&self, source: usize) -> Vec<&'a str> {
        let mut names: Vec<_> = self.scopes[source].keys().copied().collect();
        names.retain(|name| self.module_named(source, name).is_some());
        names.sort_unstable();
        names
    }

    /// What `module.name` means, if that is a module which the source uses as a whole; `Err` if it has
    /// no such thing, which was reported.
    pub(crate) fn of_module(
        &mut self,
        source: usize,
        module: &Ident,
        name: &Ident,
    ) -> Result<Option<ItemRef>, ()> {
        let Some(other) = self.module_named(source, &module.name) else { return Ok(None) };
        let found = self.in_module(other, &name.name);
        if found.is_none() {
            let names = self.names_of(other);
            self.not_in_module(source, &module.name, name, names);
        }
        found.map(Some).ok_or(())
    }

    /// What a module has under a name for those that use it as a whole.
    pub(crate) fn in_module(&self, module: usize, name: &str) -> Option<ItemRef> {
        let item = *self.scopes[module].get(name)?;
        (!matches!(self.item(item), ItemKind::Use(_))).then_some(item)
    }

    /// The source with a name.
    pub(crate) fn module(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|source| source.name == Some(name))
    }

    /// The names that a module has for others.
    pub(crate) fn names_of(&self, source: usize) -> Vec<&'a str> {
        let mut names: Vec<_> = self.scopes[source].keys().copied().collect();
        names.retain(|name| {
            self.scopes[source]
                .get(name)
                .is_some_and(|item| !matches!(self.item(*item), ItemKind::Use(_)))
        });
        names.sort_unstable();
        names
    }

    /// What a source itself declares under a name, or has from another by `use`.
    pub(crate) fn declared(&self, source: usize, name: &str) -> Option<ItemRef> {
        self.scopes[source].get(name).copied()
    }

    /// The variable or parameter that an item is, if it was resolved to one.
    pub(crate) fn variable(&self, item: ItemRef) -> Option<VarId> {
        match self.states.get(&item) {
            Some(State::Done(Some(Resolved::Var(var)))) => Some(*var),
            _ => None,
        }
    }

    /// The declaration of an item.
    pub(crate) fn item(&self, item: ItemRef) -> &'a ItemKind {
        &self.sources[item.source].module.items[item.item].kind
    }

    /// The name of the item, if it has one.
    pub(crate) fn ident(&self, item: ItemRef) -> Option<&'a Ident> {
        name_of(self.item(item))
    }

    /// The names of a kind of items that a source can use.
    pub(crate) fn names(&self, source: usize, is: impl Fn(&ItemKind) -> bool) -> Vec<&'a str> {
        let own = [source].into_iter().chain(self.library());
        let items = own.flat_map(|source| &self.sources[source].module.items);
        let mut names: Vec<_> = items
            .filter(|item| is(&item.kind))
            .filter_map(|item| name_of(&item.kind).map(|ident| ident.name.as_str()))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Says that a name means nothing.
    pub(crate) fn unknown(
        &mut self,
        source: usize,
        ident: &Ident,
        what: &str,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) {
        let message = format!("there is no {what} `{}`", ident.name);
        if ident.name == "not" {
            let error = self.error(Code::UnknownName, source, ident.span, message);
            self.report(error.help("write `!` for `not`: `!x`"));
            return;
        }
        self.nearly(source, ident, message, names);
    }

    /// Says that a module has nothing of a name.
    pub(crate) fn not_in_module(
        &mut self,
        source: usize,
        module: &str,
        ident: &Ident,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) {
        let message = format!("the module `{module}` has no `{}`", ident.name);
        self.nearly(source, ident, message, names);
    }

    fn nearly(
        &mut self,
        source: usize,
        ident: &Ident,
        message: String,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) {
        let names: Vec<_> = names.into_iter().collect();
        let error = self.error(Code::UnknownName, source, ident.span, message);
        let error = match nearest(&ident.name, names.iter().map(AsRef::as_ref)) {
            Some(name) => error.help(format!("did you mean `{name}`?")),
            None if names.is_empty() || names.len() > 24 => error,
            None => {
                let names: Vec<_> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
                error.help(format!("there are {}", names.join(", ")))
            }
        };
        self.report(error);
    }

    /// Says that something of the language is not compiled yet.
    pub(crate) fn not_yet(&mut self, source: usize, span: Span, what: &str) {
        let message = format!("{what} is not supported yet");
        let error = self.error(Code::NotYet, source, span, message);
        self.report(error.label("the compiler knows this but cannot compile it"));
    }

    /// Resolves an item once; who asks again gets the same. An item that is asked for while it is
    /// resolved depends on itself, which is reported.
    pub(crate) fn resolve(
        &mut self,
        item: ItemRef,
        how: impl FnOnce(&mut Self) -> Option<Resolved>,
    ) -> Option<Resolved> {
        match self.states.get(&item) {
            Some(State::Done(resolved)) => return resolved.clone(),
            Some(State::Busy) => {
                self.circle(item);
                self.states.insert(item, State::Done(None));
                return None;
            }
            None => {}
        }
        self.states.insert(item, State::Busy);
        self.busy.push(item);
        // It has nothing to do with the function that asks for it.
        let outer = (std::mem::take(&mut self.bound), self.site.take());
        let resolved = how(self);
        (self.bound, self.site) = outer;
        self.busy.pop();
        // What was settled meanwhile stays: a header, or nothing where it goes in a circle.
        if let Some(State::Done(settled)) = self.states.get(&item) {
            return settled.clone();
        }
        self.states.insert(item, State::Done(resolved.clone()));
        resolved
    }

    /// What an item is, before it is whole: headers may refer to each other.
    pub(crate) fn settle(&mut self, item: ItemRef, resolved: Resolved) {
        self.states.insert(item, State::Done(Some(resolved)));
    }

    fn circle(&mut self, item: ItemRef) {
        let start = self.busy.iter().position(|busy| *busy == item).unwrap_or(0);
        let around: Vec<_> = self.busy[start..].iter().filter_map(|i| self.ident(*i)).collect();
        let Some(ident) = self.ident(item) else { return };
        let names: Vec<_> =
            around.iter().chain([&ident]).map(|i| format!("`{}`", i.name)).collect();
        let is_function = matches!(self.item(item), ItemKind::Fn(_));
        let (message, help) = if is_function {
            (
                format!("`{}` calls itself", ident.name),
                "write it as a loop with a bound: `for` or `while … limit n`",
            )
        } else {
            (format!("`{}` depends on itself", ident.name), "take one of them out of the circle")
        };
        let mut error = self.error(Code::Recursion, item.source, ident.span, message);
        for other in around.iter().skip(1) {
            error = error.related(other.span, "by way of this");
        }
        if names.len() > 2 {
            error = error.note(format!("the circle is {}", names.join(" → ")));
        }
        self.report(error.help(help));
    }
}

/// The name that an item has in its module.
fn name_of(kind: &ItemKind) -> Option<&Ident> {
    Some(match kind {
        ItemKind::Const(node) => &node.name,
        ItemKind::Param(node) | ItemKind::Var(node) => &node.name,
        ItemKind::Map(node) => &node.name,
        ItemKind::Struct(node) => &node.name,
        ItemKind::Enum(node) => &node.name,
        ItemKind::Header(node) => &node.name,
        ItemKind::Fn(node) => &node.name,
        ItemKind::Program(node) => &node.name,
        ItemKind::StructOps(node) => &node.name,
        ItemKind::ExternStruct(node) => &node.name,
        ItemKind::ExternFn(node) => &node.name,
        ItemKind::Use(node) => node.alias.as_ref().or(node.path.segments.last())?,
        // Kinds of maps are named in declarations of maps only, see `Checker::map_type_at`.
        ItemKind::License(_)
        | ItemKind::Hook(_)
        | ItemKind::ExternMap(_)
        | ItemKind::Test(_)
        | ItemKind::Error => {
            return None;
        }
    })
}
