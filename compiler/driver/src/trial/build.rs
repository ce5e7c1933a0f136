//! Packets built from headers: what is not named follows from the declarations.

use std::collections::BTreeMap;

use nbpfc_sema::{
    CompareOp, Expr, ExprKind, Header, HeaderField, HeaderId, Next, Program, PseudoField, Type,
    Value, in_header, put_bits, wire_number,
};

use super::bits::Bits;

/// The most numbers of a field that are tried to make a header as long as it is.
const TRIES: i128 = 1 << 16;

/// A part of a packet.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A header, the fields that are named, and what is in its last.
    Header(HeaderId, BTreeMap<u32, Value>, Vec<Part>),
    /// Bytes as they are.
    Bytes(Vec<u8>),
}

/// Whether a condition of a header holds, which asks for more than its fields: it stands first in these bytes.
pub(super) type Asks<'a, 'p> = dyn Fn(&'p Expr, &[u8]) -> Option<bool> + 'a;

/// A header that is being made.
struct Making<'p> {
    program: &'p Program,
    header: &'p Header,
    /// The fields that are named: they stay as they are.
    given: BTreeMap<u32, Value>,
    values: Vec<Value>,
    /// What is behind its fields, in it.
    rest: Vec<u8>,
    /// The number by which the header before leads to this one.
    selected: Option<i128>,
    bytes: Vec<u8>,
}

impl<'p> Making<'p> {
    fn new(
        program: &'p Program,
        header: HeaderId,
        given: BTreeMap<u32, Value>,
        rest: Vec<u8>,
    ) -> Self {
        let header = &program.headers[header];
        let values = header.fields.iter().enumerate().map(|(index, field)| {
            let given = given.get(&(index as u32)).or(field.default.as_ref());
            given.cloned().or_else(|| Value::zero(&field.ty)).unwrap_or(Value::Absent)
        });
        let values = values.collect();
        let mut making =
            Self { program, header, given, values, rest, selected: None, bytes: Vec::new() };
        // Fields that are named are there.
        let named: Vec<u32> = making.given.keys().copied().collect();
        for index in named {
            if let Some(condition) = &header.fields[index as usize].condition {
                making.satisfy(condition);
            }
        }
        making
    }

    fn evaluate(&self, expr: &Expr) -> Option<Value> {
        in_header(self.program, expr, &|index| self.values.get(index as usize).cloned())
    }

    /// Gives a field a number, unless it is named.
    fn set(&mut self, index: u32, number: i128) {
        if self.given.contains_key(&index) {
            return;
        }
        let Some(field) = self.header.fields.get(index as usize) else { return };
        self.values[index as usize] = match field.ty {
            Type::Bool => Value::Bool(number != 0),
            Type::Int(int) => Value::Int(int.wrap(number)),
            _ => return,
        };
    }

    /// Lets a condition hold, as far as fields that are not named decide it.
    fn satisfy(&mut self, condition: &Expr) {
        if self.evaluate(condition) == Some(Value::Bool(true)) {
            return;
        }
        match &condition.kind {
            ExprKind::And(a, b) => {
                self.satisfy(a);
                self.satisfy(b);
            }
            ExprKind::Or(a, _) => self.satisfy(a),
            ExprKind::Field(..) => self.assign(condition, 1),
            ExprKind::Not(a) => self.assign(a, 0),
            ExprKind::Compare(op, a, b) => {
                let (field, other) = if a.field().is_some() { (a, b) } else { (b, a) };
                let Some(number) = self.evaluate(other).and_then(|value| value.number()) else {
                    return;
                };
                match op {
                    CompareOp::Eq | CompareOp::Le | CompareOp::Ge => self.assign(field, number),
                    CompareOp::Ne | CompareOp::Gt => self.assign(field, number + 1),
                    CompareOp::Lt => self.assign(field, number - 1),
                }
            }
            ExprKind::In(a, set) => {
                if let Some(number) = set.first().and_then(Value::number) {
                    self.assign(a, number);
                }
            }
            ExprKind::Between(a, low, _) => {
                if let Some(number) = low.number() {
                    self.assign(a, number);
                }
            }
            _ => {}
        }
    }

    /// Lets a condition not hold, if that is one flag.
    fn break_off(&mut self, condition: &Expr) {
        if self.evaluate(condition) != Some(Value::Bool(true)) {
            return;
        }
        match &condition.kind {
            ExprKind::Field(..) => self.assign(condition, 0),
            ExprKind::Not(flag) => self.assign(flag, 1),
            _ => {}
        }
    }

    fn assign(&mut self, place: &Expr, number: i128) {
        if let Some(index) = place.field() {
            self.set(index, number);
        }
    }

