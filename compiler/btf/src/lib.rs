//! BTF and .BTF.ext: types, encode, decode.
