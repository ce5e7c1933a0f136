//! What was probably meant.

mod habit;
mod word;

use nbpfc_source::Span;

use super::Context;

/// What can be said beyond what was expected.
#[derive(Debug, Default)]
pub(super) struct Meant {
    /// A token that is missing before the place.
    pub(super) missing: Option<&'static str>,
    /// What to write.
    pub(super) help: Option<String>,
}

/// A guess; `None` if it does not fit.
type Guess = fn(&Context<'_, '_>) -> Option<String>;

/// In order: the first that fits is told.
const GUESSES: &[Guess] = &[
    habit::double_colon,
    habit::struct_literal,
    habit::colon_in_call,
    habit::arrow,
    habit::separator,
    habit::equals,
    habit::cast,
    habit::pointer,
    habit::step,
    habit::chain,
    habit::c_loop,
    habit::no_value,
    habit::negation,
    word::mistyped,
    word::of_other_languages,
    habit::no_braces,
    word::at_another_place,
    word::not_a_name,
];

pub(super) fn meant(context: &Context<'_, '_>) -> Meant {
    let help = GUESSES.iter().find_map(|guess| guess(context));
    let between = Span::new(context.place_before(1).end, context.place().start);
    let on_next_line = context.at > 0 && context.source(between).contains('\n');
    let missing = [";", ","].into_iter().find(|end| context.expects(end));
    Meant { missing: missing.filter(|_| on_next_line && help.is_none()), help }
}
