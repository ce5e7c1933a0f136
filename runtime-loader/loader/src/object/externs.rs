//! What the kernel defines and programs name: its functions, variables and configuration.

use nbpfc_btf::{Btf as Types, Linkage, Type, TypeId, Value};
use nbpfc_isa::{Insn, Op, Pseudo, Reg};
use nbpfc_object::{Extern, ExternKind, Object};

use super::poison::{ABSENT, Poison};
use crate::config::{self, KernelConfig};
use crate::error::Error;
use crate::kernel_types::{Found, KernelTypes, Module};

/// What a symbol is in this kernel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Symbol<'a> {
    Function(Found<'a>),
    Variable(Found<'a>),
    /// A variable of which only the address is known.
    Address(u64),
    /// The kernel has it not, and the programs say that they cope.
    Absent,
    /// A value of its configuration, at this offset of [`Configuration::bytes`].
    Config(u32),
}

/// The values of the kernel's configuration that an object names.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    pub(super) bytes: Vec<u8>,
    /// Where each variable stands: its type, offset and size in bytes.
    pub(super) placed: Vec<(TypeId, u32, u32)>,
}

/// Whether a symbol is found in the kernel's types.
pub(super) fn asks_kernel(symbol: &Extern, local: &Types) -> bool {
    match symbol.kind {
        ExternKind::Function => true,
        ExternKind::Variable => !is_untyped(symbol, local),
        ExternKind::Config => false,
    }
}

/// A variable of type `void`.
fn is_untyped(symbol: &Extern, local: &Types) -> bool {
    let Some(Type::Var(variable)) = local.get(symbol.ty) else { return true };
    local.resolve(variable.ty).is_none()
}

/// Finds symbols, one for each of the object's; `None` for those that no loaded program names.
pub(super) fn find<'a>(
    object: &Object,
    used: &[bool],
    kernel: Option<&'a KernelTypes>,
    config: Option<&KernelConfig>,
    configuration: &mut Configuration,
) -> Result<Vec<Option<Symbol<'a>>>, Error> {
    let Some(local) = &object.btf else { return Ok(Vec::new()) };
    let mut missing = Vec::new();
    let mut symbols = Vec::new();
    for (symbol, used) in object.externs.iter().zip(used) {
        if !used && symbol.kind != ExternKind::Config {
            symbols.push(None);
            continue;
        }
        let found = match symbol.kind {
            ExternKind::Function => function(symbol, local, kernel, &mut missing)?,
            ExternKind::Variable if is_untyped(symbol, local) => {
                config::address(&symbol.name)?.map(Symbol::Address)
            }
            ExternKind::Variable => variable(symbol, kernel)?,
            ExternKind::Config => setting(symbol, local, config, configuration)?,
        };
        if found.is_none() && !symbol.weak {
            let sort = match symbol.kind {
                ExternKind::Function => "function",
                ExternKind::Variable => "variable",
                ExternKind::Config => "setting",
            };
            let name = format!("{sort} `{}`", symbol.name);
            if !missing.iter().any(|known: &String| known.starts_with(&name)) {
                missing.push(name);
            }
        }
        symbols.push(Some(found.unwrap_or(Symbol::Absent)));
    }
    if missing.is_empty() { Ok(symbols) } else { Err(Error::Externs(missing)) }
}

/// The kernel's variable of a name. It looks for its address among the symbols, where a kernel
/// without `CONFIG_KALLSYMS_ALL` has none of variables.
fn variable<'a>(
    symbol: &Extern,
    kernel: Option<&'a KernelTypes>,
) -> Result<Option<Symbol<'a>>, Error> {
    let is_variable = |ty: &Type| matches!(ty, Type::Var(_));
    let found = kernel.map(|kernel| kernel.find(&symbol.name, is_variable)).transpose()?;
    let found = found.and_then(|found| found.first().copied());
    let is_there = || !matches!(config::address(&symbol.name), Ok(None));
    Ok(found.filter(|_| is_there()).map(Symbol::Variable))
}

