//! Types as written, resolved.

use nbpfc_source::{Code, Label, Span};
use nbpfc_syntax::ast::{self, ItemKind, TypeKind};

use crate::body::{Context, Scope, error, expr};
use crate::checker::{Checker, Resolved};
use crate::constant::number;
use crate::evaluate::{Stuck, evaluate};
use crate::measure::{MAX_SIZE, Measure};
use crate::program::ExprKind;
use crate::types::Type;

/// The longest array, in elements.
const MAX_ELEMENTS: i128 = 1 << 16;

impl<'a> Checker<'a> {
    /// What a type stands for; [`Type::Error`] if it was reported.
    pub(crate) fn ty(&mut self, source: usize, ty: &'a ast::Type) -> Type {
        match &ty.kind {
            TypeKind::Named { path, args } => self.named_type(source, path, args),
            TypeKind::Optional(inner) => match self.ty(source, inner) {
                Type::Error => Type::Error,
                Type::Optional(_) => {
                    let error = self.error(
                        Code::TypeMismatch,
                        source,
                        ty.span,
                        "`??` says no more than `?`",
                    );
                    self.report(error.help("write one `?`"));
                    Type::Error
                }
                inner => Type::Optional(Box::new(inner)),
            },
            TypeKind::Array { element, length } => {
                let element = self.ty(source, element);
                let length = self.constant(source, length, Some(&Type::U32));
                match number(&length).filter(|n| (1..=MAX_ELEMENTS).contains(n)) {
                    _ if element == Type::Error || length.ty == Type::Error => Type::Error,
                    Some(count) => {
                        let whole = Measure::of(&self.program, &element).times(count as u64);
                        if self.is_small(whole, source, ty.span) {
                            Type::Array(Box::new(element), count as u32)
                        } else {
                            Type::Error
                        }
                    }
                    None => {
                        let message = format!("an array has from 1 to {MAX_ELEMENTS} elements");
                        let error = self.error(Code::BadValue, source, length.span, message);
                        self.report(error.label("this many are asked for"));
                        Type::Error
                    }
                }
            }
            TypeKind::Slice(_) => {
                let message = "`[T]` without a length stands only in headers";
                let error = self.error(Code::TypeMismatch, source, ty.span, message);
                self.report(error.help("say how many: `[T; 4]`"));
                Type::Error
            }
        }
    }

    /// Whether values are not too large to be any, which is reported.
    pub(crate) fn is_small(&mut self, value: Measure, source: usize, span: Span) -> bool {
        if !value.is_too_large() {
            return true;
        }
        let message = format!("a value has at most {MAX_SIZE} bytes, and as many parts");
        let error = self.error(Code::BadValue, source, span, message);
        self.report(error.label("with this it has more").help("take fewer elements, or less deep"));
        false
    }

    fn named_type(&mut self, source: usize, path: &'a ast::Path, args: &'a [ast::Type]) -> Type {
        let (module, ident) = match path.segments.as_slice() {
            [ident] => (None, ident),
            [module, ident] => (Some(module), ident),
            _ => {
                let error = self.error(Code::WrongKind, source, path.span, "this is no type");
                self.report(error.help("a type is a name, or one of a module: `module.Name`"));
                return Type::Error;
            }
        };
        if let Some(module) = module {
            return match self.of_module(source, module, ident) {
                Ok(Some(item)) => self.type_of_item(source, item, path),
                Ok(None) => {
                    let names = self.modules(source);
                    self.unknown(source, module, "module", names);
                    Type::Error
                }
                Err(()) => Type::Error,
            };
        }
        if ident.name == "set"
            && let [element] = args
        {
            return match self.ty(source, element) {
                Type::Error => Type::Error,
                element => Type::Set(Box::new(element)),
            };
        }
        if let Some(extra) = args.first() {
            let message = format!("`{}` takes no types between `<` and `>`", ident.name);
            let error = self.error(Code::TypeMismatch, source, extra.span, message);
            self.report(error.help("leave them out"));
            return Type::Error;
        }
        if let Some(ty) = Type::by_name(&ident.name).or(self.bound_type(source, &ident.name)) {
            return ty;
        }
        let Some(item) = self.lookup(source, &ident.name) else {
            let builtin = ["bool", "u8", "u16", "u32", "u64", "i32", "i64", "ipv4addr", "ipv6addr"];
            let is_type = |kind: &ItemKind| {
                matches!(kind, ItemKind::Struct(_) | ItemKind::Enum(_) | ItemKind::Header(_))
            };
            let names: Vec<_> = builtin.into_iter().chain(self.names(source, is_type)).collect();
            self.unknown(source, ident, "type", names);
            return Type::Error;
        };
        self.type_of_item(source, item, path)
    }

    fn type_of_item(
        &mut self,
        source: usize,
        item: crate::checker::ItemRef,
        path: &ast::Path,
    ) -> Type {
        match self.resolved(item) {
            Some(Resolved::Struct(id)) => Type::Struct(id),
            Some(Resolved::Enum(id)) => Type::Enum(id),
            Some(Resolved::Header(id)) => Type::Header(id),
            Some(Resolved::Socket) => {
                let message = "a socket is no value that is given or kept";
                let error = self.error(Code::Held, source, path.span, message);
                self.report(error.help(
                    "a variable holds it, and functions take it as a parameter or give `socket?`",
                ));
                Type::Error
            }
            Some(_) => {
                let name = path.segments.last().map_or("", |ident| ident.name.as_str());
                let message = format!("`{name}` is not a type");
                let error = self.error(Code::WrongKind, source, path.span, message);
                self.report(error.help(
                    "a type is a number such as u32, an address, a struct, an enum or a header",
                ));
                Type::Error
            }
            None => Type::Error,
        }
    }

    /// An expression whose value the compiler has to know.
    pub(crate) fn constant(
        &mut self,
        source: usize,
        value: &'a ast::Expr,
        want: Option<&Type>,
    ) -> crate::program::Expr {
        let mut scope = Scope::new(self, source, Context::Constant);
        let value = scope.expr(value, want);
        let value = match want {
            Some(want) => scope.coerce(value, want),
            None => value,
        };
        scope.must_be_known(value)
    }
}

impl Scope<'_, '_> {
    /// Reports an expression whose value the compiler does not know.
    pub(crate) fn must_be_known(&mut self, value: crate::program::Expr) -> crate::program::Expr {
        if value.ty.is_bottom() || crate::constant::value(&value).is_some() {
            return value;
        }
        let Stuck { file, span, why, too_much } = match evaluate(&self.checker.program, &value) {
            Ok(known) => return expr(ExprKind::Value(known), value.ty, value.span),
            Err(stuck) => stuck,
        };
        // What has no meaning was reported.
        if why.is_empty() {
            return error(value.span);
        }
        let message = if too_much {
            "the compiler has to know this value, and it is too much to compute"
        } else {
            "the compiler has to know this value, and only the running program does"
        };
        let mut error = self.error(Code::NotConstant, value.span, message);
        if file.is_some() || span != value.span {
            let file = file.unwrap_or(self.checker.sources[self.source].file);
            error.labels.push(Label { file, span, text: why });
        }
        self.wrong(error.help(if too_much {
            "make loops shorter, or compute it elsewhere and write down what it is"
        } else {
            "use literals, `const`s, arithmetic on them, and functions of them"
        }))
    }
}
