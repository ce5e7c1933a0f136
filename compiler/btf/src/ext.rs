//! `.BTF.ext`: which function an instruction begins, which source line it comes from, what it
//! wants relocated (`Documentation/bpf/btf.rst` section 4.2).
//!
//! Offsets are in bytes from the beginning of an ELF section. The kernel takes the same records
//! with instruction indexes.

use crate::bytes::{Bytes, Strings};
use crate::decode::{header_len, sections};
use crate::error::Error;
use crate::layout::{MAGIC, VERSION};
use crate::types::{CoreKind, TypeId};

/// Length of the header with the part for CO-RE.
const HEADER_LEN: u32 = 32;
/// Length of the header before CO-RE.
const OLD_HEADER_LEN: u32 = 24;
/// Lines and columns share a word: 22 bits, then 10.
const MAX_LINE: u32 = (1 << 22) - 1;
const MAX_COLUMN: u32 = (1 << 10) - 1;

/// The records of `.BTF.ext`, grouped by the ELF section they speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ext {
    /// Where functions begin.
    pub functions: Vec<Section<FuncInfo>>,
    /// Where source lines begin.
    pub lines: Vec<Section<LineInfo>>,
    /// CO-RE relocations.
    pub relocations: Vec<Section<CoreRelocation>>,
}

/// Records that speak of one ELF section, in the order of their offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<T> {
    /// Name of the section.
    pub name: String,
    /// The records.
    pub records: Vec<T>,
}

/// A function begins here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FuncInfo {
    /// Offset in bytes.
    pub offset: u32,
    /// Its [`Type::Func`](crate::Type::Func).
    pub function: TypeId,
}

/// A source line begins here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineInfo {
    /// Offset in bytes.
    pub offset: u32,
    /// Name of the source file.
    pub file: String,
    /// The line's text, which the kernel's verifier prints.
    pub text: String,
    /// Line number from 1, at most 2^22 - 1.
    pub line: u32,
    /// Column from 1, at most 1023; 0 if not known.
    pub column: u32,
}

impl LineInfo {
    /// Line and column in one word, as `.BTF.ext` and the kernel have them. What does not fit is
    /// cut to the greatest number that does.
    pub fn line_col(line: u32, column: u32) -> u32 {
        line.min(MAX_LINE) << 10 | column.min(MAX_COLUMN)
    }
}

/// An instruction whose immediate or offset depends on the types of the running kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreRelocation {
    /// Offset in bytes.
    pub offset: u32,
    /// The root type.
    pub ty: TypeId,
    /// The way from the root, such as `0:1:2`.
    pub access: String,
    /// What is wanted.
    pub kind: CoreKind,
}

/// What the three sorts of record have in common.
trait Record: Sized {
    const SIZE: u32;
    fn encode(&self, strings: &mut Strings) -> Vec<u32>;
    fn decode(words: &mut Bytes<'_>, strings: Bytes<'_>) -> Result<Self, Error>;
}

impl Record for FuncInfo {
    const SIZE: u32 = 8;

    fn encode(&self, _: &mut Strings) -> Vec<u32> {
        vec![self.offset, self.function.0]
    }

    fn decode(words: &mut Bytes<'_>, _: Bytes<'_>) -> Result<Self, Error> {
        Ok(Self { offset: words.u32()?, function: TypeId(words.u32()?) })
    }
}

impl Record for LineInfo {
    const SIZE: u32 = 16;

    fn encode(&self, strings: &mut Strings) -> Vec<u32> {
        let (file, text) = (strings.intern(&self.file), strings.intern(&self.text));
        vec![self.offset, file, text, Self::line_col(self.line, self.column)]
    }

    fn decode(words: &mut Bytes<'_>, strings: Bytes<'_>) -> Result<Self, Error> {
        let offset = words.u32()?;
        let file = strings.string(words.u32()?)?.to_owned();
        let text = strings.string(words.u32()?)?.to_owned();
        let place = words.u32()?;
        Ok(Self { offset, file, text, line: place >> 10, column: place & MAX_COLUMN })
    }
}

