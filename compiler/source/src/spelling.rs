//! Which name was probably meant.

/// The name nearest to `typed` among those that differ in few letters: none of short words, one in
/// words of three and four letters, two in longer ones. Case counts for nothing.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = match typed.len() {
        0..=2 | 64.. => 0,
        3..=4 => 1,
        _ => 2,
    };
    let lower = typed.to_ascii_lowercase();
    names
        .into_iter()
        .filter(|name| name.len().abs_diff(typed.len()) <= most)
        .map(|name| (distance(lower.as_bytes(), name.to_ascii_lowercase().as_bytes()), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters must be added, dropped, replaced or swapped with their neighbour to make `b`
/// of `a`.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let width = b.len() + 1;
    let mut rows = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let at = |i: usize, j: usize| i * width + j;
            rows[at(i, j)] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[at(i - 1, j - 1)] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = replaced.min(rows[at(i - 1, j)] + 1).min(rows[at(i, j - 1)] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[at(i - 2, j - 2)] + 1);
                }
                best
            };
        }
    }
    rows.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_was_meant() {
        let names = ["limit", "Port", "host", "a", "counters"];
        let near = |typed| nearest(typed, names);
        assert_eq!(near("limt"), Some("limit"));
        assert_eq!(near("limti"), Some("limit"));
        assert_eq!(near("prot"), Some("Port"));
        assert_eq!(near("A"), Some("a"));
        assert_eq!(near("b"), None);
        assert_eq!(near("county"), None);
        assert_eq!(near(""), None);
    }
}
