//! The contact sheet of a dataset.

use edgefront::report::{ContactSheet, Figure, Picture, Ramp, SheetRow, Theme, contact_sheet};
use edgefront::tiles::{ChannelSummary, Dataset, Summary};

/// More rows than fit on a page are of little use.
const MOST_ROWS: usize = 40;

/// Draws so many tiles of each class in each region.
pub fn draw(dataset: &Dataset, summary: &Summary, per_class: usize) -> Figure {
    let chosen = summary.sample(dataset, per_class);
    let shown = &chosen[..chosen.len().min(MOST_ROWS)];
    let colours = colours(dataset);
    let photograph = colours.map(|_| "photograph".to_owned());
    let mut notes = vec![
        format!(
            "{} of {} tiles, {} x {} pixels, normalisation {}. Each picture from its 2nd to its \
             98th percentile;",
            shown.len(),
            dataset.len(),
            dataset.height(),
            dataset.width(),
            dataset.normalization(),
        ),
        "elevation blue to yellow, indices brown below and green above zero, other channels black \
         to white."
            .to_owned(),
    ];
    if shown.len() < chosen.len() {
        let left_out = chosen.len() - shown.len();
        notes.push(format!("{left_out} more tiles were chosen and left out."));
    }
    let sheet = ContactSheet {
        columns: photograph
            .into_iter()
            .chain(dataset.bands().iter().cloned())
            .collect(),
        rows: (shown.iter())
            .map(|&tile| row(dataset, summary, colours, tile))
            .collect(),
        notes,
    };
    contact_sheet(&sheet, Theme::Light)
}

/// The channels that make a photograph, if there are.
fn colours(dataset: &Dataset) -> Option<[usize; 3]> {
    let channel = |name: &str| dataset.bands().iter().position(|band| band == name);
    Some([channel("r")?, channel("g")?, channel("b")?])
}

fn row(
    dataset: &Dataset,
    summary: &Summary,
    colours: Option<[usize; 3]>,
    number: usize,
) -> SheetRow {
    let (image, width) = (dataset.image(number), dataset.width());
    let channels: Vec<Vec<f32>> = (0..dataset.channels())
        .map(|channel| {
            let values = image.iter().copied().skip(channel);
            values.step_by(dataset.channels()).collect()
        })
        .collect();
    let photograph =
        colours.map(|colours| Picture::of_colours(colours.map(|c| &channels[c][..]), width));
    let pictures = (channels.iter().zip(&summary.channels))
        .map(|(values, channel)| Picture::of_channel(values, width, ramp(channel)));
    let tile = &dataset.tiles()[number];
    SheetRow {
        label: vec![
            tile.region.clone(),
            dataset.classes()[tile.label].clone(),
            tile.id.rsplit('/').next().unwrap_or_default().to_owned(),
        ],
        pictures: photograph.into_iter().chain(pictures).collect(),
    }
}

/// Elevation and indices in colour.
fn ramp(channel: &ChannelSummary) -> Ramp {
    let is_index = channel.min < 0.0 && channel.min >= -1.0 && channel.max <= 1.0;
    match channel.band.as_str() {
        "dem" => Ramp::Elevation,
        _ if is_index => Ramp::Diverging,
        _ => Ramp::Grey,
    }
}