    /// Lets the header lead to another one.
    fn lead_to(&mut self, target: HeaderId) -> Option<i128> {
        let header = self.header;
        let arms = header.next.iter().flat_map(|next| {
            let own = next.arms.iter().filter(|(_, header)| *header == target);
            own.map(move |(ranges, _)| (next, ranges))
        });
        let (next, ranges) = arms.into_iter().next()?;
        // What is asked before must not hold.
        for before in header.next.iter().take_while(|before| !std::ptr::eq(*before, next)) {
            if let Some(condition) = &before.condition {
                self.break_off(condition);
            }
        }
        if let Some(condition) = &next.condition {
            self.satisfy(condition);
        }
        let selector = next.selector.as_ref()?;
        let number = |making: &Self| making.evaluate(selector).and_then(|value| value.number());
        let leads = |n: i128| ranges.iter().any(|(low, high)| (*low..=*high).contains(&n));
        if !number(self).is_some_and(leads)
            && let Some((low, _)) = ranges.first()
        {
            self.assign(selector, *low);
        }
        number(self)
    }

    /// Where in the header behind it that field is that decides for it, if this one looks ahead: first bit
    /// and width.
    fn looked_at(&self, target: HeaderId) -> Option<(u32, u32)> {
        let leads = |next: &&Next| next.arms.iter().any(|(_, header)| *header == target);
        let selector = self.header.next.iter().find(leads)?.selector.as_ref()?;
        let field = self.header.fields.get(selector.field()? as usize)?;
        let end = 8 * u32::try_from(self.said_length()?).ok()?;
        Some((field.offset.checked_sub(end)?, field.ty.wire_bits()?))
    }

    /// Gives the field in a place the number that the header before has read there.
    fn agree(&mut self, (start, width): (u32, u32), number: i128) {
        let is_it =
            |field: &HeaderField| field.offset == start && field.ty.wire_bits() == Some(width);
        if let Some(index) = self.header.fields.iter().position(is_it) {
            self.set(index as u32, number);
        }
    }

    fn is_there(&self, index: usize) -> bool {
        let condition = self.header.fields[index].condition.as_ref();
        condition.is_none_or(|condition| self.evaluate(condition) == Some(Value::Bool(true)))
    }

    /// The bytes of the fields that are there, and what is in the last.
    fn encoded(&self) -> Vec<u8> {
        let mut bits = Bits::default();
        for (index, field) in self.header.fields.iter().enumerate() {
            if self.is_there(index) {
                bits.push(&field.ty, &self.values[index]);
            }
        }
        let mut bytes = bits.into_bytes();
        bytes.extend(&self.rest);
        bytes
    }

    fn said_length(&self) -> Option<usize> {
        let (length, ..) = self.header.length.as_ref()?;
        let number = self.evaluate(length)?.number()?;
        usize::try_from(number).ok()
    }

    /// Lets the header say how long it is. Bytes that no field has are zero.
    fn measure(&mut self) {
        let fields = self.encoded().len();
        let Some((length, ..)) = &self.header.length else {
            self.bytes = vec![0; fields];
            return;
        };
        let measures = (0..self.values.len() as u32).find(|index| length.mentions(*index));
        if let Some(index) = measures
            && self.said_length().is_none_or(|said| said < fields)
            && !self.given.contains_key(&index)
            && let Type::Int(int) = self.header.fields[index as usize].ty
        {
            for number in 0..=int.max().min(TRIES) {
                self.set(index, number);
                if self.said_length().is_some_and(|said| said >= fields) {
                    break;
                }
            }
        }
        let said = self.said_length().unwrap_or(fields);
        // What has a fixed length looks ahead where its fields are longer.
        let size = if measures.is_none() { said } else { said.max(fields) };
        self.bytes = vec![0; size.min(usize::from(u16::MAX))];
    }

    /// Writes the fields into the bytes.
    fn write(&mut self) {
        let encoded = self.encoded();
        for (place, byte) in self.bytes.iter_mut().zip(encoded) {
            *place = byte;
        }
    }
}

/// The bytes of a packet.
///
/// # Errors
/// Which checksum is not known, and why.
pub(super) fn build<'p>(
    program: &'p Program,
    parts: &[Part],
    asks: &Asks<'_, 'p>,
) -> Result<Vec<u8>, String> {
    let mut makings: Vec<Option<Making<'_>>> = Vec::with_capacity(parts.len());
    for part in parts {
        makings.push(match part {
            Part::Header(id, given, rest) => {
                let rest = build(program, rest, asks)?;
                Some(Making::new(program, *id, given.clone(), rest))
            }
            Part::Bytes(_) => None,
        });
    }
    for index in 1..parts.len() {
        let Part::Header(target, ..) = parts[index] else { continue };
        let selected = makings[index - 1].as_mut().and_then(|making| making.lead_to(target));
        let ahead = makings[index - 1].as_ref().and_then(|making| making.looked_at(target));
        if let Some(making) = &mut makings[index] {
            making.selected = selected;
            if let (Some(place), Some(number)) = (ahead, selected) {
                making.agree(place, number);
            }
        }
    }
    let mut payload = 0;
    for (making, part) in makings.iter_mut().zip(parts).rev() {
        match (making, part) {
            (Some(making), _) => {
                making.measure();
                let own = making.bytes.len();
                for (index, field) in making.header.fields.iter().enumerate() {
                    let size = field.size.as_ref().and_then(|size| making.evaluate(size));
                    if let Some(more) = size.and_then(|size| size.number()) {
                        making.set(index as u32, payload as i128 + more);
                    }
                }
                making.write();
                payload += own;
            }
            (None, Part::Bytes(bytes)) => payload += bytes.len(),
            (None, Part::Header(..)) => {}
        }
    }
    for index in (0..parts.len()).rev() {
        seal(&mut makings, (parts, asks), index)?;
    }
    Ok(bytes_from(&makings, parts, 0))
}

