use edgefront_pareto::{Direction, Objective, Points, front};
use kuva::plot::legend::LegendPosition;
use kuva::plot::line::LinePlot;
use kuva::plot::scatter::ScatterPlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;

use super::Figure;
use super::palette::{FRONT, LEGEND_WIDTH, Theme};
use super::selection::{axis_label, groups};
use crate::analysis::Analysis;

/// All trials on two objectives, `[x, y]`, with the staircase of what is best in these two alone.
pub(super) fn projection(analysis: &Analysis, axes: [usize; 2], theme: Theme) -> Figure {
    let mut plots: Vec<Plot> = vec![
        LinePlot::new()
            .with_data(staircase(analysis, axes))
            .with_color(FRONT.color)
            .with_stroke_width(1.4)
            .with_dashed()
            .with_legend("best in these two")
            .into(),
    ];
    for group in groups(analysis, theme) {
        let points = group
            .rows
            .iter()
            .map(|values| (values[axes[0]], values[axes[1]]));
        plots.push(
            ScatterPlot::new()
                .with_data(points)
                .with_color(group.style.color)
                .with_marker(group.style.marker)
                .with_size(group.style.size)
                .with_marker_opacity(group.style.opacity)
                .with_legend(group.label)
                .into(),
        );
    }
    let layout = Layout::auto_from_plots(&plots)
        .with_width(900.0)
        .with_height(460.0)
        .with_x_label(axis_label(analysis, axes[0]))
        .with_y_label(axis_label(analysis, axes[1]))
        .with_legend_position(LegendPosition::OutsideRightTop)
        .with_legend_box(false)
        .with_legend_width(LEGEND_WIDTH)
        .with_label_size(15)
        .with_tick_size(12)
        .with_body_size(13)
        .with_theme(theme.kuva());
    let name = |axis: usize| file_name(&analysis.results.objectives[axis].name);
    let [x, y] = axes.map(|axis| analysis.results.objectives[axis].name.clone());
    Figure {
        name: format!("{}-over-{}", name(axes[1]), name(axes[0])),
        caption: caption(analysis, &x, &y),
        scene: render_multiple(plots, layout),
    }
}

fn caption(analysis: &Analysis, x: &str, y: &str) -> String {
    let y = capitalized(y);
    if analysis.results.objectives.len() == 2 {
        return format!("{y} over {x}. The dashed stairs join the members of the front.");
    }
    format!(
        "{y} over {x}. The dashed stairs join the trials that are best in these two objectives \
         alone; other members of the front owe their place to the rest."
    )
}

/// The corners of the boundary of what the trials dominate in two objectives.
fn staircase(analysis: &Analysis, axes: [usize; 2]) -> Vec<(f64, f64)> {
    let objectives: [Objective; 2] = axes.map(|axis| Objective {
        direction: analysis.results.objectives[axis].direction,
        ..Objective::minimize("")
    });
    let values: Vec<f64> = analysis
        .results
        .rows
        .iter()
        .flat_map(|row| axes.map(|axis| row.objectives[axis]))
        .collect();
    let points = Points::new(2, values).expect("two values per row");
    let mut corners: Vec<(f64, f64)> = front(&objectives, &points)
        .into_iter()
        .map(|row| (points.row(row)[0], points.row(row)[1]))
        .collect();
    corners.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    corners.dedup();
    // Between two corners the boundary keeps the y of the one that has the better x.
    let rises_late = objectives[0].direction == Direction::Minimize;
    let mut stairs: Vec<(f64, f64)> = Vec::new();
    for corner in corners {
        if let Some(&last) = stairs.last() {
            stairs.push(if rises_late {
                (corner.0, last.1)
            } else {
                (last.0, corner.1)
            });
        }
        stairs.push(corner);
    }
    stairs
}

/// The text with its first letter as a capital, to begin a sentence.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().chars()).collect()
}

/// The name with what a file name had better not hold as hyphens.
fn file_name(name: &str) -> String {
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(keep).collect()
}
