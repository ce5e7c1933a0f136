//! What is compiled, and what comes of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use nbpfc_codegen::{ClassicInsn, Code, Error};
use nbpfc_complexity::{Estimate, Limits};
use nbpfc_ir::{Instruction, Module, Terminator, validate};
use nbpfc_kernel::{Field, Target};
use nbpfc_opt as opt;
use nbpfc_pcap::names::Names;
use nbpfc_pcap::{LinkType, Lists, Options, Sets, Text};
use nbpfc_source::{Code as Kind, Diagnostic, File, FileId, Files};

use crate::complexity::{self, Subject};
use crate::link::{self, Part};
use crate::used_maps;
use crate::verified::Verified;
use crate::world::World;

/// What classic programs return for a packet that matches: libpcap's `MAXIMUM_SNAPLEN`.
const ACCEPT: u32 = 262_144;

/// The longest file of a set, in bytes.
const LONGEST_LIST: usize = 1 << 28;

/// What becomes of packets that match; the others get the opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    /// They get the hook's verdict `pass`.
    Pass,
    /// They get the hook's verdict `drop`.
    Drop,
}

/// What to compile an expression for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Request {
    /// Where the program runs.
    pub target: Target,
    /// What packets begin with.
    pub link_type: LinkType,
    /// What becomes of packets that match.
    pub matches: Matches,
    /// The IPv4 netmask, for `ip broadcast`.
    pub netmask: Option<u32>,
    /// Packets come from the kernel, not from a file: direction and interface can be asked for.
    pub live: bool,
    /// Look for protocols and ports behind IPv6 extension headers, and for `tcp[…]` in IPv6.
    pub strict_ipv6: bool,
    /// What sets and long lists become.
    pub sets: Sets,
    /// A network card runs the program: it keeps no tables beside the code, and one value of each
    /// counter.
    pub offload: bool,
    /// Whether to optimise.
    pub optimise: bool,
    /// A program that may be too much for the verifier is handed out all the same, with
    /// [`Filter::doubt`]: there is a kernel that says whether it is.
    pub doubtful: bool,
}

impl Request {
    /// A program that passes on what matches.
    pub fn new(target: Target, link_type: LinkType) -> Self {
        let matches = Matches::Pass;
        Self {
            target,
            link_type,
            matches,
            netmask: None,
            live: false,
            strict_ipv6: false,
            sets: Sets::Tables,
            offload: false,
            optimise: true,
            doubtful: false,
        }
    }
}

/// An expression compiled for a target.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The expression.
    pub file: Arc<File>,
    /// What it was compiled for.
    pub target: Target,
    /// The verdict for packets that match.
    pub accept: u32,
    /// The verdict for the others.
    pub reject: u32,
    /// The optimised IR.
    pub module: Module,
    /// The instructions.
    pub code: Code,
    /// Why it may be too much for the kernel's verifier; only if [`Request::doubtful`] has such programs.
    pub doubt: Option<Diagnostic>,
}

impl Filter {
    /// Whether the program asks for this.
    pub fn asks(&self, field: Field) -> bool {
        self.module.functions.iter().any(|function| {
            let insts = function.layout.iter().flat_map(|block| &function.block(*block).insts);
            insts.into_iter().any(|inst| *function.inst(*inst) == Instruction::Meta(field))
        })
    }

    /// Whether no packet can match, as far as the optimiser sees.
    pub fn never_matches(&self) -> bool {
        let [function] = self.module.functions.as_slice() else { return false };
        let verdict = match function.terminator(function.entry()) {
            Terminator::Return(value) => function.constant(*value),
            _ => None,
        };
        verdict == Some(self.reject.into())
    }

    /// What the program asks of the kernel's verifier, all its ways gone, its constants as they are.
    pub fn complexity(&self, limits: Limits) -> Estimate {
        Subject::new(&self.code, &self.module, &self.target, true).walk(limits)
    }

