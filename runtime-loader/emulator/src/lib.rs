//! Objects run offline: contexts, helpers and two engines.
