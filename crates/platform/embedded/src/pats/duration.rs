//! Durations as Go writes them: `24h`, `1h30m`, `1.5h`.

/// Units, in nanoseconds; the longer names first where one begins with another.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3600 * 1_000_000_000),
];
/// Digits behind the point that can matter.
const MAX_DIGITS: usize = 15;

/// Microseconds, more than none; `None` when the text is no such duration.
pub(super) fn microseconds(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut nanoseconds: u64 = 0;
    while !rest.is_empty() {
        let number = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (digits, behind) = rest.split_at(number);
        let unit =
            behind.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(behind.len());
        let (name, next) = behind.split_at(unit);
        let (_, size) = UNITS.iter().find(|(unit, _)| *unit == name)?;
        nanoseconds = nanoseconds.checked_add(part(digits, *size)?)?;
        rest = next;
    }
    let microseconds = i64::try_from(nanoseconds).ok()? / 1_000;
    (microseconds > 0).then_some(microseconds)
}

fn part(digits: &str, size: u64) -> Option<u64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction = fraction.get(..MAX_DIGITS.min(fraction.len()))?;
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let fraction = u64::try_from(fraction * u128::from(size) / scale).ok()?;
    whole.checked_mul(size)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, seconds) in [
            ("24h", 86_400.0),
            ("1h30m", 5_400.0),
            ("1.5h", 5_400.0),
            (".5m", 30.0),
            ("1.m", 60.0),
            ("+1s", 1.0),
            ("2h0m0.25s", 7_200.25),
            ("1500ms", 1.5),
            ("1000us", 0.001),
            ("1000µs", 0.001),
            ("2160h", 7_776_000.0),
        ] {
            assert_eq!(microseconds(text), Some((seconds * 1e6) as i64), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "0",
            "0s",
            "30d",
            "1",
            "h",
            "-1h",
            "1h-",
            "1 h",
            "1.2.3h",
            ".h",
            "1hm",
            "1e3s",
            "300000000h",
            "1ns",
            "99999999999999999999s",
            "９h",
        ] {
            assert_eq!(microseconds(text), None, "{text}");
        }
        let long = format!("1.{}s", "9".repeat(500));
        assert_eq!(microseconds(&long), Some(1_999_999));
    }
}