/// The kernel's function of a name whose parameters and result agree.
fn function<'a>(
    symbol: &Extern,
    local: &Types,
    kernel: Option<&'a KernelTypes>,
    missing: &mut Vec<String>,
) -> Result<Option<Symbol<'a>>, Error> {
    let Some(kernel) = kernel else { return Ok(None) };
    let Some(Type::Func(function)) = local.get(symbol.ty) else { return Ok(None) };
    let is_function = |ty: &Type| matches!(ty, Type::Func(_));
    let found = kernel.find(&symbol.name, is_function)?;
    let proto = |found: &Found<'_>| match found.types.btf().get(found.id) {
        Some(Type::Func(function)) => function.ty,
        _ => TypeId::VOID,
    };
    let agrees = |found: &&Found<'a>| found.types.agrees(local, function.ty, proto(found));
    if let Some(found) = found.iter().find(agrees) {
        return Ok(Some(Symbol::Function(*found)));
    }
    if let Some(other) = found.first() {
        missing.push(format!(
            "function `{}` as `{}`, but as `{}`",
            symbol.name,
            local.describe(function.ty),
            other.types.btf().describe(proto(other))
        ));
    }
    Ok(None)
}

/// Puts a value of the configuration to the others; `None` if it is not set.
fn setting(
    symbol: &Extern,
    local: &Types,
    config: Option<&KernelConfig>,
    configuration: &mut Configuration,
) -> Result<Option<Symbol<'static>>, Error> {
    let Some(Type::Var(variable)) = local.get(symbol.ty) else { return Ok(None) };
    let size = local.size_of(variable.ty).unwrap_or(0);
    let written = match &*symbol.name {
        "LINUX_KERNEL_VERSION" => Some(config::version()?.to_string()),
        // Whether system calls get their arguments in a `struct pt_regs`: their names say so.
        "LINUX_HAS_SYSCALL_WRAPPER" => {
            let names = ["__x64_sys_bpf", "__arm64_sys_bpf", "__s390x_sys_bpf", "__riscv_sys_bpf"];
            let found = names.iter().map(|name| config::address(name));
            let found = found.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().next();
            Some(if found.is_some() { "y" } else { "n" }.to_owned())
        }
        name => config.and_then(|config| config.get(name)).map(str::to_owned),
    };
    let encoded = written.as_deref().map(|written| {
        value(local, variable.ty, written).encode(local, variable.ty).map_err(|mismatch| {
            Error::Value { name: format!("{}={written}", symbol.name), mismatch }
        })
    });
    let offset = configuration.bytes.len().next_multiple_of(8);
    configuration.bytes.resize(offset, 0);
    let is_set = encoded.is_some();
    configuration.bytes.extend(encoded.transpose()?.unwrap_or_else(|| vec![0; size as usize]));
    configuration.placed.push((symbol.ty, offset as u32, size));
    Ok((is_set || symbol.weak).then_some(Symbol::Config(offset as u32)))
}

/// What a setting as it is written means for a variable of a type.
fn value(local: &Types, ty: TypeId, written: &str) -> Value {
    let resolved = local.resolve(ty).map(|(_, ty)| ty);
    if let Some(text) = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Value::Text(text.replace("\\\"", "\"").replace("\\\\", "\\"));
    }
    match (written, resolved) {
        // `enum libbpf_tristate`: no, yes, module.
        ("m", Some(Type::Enum(_))) => Value::Number(2),
        ("y" | "m" | "n", Some(Type::Int(int))) if int.size == 1 && int.name == "char" => {
            Value::Number(written.bytes().next().unwrap_or(b'n').into())
        }
        ("y", Some(_)) => Value::Number(1),
        ("n", Some(_)) => Value::Number(0),
        _ => Value::parse(local, ty, written).unwrap_or_else(|_| Value::Text(written.to_owned())),
    }
}

/// Descriptors of modules that a program's calls name by their index.
#[derive(Debug, Default)]
pub(super) struct Modules<'a> {
    pub(super) modules: Vec<&'a Module>,
}

impl<'a> Modules<'a> {
    /// The kernel is 0.
    fn index(&mut self, module: Option<&'a Module>) -> Option<i16> {
        let Some(module) = module else { return Some(0) };
        let known = self.modules.iter().position(|known| known.name == module.name);
        let index = known.unwrap_or_else(|| {
            self.modules.push(module);
            self.modules.len() - 1
        });
        i16::try_from(index + 1).ok()
    }
}

