//! The 1,717 published trials of the drainage crossing study (SC-W 2023), where they are at hand.

use std::io::Write as _;
use std::path::Path;

use edgefront_pareto::{
    Indicator, NormalizedHypervolume, Objective, Points, front, front_within_tolerance, fronts,
    normalize, ranges,
};

fn published() -> Option<(Vec<Objective>, Points)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/paper-results/paper_1717.csv");
    if !path.exists() {
        // Straight to the stream: the harness hides what a passing test prints.
        let _ = writeln!(std::io::stderr(), "skipped: {} is absent", path.display());
        return None;
    }
    let objectives: Vec<Objective> = [
        "accuracy_pct:max",
        "latency_ms_mean4:min",
        "onnx_size_mb:min",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let columns: Vec<usize> = objectives
        .iter()
        .map(|objective| {
            header
                .iter()
                .position(|name| name == objective.name)
                .unwrap()
        })
        .collect();
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        values.extend(
            columns
                .iter()
                .map(|&column| record[column].parse::<f64>().unwrap()),
        );
    }
    Some((objectives, Points::new(3, values).unwrap()))
}

#[test]
fn the_five_published_solutions() {
    let Some((objectives, points)) = published() else {
        return;
    };
    assert_eq!(points.len(), 1717);
    let mut members: Vec<String> = front(&objectives, &points)
        .into_iter()
        .map(|row| points.row(row))
        .map(|row| format!("{:.2}/{:.2}/{:.2}", row[0], row[1], row[2]))
        .collect();
    members.sort();
    assert_eq!(
        members,
        [
            "93.97/18.24/11.18",
            "94.68/8.13/11.18",
            "95.45/8.23/11.18",
            "95.79/18.30/11.18",
            "96.13/8.19/11.18",
        ]
    );
}

#[test]
fn one_solution_is_left_at_ten_kilobytes_and_half_a_millisecond() {
    let Some((mut objectives, points)) = published() else {
        return;
    };
    objectives[1].tolerance = 0.5;
    objectives[2].tolerance = 0.01;
    let kept = front_within_tolerance(&objectives, &points);
    assert_eq!(kept.len(), 1);
    assert_eq!(format!("{:.2}", points.row(kept[0])[0]), "96.13");
}

#[test]
fn the_sizes_of_the_fronts() {
    let Some((objectives, points)) = published() else {
        return;
    };
    let sizes: Vec<usize> = fronts(&objectives, &points).iter().map(Vec::len).collect();
    assert_eq!(sizes.len(), 73);
    assert_eq!(sizes[..8], [5, 10, 13, 16, 22, 19, 17, 24]);
    assert_eq!(sizes.iter().sum::<usize>(), 1717);
}

#[test]
fn the_hypervolume() {
    let Some((objectives, points)) = published() else {
        return;
    };
    let ranges = ranges(&points).unwrap();
    let normalized = normalize(&objectives, &ranges, &points);
    let volume = NormalizedHypervolume.measure(&normalized);
    assert!(
        (volume - 1.330_975_926_397_33).abs() < 1e-12,
        "{volume:.15}"
    );
}
