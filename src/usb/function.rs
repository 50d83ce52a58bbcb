//! Which interfaces of a configuration make one function, as far as its descriptors say so.

const INTERFACE: u8 = 4;
const INTERFACE_ASSOCIATION: u8 = 11;
/// A class's own descriptor of an interface.
const CLASS_INTERFACE: u8 = 0x24;

const AUDIO: u8 = 1;
const AUDIO_CONTROL: u8 = 1;
const COMMUNICATIONS: u8 = 2;

/// The interfaces of the function that `interface` belongs to, itself among them: from an interface association, a
/// communications class's union, or an audio control interface's collection.
pub fn function(configuration: &[u8], interface: u8) -> Vec<u8> {
    let mut members = vec![interface];
    for group in groups(configuration).into_iter().filter(|group| group.contains(&interface)) {
        members.extend(group);
    }
    members.sort_unstable();
    members.dedup();
    members
}

fn groups(configuration: &[u8]) -> Vec<Vec<u8>> {
    let mut groups = Vec::new();
    let mut current = (0, 0, 0);
    let mut rest = configuration;
    while rest.len() >= 2 && rest[0] >= 2 && usize::from(rest[0]) <= rest.len() {
        let (entry, behind) = rest.split_at(usize::from(rest[0]));
        rest = behind;
        match entry {
            [_, INTERFACE_ASSOCIATION, first, count, ..] => {
                groups.push((*first..first.saturating_add(*count)).collect());
            }
            [_, INTERFACE, number, _, _, class, subclass, ..] => current = (*number, *class, *subclass),
            // CDC 1.2 table 16: the union's controlling interface, and those under it.
            [_, CLASS_INTERFACE, 6, members @ ..] if current.1 == COMMUNICATIONS => groups.push(members.to_vec()),
            // Audio 1.0 table 4-2. From 2.0 on there is an association.
            [_, CLASS_INTERFACE, 1, 0x00, 0x01, _, _, _, members @ ..]
                if (current.1, current.2) == (AUDIO, AUDIO_CONTROL) =>
            {
                groups.push([&[current.0], members].concat());
            }
            _ => {}
        }
    }
    groups
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn interface(number: u8, class: u8, subclass: u8) -> Vec<u8> {
        vec![9, 4, number, 0, 0, class, subclass, 0, 0]
    }

    #[test]
    fn a_function_is_what_an_association_a_union_or_a_collection_says() {
        let all = [
            vec![9, 2, 0, 0, 8, 1, 0, 0x80, 50],
            vec![8, 11, 0, 2, 2, 2, 1, 0],
            interface(0, 2, 2),
            interface(1, 10, 0),
            interface(2, 2, 6),
            vec![6, 0x24, 6, 2, 3, 5],
            interface(3, 10, 0),
            interface(4, 0xff, 0),
            interface(5, 10, 0),
            interface(6, 1, 1),
            vec![10, 0x24, 1, 0, 1, 10, 0, 2, 7, 8],
            interface(7, 1, 2),
            interface(8, 1, 2),
        ]
        .concat();
        assert_eq!(function(&all, 1), [0, 1]);
        assert_eq!(function(&all, 5), [2, 3, 5]);
        assert_eq!(function(&all, 4), [4]);
        assert_eq!(function(&all, 6), [6, 7, 8]);
        assert_eq!(function(&all, 8), [6, 7, 8]);
        assert_eq!(function(&all[..all.len() - 1], 9), [9]);
    }
}
