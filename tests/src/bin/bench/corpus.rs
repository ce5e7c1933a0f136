//! The corpus's expressions, beside libpcap's optimised code translated one to one with a bounds
//! check per load.
//!
//! Two yardsticks, see [`nbpfc_tests::baseline`]: the plain one sets A and X to zero first, as the
//! kernel's own translator does; the strict one only where something reads the zero, as cbpfc does.
//! A row with `*` is not held to the limit of 1: libpcap's optimiser has removed loads there, so
//! that its code accepts packets that are too short for the filter, and unoptimised libpcap and
//! nbpfc do not.

use std::collections::HashMap;
use std::fmt;

use nbpfc_driver::{HOOKS, Hook, Layer};
use nbpfc_tests::classic::{self, Classic};
use nbpfc_tests::packets::{self, Captured};
use nbpfc_tests::property::dlt;
use nbpfc_tests::requires::Need;
use nbpfc_tests::{baseline, expressions};

use crate::cost::{Cost, compile, cost, ours, verified};

/// One row of the table.
pub(crate) struct Row {
    ours: Cost,
    theirs: Cost,
    /// Instructions of theirs, for each packet, that a careful translator leaves out.
    spare: u64,
    /// Whether their code does the same on packets that are cut short.
    same: bool,
    packets: usize,
    expression: String,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.ours.executed as f64 / self.theirs.executed.max(1) as f64
    }

    fn strict_executed(&self) -> u64 {
        self.theirs.executed - self.spare * self.packets as u64
    }

    fn strict(&self) -> f64 {
        self.ours.executed as f64 / self.strict_executed().max(1) as f64
    }

    fn per_capture(&self) -> f64 {
        self.ours.per_capture / self.theirs.per_capture
    }

    fn per_capture_strict(&self) -> f64 {
        self.ours.per_capture / (self.theirs.per_capture - self.spare as f64)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = |cost: &Cost| cost.executed as f64 / self.packets.max(1) as f64;
        let verified = |cost: &Cost| cost.verified.map_or("-".to_owned(), |n| n.to_string());
        write!(
            f,
            "{:6.1} {:6.1} {:5.2}{}{:5.2}  {:5} {:5}  {:>6} {:>6}  {}",
            mean(&self.ours),
            mean(&self.theirs),
            self.ratio(),
            if self.same { ' ' } else { '*' },
            self.strict(),
            self.ours.slots,
            self.theirs.slots,
            verified(&self.ours),
            verified(&self.theirs),
            self.expression
        )
    }
}

/// What libpcap makes of an expression, and whether its optimiser changed what it means.
struct Libpcap {
    program: Vec<Classic>,
    same: bool,
}

/// The packets of one layer, and what is known of expressions for it.
struct Layered {
    ethernet: bool,
    captures: Vec<Vec<Captured>>,
    libpcap: HashMap<String, Option<Libpcap>>,
}

impl Layered {
    fn new(ethernet: bool, captures: Vec<Vec<Captured>>) -> Self {
        Self { ethernet, captures, libpcap: HashMap::new() }
    }

    fn expressions(&self) -> Vec<String> {
        expressions::expressions(if self.ethernet { "EN10MB" } else { "RAW" })
    }

    fn packets(&self) -> usize {
        self.captures.iter().map(Vec::len).sum()
    }

    fn libpcap(&mut self, expression: &str) -> Result<Option<&Libpcap>, String> {
        if !self.libpcap.contains_key(expression) {
            let dlt = dlt(self.ethernet);
            let known = match classic::libpcap(expression, dlt, true) {
                Ok(program) => {
                    let exact = classic::libpcap(expression, dlt, false)?;
                    let same = same_when_cut(&program, &exact, &self.captures);
                    Some(Libpcap { program, same })
                }
                Err(_) => None,
            };
            self.libpcap.insert(expression.to_owned(), known);
        }
        Ok(self.libpcap.get(expression).and_then(Option::as_ref))
    }

