//! BTF and .BTF.ext: types, encode, decode.
//!
//! A [`Btf`] is a list of [`Type`]s with numbers; a [`Builder`] makes one. Strings of `.BTF.ext`
//! stand in `.BTF`, so [`Ext::encode`] comes first and hands its [`Strings`] to [`Btf::encode`].

mod types;

mod btf;
mod error;

mod core;

mod builder;
mod bytes;
mod layout;
mod value;
mod view;

mod decode;
mod encode;

mod ext;
mod print;

#[cfg(test)]
mod tests;

pub use btf::Btf;
pub use builder::Builder;
pub use bytes::Strings;
pub use core::{CoreError, CoreTarget, Resolved};
pub use error::Error;
pub use ext::{CoreRelocation, Ext, FuncInfo, LineInfo, Section};
pub use types::{
    Array, Composite, CoreKind, Datasec, DeclTag, Encoding, Enum, Float, FuncProto, Fwd, Global,
    Int, Linkage, Member, Named, Placed, Type, TypeId, TypeTag,
};
pub use value::{Mismatch, Value};
pub use view::View;
