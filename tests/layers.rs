//! The arrows between the modules of `src/` point down only: ARCHITECTURE.md's picture, held by the source. Every path that starts at
//! `crate`, `super` or `self` counts, in `use` and elsewhere; tests inside the modules do not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

/// From the top. A module uses those of lower rows only, and never one of its own row.
const LAYERS: [&[&str]; 10] = [
    &["ffi", "tool"],
    &["library"],
    &["share"],
    &["queue", "stream", "virtual_device", "watch", "registry", "capture"],
    &["device"],
    &["completion"],
    &["bus/linux_usbfs", "bus/libusb", "bus/simulated", "bus/usbip"],
    &["bus"],
    &["sys", "usb"],
    &["error", "text", "sync"],
];

/// These know no system: its types and calls are for `sys` and the buses.
const WITHOUT_A_SYSTEM: [&str; 14] = [
    "library",
    "capture",
    "share",
    "queue",
    "stream",
    "virtual_device",
    "watch",
    "registry",
    "device",
    "completion",
    "usb",
    "error",
    "text",
    "tool",
];

/// One source file: its place as a module, and the paths in it.
struct Source {
    file: PathBuf,
    module: Vec<String>,
    paths: BTreeSet<Vec<String>>,
}

struct Paths<'a> {
    module: &'a [String],
    found: BTreeSet<Vec<String>>,
}

impl Paths<'_> {
    fn add(&mut self, path: &[String]) {
        let mut at = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self") => self.module.to_vec(),
            Some("super") => self.module[..self.module.len().saturating_sub(1)].to_vec(),
            Some("std" | "libc" | "rustix" | "rusb") => vec!["::".to_owned(), path[0].clone()],
            _ => return,
        };
        for segment in &path[1..] {
            if segment == "super" {
                at.pop();
            } else if segment != "self" {
                at.push(segment.clone());
            }
        }
        self.found.insert(at);
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.add(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && list.tokens.to_string().contains("test")
    })
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.add(&segments);
        }
        visit::visit_path(self, path);
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut sources, mut directories) = (Vec::new(), vec![root.clone()]);
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                directories.push(file);
            } else if file.extension().is_some_and(|extension| extension == "rs") {
                sources.push(source(&root, file));
            }
        }
    }
    sources
}

fn source(root: &Path, file: PathBuf) -> Source {
    let place = file.strip_prefix(root).unwrap().with_extension("");
    let mut module: Vec<String> = place.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let mut paths = Paths { module: &module, found: BTreeSet::new() };
    paths.visit_file(&syn::parse_file(&text).unwrap());
    let paths = paths.found;
    Source { file, module, paths }
}

/// The row and name of the module that a path is in: the longest name that fits.
fn layer(path: &[String]) -> Option<(usize, &'static str)> {
    let fits = |name: &str| name.split('/').eq(path.iter().take(name.split('/').count()).map(String::as_str));
    let all = LAYERS.iter().enumerate().flat_map(|(row, names)| names.iter().map(move |name| (row, *name)));
    all.filter(|(_, name)| fits(name)).max_by_key(|(_, name)| name.len())
}

