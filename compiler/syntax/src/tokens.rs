//! Tokens: what characters mean before grammar.
//!
//! The longest match wins, so that addresses, prefixes and values with units need no quotes:
//! `10.0.0.0/8` is one token, `0..8` is three. Words that only mean something in one place
//! (`on`, `length`, `next` …) are tokens of their own, which the grammar takes for names elsewhere.

use logos::{Lexer, Logos};

use crate::ast::Literal;
use crate::literal::{self, LexError};

macro_rules! words {
    ($(#[$doc:meta])* $list:ident: $($word:literal)*) => {
        $(#[$doc])*
        pub(crate) const $list: &[&str] = &[$($word,)*];
    };
}

words! {
    /// Words that begin a declaration.
    ITEM_WORDS:
    "program" "header" "struct" "enum" "const" "param" "var" "map" "fn" "use" "extern" "hook"
    "test" "struct_ops" "license"
}

words! {
    /// Words that begin a statement.
    STATEMENT_WORDS:
    "let" "if" "match" "for" "while" "return" "break" "continue" "atomic" "lock" "emit" "run"
    "expect" "advance"
}

words! {
    /// Words that stand inside of others.
    INNER_WORDS:
    "mut" "else" "in" "matches" "true" "false" "packet" "on" "otherwise" "length" "checksum"
    "pseudo" "next" "after" "limit" "until" "from" "kernel" "file" "with" "to" "as" "verdict"
}

words! {
    /// What is no word.
    PUNCTUATION:
    "(" ")" "[" "]" "{" "}" "," ";" ":" "." ".." "..=" "->" "=>" "?" "_" "=" "+=" "-=" "*=" "/="
    "%=" "&=" "|=" "^=" "<<=" ">>=" "||" "&&" "!" "~" "==" "!=" "<" "<=" ">" ">=" "|" "^" "&" "<<"
    ">>" "+" "-" "*" "/" "%"
}

/// One token.
#[derive(Clone, Debug, PartialEq, Logos)]
#[logos(error = LexError, skip r"[ \r\n\t]+", skip(r"//[^\n]*", allow_greedy = true))]
pub(crate) enum Token<'s> {
    #[token("program")]
    Program,
    #[token("header")]
    Header,
    #[token("struct")]
    Struct,
    #[token("enum")]
    Enum,
    #[token("const")]
    Const,
    #[token("param")]
    Param,
    #[token("var")]
    Var,
    #[token("map")]
    Map,
    #[token("fn")]
    Fn,
    #[token("use")]
    Use,
    #[token("extern")]
    Extern,
    #[token("hook")]
    Hook,
    #[token("test")]
    Test,
    #[token("struct_ops")]
    StructOps,
    #[token("license")]
    License,

    #[token("let")]
    Let,
    #[token("mut")]
    Mut,
    #[token("if")]
    If,
    #[token("else")]
    Else,
    #[token("match")]
    Match,
    #[token("for")]
    For,
    #[token("while")]
    While,
    #[token("return")]
    Return,
    #[token("break")]
    Break,
    #[token("continue")]
    Continue,
    #[token("atomic")]
    Atomic,
    #[token("emit")]
    Emit,
    #[token("run")]
    Run,
    #[token("expect")]
    Expect,
    #[token("advance")]
    Advance,
    #[token("in")]
    In,
    #[token("matches")]
    Matches,
    #[token("packet")]
    Packet,

    #[token("on")]
    On,
    #[token("otherwise")]
    Otherwise,
    #[token("length")]
    Length,
    #[token("checksum")]
    Checksum,
    #[token("pseudo")]
    Pseudo,
    #[token("next")]
    Next,
    #[token("after")]
    After,
    #[token("limit")]
    Limit,
    #[token("until")]
    Until,
    #[token("from")]
    From,
    #[token("kernel")]
    Kernel,
    #[token("file")]
    File,
    #[token("with")]
    With,
    #[token("to")]
    To,
    #[token("as")]
    As,
    #[token("lock")]
    Lock,
    #[token("verdict")]
    Verdict,

    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token(",")]
    Comma,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("..")]
    DotDot,
    #[token("..=")]
    DotDotEq,
    #[token("->")]
    Arrow,
    #[token("=>")]
    FatArrow,
    #[token("?")]
    Question,
    #[token("_")]
    Underscore,

    #[token("=")]
    Assign,
    #[token("+=")]
    AddAssign,
    #[token("-=")]
    SubAssign,
    #[token("*=")]
    MulAssign,
    #[token("/=")]
    DivAssign,
    #[token("%=")]
    RemAssign,
    #[token("&=")]
    AndAssign,
    #[token("|=")]
    OrAssign,
    #[token("^=")]
    XorAssign,
    #[token("<<=")]
    ShlAssign,
    #[token(">>=")]
    ShrAssign,

    #[token("||")]
    OrOr,
    #[token("&&")]
    AndAnd,
    #[token("!")]
    Bang,
    #[token("~")]
    Tilde,
    #[token("==")]
    EqEq,
    #[token("!=")]
    Ne,
    #[token("<")]
    Lt,
    #[token("<=")]
    Le,
    #[token(">")]
    Gt,
    #[token(">=")]
    Ge,
    #[token("|")]
    Bar,
    #[token("^")]
    Caret,
    #[token("&")]
    Ampersand,
    #[token("<<")]
    Shl,
    /// The grammar sees a [`Token::GtJoint`] and a [`Token::Gt`]: both may close type arguments.
    #[token(">>")]
    Shr,
    /// A `>` with another one directly behind it; made of [`Token::Shr`].
    GtJoint,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,

    /// A string, escapes resolved.
    #[regex(r#""([^"\\\n]|\\[^\n])*""#, |lexer| literal::text(lexer.slice()))]
    #[regex(r#""([^"\\\n]|\\[^\n])*"#, |_| Err(LexError::OpenString))]
    Text(Box<[u8]>),

    #[token("true", |_| Literal::Bool(true))]
    #[token("false", |_| Literal::Bool(false))]
    #[regex(r"[0-9][0-9A-Za-z_]*", |lexer| literal::number(lexer.slice()))]
    #[regex(r"[0-9]+(\.[0-9]+)+", |lexer| alone(lexer, LexError::Ipv4, ipv4))]
    #[regex(r"[0-9]+(\.[0-9]+)+/[0-9]+", |lexer| alone(lexer, LexError::PrefixLength, literal::ipv4_prefix))]
    #[regex(
        r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*([0-9]+(\.[0-9]+){3})?",
        |lexer| alone(lexer, LexError::Colons, literal::colons)
    )]
    #[regex(
        r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*([0-9]+(\.[0-9]+){3})?/[0-9]+",
        |lexer| alone(lexer, LexError::PrefixLength, literal::ipv6_prefix)
    )]
    Literal(Literal),

    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", name, priority = 1)]
    Name(&'s str),

    #[token("/*", block_comment)]
    BlockComment,

    /// In the place of a value that has a mistake; never written.
    Error,
    /// In the place of an element of a list in braces that has a mistake; never written.
    Skipped,
}

