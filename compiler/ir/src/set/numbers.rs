//! A set as a value: ranges of numbers.

/// Numbers of so many bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    bits: u32,
    /// First and last of each range; sorted, and with a gap between any two.
    ranges: Vec<(u128, u128)>,
}

impl Set {
    /// The set of the numbers in these ranges, first and last included, in any order. What has
    /// more than `bits` bits, of which there are 1 to 128, is left out, and so are ranges that end
    /// before they begin.
    pub fn new(bits: u32, ranges: impl IntoIterator<Item = (u128, u128)>) -> Self {
        let bits = bits.clamp(1, 128);
        let greatest = u128::MAX >> (128 - bits);
        let mut sorted: Vec<(u128, u128)> = ranges
            .into_iter()
            .map(|(first, last)| (first, last.min(greatest)))
            .filter(|(first, last)| first <= last)
            .collect();
        sorted.sort_unstable();
        let mut ranges: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match ranges.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => ranges.push((first, last)),
            }
        }
        Self { bits, ranges }
    }

    /// How many bits the numbers have.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The ranges: first and last number of each, in order, none next to another.
    pub fn ranges(&self) -> &[(u128, u128)] {
        &self.ranges
    }

    /// Whether a number is in it.
    pub fn contains(&self, number: u128) -> bool {
        let behind = self.ranges.partition_point(|(first, _)| *first <= number);
        behind > 0 && number <= self.ranges[behind - 1].1
    }

    /// Every number, if there are at most so many.
    pub(super) fn numbers(&self, most: usize) -> Option<Vec<u128>> {
        let mut numbers = Vec::with_capacity(self.ranges.len());
        for &(first, last) in &self.ranges {
            if last - first >= (most - numbers.len().min(most)) as u128 {
                return None;
            }
            numbers.extend(first..=last);
        }
        Some(numbers)
    }

    /// The same numbers as prefixes, by length: the shortest first, and of each its leading bits.
    pub(super) fn prefixes(&self) -> Vec<(u32, Vec<u128>)> {
        let mut lengths: Vec<Vec<u128>> = vec![Vec::new(); 129];
        for &(first, last) in &self.ranges {
            let mut next = Some(first);
            while let Some(start) = next.filter(|start| *start <= last) {
                // As many low bits as are zero in the first number and fit before the last.
                let room = match (last - start).checked_add(1) {
                    Some(count) => count.ilog2(),
                    None => 128,
                };
                let free = start.trailing_zeros().min(room).min(self.bits);
                let length = (self.bits - free) as usize;
                lengths[length].push(start.checked_shr(free).unwrap_or(0));
                next = 1u128.checked_shl(free).and_then(|size| start.checked_add(size));
            }
        }
        (0..).zip(lengths).filter(|(_, prefixes)| !prefixes.is_empty()).collect()
    }
}
