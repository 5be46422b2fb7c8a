use edgefront_tiles::Dataset;

/// What a model's file says about its input and output, so that it can be used without the study.
/// Nothing in it depends on a trial: equal networks have files of equal size.
pub(crate) fn metadata(dataset: &Dataset, channels: usize) -> Vec<(String, String)> {
    let entry = |key: &str, value: String| (key.to_owned(), value);
    vec![
        entry("bands", dataset.bands()[..channels].join(",")),
        entry("normalization", dataset.normalization().to_owned()),
        entry("classes", dataset.classes().join(",")),
    ]
}
