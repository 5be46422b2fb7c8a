use edgefront_tiles::Dataset;
use edgefront_tiles::recipe::Recipe;

/// What the file of a model says about its input and output, so that it can be used without the
/// study: the recipe of its first `channels` channels, the classes, and the size of a pixel in
/// units of the coordinate system, if all tiles have the same.
///
/// Its length depends neither on the trial nor on the fold: equal networks have files of equal
/// size.
pub(crate) fn metadata(
    recipe: &Recipe,
    channels: usize,
    dataset: &Dataset,
) -> Vec<(String, String)> {
    let mut metadata = recipe.first(channels).to_metadata();
    metadata.push(("classes".to_owned(), dataset.classes().join(",")));
    if let Some([width, height]) = dataset.pixel_size() {
        metadata.push(("pixel_size".to_owned(), format!("{width},{height}")));
    }
    metadata
}