impl Record for CoreRelocation {
    const SIZE: u32 = 16;

    fn encode(&self, strings: &mut Strings) -> Vec<u32> {
        vec![self.offset, self.ty.0, strings.intern(&self.access), self.kind.code()]
    }

    fn decode(words: &mut Bytes<'_>, strings: Bytes<'_>) -> Result<Self, Error> {
        let (offset, ty) = (words.u32()?, TypeId(words.u32()?));
        let access = strings.string(words.u32()?)?.to_owned();
        let code = words.u32()?;
        let kind = CoreKind::from_code(code).ok_or(Error::CoreKind(code))?;
        Ok(Self { offset, ty, access, kind })
    }
}

impl Ext {
    /// Whether there is no record at all; then the section is better left out.
    pub fn is_empty(&self) -> bool {
        self.functions.iter().all(|section| section.records.is_empty())
            && self.lines.iter().all(|section| section.records.is_empty())
            && self.relocations.iter().all(|section| section.records.is_empty())
    }

    /// The bytes of `.BTF.ext` in little-endian order; its strings go to those of `.BTF`.
    ///
    /// Sections without records are left out: libbpf drops all of `.BTF.ext` for one.
    pub fn encode(&self, strings: &mut Strings) -> Vec<u8> {
        let functions = encode(&self.functions, strings);
        let lines = encode(&self.lines, strings);
        let relocations = encode(&self.relocations, strings);

        let mut out = Vec::new();
        out.extend(MAGIC.to_le_bytes());
        out.extend([VERSION, 0]);
        out.extend(HEADER_LEN.to_le_bytes());
        let mut offset = 0u32;
        for part in [&functions, &lines, &relocations] {
            out.extend(offset.to_le_bytes());
            out.extend((part.len() as u32).to_le_bytes());
            offset += part.len() as u32;
        }
        out.extend([functions, lines, relocations].concat());
        out
    }

    /// Reads `.BTF.ext` in little-endian order; its strings are those of `btf`, the bytes of
    /// `.BTF`.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &[u8], btf: &[u8]) -> Result<Self, Error> {
        let (_, strings) = sections(btf)?;
        let mut header = Bytes(bytes);
        let len = header_len(&mut header, OLD_HEADER_LEN)?;
        let mut body = Bytes(bytes);
        body.take(len as usize)?;
        let mut part = || body.part(header.u32()?, header.u32()?);
        let (functions, lines) = (part()?, part()?);
        let relocations = if len < HEADER_LEN { Bytes(&[]) } else { part()? };
        Ok(Self {
            functions: decode(functions, strings)?,
            lines: decode(lines, strings)?,
            relocations: decode(relocations, strings)?,
        })
    }
}

fn encode<T: Record>(sections: &[Section<T>], strings: &mut Strings) -> Vec<u8> {
    let mut words = Vec::new();
    for section in sections.iter().filter(|section| !section.records.is_empty()) {
        words.extend([strings.intern(&section.name), section.records.len() as u32]);
        words.extend(section.records.iter().flat_map(|record| record.encode(strings)));
    }
    if !words.is_empty() {
        words.insert(0, T::SIZE);
    }
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn decode<T: Record>(mut bytes: Bytes<'_>, strings: Bytes<'_>) -> Result<Vec<Section<T>>, Error> {
    let mut sections = Vec::new();
    if bytes.0.is_empty() {
        return Ok(sections);
    }
    let size = bytes.u32()?;
    if size < T::SIZE {
        return Err(Error::Record(size));
    }
    while !bytes.0.is_empty() {
        let name = strings.string(bytes.u32()?)?.to_owned();
        let count = bytes.u32()?;
        // A later version of the format may have longer records; what it adds is not read.
        let records = (0..count)
            .map(|_| T::decode(&mut Bytes(bytes.take(size as usize)?), strings))
            .collect::<Result<_, _>>()?;
        sections.push(Section { name, records });
    }
    Ok(sections)
}
