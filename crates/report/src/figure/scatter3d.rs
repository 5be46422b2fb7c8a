use kuva::plot::scatter3d::Scatter3DPlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;

use super::Figure;
use super::palette::{LEGEND_WIDTH, Theme};
use super::selection::{axis_label, groups};
use crate::analysis::Analysis;

/// All trials in the space of the first three objectives. The second and third span the floor, the
/// first (usually the accuracy) is the height.
pub(super) fn scatter3d(analysis: &Analysis, theme: Theme) -> Figure {
    let plots: Vec<Plot> = groups(analysis, theme)
        .into_iter()
        .map(|group| {
            let points = group
                .rows
                .iter()
                .map(|values| (values[1], values[2], values[0]));
            Scatter3DPlot::new()
                .with_data(points)
                .with_color(group.style.color)
                .with_marker(group.style.marker)
                .with_size(group.style.size)
                .with_marker_opacity(group.style.opacity)
                .with_legend(group.label)
                .with_x_label(axis_label(analysis, 1))
                .with_y_label(axis_label(analysis, 2))
                .with_z_label(axis_label(analysis, 0))
                .with_azimuth(-50.0)
                .with_elevation(22.0)
                .into()
        })
        .collect();
    let layout = Layout::auto_from_plots(&plots)
        .with_width(900.0)
        .with_height(640.0)
        .with_force_margins(20.0, 20.0)
        .with_force_margins_y(40.0, 20.0)
        .with_title(&analysis.results.title)
        .with_title_size(17)
        .with_legend_at(24.0, 44.0)
        .with_legend_box(false)
        .with_legend_width(LEGEND_WIDTH)
        .with_label_size(15)
        .with_tick_size(12)
        .with_body_size(13)
        .with_theme(theme.kuva());
    Figure {
        name: "scatter-3d".to_owned(),
        caption: "Every trial in the space of the first three objectives. Shapes tell the groups \
                  apart as well as colours do."
            .to_owned(),
        scene: render_multiple(plots, layout),
    }
}
