//! Words that are neither a command nor a file.

use std::path::Path;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use nbpfc_driver::nearest;

use crate::args::Args;

/// Says what is wrong with a command line that has no meaning, and ends.
pub(crate) fn refuse(error: &Error) -> ! {
    let first = std::env::args_os().nth(1).unwrap_or_default();
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let first = first.to_string_lossy()
        && !first.starts_with('-')
    {
        let message = no_command(Path::new(first.as_ref())).unwrap_or_else(|| {
            format!("there is one program at a time, and '{word}' is no option")
        });
        Args::command().error(error.kind(), message).exit();
    }
    if error.kind() == ErrorKind::MissingRequiredArgument
        && let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg)
        && missing.iter().any(|argument| argument.starts_with("--expr"))
    {
        let message = "there is nothing to compile: name the file of a program, or say a filter with \
                       `-e EXPRESSION`";
        Args::command().error(error.kind(), message).exit();
    }
    error.exit()
}

/// That there is no such command, if there is no such file either.
pub(crate) fn no_command(word: &Path) -> Option<String> {
    if word == Path::new("-") || word.exists() {
        return None;
    }
    let word = word.display().to_string();
    let commands = Args::command();
    let names = commands.get_subcommands().filter(|command| !command.is_hide_set());
    let near = nearest(&word, names.map(clap::Command::get_name));
    let is_word = !word.contains(['/', '.']);
    let near = near.map(|near| format!("; did you mean `nbpfc {near}`?"));
    (is_word || near.is_some())
        .then(|| format!("there is no command or file '{word}'{}", near.unwrap_or_default()))
}
