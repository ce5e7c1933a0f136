//! What attached programs count, read from their maps.

use nbpfc_driver::Counted;
use nbpfc_loader::{Error, Map};
use serde_json::{Value, json};

use crate::failure::Failure;

/// Packets that a program counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// In all.
    pub(crate) total: Counted,
    /// By verdict, where the program says more than one thing.
    pub(crate) verdicts: Vec<(String, Counted)>,
}

impl Counts {
    /// The verdicts that some packet got.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &(String, Counted)> {
        self.verdicts.iter().filter(|(_, counted)| counted.packets > 0)
    }

    /// Packets and bytes of each verdict.
    pub(crate) fn json(&self) -> Value {
        let verdicts = self.verdicts.iter().map(|(name, counted)| {
            let row = json!({ "packets": counted.packets, "bytes": counted.bytes });
            (name.clone(), row)
        });
        Value::Object(verdicts.collect())
    }
}

/// The map that a program counts in: one element, or one for each of these verdicts and one for
/// all others.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Of which program, if there are several.
    pub(crate) program: Option<String>,
    pub(crate) map: Map,
    pub(crate) verdicts: Vec<String>,
}

/// What several programs counted until now.
pub(crate) fn read(all: &[Counters]) -> Result<Counts, Failure> {
    let mut sum = Counts::default();
    for counters in all {
        let mut counts = counters.read()?;
        sum.total = sum.total.plus(counts.total);
        sum.verdicts.append(&mut counts.verdicts);
    }
    Ok(sum)
}

/// The name for verdicts without one.
const OTHER: &str = "other";

impl Counters {
    fn read(&self) -> Result<Counts, Failure> {
        let counts = self.try_read().map_err(|error| Failure::Message(error.to_string()))?;
        counts.ok_or_else(|| Failure::bug(&"the counters have another size"))
    }

    /// As [`Self::read`]; `None` if the map is none of ours.
    pub(crate) fn try_read(&self) -> Result<Option<Counts>, Error> {
        let mut counts = Counts::default();
        let names = self.verdicts.iter().map(String::as_str).chain([OTHER]);
        for (name, index) in names.zip(0_u32..) {
            let key = index.to_ne_bytes();
            let values = if self.map.is_per_cpu() {
                self.map.lookup_per_cpu(&key)?
            } else {
                self.map.lookup(&key)?.map(|value| vec![value])
            };
            let Some(counted) = values.and_then(Counted::sum) else { return Ok(None) };
            counts.total = counts.total.plus(counted);
            let shown = name != OTHER || counted.packets > 0;
            if !self.verdicts.is_empty() && shown {
                let program = self.program.iter().map(|program| format!("{program}."));
                counts.verdicts.push((program.collect::<String>() + name, counted));
            }
        }
        Ok(Some(counts))
    }
}
