//! What the system says of its memory, and of this process's share of it.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes that may be taken without anything being swapped or killed: nine tenths of what the
/// machine has left, and of what each control group that this process is in has left. The tenth is
/// for the error of a prediction and for whoever else is there. `None` where the system does not
/// tell, as only Linux does.
pub(crate) fn available() -> Option<u64> {
    let left = least("MemAvailable:", left_in_group)?;
    Some(left - left / 10)
}

/// Bytes that there would be if nobody else took any: those of the machine, or of the tightest
/// control group that this process is in. `None` where the system does not tell.
pub(crate) fn capacity() -> Option<u64> {
    least("MemTotal:", limit_of_group)
}

/// What this line of `/proc/meminfo` says, or less if a control group of this process has less.
fn least(line: &str, of_group: OfGroup) -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| Some(field(&text, line)? * 1024));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let groups = least_of_groups(Path::new("/sys/fs/cgroup"), &groups, of_group);
    machine.into_iter().chain(groups).min()
}

/// A number of bytes of the control group in this folder; `None` if it has no limit.
type OfGroup = fn(&Path, &Names) -> Option<u64>;

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

/// The least of any group of these, which is how `/proc/self/cgroup` lists them, one line
/// `ID:CONTROLLERS:PATH` a hierarchy; `None` if none has a limit.
fn least_of_groups(root: &Path, groups: &str, of_group: OfGroup) -> Option<u64> {
    let least = groups.lines().filter_map(|line| {
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
        groups.filter_map(|group| of_group(group, names)).min()
    });
    least.min()
}

fn limit_of_group(group: &Path, names: &Names) -> Option<u64> {
    // No limit is `max` in version 2, and a number beyond any memory in version 1.
    number(&group.join(names.limit))
}

fn left_in_group(group: &Path, names: &Names) -> Option<u64> {
    let limit = limit_of_group(group, names)?;
    let usage = number(&group.join(names.usage))?;
    let stat = fs::read_to_string(group.join("memory.stat")).ok();
    let reclaimable = stat.and_then(|text| field(&text, names.reclaimable));
    Some(limit.saturating_sub(usage.saturating_sub(reclaimable.unwrap_or(0))))
}

/// The number that is all of a file.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
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
        let left = |groups| least_of_groups(root, groups, left_in_group);
        let limit = |groups| least_of_groups(root, groups, limit_of_group);
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
        assert_eq!(limit("0::/a/b\n"), Some(1000));
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
        let left = |groups| least_of_groups(root.path(), groups, left_in_group);
        assert_eq!(left(groups), Some(700));
        assert_eq!(left("8:pids:/\nnonsense\n"), None);
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
        let (available, capacity) = (available().expect("Linux tells"), capacity());
        assert!((1 << 20..1 << 50).contains(&available), "{available}");
        assert!(
            capacity.is_some_and(|capacity| capacity >= available),
            "{capacity:?}"
        );
    }
}