    /// The object with this filter as its only program, `filter`.
    pub fn object(&self) -> Verified {
        let part =
            Part { name: "filter", code: &self.code, target: &self.target, module: &self.module };
        let object = link::object(None, &[part], &[], &[], &[], &[]).0;
        Verified::unchecked(object, "the verifier is the kernel's until nbpfc has its own")
    }
}

/// The passes after which tests share what they ask about. What one has told the verifier of a
/// number then keeps ways apart where the next asks about it: a list of networks of many lengths is
/// more than it follows, though not if each test loads for itself.
const SHARING: &[&str] = &["gvn", "thread"];

/// Functions of fewer blocks are not too much because of that.
const MANY_BLOCKS: usize = 500;

/// The source texts of one run, and the way from them to objects.
pub struct Session<'w> {
    world: &'w dyn World,
    files: Files,
    /// The files of sets, by the names that expressions give them, or why they cannot be read.
    lists: BTreeMap<String, Result<FileId, String>>,
}

impl<'w> Session<'w> {
    /// A session that asks this world for files and names.
    pub fn new(world: &'w dyn World) -> Self {
        Self { world, files: Files::default(), lists: BTreeMap::new() }
    }

    /// The source texts, to draw diagnostics with.
    pub fn files(&self) -> &Files {
        &self.files
    }

