//! The nbp language's library, as text in the language.
//!
//! What the kernel *has* stands in `compiler/kernel`; what the language *calls* it stands here.

/// A module of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// What diagnostics call its file, or what programs call it that use it.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! modules {
    ($($name:literal)*) => {
        /// The modules whose names every program knows without `use`.
        pub const PRELUDE: &[Module] = &[$(Module {
            name: concat!("<library>/", $name, ".nbp"),
            text: include_str!(concat!("../nbp/", $name, ".nbp")),
        },)*];
    };
}

macro_rules! used {
    ($($name:literal)*) => {
        /// The modules that programs `use`, by the names that they use; each has its tests.
        pub const MODULES: &[Module] = &[$(Module {
            name: $name,
            text: include_str!(concat!("../nbp/used/", $name, ".nbp")),
        },)*];
    };
}

modules! {
    "hooks"
    "kernel"
    "link"
    "maps"
    "network"
    "transport"
    "tunnel"
    "application"
    "hash"
}

used! {
    "token_bucket"
    "sliding_window"
    "connections"
    "prefix_policy"
    "maglev"
}
