//! The types of the running kernel and of its modules, or of another kernel.

use std::fs;
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use nbpfc_btf::{Btf as Types, CoreError, CoreTarget, Resolved, Type, TypeId};
use nbpfc_object::Core;

use crate::btf::Btf;
use crate::error::Error;
use crate::file;

/// Where the kernel shows its types.
const VMLINUX: &str = "/sys/kernel/btf/vmlinux";

/// Types of a kernel, against which objects are fitted when they are loaded.
#[derive(Debug)]
pub struct KernelTypes {
    vmlinux: CoreTarget,
    /// What `vmlinux` was read from, for the strings of modules; `None` if this is not the running
    /// kernel, whose modules count for nothing then.
    bytes: Option<Vec<u8>>,
    modules: OnceLock<Result<Vec<Module>, Error>>,
}

/// A module that is loaded.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) types: CoreTarget,
    btf: Btf,
}

/// A function or variable of the kernel or of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) types: &'a CoreTarget,
    pub(crate) id: TypeId,
    pub(crate) module: Option<&'a Module>,
}

impl Module {
    /// The types in the kernel, as instructions name them.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.btf.as_fd()
    }
}

impl KernelTypes {
    /// Those of the running kernel, read once in a process.
    ///
    /// # Errors
    /// [`Error::Object`] if the kernel has none (`CONFIG_DEBUG_INFO_BTF`) or they cannot be read.
    pub fn running() -> Result<Arc<Self>, Error> {
        static RUNNING: OnceLock<Result<Arc<KernelTypes>, Error>> = OnceLock::new();
        let read = || {
            let bytes = fs::read(VMLINUX).map_err(|error| {
                Error::Object(match error.kind() {
                    ErrorKind::NotFound => format!(
                        "it needs the kernel's types, and there is no {VMLINUX}: a kernel with \
                         CONFIG_DEBUG_INFO_BTF has it; for others give the types of its build"
                    ),
                    _ => format!("{VMLINUX} cannot be read: {error}"),
                })
            })?;
            let vmlinux = decode(&bytes, VMLINUX)?;
            Ok(Arc::new(Self { vmlinux, bytes: Some(bytes), modules: OnceLock::new() }))
        };
        RUNNING.get_or_init(read).clone()
    }

    /// Those of a kernel that does not show them itself, from a file of BTF, such as those
    /// that are collected for kernels of distributions.
    ///
    /// # Errors
    /// [`Error::File`] if the file cannot be read or is no BTF.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self::new(file::read(path, Types::decode)?))
    }

    /// Any types as those of a kernel.
    pub fn new(types: Types) -> Self {
        Self { vmlinux: CoreTarget::new(types), bytes: None, modules: OnceLock::new() }
    }

    /// The kernel's own types.
    pub fn vmlinux(&self) -> &CoreTarget {
        &self.vmlinux
    }

    /// The modules that are loaded.
    pub(crate) fn modules(&self) -> Result<&[Module], Error> {
        let read = || match &self.bytes {
            Some(bytes) => read_modules(self.vmlinux.btf(), bytes),
            None => Ok(Vec::new()),
        };
        self.modules.get_or_init(read).as_deref().map_err(Clone::clone)
    }

    /// The numbers of types of the kernel, or if it has none of this name, of a module's.
    pub(crate) fn resolve(
        &self,
        local: &Types,
        core: &Core,
    ) -> Result<Result<Resolved, CoreError>, Error> {
        let in_types = |types: &CoreTarget| types.resolve(local, core.ty, &core.access, core.kind);
        if self.vmlinux.has(local, core.ty) {
            return Ok(in_types(&self.vmlinux));
        }
        let module = self.modules()?.iter().find(|module| module.types.has(local, core.ty));
        Ok(in_types(module.map_or(&self.vmlinux, |module| &module.types)))
    }

    /// The functions or variables of a name, the kernel's before those of modules.
    pub(crate) fn find<'a>(
        &'a self,
        name: &str,
        test: impl Fn(&Type) -> bool + Copy + 'a,
    ) -> Result<Vec<Found<'a>>, Error> {
        let own = self.vmlinux.named(name, test);
        let own = own.map(|id| Found { types: &self.vmlinux, id, module: None });
        let own: Vec<_> = own.collect();
        if !own.is_empty() {
            return Ok(own);
        }
        let modules = self.modules()?.iter().flat_map(|module| {
            let ids: Vec<_> = module.types.named(name, test).collect();
            ids.into_iter().map(move |id| Found { types: &module.types, id, module: Some(module) })
        });
        Ok(modules.collect())
    }
}

fn decode(bytes: &[u8], name: &str) -> Result<CoreTarget, Error> {
    let types = Types::decode(bytes).map_err(|error| Error::Object(format!("{name}: {error}")))?;
    Ok(CoreTarget::new(types))
}

fn read_modules(vmlinux: &Arc<Types>, vmlinux_bytes: &[u8]) -> Result<Vec<Module>, Error> {
    let mut modules = Vec::new();
    let mut last = 0;
    while let Some(id) = Btf::next_id(last)? {
        last = id;
        // What goes meanwhile is not there.
        let Ok(btf) = Btf::from_id(id) else { continue };
        let info = btf.info()?;
        if !info.of_kernel || info.name == "vmlinux" {
            continue;
        }
        let types = Types::decode_split(&btf.bytes()?, vmlinux.clone(), vmlinux_bytes);
        let types = types
            .map_err(|error| Error::Object(format!("types of module {}: {error}", info.name)))?;
        modules.push(Module { name: info.name, types: CoreTarget::new(types), btf });
    }
    Ok(modules)
}
