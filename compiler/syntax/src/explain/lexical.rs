//! What is wrong with characters that are no token.

use nbpfc_source::{Code, Diagnostic, FileId, Span};

use crate::literal::{LexError, MAX_NAME, UNITS, bad_escape};

/// The diagnostic for the characters of `span`.
pub(crate) fn lexical(error: LexError, span: Span, text: &str, file: FileId) -> Diagnostic {
    let slice = text.get(span.range()).unwrap_or_default();
    let shown = super::shown(slice);
    let at = |span, message: String| Diagnostic::error(Code::BadToken, message, file, span);
    let error_here = |message: String| at(span, message);
    match error {
        LexError::Character => {
            character(error_here(format!("the language has no `{shown}`")), slice)
        }
        LexError::BlockComment => error_here("comments begin with `//`".to_owned())
            .label("a comment of another kind")
            .help("write `//` before each line"),
        LexError::OpenString => error_here("the string has no end".to_owned())
            .label("there is no `\"` up to the end of the line")
            .help("a line end in a string is written `\\n`"),
        LexError::Escape => {
            let place = bad_escape(slice).map_or(span, |range| {
                Span::new(span.start + range.start as u32, span.start + range.end as u32)
            });
            let escape = text.get(place.range()).unwrap_or_default();
            at(place, format!("strings have no escape `{escape}`"))
                .label("no escape")
                .note("there are `\\n`, `\\r`, `\\t`, `\\0`, `\\\\`, `\\\"` and `\\x41`")
        }
        LexError::Digit => digit(error_here(format!("`{shown}` is no number")), slice),
        LexError::Overflow => error_here(format!("`{shown}` is too large"))
            .label("more than the compiler can count")
            .note("numbers have 128 bits, values with a unit have 64 in its smallest part"),
        LexError::Unit => unit(error_here(format!("`{shown}` has no unit that is known")), slice),
        LexError::Ipv4 => ipv4(error_here(format!("`{shown}` is no IPv4 address")), slice),
        LexError::Colons if is_path(slice) => {
            let names = slice.split("::").filter(|name| !name.is_empty());
            error_here(format!("`{shown}` is no name"))
                .label("names are not joined like this")
                .help(format!(
                    "names are joined with dots: write `{}`",
                    names.fold(String::new(), |all, name| all + "." + name)
                ))
        }
        LexError::Colons => {
            error_here(format!("`{shown}` is neither an IPv6 nor a hardware address"))
                .label("no address")
                .note("a hardware address has six groups of two digits: `02:00:5e:10:00:01`")
        }
        LexError::PrefixLength => prefix(error_here(format!("`{shown}` is no prefix")), slice),
        LexError::Name => error_here(format!("a name has at most {MAX_NAME} letters"))
            .label(format!("this has {}", slice.len()))
            .note("kernels take no longer names in the types of programs"),
    }
}

fn character(diagnostic: Diagnostic, slice: &str) -> Diagnostic {
    let diagnostic = diagnostic.label("no token begins like this");
    match slice.chars().next() {
        Some('\'') => diagnostic.help("strings stand in `\"`; a byte is a number such as `0x41`"),
        Some('#') => diagnostic.help("comments begin with `//`"),
        Some('…') => diagnostic.help("a range is written with two dots: `0..8`"),
        Some('“' | '”' | '„' | '‘' | '’') => diagnostic.help("strings stand in `\"`"),
        Some('\u{a0}' | '\u{200b}' | '\u{feff}') => {
            diagnostic.help("this is an invisible character; write a space instead, or nothing")
        }
        Some('–' | '−') => diagnostic.help("write `-`"),
        _ => diagnostic,
    }
}

fn digit(diagnostic: Diagnostic, slice: &str) -> Diagnostic {
    match slice.get(..2) {
        Some("0x") => diagnostic.label("hexadecimal digits are 0 to 9 and a to f"),
        Some("0b") => diagnostic.label("binary digits are 0 and 1"),
        _ => diagnostic.label("no digits"),
    }
}

fn unit(diagnostic: Diagnostic, slice: &str) -> Diagnostic {
    let diagnostic = diagnostic.label("what stands behind the digits is no unit");
    let digits = slice.trim_end_matches(|c: char| c.is_ascii_alphanumeric() && !c.is_ascii_digit());
    let unit = slice.get(digits.len()..).unwrap_or_default();
    if unit.chars().all(|c| c.is_ascii_hexdigit()) && !unit.is_empty() {
        return diagnostic.help(format!("a hexadecimal number is written `0x{slice}`"));
    }
    let meant = match unit {
        "sec" | "secs" | "second" | "seconds" | "S" => Some("s"),
        "msec" => Some("ms"),
        "usec" | "µs" => Some("us"),
        "m" | "minute" | "minutes" | "mins" => Some("min"),
        "hour" | "hours" => Some("h"),
        "day" | "days" => Some("d"),
        "k" | "K" | "KB" | "kib" | "kiB" => Some("KiB"),
        "M" | "mb" | "Mb" => Some("MiB"),
        "G" | "gb" | "Gb" => Some("GiB"),
        "bps" => Some("bit"),
        "kbps" | "Kbit" => Some("kbit"),
        "mbit" | "Mbps" => Some("Mbit"),
        "gbit" | "Gbps" => Some("Gbit"),
        _ => UNITS.iter().copied().find(|known| known.eq_ignore_ascii_case(unit)),
    };
    match meant {
        Some(meant) => diagnostic.help(format!("write `{digits}{meant}`")),
        None => diagnostic.note(format!("the units are {}", UNITS.join(", "))),
    }
}

fn ipv4(diagnostic: Diagnostic, slice: &str) -> Diagnostic {
    let dots = slice.bytes().filter(|byte| *byte == b'.').count();
    if dots == 1 && slice.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return diagnostic
            .label("numbers are whole")
            .help("there are no fractions: take a smaller unit, or a ratio of two numbers");
    }
    diagnostic.label("an address has four numbers from 0 to 255, without zeros before them")
}

fn prefix(diagnostic: Diagnostic, slice: &str) -> Diagnostic {
    if slice.contains(':') {
        return diagnostic.label("an IPv6 prefix has an address and 0 to 128 bits");
    }
    diagnostic.label("an IPv4 prefix has an address of four numbers and 0 to 32 bits")
}

/// Whether this is `a::b` as other languages have it.
fn is_path(slice: &str) -> bool {
    let is_name =
        |part: &str| !part.contains(':') && !part.starts_with(|c: char| c.is_ascii_digit());
    slice.contains("::") && slice.split("::").all(is_name)
}
