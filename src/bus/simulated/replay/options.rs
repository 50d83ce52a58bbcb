//! How a recording is to be played: what stands behind "replay:".

use crate::bus::simulated::recording::{place, Place};
use crate::error::{Error, Result};

/// What a transfer is compared by, before it gets what was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Match {
    /// Set-up packets and the data that the host sends.
    #[default]
    Strict,
    /// Set-up packets.
    Setup,
    /// The same, but requests may come again or not at all, and what a device sent is a stream.
    Loose,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub matching: Match,
    /// Transfers take as long as they took when they were recorded.
    pub recorded_timing: bool,
    /// The device to be played, and those that come in its place.
    pub places: Vec<Place>,
}

const KEYS: [&str; 3] = ["match", "timing", "device"];

fn is_option(part: &str) -> bool {
    part.split_once('=').is_some_and(|(key, _)| KEYS.contains(&key))
}

/// "FILE[,match=strict|setup|loose][,timing=none|recorded][,device=BUS.ADDRESS]": the file and the options. A file's name may have
/// commas: it ends where the first option begins.
pub fn parse(text: &str) -> Result<(String, Options)> {
    let parts: Vec<&str> = text.split(',').collect();
    let end = parts.iter().position(|part| is_option(part)).unwrap_or(parts.len());
    let (file, rest) = parts.split_at(end);
    let file = file.join(",");
    if file.is_empty() {
        return Err(Error::invalid("there is no file: \"replay:FILE\" plays a capture"));
    }
    let mut options = Options::default();
    for part in rest {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        match (key, value) {
            ("match", "strict") => options.matching = Match::Strict,
            ("match", "setup") => options.matching = Match::Setup,
            ("match", "loose") => options.matching = Match::Loose,
            ("timing", "none") => options.recorded_timing = false,
            ("timing", "recorded") => options.recorded_timing = true,
            ("device", value) => match place(value) {
                Some(place) => options.places.push(place),
                None => return Err(wrong(part, "device=BUS.ADDRESS, as in device=1.4")),
            },
            ("match", _) => return Err(wrong(part, "match=strict, match=setup or match=loose")),
            ("timing", _) => return Err(wrong(part, "timing=none or timing=recorded")),
            _ => return Err(wrong(part, "an option is match=…, timing=… or device=…")),
        }
    }
    Ok((file, options))
}

fn wrong(part: &str, expected: &str) -> Error {
    Error::invalid(format!("\"{part}\" is no option of a replay: {expected}"))
}

/// The models of a list, such as `USBX_VIRTUAL` has: a comma parts them, but what begins with no model's name belongs to the replay
/// before it.
pub fn split_list(list: &str) -> Vec<&str> {
    let is_model = |name: &str| ["acquisition", "replay"].contains(&name);
    let mut entries: Vec<&str> = Vec::new();
    let mut begin = 0;
    for part in list.split(',') {
        let end = begin + part.len();
        let name = part.trim().split(':').next().unwrap_or("");
        match entries.last_mut() {
            Some(last) if last.trim_start().starts_with("replay:") && !is_model(name) => {
                // One behind the other in the same text.
                let start = begin - last.len() - 1;
                *last = &list[start..end];
            }
            _ => entries.push(part),
        }
        begin = end + 1;
    }
    entries.into_iter().map(str::trim).filter(|entry| !entry.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_its_options() {
        let (file, options) = parse("a,b.pcapng,match=loose,timing=recorded,device=1.4,device=1.5").unwrap();
        assert_eq!(file, "a,b.pcapng");
        assert_eq!(options.matching, Match::Loose);
        assert!(options.recorded_timing);
        assert_eq!(options.places, [(1, 4), (1, 5)]);
        assert_eq!(parse("C:\\x=y.pcap").unwrap(), ("C:\\x=y.pcap".to_owned(), Options::default()));
        for (wrong, expected) in [
            ("", "there is no file"),
            ("match=strict", "there is no file"),
            ("f,match=exact", "match=strict, match=setup or match=loose"),
            ("f,timing=fast", "timing=none or timing=recorded"),
            ("f,device=4", "device=BUS.ADDRESS"),
            ("f,match=loose,speed=2", "\"speed=2\" is no option of a replay"),
        ] {
            let error = parse(wrong).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn options_stay_with_their_replay_in_a_list() {
        let split = split_list;
        assert_eq!(split("acquisition:A,acquisition:B"), ["acquisition:A", "acquisition:B"]);
        assert_eq!(
            split("acquisition, replay:a,b.pcap,match=loose,device=1.4,replay:c,acquisition:X"),
            ["acquisition", "replay:a,b.pcap,match=loose,device=1.4", "replay:c", "acquisition:X"]
        );
        assert_eq!(split("nonsense,acquisition,"), ["nonsense", "acquisition"]);
        assert!(split("").is_empty());
    }
}
