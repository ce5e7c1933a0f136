//! A map whose keys and values have types: entries as structured values.

use std::sync::Arc;

use nbpfc_btf::{Btf as Types, Mismatch, TypeId, Value, View};
use nbpfc_object::Shape;

use crate::btf::Btf;
use crate::error::Error;
use crate::map::Map;

/// A map and the types of its keys and values.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    name: String,
    map: &'a Map,
    types: Arc<Types>,
    key: Shape,
    value: Shape,
}

impl<'a> Table<'a> {
    pub(crate) fn new(
        name: &str,
        map: &'a Map,
        types: Arc<Types>,
        key: Shape,
        value: Shape,
    ) -> Self {
        Self { name: name.to_owned(), map, types, key, value }
    }

    /// A map with the types that the kernel knows of it, such as one that was found pinned. Keys
    /// or values without a type are bytes. Needs `CAP_SYS_ADMIN`.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn of(map: &'a Map) -> Result<Self, Error> {
        let info = map.info()?;
        let shape = |ty: u32, size: u32| match ty {
            0 => Shape::Bytes(size),
            ty => Shape::Type(TypeId(ty)),
        };
        let types = match info.btf_id {
            0 => Types::default(),
            id => Types::decode(&Btf::from_id(id)?.bytes()?)
                .map_err(|error| Error::Object(error.to_string()))?,
        };
        let key = shape(info.key_type, info.key_size);
        let value = shape(info.value_type, info.value_size);
        Ok(Self { name: info.name, map, types: Arc::new(types), key, value })
    }

    /// The map.
    pub fn map(&self) -> &'a Map {
        self.map
    }

    /// The value at a key; `None` if there is none. Where each processor has one it is a list.
    ///
    /// # Errors
    /// [`Error::Value`] for a key that does not fit; else as [`Map::lookup`].
    pub fn get(&self, key: impl Into<Value>) -> Result<Option<Value>, Error> {
        let key = self.encode(self.key, &key.into())?;
        Ok(self.map.lookup(&key)?.map(|bytes| self.values(&bytes)))
    }

    /// Puts a value at a key, where each processor has one the same for all of them.
    ///
    /// # Errors
    /// [`Error::Value`] for a key or value that does not fit; else as [`Map::update`].
    pub fn set(&self, key: impl Into<Value>, value: impl Into<Value>) -> Result<(), Error> {
        let key = self.encode(self.key, &key.into())?;
        let value = self.encode(self.value, &value.into())?;
        if self.map.is_per_cpu() {
            let values = vec![value; crate::cpu::possible()?];
            return self.map.update_per_cpu(&key, &values, 0);
        }
        self.map.update(&key, &value, 0)
    }

    /// As [`Table::set`], with both as text; see [`Value::parse`].
    ///
    /// # Errors
    /// As for [`Table::set`].
    pub fn set_text(&self, key: &str, value: &str) -> Result<(), Error> {
        self.set(self.parse(self.key, key)?, self.parse(self.value, value)?)
    }

    /// Takes the value at a key out; whether there was one.
    ///
    /// # Errors
    /// [`Error::Value`] for a key that does not fit; else as [`Map::delete`].
    pub fn delete(&self, key: impl Into<Value>) -> Result<bool, Error> {
        self.map.delete(&self.encode(self.key, &key.into())?)
    }

    /// All keys and values; see [`Map::read_all`].
    ///
    /// # Errors
    /// As for [`Map::read_all`].
    pub fn entries(&self) -> Result<Vec<(Value, Value)>, Error> {
        let entries = self.map.read_all()?.into_iter();
        Ok(entries.map(|(key, value)| (self.decode(self.key, &key), self.values(&value))).collect())
    }

    /// All keys and values as they would be written in C.
    ///
    /// # Errors
    /// As for [`Map::read_all`].
    pub fn entries_text(&self) -> Result<Vec<(String, String)>, Error> {
        let print = |shape, bytes: &[u8]| match shape {
            Shape::Type(ty) => View::new(&self.types, ty, bytes).to_string(),
            Shape::Bytes(_) => {
                let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                digits.concat()
            }
        };
        let entries = self.map.read_all()?.into_iter().map(|(key, value)| {
            let values: Vec<String> = if self.map.is_per_cpu() {
                self.map.split(&value).iter().map(|value| print(self.value, value)).collect()
            } else {
                vec![print(self.value, &value)]
            };
            (print(self.key, &key), values.join(", "))
        });
        Ok(entries.collect())
    }

    fn values(&self, bytes: &[u8]) -> Value {
        if !self.map.is_per_cpu() {
            return self.decode(self.value, bytes);
        }
        let values = self.map.split(bytes);
        Value::List(values.iter().map(|value| self.decode(self.value, value)).collect())
    }

    fn decode(&self, shape: Shape, bytes: &[u8]) -> Value {
        let typed = match shape {
            Shape::Type(ty) => View::new(&self.types, ty, bytes).value(),
            Shape::Bytes(_) => None,
        };
        typed.unwrap_or_else(|| Value::Bytes(bytes.to_vec()))
    }

    fn encode(&self, shape: Shape, value: &Value) -> Result<Vec<u8>, Error> {
        let encoded = match (shape, value) {
            (Shape::Type(ty), _) => value.encode(&self.types, ty),
            (Shape::Bytes(size), Value::Bytes(bytes)) if bytes.len() == size as usize => {
                Ok(bytes.clone())
            }
            (Shape::Bytes(size), _) => Err(Mismatch {
                value: match value {
                    Value::Bytes(bytes) => format!("a value of {} bytes", bytes.len()),
                    _ => "a value that is not given as bytes".to_owned(),
                },
                ty: format!("{size} bytes"),
                expected: None,
            }),
        };
        encoded.map_err(|mismatch| Error::Value { name: self.name.clone(), mismatch })
    }

    fn parse(&self, shape: Shape, text: &str) -> Result<Value, Error> {
        let parsed = match shape {
            Shape::Type(ty) => Value::parse(&self.types, ty, text),
            Shape::Bytes(size) => Err(Mismatch {
                value: format!("`{text}`"),
                ty: format!("{size} bytes without a type"),
                expected: None,
            }),
        };
        parsed.map_err(|mismatch| Error::Value { name: self.name.clone(), mismatch })
    }
}
