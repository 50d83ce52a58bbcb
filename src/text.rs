//! Text for people: lists of things, and strings cut to a length.

/// "0, 1 and 3"; "none" of nothing.
pub fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// `text`, cut at a character to at most `limit` bytes.
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_cut_leaves_whole_characters() {
        assert_eq!(cut("µV", 1), "");
        assert_eq!(cut("µV", 2), "µ");
        assert_eq!(cut("µV", 3), "µV");
        assert_eq!(cut("µV", 9), "µV");
    }
}
