//! Functions of several types, and of maps: each call says which, and is code of its own.

use nbpfc_source::{Code, Span};
use nbpfc_syntax::ast::{self, Arg, TypeKind};

use crate::body::{GIVES_VERDICT, Scope, error, expr};
use crate::bound::Bound;
use crate::checker::{Checker, ItemRef, Resolved};
use crate::constant::number;
use crate::helper::is_verdict;
use crate::operation::Role;
use crate::program::{Expr, ExprKind, FunctionId};
use crate::types::{HookId, Type};

/// The word that stands for every kind of map with keys and values.
const ANY_MAP: &str = "map";

/// The word for what a program on the hook returns.
const VERDICT: &str = "verdict";

/// The one name that a length is.
fn named_length(length: &ast::Expr) -> Option<&str> {
    match &length.kind {
        ast::ExprKind::Name(name) => Some(&name.name),
        _ => None,
    }
}

/// The one name that a type is, without types of its own.
fn bare(ty: &ast::Type) -> Option<&str> {
    match &ty.kind {
        TypeKind::Named { path, args } if args.is_empty() => match path.segments.as_slice() {
            [name] => Some(&name.name),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a type names one of these.
fn mentions(ty: &ast::Type, names: &[ast::Ident]) -> bool {
    match &ty.kind {
        TypeKind::Named { args, .. } => {
            bare(ty).is_some_and(|name| names.iter().any(|other| other.name == name))
                || args.iter().any(|arg| mentions(arg, names))
        }
        TypeKind::Array { element, length } => {
            let count = named_length(length);
            mentions(element, names) || names.iter().any(|other| count == Some(&other.name))
        }
        TypeKind::Slice(element) | TypeKind::Optional(element) => mentions(element, names),
    }
}

impl<'a> Checker<'a> {
    /// Whether calls of a function decide what it is.
    pub(crate) fn is_generic(&self, source: usize, node: &ast::Function) -> bool {
        let of_map =
            |param: &ast::Param| param.ty.as_ref().is_some_and(|ty| self.is_map_type(source, ty));
        let of_hook = |param: &ast::Param| {
            param.ty.as_ref().is_some_and(|ty| self.packet_type(source, ty).is_some())
        };
        !node.generics.is_empty()
            || node.params.iter().any(|param| of_map(param) || of_hook(param))
            || self.has_verdict(source, node)
    }

    /// Whether a function gives a verdict of the hook that it is called on, or takes one.
    fn has_verdict(&self, source: usize, node: &ast::Function) -> bool {
        let params = node.params.iter().filter_map(|param| param.ty.as_ref());
        let names = |ty: &ast::Type| match &ty.kind {
            TypeKind::Optional(inner) => is_verdict(inner),
            _ => is_verdict(ty),
        };
        params.chain(&node.result).any(names) && self.lookup(source, VERDICT).is_none()
    }

    /// With the type of what programs on the hook return, if that has no other meaning.
    pub(crate) fn of_hook(&self, source: usize, mut names: Bound<'a>) -> Bound<'a> {
        if let Some(hook) = names.hook
            && self.lookup(source, VERDICT).is_none()
        {
            names.types.insert(VERDICT, Type::Verdict(hook));
        }
        names
    }

    /// A function as programs on a hook call it.
    pub(crate) fn for_hook(&mut self, item: ItemRef, node: &'a ast::Function, hook: HookId) {
        let source = item.source;
        let names = self.of_hook(source, Bound { hook: Some(hook), ..Bound::default() });
        self.bound.push((source, names.clone()));
        let types = node.params.iter().map(|param| match &param.ty {
            Some(ty) if self.packet_type(source, ty).is_some() => Type::Packet(hook),
            Some(ty) => self.param_type(source, ty),
            None => self.needs_type(source, param),
        });
        let types = types.collect();
        self.bound.pop();
        self.instance(item, node, types, names);
    }

    /// Whether a type is that of maps.
    pub(crate) fn is_map_type(&self, source: usize, ty: &ast::Type) -> bool {
        let TypeKind::Named { path, .. } = &ty.kind else { return false };
        let [name] = path.segments.as_slice() else { return false };
        name.name == ANY_MAP
            || self.lookup(source, &name.name).is_none()
                && self.map_type_at(source, &name.name).is_some()
    }

    /// What a name stands for in the function that is checked.
    pub(crate) fn bound_type(&self, source: usize, name: &str) -> Option<Type> {
        let (of, names) = self.bound.last()?;
        names.types.get(name).filter(|_| *of == source).cloned()
    }

    /// The length that a name stands for in the function that is checked.
    pub(crate) fn bound_count(&self, source: usize, name: &str) -> Option<u32> {
        let (of, names) = self.bound.last()?;
        names.counts.get(name).filter(|_| *of == source).copied()
    }

    /// What the names in a type stand for if it is to be `actual`; `None` if it cannot be.
    fn infer(
        &mut self,
        source: usize,
        node: &'a ast::Function,
        ty: &'a ast::Type,
        actual: &Type,
        names: &mut Bound<'a>,
    ) -> Option<()> {
        if !mentions(ty, &node.generics) && !self.is_map_type(source, ty) {
            return (self.ty(source, ty) == *actual).then_some(());
        }
        if let Some(name) = bare(ty)
            && node.generics.iter().any(|other| other.name == name)
        {
            let known = names.types.entry(name).or_insert_with(|| actual.clone());
            return (*known == *actual).then_some(());
        }
        match (&ty.kind, actual) {
            (TypeKind::Named { path, args }, Type::Map(map) | Type::MapIn(map)) => {
                let name = path.segments.first()?;
                let data = &self.program.maps[*map];
                let kind = &self.program.map_types[data.ty];
                let (key, value, inner) = (data.key.clone(), data.value.clone(), data.inner);
                let roles = if name.name == ANY_MAP {
                    vec![Role::Key, Role::Value]
                } else if name.name == kind.name {
                    kind.generics.clone()
                } else {
                    return None;
                };
                if roles.len() != args.len() {
                    return None;
                }
                for (role, arg) in roles.iter().zip(args) {
                    let actual = match role {
                        Role::Key => &key,
                        Role::Value => &value,
                        // What is in a map of maps is named by one that is like it.
                        Role::Map => {
                            let item = self.lookup(source, bare(arg)?)?;
                            let Some(Resolved::Map(like)) = self.resolved(item) else {
                                return None;
                            };
                            (inner == Some(like)).then_some(())?;
                            continue;
                        }
                        Role::Socket | Role::Number(_) => return None,
                    };
                    if *actual == Type::Unit {
                        return None;
                    }
                    self.infer(source, node, arg, actual, names)?;
                }
                Some(())
            }
            (TypeKind::Optional(inner), Type::Optional(actual)) => {
                self.infer(source, node, inner, actual, names)
            }
            (TypeKind::Optional(inner), actual) => self.infer(source, node, inner, actual, names),
            (TypeKind::Array { element, length }, Type::Array(actual, count)) => {
                let open = named_length(length)
                    .filter(|name| node.generics.iter().any(|other| other.name == *name));
                let wanted = match open {
                    Some(name) => Some(i128::from(*names.counts.entry(name).or_insert(*count))),
                    None => number(&self.constant(source, length, Some(&Type::U32))),
                };
                let fits = wanted == Some((*count).into());
                self.infer(source, node, element, actual, names).filter(|()| fits)
            }
            _ => None,
        }
    }

    /// The function for parameters of these types.
    fn instance(
        &mut self,
        item: ItemRef,
        node: &'a ast::Function,
        types: Vec<Type>,
        names: Bound<'a>,
    ) -> Option<FunctionId> {
        let hook = names.hook;
        let same = |made: &&(ItemRef, Vec<Type>, Option<HookId>, FunctionId)| {
            made.0 == item && made.1 == types && made.2 == hook
        };
        if let Some((.., made)) = self.instances.iter().find(same) {
            return Some(*made);
        }
        if self.making.contains(&item) {
            let message = format!("`{}` calls itself", node.name.name);
            let error = self.error(Code::Recursion, item.source, node.name.span, message);
            let help = "write it as a loop with a bound: `for` or `while … limit n`";
            self.report(error.help(help));
            return None;
        }
        self.making.push(item);
        self.bound.push((item.source, self.of_hook(item.source, names)));
        let result = self.result_type(item.source, node);
        let made = self.function(item.source, node, types.clone(), result, hook);
        self.bound.pop();
        self.making.pop();
        self.instances.push((item, types, hook, made));
        Some(made)
    }
}

impl<'a> Scope<'_, 'a> {
    /// A call of a function whose types it decides.
    pub(crate) fn call_generic(
        &mut self,
        item: ItemRef,
        node: &'a ast::Function,
        args: &'a [Arg],
        span: Span,
    ) -> Expr {
        let source = item.source;
        let name = &node.name.name;
        let params: Vec<_> =
            node.params.iter().map(|param| (param.name.name.clone(), Type::Error, None)).collect();
        let (given, fine) = self.by_place(name, &params, args);
        if !fine {
            return error(span);
        }
        let is_map = |scope: &Self, index: usize| {
            node.params[index].ty.as_ref().is_some_and(|ty| scope.checker.is_map_type(source, ty))
        };
        // Maps first: their types say what others are.
        let mut order: Vec<usize> = (0..params.len()).collect();
        order.sort_by_key(|index| !is_map(self, *index));
        let mut names = Bound::default();
        if self.checker.has_verdict(source, node) {
            let Some(hook) = self.hook() else {
                let message = format!("`{name}` is about verdicts, and this is of no hook");
                let error = self.error(Code::WrongKind, span, message);
                return self.wrong(error.help(GIVES_VERDICT));
            };
            names = self.checker.of_hook(source, Bound { hook: Some(hook), ..names });
        }
        let mut values: Vec<Option<Expr>> = params.iter().map(|_| None).collect();
        let mut missing = Vec::new();
        for index in order {
            let param = &node.params[index];
            let Some((_, arg)) = given.iter().find(|(other, _)| *other == index) else {
                if param.default.is_none() {
                    missing.push(format!("`{}`", param.name.name));
                }
                continue;
            };
            // That it needs a type is told where it is declared.
            let Some(ty) = &param.ty else { return error(span) };
            let Some(value) = self.argument(source, node, (ty, &arg.value), &mut names) else {
                return error(span);
            };
            values[index] = Some(value);
        }
        if !missing.is_empty() {
            let message = format!("`{name}` needs {}", missing.join(", "));
            let error = self.error(Code::WrongArguments, span, message);
            let all: Vec<_> = params.iter().map(|(name, ..)| name.as_str()).collect();
            return self.wrong(error.help(format!("write `{name}({})`", all.join(", "))));
        }
        if let Some(open) = node.generics.iter().find(|g| !names.has(&g.name)) {
            let message = format!("nothing here says what `{}` is", open.name);
            let error = self.error(Code::WrongArguments, span, message);
            return self.wrong(error.help("a parameter of the function has to have this type"));
        }
        self.checker.bound.push((source, names.clone()));
        let types =
            node.params.iter().zip(&values).map(|(param, value)| match (value, &param.ty) {
                (Some(value), _) => value.ty.clone(),
                (None, Some(ty)) => self.checker.param_type(source, ty),
                (None, None) => Type::Error,
            });
        let types = types.collect();
        self.checker.bound.pop();
        let outer = self.checker.site;
        let file = self.checker.sources[self.source].file;
        self.checker.site = outer.or(Some((file, span)));
        let made = self.checker.instance(item, node, types, names);
        self.checker.site = outer;
        let Some(id) = made else { return error(span) };
        let function = &self.checker.program.functions[id];
        let defaults = function.params.iter().zip(&function.defaults).map(|(local, default)| {
            let ty = function.body.locals[*local].ty.clone();
            default.clone().map(|value| expr(ExprKind::Value(value), ty, span))
        });
        let values = values.into_iter().zip(defaults).map(|(value, default)| value.or(default));
        match values.collect() {
            Some(values) => self.called(id, values, span),
            None => error(span),
        }
    }

    /// Reports an argument that is no packet, or one of another hook.
    fn no_such_packet(
        &mut self,
        source: usize,
        node: &ast::Function,
        ty: &ast::Type,
        value: &Expr,
    ) {
        let have = match value.ty {
            Type::Packet(hook) => {
                format!("a packet of {}", self.checker.program.hooks[hook].name)
            }
            ref ty => self.type_name(ty),
        };
        let message = format!("{have} is not what `{}` takes here", node.name.name);
        let mut error = self.error(Code::TypeMismatch, value.span, message);
        let file = self.checker.sources[source].file;
        let text = "it takes a packet of this".to_owned();
        error.labels.push(nbpfc_source::Label { file, span: ty.span, text });
        self.report(match value.ty {
            Type::Packet(_) => error.help("`packets` is what all hooks have in common"),
            _ => error.help("give it the program's packet"),
        });
    }

    /// One argument, as a value of the parameter's type.
    fn argument(
        &mut self,
        source: usize,
        node: &'a ast::Function,
        (ty, arg): (&'a ast::Type, &'a ast::Expr),
        names: &mut Bound<'a>,
    ) -> Option<Expr> {
        if let Some(of) = self.checker.packet_type(source, ty) {
            let value = self.operand(arg, None);
            return match value.ty {
                Type::Error | Type::Never => None,
                Type::Packet(hook) if self.checker.is_on(hook, of) => {
                    names.hook = Some(hook);
                    Some(value)
                }
                _ => {
                    self.no_such_packet(source, node, ty, &value);
                    None
                }
            };
        }
        let known = |name: &ast::Ident| names.has(&name.name);
        let open: Vec<_> = node.generics.iter().filter(|name| !known(name)).cloned().collect();
        let is_map = self.checker.is_map_type(source, ty);
        if !is_map && !mentions(ty, &open) {
            self.checker.bound.push((source, names.clone()));
            let want = self.checker.param_type(source, ty);
            self.checker.bound.pop();
            let value = self.operand(arg, Some(&want));
            let value = self.coerce(value, &want);
            return (!value.ty.is_bottom()).then_some(value);
        }
        let value = self.operand(arg, None);
        let value = if value.ty.place().is_some() { Self::deref(value) } else { value };
        if value.ty.is_bottom() {
            return None;
        }
        // Names in the declaration are not those of the function that calls.
        self.checker.bound.push((source, names.clone()));
        let inferred = self.checker.infer(source, node, ty, &value.ty, names);
        self.checker.bound.pop();
        if inferred.is_none() {
            let have = self.type_name(&value.ty);
            let message = format!("{have} is not what `{}` takes here", node.name.name);
            let mut error = self.error(Code::TypeMismatch, value.span, message);
            let file = self.checker.sources[source].file;
            let text = "it takes this".to_owned();
            error.labels.push(nbpfc_source::Label { file, span: ty.span, text });
            self.report(error.help("give it a map, or a value, whose types are like that"));
            return None;
        }
        if is_map {
            return Some(value);
        }
        self.checker.bound.push((source, names.clone()));
        let want = self.checker.ty(source, ty);
        self.checker.bound.pop();
        Some(self.coerce(value, &want))
    }
}