#[test]
fn arrows_point_down_only() {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for Source { file, module, paths } in sources() {
        // lib.rs, which declares the modules, and tests beside the code.
        let is_test = module.iter().any(|part| part == "tests" || part == "test");
        let Some((from, name)) = layer(&module).filter(|_| !is_test) else { continue };
        for path in &paths {
            let Some((to, other)) = layer(path).filter(|(_, other)| *other != name) else { continue };
            arrows += 1;
            if to <= from {
                wrong.push(format!("{}: {name} uses {other} ({})", file.display(), path.join("::")));
            }
        }
    }
    assert!(arrows > 200, "only {arrows} arrows were found: does the test see the source?");
    assert!(wrong.is_empty(), "arrows that do not point down:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_its_layer() {
    for Source { file, module, .. } in sources() {
        assert!(module.is_empty() || layer(&module).is_some(), "{} is in no layer", file.display());
    }
}

/// A file that nobody declares is not compiled, and its tests do not run.
#[test]
fn every_file_is_declared() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = |directory: &Path| {
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| file.is_file()).collect::<Vec<_>>()
    };
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        directories.extend(std::fs::read_dir(&directory).unwrap().map(|e| e.unwrap().path()).filter(|at| at.is_dir()));
        for file in files(&directory) {
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let (name, folder) = match stem {
                "lib" => continue,
                "mod" => (directory.file_name().unwrap().to_str().unwrap(), directory.parent().unwrap()),
                stem => (stem, &*directory),
            };
            // In a file beside it, or in the one that has the folder's name.
            let beside = files(folder).into_iter().chain([folder.with_extension("rs")]);
            let text: String = beside.filter_map(|other| std::fs::read_to_string(other).ok()).collect();
            let is_declared = text.contains(&format!("mod {name};")) || text.contains(&format!("path = \"{name}.rs\""));
            assert!(is_declared, "no `mod {name};`: {} is not compiled", file.display());
        }
    }
}

#[test]
fn the_rules_know_no_system() {
    for Source { file, module, paths } in sources() {
        let Some((_, name)) = layer(&module) else { continue };
        let is_test = module.iter().any(|part| part == "tests");
        if is_test || !WITHOUT_A_SYSTEM.contains(&name) {
            continue;
        }
        for path in paths {
            let outside = path.join("::").split_off(path.first().map_or(0, |first| if first == "::" { 4 } else { 0 }));
            let of_a_system = path[0] == "::"
                && (["libc", "rustix", "rusb"].contains(&path[1].as_str())
                    || outside.starts_with("std::os::unix")
                    || outside.starts_with("std::os::fd"));
            assert!(!of_a_system, "{}: {name} uses {outside}", file.display());
        }
    }
}

/// Two files that are one thing: a transfer's requests are found by the reaper, which is asked for by the transfer, under one lock.
const ONE_THING: [[&str; 2]; 1] = [["bus/linux_usbfs/reaper", "bus/linux_usbfs/transfer"]];

/// Files of one folder do not use each other in circles: each can be read after those it uses.
#[test]
fn files_of_a_folder_have_an_order() {
    let sources = sources();
    let modules: BTreeSet<Vec<String>> = sources.iter().map(|source| source.module.clone()).collect();
    let mut uses: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.module.is_empty()) {
        let folder = &source.module[..source.module.len() - 1];
        for path in &source.paths {
            let other =
                (1..=path.len()).rev().map(|length| path[..length].to_vec()).find(|path| modules.contains(path));
            let this = (source.module.join("/"), other.as_ref().map(|other| other.join("/")));
            if ONE_THING
                .iter()
                .any(|two| two.contains(&&*this.0) && this.1.as_ref().is_some_and(|other| two.contains(&&**other)))
            {
                continue;
            }
            // A file that continues its folder's own type uses the folder; the folder declares the file.
            if let Some(other) = other.filter(|other| {
                *other != source.module && other.len() == source.module.len() && other.starts_with(folder)
            }) {
                uses.entry(source.module.clone()).or_default().insert(other);
            }
        }
    }
    // Takes away what uses nothing that is left, as long as there is such a file.
    loop {
        let last: Vec<Vec<String>> = uses
            .iter()
            .filter(|(_, used)| !used.iter().any(|other| uses.contains_key(other)))
            .map(|(module, _)| module.clone())
            .collect();
        if last.is_empty() {
            break;
        }
        last.iter().for_each(|module| drop(uses.remove(module)));
    }
    let circles: Vec<String> = uses
        .iter()
        .map(|(module, used)| {
            format!(
                "{} -> {:?}",
                module.join("/"),
                used.iter().filter(|other| uses.contains_key(*other)).map(|other| other.join("/")).collect::<Vec<_>>()
            )
        })
        .collect();
    assert!(circles.is_empty(), "files that use each other in a circle:\n{}", circles.join("\n"));
}
