//! Programs of a module in the running kernel, until somebody stops them.

use nbpfc_driver::{FileId, Program, Programs, Session};
use nbpfc_loader::signals::Signals;

use crate::args::AttachArgs;
use crate::attach::{self, Kept};
use crate::choice::{choose, to_attach};
use crate::counts::Counters;
use crate::events::Events;
use crate::failure::Failure;
use crate::loading::Loading;
use crate::meter::Meter;
use crate::pins::Description;
use crate::place::{self, Place};
use crate::watch::{Stream, Watch};

/// Attaches the program of a name, or all of the module but those that others go on in.
pub(crate) fn run(
    session: &Session<'_>,
    id: FileId,
    programs: &Programs,
    name: Option<&str>,
    place: Place<'_>,
    args: &AttachArgs,
) -> Result<(), Failure> {
    if args.snaplen.is_some() || args.buffer.is_some() {
        return Err(Failure::Message(WRITES.to_owned()));
    }
    let chosen = to_attach(programs, name, place, args)?;
    let several = chosen.len() > 1;
    let signals = Signals::hold().map_err(|error| attach::failed(&error))?;
    let pin = |program: &Program| {
        let name = args
            .pin
            .as_ref()
            .map(|pin| if several { format!("{pin}-{}", program.name) } else { pin.clone() });
        attach::reserve(name.as_deref(), args)
    };
    let pins = chosen.iter().map(|program| pin(program)).collect::<Result<Vec<_>, _>>()?;
    let (mut sharing, mut device) = (None, None);
    for program in &chosen {
        let hook = program.code.target.hook;
        sharing = sharing.or(place::sharing(hook, place, &program.name, args)?);
        device = device.or(attach::card(hook, place, args)?);
    }
    if several && (sharing.is_some() || device.is_some()) {
        let text = "a dispatcher takes one program at a time, and so does a card";
        return Err(choose(text, &chosen));
    }
    let (verified, records) = programs.object_and_records(&chosen);
    let names: Vec<&str> = chosen.iter().map(|program| program.name.as_str()).collect();
    let codes: Vec<_> = chosen.iter().map(|program| (&*program.name, &program.code)).collect();
    let settings: Vec<String> = args.set.iter().map(|text| programs.assignment(text)).collect();
    let loading = Loading {
        session,
        id,
        object: verified.object(),
        programs: &codes,
        settings: &settings,
        sharing: sharing.as_ref(),
        device: device.as_ref(),
        verbose: args.verbose,
    };
    let collection = loading.load()?;
    let counters = |program: &&Program| {
        let apart = if device.is_none() { program.counted() } else { Vec::new() };
        let verdicts = apart.into_iter().map(|(name, _)| name).collect();
        let map = attach::map(&collection, program.counters.as_deref().unwrap_or_default())?;
        Ok(Counters { program: several.then(|| program.name.clone()), map, verdicts })
    };
    let counters = chosen.iter().map(counters).collect::<Result<Vec<_>, Failure>>()?;
    let types = verified.object().btf.clone().unwrap_or_default();
    let events = Events::open(&collection, records, types, args.json);
    let events = events.map_err(|error| attach::failed(&error))?;
    let runs = attach::runs(args);
    let mut attached = Vec::new();
    for program in &chosen {
        let loaded = collection.program(&program.name).map_err(|error| attach::failed(&error))?;
        let sharing = sharing.take();
        attached.push(place::attach(loaded, &program.code, place, sharing, args)?);
    }
    if args.pin.is_some() {
        let kept = pins.into_iter().flatten().zip(attached).zip(&counters).zip(&chosen);
        let at = place.anywhere();
        let kept = kept.map(|(((pin, attached), counters), program)| {
            let description = Description {
                hook: program.code.target.hook.name,
                place: &at,
                action: &program.name,
                expression: program.code.file.name(),
            };
            Kept { pin, attached, counters, description }
        });
        return attach::keep(kept.collect(), args);
    }
    let meter = Meter::new(args.json, false, events.is_some());
    let watch = Watch {
        signals: &signals,
        attached,
        names: &names,
        collection: &collection,
        counters,
        stream: events.map_or(Stream::Nothing, Stream::Events),
        meter,
        duration: args.duration,
        runs,
    };
    watch.run()
}

/// What `--write` and the like are answered with.
pub(crate) const WRITES: &str = "--write, --snaplen and --buffer are for expressions that capture; \
                                 what nbp programs emit is printed";
