//! Habits from other languages, and what stands beside what it belongs to.

use nbpfc_source::Span;

use crate::explain::Context;
use crate::tokens::Token;

/// `net::beef`, which looks like an address.
pub(super) fn double_colon(context: &Context<'_, '_>) -> Option<String> {
    context.name_before(1)?;
    let glued = context.place_before(1).end == context.place().start;
    let second = context.source(context.place()).strip_prefix("::")?;
    glued.then(|| format!("names are joined with dots: write `.{second}`"))
}

/// `Counter { packets: 1 }`.
pub(super) fn struct_literal(context: &Context<'_, '_>) -> Option<String> {
    let name = context.name_before(1)?;
    let opens = context.found() == Some(&Token::LBrace);
    let field = context.name_behind(1)?;
    (opens && context.behind(2) == Some(&Token::Colon))
        .then(|| format!("a value is built by a call: `{name}({field} = …)`"))
}

/// `ipv4(src: 10.0.0.1)`.
pub(super) fn colon_in_call(context: &Context<'_, '_>) -> Option<String> {
    let name = context.name_before(1)?;
    let in_call = matches!(context.before(2), Some(Token::LParen | Token::Comma));
    (context.found() == Some(&Token::Colon) && in_call && context.expects(")"))
        .then(|| format!("an argument is named with `=`: `{name} = …`"))
}

/// `->` for `=>`, and the other way round.
pub(super) fn arrow(context: &Context<'_, '_>) -> Option<String> {
    let help = match context.found()? {
        Token::Arrow | Token::Colon | Token::Assign if context.expects("=>") => {
            "what belongs to it stands behind `=>`"
        }
        Token::FatArrow | Token::Colon if context.expects("->") => {
            "the type of what a function gives stands behind `->`"
        }
        Token::Arrow if context.expects(".") => "members are named with `.`",
        _ => return None,
    };
    Some(help.to_owned())
}

/// `;` for `,`, `,` for `;`, and `;` where nothing is to be ended.
pub(super) fn separator(context: &Context<'_, '_>) -> Option<String> {
    let help = match context.found()? {
        Token::Semicolon if context.expects("struct_ops") => "leave it out: `}` ends a declaration",
        Token::Semicolon
            if context.before(1) == Some(&Token::RBrace)
                && context.behind(1) == Some(&Token::Else) =>
        {
            "leave out the `;` before `else`"
        }
        Token::Semicolon if context.expects("let") => "leave it out: there is nothing to end",
        Token::Semicolon if context.expects(",") => "the parts of this list end with `,`",
        Token::Comma if context.expects(";") && !context.expects(",") => {
            "a statement ends with `;`; one `let` makes one variable"
        }
        _ => return None,
    };
    Some(help.to_owned())
}

/// `if a = b`, `let a == b`.
pub(super) fn equals(context: &Context<'_, '_>) -> Option<String> {
    let help = match context.found()? {
        Token::Assign if context.expects("==") && !context.expects("=") => {
            "whether two values are equal is asked with `==`"
        }
        Token::EqEq if context.expects("=") => "a value is given with `=`",
        _ => return None,
    };
    Some(help.to_owned())
}

/// `x as u16`.
pub(super) fn cast(context: &Context<'_, '_>) -> Option<String> {
    let ty = context.name_behind(1)?;
    (context.found() == Some(&Token::As))
        .then(|| format!("a conversion is written as a call: `{ty}(…)`"))
}

/// `&x`, `*x`.
pub(super) fn pointer(context: &Context<'_, '_>) -> Option<String> {
    let help = match context.found()? {
        Token::Ampersand if context.expects("literal") => {
            "there are no references to take: write the name alone"
        }
        Token::Star if context.expects("literal") => {
            "there are no pointers to follow: write the name alone"
        }
        _ => return None,
    };
    Some(help.to_owned())
}

/// The name, or the path such as `pkt.mark`, that ends so many tokens before.
fn path_before(context: &Context<'_, '_>, at: usize) -> Option<String> {
    let mut path = context.name_before(at)?.to_owned();
    let mut at = at;
    while context.before(at + 1) == Some(&Token::Dot) {
        at += 2;
        path = format!("{}.{path}", context.name_before(at)?);
    }
    Some(path)
}