    pub(crate) fn world(&self) -> &'w dyn World {
        self.world
    }

    pub(crate) fn names(&self) -> &'w dyn Names {
        self.world.names()
    }

    /// Takes in a module in nbp.
    pub fn add_module(&mut self, file: File) -> FileId {
        self.files.add(file)
    }

    /// Takes in the file of a set.
    pub(crate) fn add_list(&mut self, path: &Path) -> Result<FileId, String> {
        let name = path.display().to_string();
        read_list(self.world, &name).map(|list| self.files.add(list))
    }

    /// Takes in an expression, and the files of sets that it names.
    pub fn add(&mut self, file: File) -> FileId {
        for name in nbpfc_pcap::file_names(file.text()) {
            if !self.lists.contains_key(name) {
                let list = read_list(self.world, name).map(|list| self.files.add(list));
                self.lists.insert(name.to_owned(), list);
            }
        }
        self.files.add(file)
    }

    /// Reads an expression and lowers it, without optimising.
    ///
    /// # Errors
    /// What is wrong with the expression.
    pub fn lower(
        &self,
        id: FileId,
        request: &Request,
        accept: u32,
        reject: u32,
    ) -> Result<Module, Vec<Diagnostic>> {
        let file = self.files.get(id);
        let mut lists = Lists::default();
        for (name, list) in &self.lists {
            lists.add(name, list.clone().map(|list| (list, self.files.get(list).text())));
        }
        let names = self.world.names();
        let text = Text::whole(file.text());
        let (filter, diagnostics) = nbpfc_pcap::parse_with(text, id, names, &lists);
        let Some(filter) = filter else { return Err(diagnostics) };
        let options = Options {
            accept,
            reject,
            netmask: request.netmask,
            live: request.live,
            strict_ipv6: request.strict_ipv6,
            sets: if request.offload { Sets::Code } else { request.sets },
            tag_beside: request.live && request.target.field(Field::VlanPresent).is_some(),
            ..Options::new(id, request.link_type)
        };
        nbpfc_pcap::lower(&filter, Arc::new(file.clone()), &options)
    }

    /// Compiles an expression.
    ///
    /// # Errors
    /// What is wrong with the expression, or what the target does not have.
    pub fn filter(&self, id: FileId, request: &Request) -> Result<Filter, Vec<Diagnostic>> {
        let hook = request.target.hook;
        let (accept, reject) = match request.matches {
            Matches::Pass => (hook.pass, hook.drop),
            Matches::Drop => (hook.drop, hook.pass),
        };
        let module = self.lower(id, request, accept, reject)?;
        Self::program(module, id, request, (accept, reject))
    }

    /// Compiles a module's program, its first function, with the functions that it calls, such as
    /// an expression with what is to be done where it matches, maps included. Its source is the
    /// file `id`; of the request, the target counts and whether to optimise.
    ///
    /// # Errors
    /// What the target does not have.
    pub fn program(
        module: Module,
        id: FileId,
        request: &Request,
        verdicts: (u32, u32),
    ) -> Result<Filter, Vec<Diagnostic>> {
        let blocks: usize = module.functions.iter().map(|function| function.layout.len()).sum();
        let again = (request.optimise && blocks > MANY_BLOCKS).then(|| module.clone());
        let made = Self::optimised(module, id, request, verdicts, &[]);
        match (made, again) {
            (Err(found), Some(module)) if found.iter().all(|d| d.code == Kind::TooComplex) => {
                let apart = Self::optimised(module, id, request, verdicts, SHARING);
                apart.map_err(|_| found)
            }
            (made, _) => made,
        }
    }

    /// As [`Self::program`], at once or not at all, without the passes of these names.
    pub(crate) fn optimised(
        mut module: Module,
        id: FileId,
        request: &Request,
        (accept, reject): (u32, u32),
        skip: &[&str],
    ) -> Result<Filter, Vec<Diagnostic>> {
        if request.optimise {
            let options = opt::Options { skip, ..opt::Options::default() };
            opt::run(&mut module, &request.target, options);
        }
        let valid = validate(&module).map_err(|faults| vec![bug(&faults, &module)])?;
        let code = nbpfc_codegen::compile(valid, &request.target)
            .map_err(|error| vec![from_codegen(&error, id)])?;
        if let Some(error) = used_maps::refusal(&code, id) {
            return Err(vec![error]);
        }
        let doubt = complexity::refusal(&code, &module, &request.target, id);
        if let (Some(error), false) = (&doubt, request.doubtful) {
            return Err(vec![error.clone()]);
        }
        Ok(Filter {
            file: module.source.clone(),
            target: request.target,
            accept,
            reject,
            module,
            code,
            doubt,
        })
    }

    /// Compiles an expression to classic BPF, which returns 262144 or 0 as libpcap's does. The
    /// request's target says only what is known of the packets.
    ///
    /// # Errors
    /// What is wrong with the expression, or what classic BPF does not have.
    pub fn classic(
        &self,
        id: FileId,
        request: &Request,
    ) -> Result<Vec<ClassicInsn>, Vec<Diagnostic>> {
        let request = &Request { sets: Sets::Code, ..*request };
        let mut module = self.lower(id, request, ACCEPT, 0)?;
        if request.optimise {
            let options = opt::Options { classic: true, ..opt::Options::default() };
            opt::run(&mut module, &request.target, options);
        }
        let valid = validate(&module).map_err(|faults| vec![bug(&faults, &module)])?;
        nbpfc_codegen::compile_cbpf(valid).map_err(|error| vec![from_codegen(&error, id)])
    }
}

/// The file of a set.
fn read_list(world: &dyn World, name: &str) -> Result<File, String> {
    let read = world.read(Path::new(name), LONGEST_LIST);
    let bytes = read.map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
    Ok(File::new(name, text))
}

fn bug(faults: &[nbpfc_ir::Fault], module: &Module) -> Diagnostic {
    let text = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Diagnostic::general(Kind::Bug, format!("the optimised code is not valid: {text}"))
        .note(module.to_string())
        .help("this is a bug of nbpfc's: please report the expression and the target")
}

fn from_codegen(error: &Error, id: FileId) -> Diagnostic {
    let found = match error.span() {
        Some(span) => Diagnostic::error(error.code(), error.to_string(), id, span),
        None => Diagnostic::general(error.code(), error.to_string()),
    };
    match error {
        Error::Stack { .. } => found
            .note("what a program computes with, copies of structs and arrays above all, is on its stack")
            .help("name a map's element (`let c = m.at(k);`) instead of copying it, and keep large values in maps"),
        _ => found,
    }
}

#[cfg(test)]
mod tests;
