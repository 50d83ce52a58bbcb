//! Numbers, bytes and times on the command line.

use std::str::FromStr;
use std::time::Duration;

/// Decimal, or hexadecimal with 0x.
pub fn number<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let value = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => digits_of(digits, 16),
        None => digits_of(text, 10),
    };
    let value = value.ok_or("a number is decimal, or hexadecimal with 0x: 129 or 0x81")?;
    T::try_from(value).map_err(|_| format!("{text} is too large"))
}

/// Only digits: from_str_radix would accept a sign.
fn digits_of(text: &str, radix: u32) -> Option<u64> {
    let plain = text.chars().all(|digit| digit.is_digit(radix));
    u64::from_str_radix(text, radix).ok().filter(|_| plain)
}

/// An ID as in 1209:0001, with or without 0x.
pub fn id(text: &str) -> Result<u16, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let value = digits_of(digits, 16).and_then(|value| u16::try_from(value).ok());
    value.ok_or_else(|| format!("\"{text}\" is not an ID of up to four hexadecimal digits"))
}

/// A count of bytes: 4096, 0x1000, 64K (1024 each) or 1M.
pub fn size(text: &str) -> Result<u64, String> {
    let units = [("K", 10), ("M", 20), ("G", 30)];
    let unit = units.iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, *bits)));
    let (digits, bits) = unit.unwrap_or((text, 0));
    let value: u64 = number(digits)?;
    value.checked_mul(1 << bits).ok_or_else(|| format!("{text} is too large"))
}

/// Seconds, possibly with a fraction; 0 waits forever.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let value = text.parse().ok().and_then(|value| Duration::try_from_secs_f64(value).ok());
    value.ok_or_else(|| "a time is in seconds: 3 or 0.25".to_owned())
}

/// Bytes in hexadecimal: "01 02 ff", "0102ff", "01:02:ff", "0x01 0x02".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Bytes, String> {
        let words = text.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '-')).filter(|w| !w.is_empty());
        let mut bytes = Vec::new();
        for word in words {
            let digits = word.strip_prefix("0x").unwrap_or(word);
            // A single digit is a byte; more digits have to be pairs.
            let digits = if digits.len() == 1 { format!("0{digits}") } else { digits.to_owned() };
            if digits.is_empty() || digits.len() % 2 != 0 || !digits.chars().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(format!("\"{word}\" is not a hexadecimal byte; write \"01 02 ff\" or \"0102ff\""));
            }
            let pairs = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
            bytes.extend(pairs.map_while(Result::ok));
        }
        Ok(Bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_or_hexadecimal_and_fit() {
        assert_eq!(number::<u8>("129"), Ok(129));
        assert_eq!(number::<u8>("0x81"), Ok(0x81));
        assert_eq!(number::<u16>("0xFFFF"), Ok(0xffff));
        for wrong in ["", "0x", "81h", "-1", "+1", "0x+1", "256", "1 "] {
            assert!(number::<u8>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(size("64K"), Ok(65536));
        assert_eq!(size("0x10"), Ok(16));
        assert_eq!(size("2G"), Ok(2 << 30));
        assert!(size("K").is_err() && size("99999999999G").is_err());
    }

    #[test]
    fn bytes_come_in_any_usual_writing() {
        for writing in ["01 02 ff", "0102ff", "01:02:FF", "0x01 0x02,0xff", " 1 2 ff\n"] {
            assert_eq!(writing.parse(), Ok(Bytes(vec![1, 2, 255])), "{writing}");
        }
        assert_eq!("".parse(), Ok(Bytes::default()));
        for wrong in ["102", "zz", "0x", "ä1"] {
            assert!(wrong.parse::<Bytes>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_seconds() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert!(seconds("-1").is_err() && seconds("1s").is_err() && seconds("nan").is_err());
    }
}
