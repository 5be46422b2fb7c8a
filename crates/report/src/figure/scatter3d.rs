mod drops;

use kuva::plot::plot3d::View3D;
use kuva::plot::scatter3d::Scatter3DPlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::projection::Projection3D;
use kuva::render::render::render_multiple;

use super::Figure;
use super::palette::{LEGEND_WIDTH, Theme};
use super::selection::{Group, axis_label, groups};
use crate::analysis::Analysis;

/// Width and height, in pixels.
const SIZE: (f64, f64) = (900.0, 640.0);
/// Left, right, top and bottom, in pixels.
const MARGINS: [f64; 4] = [20.0, 20.0, 40.0, 20.0];
const VIEW: View3D = View3D {
    azimuth: -50.0,
    elevation: 22.0,
};

/// All trials in the space of the first three objectives. The second and third span the floor, the
/// first (usually the accuracy) is the height. Lines show where over the floor the front stands.
pub(super) fn scatter3d(analysis: &Analysis, theme: Theme) -> Figure {
    let groups = groups(analysis, theme);
    let space = Space::of(&groups);
    let plots: Vec<Plot> = groups
        .into_iter()
        .map(|group| {
            // `kuva` widens the range of a single point by a half to both sides, however small the
            // objective's values are: two corners without extent give every group the same range.
            let corners = [0, 1].map(|end| space.ranges.map(|range| range[end]));
            let mut sizes = vec![group.style.size; group.rows.len()];
            sizes.extend([0.0; 2]);
            let places = group.rows.iter().map(|values| place(values));
            Scatter3DPlot::new()
                .with_data(places.chain(corners).map(|[x, y, z]| (x, y, z)))
                .with_sizes(sizes)
                .with_color(group.style.color)
                .with_marker(group.style.marker)
                .with_size(group.style.size)
                .with_marker_opacity(group.style.opacity)
                .with_legend(group.label)
                .with_x_label(axis_label(analysis, 1))
                .with_y_label(axis_label(analysis, 2))
                .with_z_label(axis_label(analysis, 0))
                .with_view(VIEW)
                .into()
        })
        .collect();
    let [left, right, top, bottom] = MARGINS;
    let layout = Layout::auto_from_plots(&plots)
        .with_width(SIZE.0)
        .with_height(SIZE.1)
        .with_force_margins(left, right)
        .with_force_margins_y(top, bottom)
        .with_title(&analysis.results.title)
        .with_title_size(17)
        .with_legend_at(24.0, 44.0)
        .with_legend_box(false)
        .with_legend_width(LEGEND_WIDTH)
        .with_label_size(15)
        .with_tick_size(12)
        .with_body_size(13)
        .with_theme(theme.kuva());
    let mut scene = render_multiple(plots, layout);
    let dropped = drops::draw(&mut scene, analysis, &space, theme);
    let mut caption = "Every trial in the space of the first three objectives. Shapes tell the \
                       groups apart as well as colours do."
        .to_owned();
    if dropped {
        caption += " Lines lead from the front, whose members have their trial's number, and from \
                    the baselines to the floor.";
    }
    Figure {
        name: "scatter-3d".to_owned(),
        caption,
        scene,
    }
}

/// Objectives as x, y and z.
fn place(objectives: &[f64]) -> [f64; 3] {
    [objectives[1], objectives[2], objectives[0]]
}

/// What the box spans, and where on the page it lies.
struct Space {
    ranges: [[f64; 2]; 3],
    projection: Projection3D,
}

impl Space {
    /// The box about all points, in the middle of the page, as `kuva` draws it.
    fn of(groups: &[Group<'_>]) -> Self {
        let ranges = [0, 1, 2].map(|axis| {
            let points = groups.iter().flat_map(|group| &group.rows);
            let values = || points.clone().map(|values| place(values)[axis]);
            let [low, high] = [
                values().fold(f64::INFINITY, f64::min),
                values().fold(f64::NEG_INFINITY, f64::max),
            ];
            if high > low {
                [low, high]
            } else {
                [low - 0.5, high + 0.5]
            }
        });
        let [left, right, top, bottom] = MARGINS;
        let (width, height) = (SIZE.0 - left - right, SIZE.1 - top - bottom);
        // The least values meet in the corner that is nearest to the viewer.
        let nearest = VIEW.front_bottom_corner();
        let along = |[low, high]: [f64; 2], backwards: bool| {
            if backwards { (high, low) } else { (low, high) }
        };
        let projection = Projection3D::new(
            VIEW,
            along(ranges[0], nearest.0 > 0.0),
            along(ranges[1], nearest.1 < 0.0),
            along(ranges[2], false),
            left + width / 2.0,
            top + height / 2.0,
            width.min(height),
        );
        Self { ranges, projection }
    }

    /// The place on the page, in pixels.
    fn on_page(&self, [x, y, z]: [f64; 3]) -> (f64, f64) {
        let (x, y, _) = self.projection.project(x, y, z);
        (x, y)
    }

    /// The point of the floor below.
    fn below(&self, [x, y, _]: [f64; 3]) -> [f64; 3] {
        [x, y, self.ranges[2][0]]
    }
}

#[cfg(test)]
mod tests {
    use edgefront_pareto::Objective;
    use edgefront_random::Key;
    use kuva::render::render::Primitive;

    use super::*;
    use crate::results::{Results, Row};

    fn row(objectives: [f64; 3]) -> Row {
        Row {
            objectives: objectives.into(),
            ..Row::default()
        }
    }

    /// The lines are placed by our own projection, the marks by `kuva`: the two must agree.
    #[test]
    fn lines_begin_in_the_marks() {
        let results = Results {
            objectives: vec![
                Objective::maximize("accuracy"),
                Objective::minimize("latency"),
                Objective::minimize("memory"),
            ],
            rows: vec![row([0.9, 8.0, 11.0]), row([0.7, 30.0, 44.0])],
            baselines: vec![row([0.8, 10.0, 20.0])],
            ..Results::default()
        };
        let analysis = Analysis::new(results, Key::new(1)).unwrap();
        let space = Space::of(&groups(&analysis, Theme::Light));
        assert_eq!(space.ranges, [[8.0, 30.0], [11.0, 44.0], [0.7, 0.9]]);
        let (x, y) = space.on_page(place(&analysis.results.baselines[0].objectives));
        let figure = scatter3d(&analysis, Theme::Light);
        let baseline = figure.scene.elements.iter().any(|element| match element {
            Primitive::Rect {
                x: left,
                y: top,
                width,
                height,
                ..
            } => (left + width / 2.0 - x).abs() < 0.02 && (top + height / 2.0 - y).abs() < 0.02,
            _ => false,
        });
        assert!(baseline, "no square about {x}, {y}");
    }
}
