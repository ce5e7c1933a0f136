//! What an attached program counted, second by second.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::time::{Duration, Instant};

use nbpfc_driver::Counted;
use serde_json::json;

use crate::counts::Counts;
use crate::failure::Failure;
use crate::output;

/// How counts are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// One line that is written over.
    Screen,
    /// A line for each time.
    Lines,
    /// A JSON object for each time.
    Json,
}

/// Shows counts and how fast they grow.
#[derive(Debug)]
pub(crate) struct Meter {
    style: Style,
    /// Whether packets are captured.
    captures: bool,
    /// Whether standard output is for something else.
    aside: bool,
    /// Whether only the sum is shown: standard output and the counts are on one screen.
    only_sum: bool,
    started: Instant,
    last: (Duration, Counts),
}

impl Meter {
    /// Starts the clock. What is shown goes to standard error if it is to be kept `aside`.
    pub(crate) fn new(as_json: bool, captures: bool, aside: bool) -> Self {
        let terminal = if aside { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
        let style = match as_json {
            true => Style::Json,
            false if terminal => Style::Screen,
            false => Style::Lines,
        };
        let only_sum = aside && terminal && io::stdout().is_terminal();
        let (started, last) = (Instant::now(), Default::default());
        Self { style, captures, aside, only_sum, started, last }
    }

    /// Shows what has been counted until now, and how many packets were captured; `false` if nobody
    /// reads any more.
    pub(crate) fn show(&mut self, counts: &Counts, captured: u64) -> Result<bool, Failure> {
        if self.only_sum {
            return Ok(true);
        }
        let now = self.started.elapsed();
        let captured = self.captures.then_some(captured);
        let text = line(self.style, now, counts, &self.last, captured);
        self.last = (now, counts.clone());
        self.print(&text)
    }

    /// Shows the sum of it.
    pub(crate) fn finish(self, counts: &Counts, captured: u64) -> Result<(), Failure> {
        let captured = self.captures.then_some(captured);
        self.print(&sum(self.style, self.started.elapsed(), counts, captured)).map(drop)
    }

    fn print(&self, text: &str) -> Result<bool, Failure> {
        if !self.aside {
            return output::send(text.as_bytes());
        }
        // If nobody listens there is nobody to tell.
        let _ = io::stderr().write_all(text.as_bytes());
        Ok(true)
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is shown in three digits")]
fn real(count: u64) -> f64 {
    count as f64
}

/// What changed per second since the last time.
fn rate(now: Duration, count: u64, (then, before): (Duration, u64)) -> f64 {
    let seconds = now.saturating_sub(then).as_secs_f64();
    // A clock that stands still shows no speed.
    if seconds > 0.0 { real(count.saturating_sub(before)) / seconds } else { 0.0 }
}

fn line(
    style: Style,
    now: Duration,
    counts: &Counts,
    (then, before): &(Duration, Counts),
    captured: Option<u64>,
) -> String {
    let counted = counts.total;
    let packets = rate(now, counted.packets, (*then, before.total.packets));
    let bits = 8.0 * rate(now, counted.bytes, (*then, before.total.bytes));
    if style == Style::Json {
        let mut row = json!({
            "seconds": now.as_secs_f64(),
            "packets": counted.packets,
            "bytes": counted.bytes,
            "packets_per_second": packets,
            "bits_per_second": bits,
        });
        add_others(&mut row, counts, captured);
        return format!("{row}\n");
    }
    let mut text = String::new();
    if style == Style::Screen {
        // Back to the line's start, and away with what stands there.
        text.push_str("\r\x1b[K");
    }
    let all = [scaled(real(counted.packets), "packets"), scaled(real(counted.bytes), "B")];
    let fast = [scaled(packets, "packets/s"), scaled(bits, "bit/s")];
    let _ = write!(text, "{:>14} {:>12} {:>16} {:>14}", all[0], all[1], fast[0], fast[1]);
    if captured.is_some() {
        let _ = write!(text, " {:>12}", scaled(real(counted.lost), "lost"));
    }
    for (verdict, counted) in counts.seen() {
        let _ = write!(text, " {:>10} {verdict}", counted.packets);
    }
    if style == Style::Lines {
        text.push('\n');
    }
    text
}

/// What became of the packets: by verdict, and of those that were to be captured.
fn add_others(row: &mut serde_json::Value, counts: &Counts, captured: Option<u64>) {
    let Some(row) = row.as_object_mut() else { return };
    if let Some(captured) = captured {
        row.insert("captured".to_owned(), captured.into());
        row.insert("lost".to_owned(), counts.total.lost.into());
    }
    if !counts.verdicts.is_empty() {
        row.insert("verdicts".to_owned(), counts.json());
    }
}

fn sum(style: Style, time: Duration, counts: &Counts, captured: Option<u64>) -> String {
    let Counted { packets, bytes, lost } = counts.total;
    let seconds = time.as_secs_f64();
    if style == Style::Json {
        let mut row = json!({
            "final": true,
            "seconds": seconds,
            "packets": packets,
            "bytes": bytes,
        });
        add_others(&mut row, counts, captured);
        return format!("{row}\n");
    }
    let before = if style == Style::Screen { "\n" } else { "" };
    let plural = if packets == 1 { "" } else { "s" };
    let mut more = String::new();
    if let Some(captured) = captured {
        let _ = write!(more, "; {captured} captured, {lost} lost");
    }
    for (index, (verdict, counted)) in counts.seen().enumerate() {
        let between = if index == 0 { ": " } else { ", " };
        let _ = write!(more, "{between}{} {verdict}", counted.packets);
    }
    format!("{before}{packets} packet{plural}, {bytes} bytes in {seconds:.1} s{more}\n")
}

/// A number with the prefix of its unit that leaves one to three digits before the point.
fn scaled(number: f64, unit: &str) -> String {
    const PREFIXES: &[&str] = &["", "k", "M", "G", "T", "P", "E"];
    let mut number = number;
    let mut prefixes = PREFIXES.iter().copied();
    let mut prefix = prefixes.next().unwrap_or_default();
    // What is shown rounded up to 1000 has a prefix of its own.
    while number >= 999.5 {
        let Some(next) = prefixes.next() else { break };
        prefix = next;
        number /= 1000.0;
    }
    let digits = usize::from(!prefix.is_empty() && number < 99.95);
    format!("{number:.digits$} {prefix}{unit}")
}

#[cfg(test)]
mod tests {
    use super::{Counted, Counts, Duration, Style, line, scaled, sum};

    #[test]
    fn prefixes() {
        let rows: &[(f64, &str)] = &[
            (0.0, "0 B"),
            (1.0, "1 B"),
            (999.0, "999 B"),
            (999.9, "1.0 kB"),
            (12_340.0, "12.3 kB"),
            (999_960.0, "1.0 MB"),
            (250_000_000.0, "250 MB"),
            (1e30, "1000000000000 EB"),
        ];
        for (number, expected) in rows {
            assert_eq!(scaled(*number, "B"), *expected);
        }
    }

    #[test]
    fn rates_are_of_the_time_since_the_last_line() {
        let of = |packets, bytes, lost| Counts {
            total: Counted { packets, bytes, lost },
            verdicts: Vec::new(),
        };
        let counts = of(30, 3500, 2);
        let last = (Duration::from_secs(1), of(10, 1000, 0));
        assert_eq!(
            line(Style::Lines, Duration::from_secs(3), &counts, &last, None),
            "    30 packets       3.5 kB     10 packets/s    10.0 kbit/s\n"
        );
        // Without time there is no speed.
        let same = line(Style::Json, last.0, &counts, &last, None);
        assert!(same.contains("\"bits_per_second\":0.0"), "{same}");
        let time = Duration::from_millis(1500);
        assert_eq!(sum(Style::Lines, time, &counts, None), "30 packets, 3500 bytes in 1.5 s\n");
        assert_eq!(
            sum(Style::Lines, time, &counts, Some(28)),
            "30 packets, 3500 bytes in 1.5 s; 28 captured, 2 lost\n"
        );
    }

    #[test]
    fn verdicts_are_told_apart() {
        let of = |packets| Counted { packets, bytes: 60 * packets, lost: 0 };
        let verdicts = vec![("pass".to_owned(), of(12_300)), ("drop".to_owned(), of(1))];
        let counts = Counts { total: of(12_301), verdicts };
        let time = Duration::from_secs(1);
        assert_eq!(
            line(Style::Lines, time, &counts, &Default::default(), None),
            " 12.3 kpackets       738 kB  12.3 kpackets/s     5.9 Mbit/s      12300 pass          1 \
             drop\n"
        );
        assert_eq!(
            sum(Style::Lines, time, &counts, None),
            "12301 packets, 738060 bytes in 1.0 s: 12300 pass, 1 drop\n"
        );
        let json = sum(Style::Json, time, &counts, None);
        assert!(json.contains(r#""verdicts":{"drop":{"bytes":60,"packets":1},"#), "{json}");
    }
}
