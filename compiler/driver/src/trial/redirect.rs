//! Where programs sent packets, beside where tests expect them.

use nbpfc_emulator::Sent;
use nbpfc_sema::{Entry, Redirected};

use super::runner::Outcome;
use super::steps::{Stop, Trial};

impl<'t> Trial<'t> {
    /// What a program did with a packet that was to be sent elsewhere, and what it should have done, in
    /// words; `None` if it did, or if nobody tells.
    pub(super) fn misdirected(
        &mut self,
        to: &'t Redirected,
        entry: &Entry,
        outcome: &Outcome,
    ) -> Result<Option<(String, String)>, Stop> {
        let (program, hook) = (self.program, self.program.hooks[entry.hook].row);
        let entry_of = |map: &str, key: u32| format!("{map}.redirect({key})");
        let interface_of = |index: u32| format!("redirect({index})");
        let mut number = |expr| Ok(self.value(expr)?.number().unwrap_or(0) as u32);
        let wanted = match to {
            Redirected::Anywhere => "redirect".to_owned(),
            Redirected::Interface(index) => interface_of(number(index)?),
            Redirected::Entry(map, key) => entry_of(&program.maps[*map].name, number(key)?),
        };
        let redirect = hook.verdicts.iter().find(|verdict| verdict.name == "redirect");
        if redirect.is_none_or(|redirect| redirect.value != outcome.verdict) {
            return Ok(Some((self.verdict_name(entry, outcome.verdict), wanted)));
        }
        if let Redirected::Anywhere = to {
            return Ok(None);
        }
        let Some(sent) = &outcome.sent else { return Ok(None) };
        // The kernel keeps the last place that it was told.
        let said = match sent.iter().rev().find(|sent| !matches!(sent, Sent::Copy(_))) {
            Some(Sent::Interface(index, _)) => interface_of(*index),
            Some(Sent::Entry(map, key, _)) => {
                let map = program.maps.values().nth(*map as usize);
                entry_of(map.map_or("", |map| &map.name), *key)
            }
            _ => "redirect without a place".to_owned(),
        };
        Ok((said != wanted).then_some((said, wanted)))
    }
}
