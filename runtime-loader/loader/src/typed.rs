//! Maps whose keys and values are numbers, or arrays of numbers, in Rust's own types.

use std::marker::PhantomData;

use crate::error::Error;
use crate::map::Map;

/// What has the same bytes in a map as in Rust: numbers, and arrays of them.
pub trait Plain: Sized {
    /// How many bytes.
    const SIZE: usize;

    /// The bytes, in the machine's order.
    fn to_bytes(&self) -> Vec<u8>;

    /// What the bytes say; `None` if they are not so many.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

macro_rules! numbers {
    ($($ty:ty)*) => {
        $(
            impl Plain for $ty {
                const SIZE: usize = size_of::<$ty>();

                fn to_bytes(&self) -> Vec<u8> {
                    self.to_ne_bytes().to_vec()
                }

                fn from_bytes(bytes: &[u8]) -> Option<Self> {
                    bytes.try_into().ok().map(<$ty>::from_ne_bytes)
                }
            }
        )*
    };
}

numbers! { u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 }

impl<T: Plain, const N: usize> Plain for [T; N] {
    const SIZE: usize = T::SIZE * N;

    fn to_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(Plain::to_bytes).collect()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != Self::SIZE {
            return None;
        }
        let elements: Option<Vec<T>> = bytes.chunks(T::SIZE.max(1)).map(T::from_bytes).collect();
        elements?.try_into().ok()
    }
}

/// A map with keys and values of Rust's types.
#[derive(Debug)]
pub struct Typed<'a, K, V> {
    map: &'a Map,
    types: PhantomData<(K, V)>,
}

impl Map {
    /// The map with keys and values of these types, whose sizes must be the map's.
    ///
    /// # Errors
    /// [`Error::Differs`] with the sizes that are not.
    pub fn typed<K: Plain, V: Plain>(&self) -> Result<Typed<'_, K, V>, Error> {
        let sizes = [("key", self.key_size(), K::SIZE), ("value", self.value_size(), V::SIZE)];
        let differ = sizes.iter().filter(|(_, is, wanted)| is != wanted);
        let differences: Vec<String> = differ
            .map(|(what, is, wanted)| format!("its {what} size is {is}, not {wanted}"))
            .collect();
        if differences.is_empty() {
            return Ok(Typed { map: self, types: PhantomData });
        }
        Err(Error::Differs { place: "this".to_owned(), differences })
    }
}

impl<K: Plain, V: Plain> Typed<'_, K, V> {
    /// The value at a key; `None` if there is none. Where each processor has one, the first's.
    ///
    /// # Errors
    /// As for [`Map::lookup`].
    pub fn get(&self, key: &K) -> Result<Option<V>, Error> {
        let bytes = self.map.lookup(&key.to_bytes())?;
        Ok(bytes.and_then(|bytes| V::from_bytes(bytes.get(..V::SIZE)?)))
    }

    /// The values at a key, one for each processor.
    ///
    /// # Errors
    /// As for [`Map::lookup_per_cpu`].
    pub fn get_each(&self, key: &K) -> Result<Option<Vec<V>>, Error> {
        let values = self.map.lookup_per_cpu(&key.to_bytes())?;
        Ok(values.and_then(|values| values.iter().map(|value| V::from_bytes(value)).collect()))
    }

    /// Puts a value at a key.
    ///
    /// # Errors
    /// As for [`Map::update`].
    pub fn set(&self, key: &K, value: &V) -> Result<(), Error> {
        self.map.update(&key.to_bytes(), &value.to_bytes(), 0)
    }

    /// Takes the value at a key out; whether there was one.
    ///
    /// # Errors
    /// As for [`Map::delete`].
    pub fn delete(&self, key: &K) -> Result<bool, Error> {
        self.map.delete(&key.to_bytes())
    }

    /// All keys and values; see [`Map::read_all`]. Where each processor has a value, the first's.
    ///
    /// # Errors
    /// As for [`Map::read_all`].
    pub fn entries(&self) -> Result<Vec<(K, V)>, Error> {
        let entries = self.map.read_all()?.into_iter();
        let typed = entries.map(|(key, value)| {
            Some((K::from_bytes(&key)?, V::from_bytes(value.get(..V::SIZE)?)?))
        });
        let odd = || Error::Argument("the map has keys and values of other sizes");
        typed.collect::<Option<_>>().ok_or_else(odd)
    }
}