fn bytes_from(makings: &[Option<Making<'_>>], parts: &[Part], from: usize) -> Vec<u8> {
    let all = makings.iter().zip(parts).skip(from);
    let bytes = all.map(|(making, part)| match (making, part) {
        (Some(making), _) => making.bytes.as_slice(),
        (None, Part::Bytes(bytes)) => bytes.as_slice(),
        (None, Part::Header(..)) => &[],
    });
    bytes.collect::<Vec<_>>().concat()
}

/// Makes the checksums of a header that are not named (RFC 1071). What is behind it is whole.
fn seal<'p>(
    makings: &mut [Option<Making<'p>>],
    (parts, asks): (&[Part], &Asks<'_, 'p>),
    index: usize,
) -> Result<(), String> {
    let Some(making) = &makings[index] else { return Ok(()) };
    let header = making.header;
    for checksum in &header.checksums {
        let field = &header.fields[checksum.field as usize];
        let Some(making) = &makings[index] else { return Ok(()) };
        if making.given.contains_key(&checksum.field) {
            continue;
        }
        let behind = bytes_from(makings, parts, index + 1);
        let mut sum = 0;
        if checksum.of_self {
            sum += words(&making.bytes);
        }
        if checksum.of_payload {
            sum += words(&behind);
        }
        if checksum.of_pseudo {
            let is_network = |making: &Making<'p>| !making.header.pseudo.is_empty();
            let networks = makings[..index].iter().enumerate().rev();
            let mut networks = networks.filter_map(|(at, making)| Some((at, making.as_ref()?)));
            if let Some((at, network)) = networks.find(|(_, making)| is_network(making)) {
                let length = making.bytes.len() + behind.len();
                let holds = |condition: &'p Expr| match network.evaluate(condition) {
                    Some(value) => Some(value == Value::Bool(true)),
                    None => asks(condition, &bytes_from(makings, parts, at)),
                };
                let upper = upper(makings, index);
                let begins = pseudo(network, upper, length, &holds).map_err(|other| {
                    let (name, field) = (&header.name, &field.name);
                    let of = &network.header.name;
                    format!(
                        "the checksum of `{name}` begins with something else than `{of}.{other}` here, \
                         which nothing says: name it, `{name}({field} = …)`"
                    )
                })?;
                sum += words(&begins);
            }
        }
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        let mut value = !(sum as u16);
        // Where there may be none, 0 says so (RFC 768).
        if value == 0 && checksum.condition.is_some() {
            value = u16::MAX;
        }
        let at = field.offset as usize / 8;
        if let Some(making) = &mut makings[index]
            && let Some(place) = making.bytes.get_mut(at..at + 2)
        {
            place.copy_from_slice(&value.to_be_bytes());
        }
    }
    Ok(())
}

/// The protocol's number, as the header before says it.
fn upper(makings: &[Option<Making<'_>>], index: usize) -> Option<i128> {
    makings[index].as_ref().and_then(|making| making.selected)
}

/// The pseudo-header that a network layer gives those above; `Err` is the name of a field that does not
/// stand there though it has a place.
fn pseudo<'p>(
    network: &Making<'p>,
    protocol: Option<i128>,
    length: usize,
    holds: &dyn Fn(&'p Expr) -> Option<bool>,
) -> Result<Vec<u8>, &'p str> {
    let header = network.header;
    let mut bytes = Vec::new();
    let mut put = |start: u32, width: u32, number: u128| {
        let end = (start + width).div_ceil(8) as usize;
        bytes.resize(end.max(bytes.len()), 0);
        put_bits(&mut bytes, start, width, number);
    };
    for PseudoField { field: index, start, condition } in &header.pseudo {
        let field = &header.fields[*index as usize];
        let selects = header.next.iter().any(|next| {
            next.selector.as_ref().is_some_and(|selector| selector.field() == Some(*index))
        });
        let own = wire_number(&network.values[*index as usize]);
        // Behind extension headers it is the upper protocol's number (RFC 8200, 8.1).
        let upper = protocol.filter(|_| selects);
        let holds = condition.as_ref().is_none_or(|condition| holds(condition) == Some(true));
        if upper.is_none() && !holds {
            return Err(&field.name);
        }
        let number = upper.map_or(own, i128::cast_unsigned);
        put(*start, field.ty.wire_bits().unwrap_or(0), number);
    }
    if let Some((start, width)) = header.pseudo_length {
        put(start, width, length as u128);
    }
    Ok(bytes)
}

/// The sum of 16-bit words, the last filled up with zero.
fn words(bytes: &[u8]) -> u64 {
    let word = |pair: &[u8]| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0));
    bytes.chunks(2).map(word).sum()
}
