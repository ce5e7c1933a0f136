//! What an attached program counted, second by second.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::time::{Duration, Instant};

use nbpfc_driver::Counted;
use serde_json::json;

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
    started: Instant,
    last: (Duration, Counted),
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
        let (started, last) = (Instant::now(), Default::default());
        Self { style, captures, aside, started, last }
    }

    /// Shows what has been counted until now, and how many packets were captured; `false` if nobody
    /// reads any more.
    pub(crate) fn show(&mut self, counted: Counted, captured: u64) -> Result<bool, Failure> {
        let now = self.started.elapsed();
        let captured = self.captures.then_some(captured);
        let text = line(self.style, now, counted, self.last, captured);
        self.last = (now, counted);
        self.print(&text)
    }

    /// Shows the sum of it.
    pub(crate) fn finish(self, counted: Counted, captured: u64) -> Result<(), Failure> {
        let captured = self.captures.then_some(captured);
        self.print(&sum(self.style, self.started.elapsed(), counted, captured)).map(drop)
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
    counted: Counted,
    (then, before): (Duration, Counted),
    captured: Option<u64>,
) -> String {
    let packets = rate(now, counted.packets, (then, before.packets));
    let bits = 8.0 * rate(now, counted.bytes, (then, before.bytes));
    if style == Style::Json {
        let mut row = json!({
            "seconds": now.as_secs_f64(),
            "packets": counted.packets,
            "bytes": counted.bytes,
            "packets_per_second": packets,
            "bits_per_second": bits,
        });
        add_captured(&mut row, counted, captured);
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
    if style == Style::Lines {
        text.push('\n');
    }
    text
}

/// What became of the packets that were to be captured.
fn add_captured(row: &mut serde_json::Value, counted: Counted, captured: Option<u64>) {
    if let (Some(captured), Some(row)) = (captured, row.as_object_mut()) {
        row.insert("captured".to_owned(), captured.into());
        row.insert("lost".to_owned(), counted.lost.into());
    }
}

fn sum(style: Style, time: Duration, counted: Counted, captured: Option<u64>) -> String {
    let Counted { packets, bytes, lost } = counted;
    let seconds = time.as_secs_f64();
    if style == Style::Json {
        let mut row = json!({
            "final": true,
            "seconds": seconds,
            "packets": packets,
            "bytes": bytes,
        });
        add_captured(&mut row, counted, captured);
        return format!("{row}\n");
    }
    let before = if style == Style::Screen { "\n" } else { "" };
    let plural = if packets == 1 { "" } else { "s" };
    let more = captured.map(|captured| format!("; {captured} captured, {lost} lost"));
    let more = more.unwrap_or_default();
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
    use super::{Counted, Duration, Style, line, scaled, sum};

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
        let before = Counted { packets: 10, bytes: 1000, lost: 0 };
        let counted = Counted { packets: 30, bytes: 3500, lost: 2 };
        let last = (Duration::from_secs(1), before);
        assert_eq!(
            line(Style::Lines, Duration::from_secs(3), counted, last, None),
            "    30 packets       3.5 kB     10 packets/s    10.0 kbit/s\n"
        );
        // Without time there is no speed.
        assert!(line(Style::Json, last.0, counted, last, None).contains("\"bits_per_second\":0.0"));
        assert_eq!(
            sum(Style::Lines, Duration::from_millis(1500), counted, None),
            "30 packets, 3500 bytes in 1.5 s\n"
        );
        assert_eq!(
            sum(Style::Lines, Duration::from_millis(1500), counted, Some(28)),
            "30 packets, 3500 bytes in 1.5 s; 28 captured, 2 lost\n"
        );
    }
}
