//! What was probably meant.

use super::Context;

/// What can be said beyond what was expected.
#[derive(Debug, Default)]
pub(super) struct Meant {
    /// A token that is missing before the place.
    pub(super) missing: Option<&'static str>,
    /// A fact.
    pub(super) note: Option<String>,
    /// What to write.
    pub(super) help: Option<String>,
}

pub(super) fn meant(context: &Context<'_, '_>) -> Meant {
    let on_next_line = context
        .text
        .get(context.place_before(1).end as usize..context.place().start as usize)
        .is_some_and(|between| between.contains('\n'));
    let missing = [";", ","].into_iter().find(|end| context.expects(end));
    Meant { missing: missing.filter(|_| on_next_line && context.at > 0), ..Meant::default() }
}
