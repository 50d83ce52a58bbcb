//! `usbx list --tree`: each device below the hub that it is plugged into.

use crate::list::line;
use std::sync::Arc;
use termtree::Tree;
use usbx::tool::{Backend, DeviceInfo};

/// The path of the hub: "1-2" of "1-2.3", "usb1" of "1-2". It may be that of no device.
fn hub(info: &DeviceInfo) -> Option<String> {
    if info.backend != Backend::System {
        return None;
    }
    let outer = info.path.rsplit_once('.').map(|(hub, _)| hub.to_owned());
    outer.or_else(|| info.path.split_once('-').map(|(bus, _)| format!("usb{bus}")))
}

/// One tree for each bus, or device of no bus. Hubs without a wanted device are left out.
pub fn text(all: &[Arc<DeviceInfo>], is_wanted: impl Fn(&DeviceInfo) -> bool) -> String {
    let has_hub = |info: &DeviceInfo| hub(info).is_some_and(|hub| all.iter().any(|other| other.path == hub));
    let roots = all.iter().filter(|info| !has_hub(info));
    roots.filter_map(|root| branch(root, all, &is_wanted)).map(|tree| tree.to_string()).collect()
}

fn branch(info: &DeviceInfo, all: &[Arc<DeviceInfo>], is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Option<Tree<String>> {
    let below = all.iter().filter(|other| hub(other).as_ref() == Some(&info.path) && other.path != info.path);
    let branches: Vec<Tree<String>> = below.filter_map(|other| branch(other, all, is_wanted)).collect();
    (is_wanted(info) || !branches.is_empty()).then(|| Tree::new(line(info)).with_leaves(branches))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(path: &str, product_id: u16, backend: Backend) -> Arc<DeviceInfo> {
        Arc::new(DeviceInfo { path: path.to_owned(), product_id, backend, ..DeviceInfo::default() })
    }

    #[test]
    fn devices_hang_below_their_hubs() {
        let mut all: Vec<Arc<DeviceInfo>> =
            ["usb1", "1-2", "1-2.3", "1-2.3.4", "1-10", "usb2"].map(|path| device(path, 1, Backend::System)).to_vec();
        all.extend(["virtual/1", "usbip://10.0.0.5/1-2.3"].map(|path| device(path, 1, Backend::Usbip)));
        all.push(device("3-1.2", 2, Backend::System)); // its hub has just left
        let shape = |text: &str| -> Vec<String> {
            let word = |line: &str| line.split(" 0000:").next().unwrap_or_default().trim_end().to_owned();
            text.lines().map(word).collect()
        };
        let expected = [
            "usb1",
            "├── 1-2",
            "│   └── 1-2.3",
            "│       └── 1-2.3.4",
            "└── 1-10",
            "usb2",
            "virtual/1",
            "usbip://10.0.0.5/1-2.3",
            "3-1.2",
        ];
        assert_eq!(shape(&text(&all, |_| true)), expected);
        assert_eq!(shape(&text(&all, |info| info.path == "1-2.3")), ["usb1", "└── 1-2", "    └── 1-2.3"]);
        assert_eq!(text(&all, |_| false), "");
    }
}
