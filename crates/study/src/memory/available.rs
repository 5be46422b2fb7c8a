//! What the system says of its memory, and of this process's share of it.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes that may be taken without anything being swapped or killed: nine tenths of what the
/// machine has left, and of what each control group that this process is in has left. The tenth is
/// for the error of a prediction and for whoever else is there. `None` where the system does not
/// tell, as only Linux does.
pub(crate) fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| Some(field(&text, "MemAvailable:")? * 1024));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let groups = left_in_groups(Path::new("/sys/fs/cgroup"), &groups);
    let left = machine.into_iter().chain(groups).min()?;
    Some(left - left / 10)
}

/// How a version of control groups names its files.
struct Names {
    limit: &'static str,
    usage: &'static str,
    /// The line of `memory.stat` with the files' pages that can go at any time.
    reclaimable: &'static str,
}

const V1: Names = Names {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
};

const V2: Names = Names {
    limit: "memory.max",
    usage: "memory.current",
    reclaimable: "inactive_file",
};

/// The least that is left in any group of these, which is how `/proc/self/cgroup` lists them, one
/// line `ID:CONTROLLERS:PATH` a hierarchy; `None` if none has a limit.
fn left_in_groups(root: &Path, groups: &str) -> Option<u64> {
    let left = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let path = path.trim_start_matches('/');
        let (mount, names): (PathBuf, &Names) = match controllers {
            "" => (root.to_path_buf(), &V2),
            list if list.split(',').any(|name| name == "memory") => (root.join("memory"), &V1),
            _ => return None,
        };
        // Each group is bound by those above it. In a container the upper ones are out of sight,
        // and its own is the root.
        let inside = mount.join(path);
        let groups = inside
            .ancestors()
            .take_while(|group| group.starts_with(&mount));
        groups.filter_map(|group| left_in_group(group, names)).min()
    });
    left.min()
}

fn left_in_group(group: &Path, names: &Names) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(group.join(name)).ok();
    let number = |name: &str| read(name)?.trim().parse::<u64>().ok();
    // No limit is `max` in version 2, and a number beyond any memory in version 1.
    let limit = number(names.limit)?;
    let usage = number(names.usage)?;
    let reclaimable = read("memory.stat").and_then(|text| field(&text, names.reclaimable));
    Some(limit.saturating_sub(usage.saturating_sub(reclaimable.unwrap_or(0))))
}

/// The number on the line that begins with this name.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| (words.next()? == name).then(|| words.next()?.parse().ok())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(path: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
    }

    #[test]
    fn the_tightest_group_of_version_2_decides() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let left = |groups| left_in_groups(root, groups);
        assert_eq!(left("0::/a/b\n"), None);
        let stat = "anon 500\ninactive_file 300\nactive_file 7\n";
        group(
            &root.join("a"),
            &[
                ("memory.max", "1000\n"),
                ("memory.current", "800\n"),
                ("memory.stat", stat),
            ],
        );
        group(
            &root.join("a/b"),
            &[("memory.max", "max\n"), ("memory.current", "100\n")],
        );
        assert_eq!(left("0::/a/b\n"), Some(500));
        fs::write(root.join("a/b/memory.max"), "450\n").unwrap();
        assert_eq!(left("0::/a/b\n"), Some(350));
        // A group that is full has nothing left, and one elsewhere does not count.
        fs::write(root.join("a/b/memory.current"), "460\n").unwrap();
        assert_eq!(left("0::/a/b\n"), Some(0));
        assert_eq!(left("0::/c\n"), None);
    }

    #[test]
    fn version_1_is_a_hierarchy_of_its_own() {
        let root = tempfile::tempdir().unwrap();
        // The group's own path is not visible in a container: its root is what binds it.
        group(
            &root.path().join("memory"),
            &[
                ("memory.limit_in_bytes", "1000\n"),
                ("memory.usage_in_bytes", "400\n"),
                ("memory.stat", "cache 9\ntotal_inactive_file 100\n"),
            ],
        );
        let groups = "8:pids:/docker/x\n4:cpu,memory:/docker/x\n0::/\n";
        assert_eq!(left_in_groups(root.path(), groups), Some(700));
        assert_eq!(left_in_groups(root.path(), "8:pids:/\nnonsense\n"), None);
    }

    #[test]
    fn a_line_is_found_by_its_whole_name() {
        let text = "MemFree:  12 kB\nMemAvailable:   34 kB\nMem\n";
        assert_eq!(field(text, "MemAvailable:"), Some(34));
        assert_eq!(field(text, "MemAvail"), None);
        assert_eq!(field(text, "Mem"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_tells() {
        let available = available().expect("Linux tells");
        assert!((1 << 20..1 << 50).contains(&available), "{available}");
    }
}