    fn row(
        &mut self,
        expression: &str,
        hook: &'static Hook,
        load: bool,
    ) -> Result<Option<Row>, String> {
        let ethernet = self.ethernet;
        let Some(Libpcap { program, same }) = self.libpcap(expression)? else { return Ok(None) };
        let same = *same;
        let Some(translation) = baseline::translate(program, hook) else { return Ok(None) };
        // What libpcap 1.10 takes and 1.11 does not, we do not: `tests/src/differential.rs` has
        // the list.
        let Some(filter) = compile(expression, hook, ethernet) else { return Ok(None) };
        let fail =
            |who: &str, error: String| format!("`{expression}` on {}: {who}: {error}", hook.name);
        let mut ours = ours(&filter, &self.captures).map_err(|e| fail("nbpfc", e))?;
        let mut theirs =
            cost(&translation.insns, hook, &self.captures).map_err(|e| fail("libpcap", e))?;
        // What has tables is loaded as an object, and then the verifier's counts are not at hand.
        if load && filter.code.tables.is_empty() {
            ours.verified = Some(verified(&filter.code.insns, hook).map_err(|e| fail("nbpfc", e))?);
            // What libpcap leaves in of code that nothing leads to, the kernel refuses.
            theirs.verified = verified(&translation.insns, hook).ok();
        }
        let (packets, spare) = (self.packets(), translation.spare);
        let expression = expression.to_owned();
        Ok(Some(Row { ours, theirs, spare, same, packets, expression }))
    }
}

/// Whether optimised and unoptimised code agree on packets of every length.
fn same_when_cut(optimised: &[Classic], exact: &[Classic], captures: &[Vec<Captured>]) -> bool {
    let count: usize = captures.iter().map(Vec::len).sum();
    let sample = captures.iter().flatten().step_by((count / 40).max(1));
    sample.flat_map(|p| (0..p.data.len().min(128)).map(|end| &p.data[..end])).all(|data| {
        let matches = |program| classic::run(program, data, data.len() as u32).value != 0;
        matches(optimised) == matches(exact)
    })
}

/// Measures every expression on the hooks with these names, or on all; prints the table unless
/// only the `summary` is wanted.
///
/// # Errors
/// What went wrong, of which expression.
pub(crate) fn measure(summary: bool, hooks: &[String]) -> Result<Vec<Row>, String> {
    let load = Need::Root.missing().is_none();
    let link = packets::ethernet_captures();
    let network = link.iter().map(|capture| packets::network(capture));
    let network = network.filter(|capture| !capture.is_empty()).collect();
    let mut layers = [Layered::new(true, link), Layered::new(false, network)];
    let mut all = Vec::new();
    for hook in HOOKS.iter().filter(|h| hooks.is_empty() || hooks.iter().any(|n| n == h.name)) {
        let layer = &mut layers[usize::from(hook.layer != Layer::Link)];
        if !summary {
            println!("\n{}, {} packets", hook.name, layer.packets());
            println!("executed/packet ratio       slots        verified       expression");
            println!("nbpfc libpcap        strict nbpfc libpcap nbpfc libpcap");
        }
        let mut rows = Vec::new();
        for expression in layer.expressions() {
            if let Some(row) = layer.row(&expression, hook, load)? {
                if !summary {
                    println!("{row}");
                }
                rows.push(row);
            }
        }
        summarise(hook.name, &rows);
        all.extend(rows);
    }
    Ok(all)
}

/// The mean of the ratios of executed instructions.
pub(crate) fn mean_ratio(rows: &[Row]) -> f64 {
    mean(rows, Row::ratio)
}

fn mean(rows: &[Row], ratio: fn(&Row) -> f64) -> f64 {
    rows.iter().map(ratio).sum::<f64>() / rows.len().max(1) as f64
}

/// The ratio of the dearest of the filters that are held to the limit of 1, and the filter.
pub(crate) fn worst(rows: &[Row]) -> (f64, &str) {
    let held = rows.iter().filter(|row| row.same);
    let worst = held.max_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    worst.map_or((0.0, ""), |row| (row.ratio(), &row.expression))
}

/// Prints what the rows come to.
pub(crate) fn summarise(name: &str, rows: &[Row]) {
    let sum = |f: fn(&Row) -> u64| rows.iter().map(f).sum::<u64>().max(1) as f64;
    let ours = sum(|r| r.ours.executed);
    let (dearest, expression) = worst(rows);
    println!(
        "{name}: {} expressions; executed: mean ratio {:.3}, strict {:.3}; ratio of means {:.3}, \
         strict {:.3}; each capture alike {:.3}, strict {:.3}; static {:.3}; verified {:.3}",
        rows.len(),
        mean(rows, Row::ratio),
        mean(rows, Row::strict),
        ours / sum(|r| r.theirs.executed),
        ours / sum(Row::strict_executed),
        mean(rows, Row::per_capture),
        mean(rows, Row::per_capture_strict),
        sum(|r| r.ours.slots as u64) / sum(|r| r.theirs.slots as u64),
        sum(|r| r.ours.verified.unwrap_or(0)) / sum(|r| r.theirs.verified.unwrap_or(0)),
    );
    println!("    the dearest: {dearest:.3} `{expression}`");
}