/// Puts what a symbol is into the instruction that names it; a [`Symbol::Config`] is put there by
/// whoever has the map. `None` for an instruction that cannot name it.
pub(super) fn put<'a>(
    insns: &mut [Insn],
    at: usize,
    name: &str,
    symbol: Symbol<'a>,
    modules: &mut Modules<'a>,
    poison: &mut Poison,
) -> Option<()> {
    let insn = *insns.get(at)?;
    let is_call = insn.row()?.op == Op::CallLocal;
    let dst = Reg(insn.dst);
    let wide = match (symbol, is_call) {
        (Symbol::Function(found), true) => {
            let index = modules.index(found.module)?;
            *insns.get_mut(at)? = Insn::call_kfunc(index, found.id.0.cast_signed());
            return Some(());
        }
        (Symbol::Absent, true) => {
            poison.put(insns, at, format!("function `{name}`, {ABSENT}"));
            return Some(());
        }
        (Symbol::Function(found) | Symbol::Variable(found), false) => {
            use std::os::fd::AsRawFd;
            let descriptor = found.module.map_or(0, |module| module.descriptor().as_raw_fd());
            Insn::ld_pseudo(dst, Pseudo::BtfId, found.id.0.cast_signed(), descriptor)
        }
        (Symbol::Address(address), false) => Insn::ld_imm64(dst, address),
        (Symbol::Absent, false) => Insn::ld_imm64(dst, 0),
        (Symbol::Variable(_) | Symbol::Address(_), true) | (Symbol::Config(_), _) => return None,
    };
    insns.get_mut(at..at + 2)?.copy_from_slice(&wide);
    Some(())
}

/// The types of an object as the kernel takes them: what it defines itself is of no use to it, and
/// its settings are variables like others.
pub(super) fn types_for_kernel(object: &Types, configuration: &Configuration) -> Types {
    let mut types = object.clone();
    let sections: Vec<(TypeId, nbpfc_btf::Datasec)> = types
        .iter()
        .filter_map(|(id, ty)| match ty {
            Type::Datasec(section) => Some((id, section.clone())),
            _ => None,
        })
        .collect();
    for (id, section) in sections {
        let changed = match &*section.name {
            ".ksyms" => {
                for placed in &section.vars {
                    define(&mut types, placed.var);
                }
                let (name, members) = (String::new(), Vec::new());
                Type::Struct(nbpfc_btf::Composite { name, size: 0, members })
            }
            ".kconfig" => {
                let placed = configuration.placed.iter();
                let vars = placed.map(|&(var, offset, size)| {
                    if let Some(Type::Var(variable)) = types.get_mut(var) {
                        variable.linkage = Linkage::Global;
                    }
                    nbpfc_btf::Placed { var, offset, size }
                });
                let size = configuration.bytes.len() as u32;
                Type::Datasec(nbpfc_btf::Datasec { size, vars: vars.collect(), ..section.clone() })
            }
            _ => continue,
        };
        if let Some(place) = types.get_mut(id) {
            *place = changed;
        }
    }
    types
}

/// Makes a function or variable of the kernel one that the kernel takes from a program.
fn define(types: &mut Types, id: TypeId) {
    let proto = match types.get_mut(id) {
        Some(Type::Func(function)) => {
            function.linkage = Linkage::Global;
            function.ty
        }
        Some(Type::Var(variable)) => {
            // Any type with a size will do: nobody reads it.
            variable.linkage = Linkage::Global;
            let pointer = types.push(Type::Ptr(TypeId::VOID));
            if let Some(Type::Var(variable)) = types.get_mut(id) {
                variable.ty = pointer;
            }
            return;
        }
        _ => return,
    };
    if let Some(Type::FuncProto(proto)) = types.get_mut(proto) {
        for (index, parameter) in proto.params.iter_mut().enumerate() {
            if parameter.name.is_empty() && parameter.ty != TypeId::VOID {
                parameter.name = format!("p{index}");
            }
        }
    }
}