/// `x++`, `x--`, `++x`.
pub(super) fn step(context: &Context<'_, '_>) -> Option<String> {
    let (before, found) = (context.before(1), context.found());
    let increment = found == Some(&Token::Plus)
        && (before == Some(&Token::Plus) || context.behind(1) == Some(&Token::Plus));
    let decrement = before == Some(&Token::Minus) && context.before(2) == Some(&Token::Minus);
    let names = [path_before(context, 2), path_before(context, 3)].into_iter().flatten().next();
    let name = names.or_else(|| context.name_behind(2).map(str::to_owned));
    let name = name.unwrap_or_else(|| "x".to_owned());
    match (increment, decrement) {
        (true, _) => Some(format!("write `{name} += 1`")),
        (_, true) => Some(format!("write `{name} -= 1`")),
        _ => None,
    }
}

/// `a < b < c`, `f<u32>(x)`.
pub(super) fn chain(context: &Context<'_, '_>) -> Option<String> {
    use Token::{EqEq, Ge, Gt, Le, Lt, Ne};
    if !matches!(context.found()?, EqEq | Ne | Lt | Le | Gt | Ge)
        || !context.expects("&&")
        || context.expects("==")
    {
        return None;
    }
    let generic = context.found() == Some(&Gt)
        && context.before(2) == Some(&Lt)
        && context.behind(1) == Some(&Token::LParen);
    Some(if generic {
        "`<…>` stands in types alone: functions and conversions are called without".to_owned()
    } else {
        "comparisons do not chain: join two of them with `&&`".to_owned()
    })
}

/// `for (i = 0; i < 8; i++)`.
pub(super) fn c_loop(context: &Context<'_, '_>) -> Option<String> {
    let help = "a loop over numbers is written `for i in 0..8 { … }`".to_owned();
    let in_for = match context.found()? {
        Token::LParen => context.before(1) == Some(&Token::For),
        Token::Assign => context.before(2) == Some(&Token::For),
        _ => false,
    };
    in_for.then_some(help)
}

/// `let x;`.
pub(super) fn no_value(context: &Context<'_, '_>) -> Option<String> {
    let begin = context.statement_begin();
    let name = context.name(begin + 1).or_else(|| context.name(begin + 2))?;
    let is_let = context.token(Some(begin)) == Some(&Token::Let);
    (is_let && context.found() == Some(&Token::Semicolon) && context.expects("="))
        .then(|| format!("a variable begins with a value: `let mut {name} = 0;`"))
}

/// `not x`.
pub(super) fn negation(context: &Context<'_, '_>) -> Option<String> {
    let operand = matches!(context.found()?, Token::Name(_) | Token::Literal(_));
    (operand && context.name_before(1) == Some("not"))
        .then(|| format!("write `!` for `not`: `!{}`", context.source(context.place())))
}

/// `if a b;`.
pub(super) fn no_braces(context: &Context<'_, '_>) -> Option<String> {
    let begin = context.statement_begin();
    let word = match context.token(Some(begin))? {
        Token::If | Token::While | Token::For => context.source(context.place_at(begin)),
        _ if context.before(1) == Some(&Token::Else) => "else",
        _ => return None,
    };
    let statement = matches!(
        context.found()?,
        Token::Name(_) | Token::Return | Token::Break | Token::Continue | Token::Let
    );
    (statement && context.expects("{"))
        .then(|| format!("what `{word}` decides about stands in braces: `{{ … }}`"))
}

impl Context<'_, '_> {
    /// The index where the statement or declaration begins that the place is in.
    fn statement_begin(&self) -> usize {
        let ends = |token: &Token<'_>| {
            matches!(token, Token::Semicolon | Token::LBrace | Token::RBrace | Token::Skipped)
        };
        let before = self.tokens.get(..self.at).unwrap_or_default();
        before.iter().rposition(|(_, token, _)| ends(token)).map_or(0, |end| end + 1)
    }

    fn place_at(&self, index: usize) -> Span {
        self.tokens.get(index).map_or(Span::new(0, 0), crate::lex::span)
    }
}
