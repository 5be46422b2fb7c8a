//! What `edgefront tiles prepare` leaves behind when it is killed or the disk is full.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use edgefront::random::Key;
use edgefront::tiles::{Dataset, SynthOptions, synthesise};

const EDGEFRONT: &str = env!("CARGO_BIN_EXE_edgefront");

/// Synthetic tiles, and the place for a dataset beside them.
fn tiles(work: &Path) -> (PathBuf, PathBuf) {
    let mut options = SynthOptions::new(work.join("tiles"));
    options.tiles_per_region = 8;
    synthesise(&options, &mut |_, _| {}).expect("tiles");
    (options.output, work.join("dataset"))
}

fn prepare(tiles: &Path, out: &Path) -> Command {
    let mut command = Command::new(EDGEFRONT);
    command.args(["tiles", "prepare"]).arg(tiles);
    command.arg("--out").arg(out).stderr(Stdio::null());
    command
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("entry").file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn checksum(dataset: &Path) -> String {
    let dataset = Dataset::open(dataset).expect("a whole dataset");
    dataset.verify().expect("the bytes that were written");
    dataset.checksum()
}

#[test]
fn a_dataset_is_whole_or_not_there_wherever_prepare_is_killed() {
    let work = tempfile::tempdir().expect("a temporary folder");
    let (tiles, out) = tiles(work.path());
    let start = Instant::now();
    assert!(prepare(&tiles, &out).status().expect("edgefront").success());
    let whole = start.elapsed();
    let expected = checksum(&out);
    fs::remove_dir_all(&out).expect("the dataset");

    let mut stream = Key::new(5).with("kill", 0).stream();
    let (mut killed, mut was_there) = (0, false);
    for _ in 0..50 {
        let mut running = prepare(&tiles, &out).spawn().expect("edgefront");
        thread::sleep(Duration::from_secs_f64(stream.unit() * whole.as_secs_f64()));
        running.kill().expect("a signal");
        killed += usize::from(!running.wait().expect("an end").success());
        if out.exists() {
            assert_eq!(checksum(&out), expected);
            was_there = true;
        } else if was_there {
            // Between the two renames of a replacement: the next start puts it back.
            let is_old = |name: &String| name.starts_with("dataset.replaced-");
            assert!(names(work.path()).iter().any(is_old));
        }
        let left = names(work.path()).len();
        assert!(left <= 4, "leavings pile up: {:?}", names(work.path()));
    }
    assert!(
        killed > 5,
        "only {killed} of 50 were killed before their end"
    );
    assert!(prepare(&tiles, &out).status().expect("edgefront").success());
    assert_eq!(checksum(&out), expected);
    assert_eq!(names(work.path()), ["dataset", "tiles"]);
}

#[test]
fn a_full_disk_is_named_and_leaves_nothing() {
    let work = tempfile::tempdir().expect("a temporary folder");
    let (tiles, out) = tiles(work.path());
    // A limit on the size of files stands in for a disk: writing fails, as it does there.
    for limit in [5000, 1] {
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &script, "sh", EDGEFRONT, "tiles", "prepare"])
            .arg(&tiles)
            .arg("--out")
            .arg(&out)
            .output()
            .expect("a shell");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{message}");
        assert!(message.contains("cannot write"), "{message}");
        assert!(message.contains("images.npy"), "{message}");
        assert_eq!(names(work.path()), ["tiles"]);
    }
}
