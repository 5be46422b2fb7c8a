//! A small study through every exporter.

use std::fs;

use edgefront_pareto::Objective;
use edgefront_random::Key;
use edgefront_report::{
    Analysis, Device, Epoch, Fact, Fold, Results, Row, Score, constant_parameters, epoch_table,
    export, exporters, fold_table, front_summary, front_table, range_table, trial_table,
};

fn row(id: u64, kernel: &str, objectives: [f64; 3]) -> Row {
    let [accuracy, latency, _] = objectives;
    Row {
        id,
        key: format!("arch-{id}"),
        configuration: vec![kernel.to_owned(), "max | </script>".to_owned()],
        objectives: objectives.to_vec(),
        folds: if accuracy.is_nan() {
            vec![]
        } else {
            vec![accuracy - 1.0, accuracy + 1.0]
        },
        latency_ms: vec![latency - 2.0, latency + 2.0],
        macs: Some(1000 * id),
        ..Row::default()
    }
}

fn analysis() -> Analysis {
    let device = |name: &str, within: f64| Device {
        name: name.to_owned(),
        within_10_percent: Some(within),
        ..Device::default()
    };
    let results = Results {
        title: "A <small> study".to_owned(),
        setting: vec![Fact::new("epochs", "2 & a half")],
        objectives: vec![
            Objective::maximize("accuracy").with_unit("%"),
            Objective::minimize("latency")
                .with_unit("ms")
                .with_tolerance(0.5),
            Objective::minimize("memory")
                .with_unit("MB")
                .with_tolerance(0.01),
        ],
        fold_objective: Some(0),
        scores: Vec::new(),
        parameters: vec!["kernel".to_owned(), "pool".to_owned()],
        devices: vec![device("cpu", 0.912), device("gpu", 0.8)],
        rows: vec![
            row(1, "3", [90.0, 8.0, 11.18]),
            row(2, "5", [96.25, 9.5, 11.25]),
            row(3, "3", [95.0, 9.25, 11.25]),
            row(4, "7", [80.0, 20.0, 44.5]),
            row(5, "7", [f64::NAN, 1.0, 1.0]),
        ],
        baselines: vec![Row {
            id: 1,
            key: "ResNet-18".to_owned(),
            configuration: vec![String::new(), String::new()],
            objectives: vec![93.0, 31.5, 44.75],
            ..Row::default()
        }],
        notes: vec!["Nothing was measured on a device.".to_owned()],
    };
    Analysis::new(results, Key::new(1)).unwrap()
}

/// The same with what the folds have learnt, in detail.
fn with_folds() -> Analysis {
    let score = |name: &str, unit: &str| Score {
        name: name.to_owned(),
        unit: unit.to_owned(),
    };
    let mut results = analysis().results;
    results.scores = vec![
        score("accuracy", "%"),
        score("f1", "%"),
        score("roc_auc", ""),
    ];
    let epoch = Epoch {
        train_loss: Some(0.25),
        validation_loss: None,
        test_loss: Some(0.5),
        test_accuracy: Some(95.0),
    };
    for row in &mut results.rows {
        let fold = |(index, accuracy): (usize, &f64)| Fold {
            name: format!("region {index}"),
            scores: vec![*accuracy, accuracy - 10.5, [0.987_65, f64::NAN][index]],
            confusion: vec![vec![40, 2], vec![3, 35]],
            best_epoch: (index == 1).then_some(4),
            epochs: vec![epoch; 6],
        };
        row.by_fold = row.folds.iter().enumerate().map(fold).collect();
    }
    Analysis::new(results, Key::new(1)).unwrap()
}

#[test]
fn the_folds_of_the_front() {
    let analysis = with_folds();
    insta::assert_snapshot!(fold_table(&analysis, &analysis.front).to_markdown());
}

#[test]
fn the_course_of_every_training() {
    let table = epoch_table(&with_folds());
    // Four trials have two folds of six epochs.
    assert_eq!(table.rows.len(), 4 * 2 * 6);
    let csv = table.to_csv();
    let lines: Vec<&str> = csv.lines().take(2).collect();
    assert_eq!(
        lines,
        [
            "trial,fold,epoch,train_loss,validation_loss,test_loss,test_accuracy",
            "1,region 0,1,0.25,,0.5,95"
        ]
    );
}