fn ipv4(slice: &str) -> Result<Literal, LexError> {
    literal::ipv4(slice).map(Literal::Ipv4)
}

fn name<'s>(lexer: &mut Lexer<'s, Token<'s>>) -> Result<&'s str, LexError> {
    let name = lexer.slice();
    if name.len() <= literal::MAX_NAME { Ok(name) } else { Err(LexError::Name) }
}

/// The value of a token that no letter or digit may stand directly behind.
fn alone<'s>(
    lexer: &mut Lexer<'s, Token<'s>>,
    otherwise: LexError,
    read: fn(&str) -> Result<Literal, LexError>,
) -> Result<Literal, LexError> {
    let rest = lexer.remainder();
    let glued = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    if glued > 0 {
        lexer.bump(glued);
        return Err(otherwise);
    }
    read(lexer.slice())
}

fn block_comment<'s>(lexer: &mut Lexer<'s, Token<'s>>) -> Result<(), LexError> {
    let rest = lexer.remainder();
    lexer.bump(rest.find("*/").map_or(rest.len(), |end| end + 2));
    Err(LexError::BlockComment)
}

impl Token<'_> {
    /// What closes the bracket that this token opens.
    pub(crate) fn closing(&self) -> Option<Token<'static>> {
        Some(match self {
            Self::LParen => Token::RParen,
            Self::LBracket => Token::RBracket,
            Self::LBrace => Token::RBrace,
            _ => return None,
        })
    }

    /// Whether this closes a bracket.
    pub(crate) fn is_closing(&self) -> bool {
        matches!(self, Self::RParen | Self::RBracket | Self::RBrace)
    }

    /// Whether this word means something in one place only, and is a name elsewhere.
    pub(crate) fn is_soft_word(&self) -> bool {
        matches!(
            self,
            Self::On
                | Self::Otherwise
                | Self::Length
                | Self::Checksum
                | Self::Pseudo
                | Self::Next
                | Self::After
                | Self::Limit
                | Self::Until
                | Self::From
                | Self::Kernel
                | Self::File
                | Self::With
                | Self::To
                | Self::As
                | Self::Lock
                | Self::Verdict
        )
    }

    /// Whether this stands for something with a mistake.
    pub(crate) fn stands_in(&self) -> bool {
        matches!(self, Self::Error | Self::Skipped)
    }

    /// Whether this word begins a declaration and nothing else; `fn` is also a member of some.
    pub(crate) fn begins_item(&self) -> bool {
        matches!(
            self,
            Self::Program
                | Self::Header
                | Self::Struct
                | Self::Enum
                | Self::Const
                | Self::Param
                | Self::Var
                | Self::Map
                | Self::Fn
                | Self::Use
                | Self::Extern
                | Self::Hook
                | Self::Test
                | Self::StructOps
                | Self::License
        )
    }
}
