//! Bytes as `hexdump -C` shows them: offset, hexadecimal, characters.

use std::fmt::Write;

const ROW: usize = 16;

/// Rows for these bytes, the first of which is at `offset`.
pub fn rows(offset: u64, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(ROW) * 80);
    for (row, bytes) in bytes.chunks(ROW).enumerate() {
        let hexadecimal: String = bytes
            .iter()
            .enumerate()
            .map(|(at, byte)| format!("{}{byte:02x} ", if at == ROW / 2 { " " } else { "" }))
            .collect();
        let shown = |byte: &u8| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' };
        let characters: String = bytes.iter().map(shown).collect();
        let _ = writeln!(text, "{:08x}  {hexadecimal:<49} |{characters}|", offset + (row * ROW) as u64);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_sixteen_bytes_and_the_last_one_the_rest() {
        let bytes: Vec<u8> = (0x38..0x4a).collect();
        let expected = "\
00000010  38 39 3a 3b 3c 3d 3e 3f  40 41 42 43 44 45 46 47  |89:;<=>?@ABCDEFG|
00000020  48 49                                             |HI|
";
        assert_eq!(rows(16, &bytes), expected);
        assert_eq!(rows(0, &[]), "");
    }
}