/// The means of the scores stand in the tables, but for those that are objectives.
#[test]
fn scores_are_columns() {
    let table = front_table(&with_folds());
    let place = |name: &str| {
        table
            .columns
            .iter()
            .filter(|column| column.name == name)
            .count()
    };
    assert_eq!(["accuracy", "f1", "roc_auc"].map(place), [1, 1, 0]);
    let f1 = table.columns.iter().position(|column| column.name == "f1");
    assert_eq!(
        table.rows[0][f1.unwrap()],
        edgefront_report::Cell::number(Some(85.75), 2)
    );
}

/// What a study fills in wrongly is an error, not a panic.
#[test]
fn a_fold_with_too_few_scores_is_refused() {
    let mut results = with_folds().results;
    results.rows[1].by_fold[1].scores.pop();
    let error = Analysis::new(results, Key::new(1)).unwrap_err().to_string();
    assert!(error.contains("scores of a fold"), "{error}");
}

#[test]
fn the_front_as_text() {
    insta::assert_snapshot!(front_table(&analysis()).to_text());
}

#[test]
fn the_front_as_markdown() {
    insta::assert_snapshot!(front_table(&analysis()).to_markdown());
}

#[test]
fn ranges_as_markdown() {
    insta::assert_snapshot!(range_table(&analysis()).to_markdown());
}

#[test]
fn trials_as_csv() {
    insta::assert_snapshot!(trial_table(&analysis()).to_csv());
}

#[test]
fn the_whole_markdown_report() {
    let folder = tempfile::tempdir().unwrap();
    export(&analysis(), folder.path()).unwrap();
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("report.md")).unwrap());
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let paths = export(&analysis(), first.path()).unwrap();
    export(&analysis(), second.path()).unwrap();
    assert_eq!(paths.len(), 1 + 3 + 1 + 2 * 5 + 1);
    for path in paths {
        let name = path.strip_prefix(first.path()).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.is_empty(), "{}", name.display());
        let again = fs::read(second.path().join(name)).unwrap();
        assert!(bytes == again, "{} differs", name.display());
    }
}

#[test]
fn the_page_fetches_nothing_and_no_text_becomes_markup() {
    let folder = tempfile::tempdir().unwrap();
    export(&analysis(), folder.path()).unwrap();
    let html = fs::read_to_string(folder.path().join("report.html")).unwrap();
    for fetch in [
        " src=",
        " href=",
        "@import",
        "url(http",
        "url(//",
        "<link",
        "<iframe",
        "fetch(",
        "import(",
        "XMLHttpRequest",
    ] {
        assert!(!html.contains(fetch), "the page has `{fetch}`");
    }
    // The one address is the name of SVG's vocabulary, which is never fetched.
    let addresses = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!addresses.contains("http://") && !addresses.contains("https://"));
    assert!(html.contains("A &lt;small&gt; study") && !html.contains("<small> study"));
    // Two scripts and the data; the end of one in a configuration value must not end any.
    assert_eq!(html.matches("<script").count(), 3);
    assert_eq!(html.matches("</script>").count(), 3);
}

#[test]
fn figures_are_svg_and_png() {
    let folder = tempfile::tempdir().unwrap();
    export(&analysis(), folder.path()).unwrap();
    for name in ["scatter-3d", "accuracy-over-latency", "radar"] {
        let path = folder.path().join("figures").join(name);
        let svg = fs::read_to_string(path.with_extension("svg")).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("accuracy"), "{name} has its axis labelled");
        let png = fs::read(path.with_extension("png")).unwrap();
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert!(
            side(16) >= 600 && side(20) >= 500,
            "{}x{}",
            side(16),
            side(20)
        );
    }
}

