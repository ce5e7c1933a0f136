//! One session: from source text to a finished object or diagnostics.
