//! Maps, pointers, memory and calls in the text form.

use cranelift_entity::PrimaryMap;
use nbpfc_kernel::{CONTEXTS, Helper, MapKind, Member};

use super::draft::Draft;
use super::{Error, Parser};
use crate::entity::{Func, Map, Slot, Value};
use crate::function::SlotData;
use crate::instruction::{Args, AtomicOp, Instruction, Place};
use crate::lex::Kind;
use crate::map::MapData;
use crate::pointer::{Pointer, Region};
use crate::types::{Type, Width};

impl<'a> Parser<'a> {
    /// The maps of a module, each of which has the next number.
    pub(super) fn maps(&mut self) -> Result<PrimaryMap<Map, MapData>, Error> {
        let mut maps = PrimaryMap::new();
        while self.eat(Kind::Word("map")) {
            let offset = self.offset();
            let number = self.name('m', "a map")?;
            if number != maps.len() as u32 {
                return Err((offset, format!("the next map is m{}", maps.len())));
            }
            self.mark("@")?;
            let name = self.word("a name")?;
            self.mark(":")?;
            let kind = self.one_of("a map type", MapKind::ALL, MapKind::name)?;
            let mut map = MapData::new(name, kind, 0, 0, 0);
            while self.eat(Kind::Mark(",")) {
                self.map_part(&mut map)?;
            }
            maps.push(map);
        }
        Ok(maps)
    }

    fn map_part(&mut self, map: &mut MapData) -> Result<(), Error> {
        let offset = self.offset();
        match self.word("a part of the map")? {
            "key" => map.key_size = self.bytes("a size")?,
            "value" => map.value_size = self.bytes("a size")?,
            "entries" => map.max_entries = self.bytes("a number")?,
            "flags" => map.flags = self.bytes("flags")?,
            "inner" => map.inner = Some(Map::from_u32(self.name('m', "a map")?)),
            "constant" => map.constant = true,
            "data" => map.data = self.data()?,
            other => return Err((offset, format!("maps have no `{other}`"))),
        }
        Ok(())
    }

