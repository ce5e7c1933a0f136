//! An object in the kernel: its programs, maps and variables by name.

use std::sync::Arc;

use nbpfc_btf::{Btf as Types, Value, View};
use nbpfc_object::Shape;
use nbpfc_source::nearest;

use super::variable::Variable;
use crate::error::Error;
use crate::map::Map;
use crate::program::Program;
use crate::table::Table;

/// A loaded object. What is not taken out of it goes with it, but for what is pinned or attached.
#[derive(Debug)]
pub struct Collection {
    pub(super) programs: Vec<(String, Program)>,
    pub(super) maps: Vec<MapInKernel>,
    pub(super) variables: Vec<Variable>,
    pub(super) types: Option<Arc<Types>>,
}

/// A map and what its keys and values are.
#[derive(Debug)]
pub(super) struct MapInKernel {
    pub(super) name: String,
    pub(super) map: Option<Map>,
    pub(super) key: Shape,
    pub(super) value: Shape,
}

/// The error for a name that is not among those that are.
pub(super) fn no_such<'a>(
    what: &'static str,
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Error {
    let similar = nearest(name, names).map(str::to_owned);
    Error::NoSuch { what, name: name.to_owned(), similar }
}

impl Collection {
    /// The programs that were loaded, with their names.
    pub fn programs(&self) -> impl Iterator<Item = (&str, &Program)> {
        self.programs.iter().map(|(name, program)| (name.as_str(), program))
    }

    /// The program of a name.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn program(&self, name: &str) -> Result<&Program, Error> {
        let found = self.programs().find(|(known, _)| *known == name);
        found.map(|(_, program)| program).ok_or_else(|| self.no_program(name))
    }

    /// Takes the program of a name out.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn take_program(&mut self, name: &str) -> Result<Program, Error> {
        let index = self.programs.iter().position(|(known, _)| known == name);
        let index = index.ok_or_else(|| self.no_program(name))?;
        Ok(self.programs.remove(index).1)
    }

    fn no_program(&self, name: &str) -> Error {
        no_such("program", name, self.programs().map(|(name, _)| name))
    }

    /// The maps with their names; global data has that of its section.
    pub fn maps(&self) -> impl Iterator<Item = (&str, &Map)> {
        self.maps.iter().filter_map(|map| Some((map.name.as_str(), map.map.as_ref()?)))
    }

    /// The map of a name.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn map(&self, name: &str) -> Result<&Map, Error> {
        let found = self.maps().find(|(known, _)| *known == name);
        found.map(|(_, map)| map).ok_or_else(|| self.no_map(name))
    }

    /// Takes the map of a name out.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn take_map(&mut self, name: &str) -> Result<Map, Error> {
        let found = self.maps.iter_mut().find(|map| map.name == name);
        let taken = found.and_then(|map| map.map.take());
        taken.ok_or_else(|| self.no_map(name))
    }

    fn no_map(&self, name: &str) -> Error {
        no_such("map", name, self.maps().map(|(name, _)| name))
    }

    /// The map of a name with keys and values of the object's types. What is of no type in the
    /// object is bytes.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn table(&self, name: &str) -> Result<Table<'_>, Error> {
        let map = self.map(name)?;
        let known = self.maps.iter().find(|map| map.name == name);
        let known = known.ok_or_else(|| self.no_map(name))?;
        let types = self.types.clone().unwrap_or_default();
        Ok(Table::new(name, map, types, known.key, known.value))
    }

    /// The global variables.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    fn variable(&self, name: &str) -> Result<(&Variable, &Map, &Types), Error> {
        let found = self.variables.iter().find(|variable| variable.name == name);
        let names = self.variables.iter().map(|variable| variable.name.as_str());
        let variable = found.ok_or_else(|| no_such("variable", name, names))?;
        let map = self.maps.get(variable.map).and_then(|map| map.map.as_ref());
        let map = map.ok_or_else(|| self.no_map(&variable.section))?;
        let types = self.types.as_deref();
        let types = types.ok_or_else(|| Error::Object("it has no types".to_owned()))?;
        Ok((variable, map, types))
    }

    /// The value that a variable has now.
    ///
    /// # Errors
    /// [`Error::NoSuch`]; the kernel's refusal.
    pub fn get(&self, name: &str) -> Result<Value, Error> {
        let (variable, map, types) = self.variable(name)?;
        let bytes = map.read_data(variable.offset, variable.size)?;
        let value = View::new(types, variable.ty, &bytes).value();
        Ok(value.unwrap_or(Value::Bytes(bytes)))
    }

    /// The value that a variable has now, as it would be written in C.
    ///
    /// # Errors
    /// As for [`Collection::get`].
    pub fn get_text(&self, name: &str) -> Result<String, Error> {
        let (variable, map, types) = self.variable(name)?;
        let bytes = map.read_data(variable.offset, variable.size)?;
        Ok(View::new(types, variable.ty, &bytes).to_string())
    }

    /// Changes a variable; of up to eight bytes programs see the old value or the new one, of more
    /// maybe parts of both.
    ///
    /// # Errors
    /// [`Error::NoSuch`]; [`Error::Value`] for a value that does not fit; [`Error::Argument`] for a
    /// constant; the kernel's refusal.
    pub fn set(&self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        let (variable, map, types) = self.variable(name)?;
        if variable.constant {
            return Err(Error::Argument("what programs cannot change stays as it was loaded"));
        }
        let encoded = value.into().encode(types, variable.ty);
        let encoded =
            encoded.map_err(|mismatch| Error::Value { name: name.to_owned(), mismatch })?;
        map.write_data(variable.offset, &encoded)
    }
}