#[test]
fn names_of_exporters_are_unique() {
    let mut names: Vec<&str> = exporters().iter().map(|exporter| exporter.name()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_row_that_does_not_fit_is_named() {
    let mut results = analysis().results;
    results.rows[1].configuration.pop();
    let error = Analysis::new(results, Key::new(1)).unwrap_err().to_string();
    assert_eq!(error, "trial 2: 1 configuration values, expected 2");
}

#[test]
fn nothing_to_show_is_no_error() {
    let results = Results {
        objectives: vec![Objective::maximize("accuracy")],
        ..Results::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let analysis = Analysis::new(results, Key::new(1)).unwrap();
    export(&analysis, folder.path()).unwrap();
}

#[test]
fn an_unwritable_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    fs::write(&file, "in the way").unwrap();
    for exporter in exporters() {
        let error = exporter.export(&analysis(), &file).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
    }
}

#[test]
fn the_summary_of_the_front() {
    insta::assert_snapshot!(front_summary(&analysis()).to_narrow_text());
}

#[test]
fn the_summary_fits_a_terminal_when_all_of_the_search_space_varies() {
    let parameters = [
        ("width", ["32", "64"]),
        ("kernel", ["3", "7"]),
        ("stride", ["1", "2"]),
        ("padding", ["1", "3"]),
        ("pool", ["yes", "no"]),
        ("pool_kernel", ["2", ""]),
        ("pool_stride", ["2", ""]),
    ];
    let mut results = analysis().results;
    results.parameters = parameters.map(|(name, _)| name.to_owned()).into();
    for (index, row) in results.rows.iter_mut().enumerate() {
        let values = parameters.map(|(_, values)| values[index % 2].to_owned());
        row.configuration = values.into();
    }
    results.baselines[0].key = "ResNet-18 channels=7 batch_size=16".to_owned();
    results.baselines[0].configuration = vec![String::new(); parameters.len()];
    let analysis = Analysis::new(results, Key::new(1)).unwrap();
    let text = front_summary(&analysis).to_narrow_text();
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(110), "{widest:?} columns:\n{text}");
    assert!(text.contains("\nResNet-18 "), "{text}");
}

#[test]
fn what_does_not_vary_is_stated_once() {
    let constant = constant_parameters(&analysis());
    assert_eq!(constant, [Fact::new("pool", "max | </script>")]);
}

#[test]
fn summaries_agree_in_number() {
    let of = |keep: &[usize]| {
        let mut results = analysis().results;
        results.rows = keep.iter().map(|&row| results.rows[row].clone()).collect();
        Analysis::new(results, Key::new(1)).unwrap().summary()
    };
    let begins = |keep: &[usize], text: &str| {
        let summary = of(keep);
        assert!(summary.starts_with(text), "{summary}");
    };
    begins(&[], "There are no trials.");
    begins(&[4], "No trial has all its objectives.");
    begins(&[0], "The only trial is the Pareto front. Hypervolume");
    begins(&[0, 3], "1 of 2 trials is on the Pareto front. Hypervolume");
    begins(
        &[0, 1],
        "2 of 2 trials are on the Pareto front. All of them are left when",
    );
    begins(
        &[1, 2, 3],
        "2 of 3 trials are on the Pareto front. 1 is left when",
    );
}

#[test]
fn an_objective_is_not_repeated_and_two_ends_have_no_knee() {
    let two = |id: u64, accuracy: f64, macs: u64| Row {
        id,
        objectives: vec![accuracy, macs as f64],
        macs: Some(macs),
        latency_ms: vec![3.0, 5.0],
        ..Row::default()
    };
    let results = Results {
        objectives: vec![Objective::maximize("accuracy"), Objective::minimize("macs")],
        devices: vec![Device::default(), Device::default()],
        rows: vec![two(1, 90.5, 1_404_627_328), two(2, 80.5, 370_485_632)],
        ..Results::default()
    };
    let analysis = Analysis::new(results, Key::new(1)).unwrap();
    assert_eq!((analysis.front.len(), analysis.knee), (2, None));
    let table = front_table(&analysis);
    let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert!(
        names.contains(&"macs") && !names.contains(&"MACs"),
        "{names:?}"
    );
    assert!(names.contains(&"latency mean"), "{names:?}");
    assert!(
        table.to_text().contains(" 1404627328 "),
        "{}",
        table.to_text()
    );
    let figures = edgefront_report::figures(&analysis, edgefront_report::Theme::Light);
    let names: Vec<&str> = figures.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["accuracy-over-macs", "radar"]);
    assert!(
        !figures[0].caption.contains("the rest"),
        "{}",
        figures[0].caption
    );
}

#[test]
fn baselines_alone_make_a_report_without_figures() {
    let mut results = analysis().results;
    results.rows.clear();
    let analysis = Analysis::new(results, Key::new(1)).unwrap();
    let text = front_table(&analysis).to_text();
    assert!(text.contains(" 93.00 "), "{text}");
    let folder = tempfile::tempdir().unwrap();
    export(&analysis, folder.path()).unwrap();
    for name in ["report.md", "report.html"] {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains("There are no trials."), "{name}");
        assert!(!text.contains("Figures"), "{name}");
    }
}