    /// Bytes in hexadecimal digits behind an `x`.
    fn data(&mut self) -> Result<Vec<u8>, Error> {
        let offset = self.offset();
        let wrong = || (offset, "expected `x` and two hexadecimal digits a byte".to_owned());
        let digits = self.word("bytes")?.strip_prefix('x').ok_or_else(wrong)?;
        let pairs = digits.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        });
        pairs.collect::<Option<_>>().ok_or_else(wrong)
    }

    /// The slots of a function.
    pub(super) fn slots(&mut self, draft: &mut Draft) -> Result<(), Error> {
        while self.eat(Kind::Word("slot")) {
            let offset = self.offset();
            let number = self.name('s', "a slot")?;
            if number != draft.slots.len() as u32 {
                return Err((offset, format!("the next slot is s{}", draft.slots.len())));
            }
            self.mark(",")?;
            draft.slots.push(SlotData { size: self.bytes("a size")? });
        }
        Ok(())
    }

    /// A type.
    pub(super) fn ty(&mut self) -> Result<Type, Error> {
        let offset = self.offset();
        let word = self.word("a type")?;
        self.ty_named(word, offset)
    }

    /// The type that a word stands for, and the `?` behind it.
    fn ty_named(&mut self, word: &str, offset: u32) -> Result<Type, Error> {
        if let Some(ty) = Type::SIMPLE.iter().find(|ty| ty.name() == word) {
            return Ok(*ty);
        }
        let unknown = || (offset, format!("there is no type `{word}`"));
        let (name, rest) = word.split_once('.').unwrap_or((word, "0"));
        let region = match name {
            "stack" => Region::Stack,
            "value" => Region::Value,
            "constant" => Region::Constant,
            "record" => Region::Record,
            "socket" => Region::Socket,
            "context" => Region::Context,
            "map" => {
                let number = rest.strip_prefix('m').and_then(|digits| digits.parse().ok());
                Region::Map(Map::from_u32(number.filter(|n| *n < u32::MAX).ok_or_else(unknown)?))
            }
            _ => return Err(unknown()),
        };
        let size = match region {
            Region::Map(_) => 0,
            _ => rest.parse().map_err(|_| unknown())?,
        };
        let nullable = self.eat(Kind::Mark("?"));
        Ok(Type::Pointer(Pointer { region, size, nullable }))
    }

    /// An instruction without a result, if one is next.
    pub(super) fn effect(&mut self, draft: &mut Draft) -> Result<Option<Instruction>, Error> {
        const WORDS: &[&str] = &[
            "store.",
            "write.",
            "atomic.",
            "set_member",
            "checkpoint",
            "call.void",
            "invoke.void",
        ];
        match self.peek() {
            Kind::Word(word) if WORDS.iter().any(|begin| word.starts_with(begin)) => {
                self.instruction(draft).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The instruction of this name, if it is one that this file is about.
    pub(super) fn memory(
        &mut self,
        word: &'a str,
        offset: u32,
        draft: &mut Draft,
    ) -> Result<Option<Instruction>, Error> {
        let (name, rest) = word.split_once('.').unwrap_or((word, ""));
        Ok(Some(match name {
            "context" => Instruction::Context,
            "map" => Instruction::Map(Map::from_u32(self.name('m', "a map")?)),
            "slot" => Instruction::Slot(Slot::from_u32(self.name('s', "a slot")?)),
            "argument" => {
                let ty = self.ty_named(rest, offset)?;
                let index = self.bytes("a number")?;
                let index = u8::try_from(index).map_err(|_| (offset, "no such argument".into()));
                Instruction::Argument(index?, ty)
            }
            "global" | "constant" => {
                let map = Map::from_u32(self.name('m', "a map")?);
                self.mark("+")?;
                let start = self.bytes("an offset")?;
                self.mark(",")?;
                let size = self.bytes("a size")?;
                Instruction::Global { map, offset: start, size, writable: name == "global" }
            }
            "part" => {
                let (pointer, displacement) = self.displaced(draft)?;
                self.mark(",")?;
                Instruction::Part { pointer, displacement, size: self.bytes("a size")? }
            }
            "index" => {
                let pointer = self.value(draft)?;
                self.mark("+")?;
                let index = self.value(draft)?;
                self.mark(",")?;
                Instruction::Index { pointer, index, size: self.bytes("a size")? }
            }
            "store" => {
                let width = width(rest, offset)?;
                let (view, displacement) = self.displaced(draft)?;
                let value = self.operand(draft)?;
                Instruction::Store { width, view, displacement, value }
            }
            "read" => Instruction::Read(self.place(rest, offset, draft)?),
            "write" => {
                let place = self.place(rest, offset, draft)?;
                Instruction::Write(place, self.operand(draft)?)
            }
            "atomic" | "fetch" => {
                let (op, width) = rest.split_once('.').unwrap_or((rest, ""));
                let op = AtomicOp::ALL.iter().find(|known| known.name() == op);
                let op = *op.ok_or_else(|| (offset, "there is no such operation".to_owned()))?;
                let place = self.place(width, offset, draft)?;
                let value = self.operand(draft)?;
                Instruction::Atomic { op, place, value, fetch: name == "fetch" }
            }
            "cmpxchg" => {
                let place = self.place(rest, offset, draft)?;
                let expected = self.operand(draft)?;
                Instruction::CompareExchange { place, expected, value: self.operand(draft)? }
            }
            "member" => Instruction::Member(self.member()?),
            "set_member" => {
                let member = self.member()?;
                Instruction::SetMember(member, self.operand(draft)?)
            }
            "call" => {
                let result = self.ty_named(rest, offset)?;
                let offset = self.offset();
                let name = self.word("a helper")?;
                let helper = Helper::by_name(name)
                    .ok_or_else(|| (offset, format!("there is no helper `{name}`")))?;
                Instruction::Call { helper, args: self.args(draft)?, result }
            }
            "checkpoint" => {
                let offset = self.offset();
                let steps = u8::try_from(self.bytes("a number of steps")?);
                Instruction::Checkpoint(
                    steps.map_err(|_| (offset, "at most 255 steps".to_owned()))?,
                )
            }
            "invoke" => {
                let result = self.ty_named(rest, offset)?;
                let function = Func::from_u32(self.name('f', "a function")?);
                Instruction::Invoke { function, args: self.args(draft)?, result }
            }
            _ => return Ok(None),
        }))
    }

    fn displaced(&mut self, draft: &mut Draft) -> Result<(Value, u32), Error> {
        let value = self.value(draft)?;
        self.mark("+")?;
        Ok((value, self.bytes("a displacement")?))
    }

    fn place(&mut self, name: &str, offset: u32, draft: &mut Draft) -> Result<Place, Error> {
        let width = width(name, offset)?;
        let (pointer, displacement) = self.displaced(draft)?;
        Ok(Place { width, pointer, displacement })
    }

    /// One more operand.
    fn operand(&mut self, draft: &mut Draft) -> Result<Value, Error> {
        self.mark(",")?;
        self.value(draft)
    }

    fn member(&mut self) -> Result<Member, Error> {
        let offset = self.offset();
        let word = self.word("a member of a context")?;
        let mut parts = word.split('.');
        let context = parts.next().and_then(|name| CONTEXTS.iter().find(|c| c.name == name));
        let name = parts.next().unwrap_or_default();
        let element = parts.next().map_or(Some(0), |digits| digits.parse().ok());
        context
            .zip(element)
            .and_then(|(context, element)| Member::new(context, name, element))
            .ok_or_else(|| (offset, format!("there is no member `{word}`")))
    }

    fn args(&mut self, draft: &mut Draft) -> Result<Args, Error> {
        let offset = self.offset();
        let mut args = Vec::new();
        self.list(|parser| {
            args.push(parser.value(draft)?);
            Ok(())
        })?;
        Args::new(&args).ok_or_else(|| (offset, format!("more than {} arguments", Args::MAX)))
    }
}

fn width(name: &str, offset: u32) -> Result<Width, Error> {
    let width = Width::ALL.iter().find(|width| width.name() == name);
    width.copied().ok_or_else(|| (offset, format!("there is no width `{name}`")))
}
