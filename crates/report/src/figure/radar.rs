//! Radar charts, drawn from primitives: the ready-made plot leaves a third of each panel to its
//! shape and draws a comparison with a solid line.

use std::f64::consts::TAU;

use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};

use super::Figure;
use super::palette::{BASELINE, FRONT, ROBUST, Theme};
use crate::analysis::Analysis;
use crate::results::Row;
use crate::tables::objective_decimals;

/// The most members that are drawn.
const MOST_PANELS: usize = 9;
/// The most panels beside each other.
const COLUMNS: usize = 3;
/// Width and height of a panel, in pixels.
const PANEL: (f64, f64) = (360.0, 310.0);
/// The height of the legend below the panels, in pixels.
const LEGEND: f64 = 34.0;
/// The distance from a panel's centre to the rim, in pixels.
const RIM: f64 = 92.0;
/// Where the worst value lies between centre and rim: a shape must not vanish in the centre.
const FLOOR: f64 = 0.2;
/// How many values between worst and best have a ring of their own, the two included.
const RINGS: usize = 5;

/// One panel per member of the front: its objectives, the rim the best of all trials, and the
/// configuration, the rim the last of the values that the trials have.
pub(super) fn radar(analysis: &Analysis, theme: Theme) -> Figure {
    let shown = analysis.front.len().min(MOST_PANELS);
    let columns = shown.clamp(1, COLUMNS);
    let scales = scales(analysis);
    let baseline = analysis.results.baselines.first();
    let width = PANEL.0 * columns as f64;
    let legend_top = PANEL.1 * shown.div_ceil(columns) as f64;
    let mut scene = Scene::new(width, legend_top + LEGEND).with_background(Some(theme.paper()));
    scene.font_family = Some("DejaVu Sans, Helvetica, Arial, sans-serif".to_owned());
    for (at, &member) in analysis.front.iter().take(shown).enumerate() {
        let panel = Panel {
            center: (
                PANEL.0 * (0.5 + (at % columns) as f64),
                PANEL.1 * (0.5 + (at / columns) as f64) + 18.0,
            ),
            theme,
        };
        let row = &analysis.results.rows[member];
        let robust = analysis.has_tolerance() && analysis.robust_front.contains(&member);
        let color = if robust { ROBUST.color } else { FRONT.color };
        let title = if robust {
            format!("trial {} (robust)", row.id)
        } else {
            format!("trial {}", row.id)
        };
        panel.title(&mut scene, &title);
        panel.grid(&mut scene, scales.len());
        for (axis, scale) in scales.iter().enumerate() {
            let (name, value) = scale.label(analysis, row);
            panel.label(&mut scene, axis as f64 / scales.len() as f64, &name, &value);
        }
        panel.member(&mut scene, &radii(analysis, &scales, row), color);
        if let Some(baseline) = baseline {
            panel.baseline(&mut scene, &radii(analysis, &scales, baseline));
        }
    }
    if let Some(baseline) = baseline {
        let y = legend_top + 14.0;
        let dashes = dashed(&[(20.0, y), (54.0, y)]);
        scene.add(dashes);
        scene.add(square((37.0, y)));
        let text = format!("baseline {}", baseline.key);
        scene.add(words(
            (62.0, y + 4.0),
            &text,
            12,
            theme.ink(),
            TextAnchor::Start,
            false,
        ));
    }
    let left_out = match analysis.front.len() - shown {
        0 => String::new(),
        more => format!(" {more} more members are in the table only."),
    };
    Figure {
        name: "radar".to_owned(),
        caption: format!(
            "The members of the front, one panel each. Objectives: the rim is the best value of \
             all trials, the innermost ring the worst. Configuration: the rim is the last of the \
             values that the search tried.{left_out}"
        ),
        scene,
    }
}

/// Where one member is drawn.
struct Panel {
    center: (f64, f64),
    theme: Theme,
}

impl Panel {
    /// The point at this share of a turn, clockwise from the top.
    fn at(&self, turn: f64, radius: f64) -> (f64, f64) {
        let (sin, cos) = (turn * TAU).sin_cos();
        (self.center.0 + radius * sin, self.center.1 - radius * cos)
    }

    /// The closed outline through one point per axis.
    fn outline(&self, radii: &[f64]) -> Vec<(f64, f64)> {
        let axes = radii.len();
        (0..=axes)
            .map(|axis| self.at(axis as f64 / axes as f64, RIM * radii[axis % axes]))
            .collect()
    }

    fn title(&self, scene: &mut Scene, title: &str) {
        let at = (self.center.0, self.center.1 - PANEL.1 / 2.0 + 4.0);
        scene.add(words(
            at,
            title,
            14,
            self.theme.ink(),
            TextAnchor::Middle,
            true,
        ));
    }

    fn grid(&self, scene: &mut Scene, axes: usize) {
        for ring in 0..RINGS {
            let radius = FLOOR + (1.0 - FLOOR) * ring as f64 / (RINGS - 1) as f64;
            let ring = self.outline(&vec![radius; axes]);
            scene.add(line(&ring, self.theme.grid(), 1.0, None));
        }
        for axis in 0..axes {
            let turn = axis as f64 / axes as f64;
            let spoke = [self.center, self.at(turn, RIM)];
            scene.add(line(&spoke, self.theme.grid(), 1.0, None));
        }
    }

    fn label(&self, scene: &mut Scene, turn: f64, name: &str, value: &str) {
        let (x, y) = self.at(turn, RIM + 14.0);
        let side = (turn * TAU).sin();
        let anchor = || match side {
            side if side > 0.1 => TextAnchor::Start,
            side if side < -0.1 => TextAnchor::End,
            _ => TextAnchor::Middle,
        };
        // Two lines about the point; above the rim they stand on it, below they hang from it.
        let y = y - 7.0 * (turn * TAU).cos();
        let theme = self.theme;
        scene.add(words(
            (x, y - 2.0),
            name,
            11,
            theme.muted(),
            anchor(),
            false,
        ));
        scene.add(words((x, y + 12.0), value, 12, theme.ink(), anchor(), true));
    }

    fn member(&self, scene: &mut Scene, radii: &[f64], color: &str) {
        let outline = self.outline(radii);
        scene.add(Primitive::Path(Box::new(PathData {
            d: path(&outline),
            fill: Some(color.into()),
            stroke: Color::None,
            stroke_width: 0.0,
            opacity: Some(0.22),
            stroke_dasharray: None,
        })));
        scene.add(line(&outline, color, 2.2, None));
        for &(cx, cy) in &outline[1..] {
            scene.add(Primitive::Circle {
                cx,
                cy,
                r: 3.6,
                fill: color.into(),
                fill_opacity: None,
                stroke: None,
                stroke_width: None,
            });
        }
    }

    fn baseline(&self, scene: &mut Scene, radii: &[f64]) {
        let outline = self.outline(radii);
        scene.add(dashed(&outline));
        for &corner in &outline[1..] {
            scene.add(square(corner));
        }
    }
}

fn line(points: &[(f64, f64)], color: &str, width: f64, dashes: Option<&str>) -> Primitive {
    Primitive::Path(Box::new(PathData {
        d: path(points),
        fill: None,
        stroke: color.into(),
        stroke_width: width,
        opacity: None,
        stroke_dasharray: dashes.map(str::to_owned),
    }))
}

fn dashed(points: &[(f64, f64)]) -> Primitive {
    line(points, BASELINE.color, 1.6, Some("5,4"))
}

fn square(center: (f64, f64)) -> Primitive {
    Primitive::Rect {
        x: center.0 - 2.5,
        y: center.1 - 2.5,
        width: 5.0,
        height: 5.0,
        fill: BASELINE.color.into(),
        stroke: None,
        stroke_width: None,
        opacity: None,
    }
}

fn words(
    at: (f64, f64),
    content: &str,
    size: u32,
    color: &str,
    anchor: TextAnchor,
    bold: bool,
) -> Primitive {
    Primitive::Text {
        x: at.0,
        y: at.1,
        content: content.to_owned(),
        size,
        anchor,
        rotate: None,
        bold,
        color: Some(color.into()),
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        path += &format!("{command}{x:.2},{y:.2} ");
    }
    path
}

/// What one axis shows.
enum Scale {
    Objective(usize),
    /// A parameter and its distinct values, in order.
    Parameter(usize, Vec<String>),
}

impl Scale {
    /// The name and this row's value.
    fn label(&self, analysis: &Analysis, row: &Row) -> (String, String) {
        let results = &analysis.results;
        match self {
            Self::Objective(index) => {
                let objective = &results.objectives[*index];
                let decimals = objective_decimals(analysis, *index);
                let value = row.objectives[*index];
                let text = format!("{value:.decimals$} {}", objective.unit);
                (objective.name.clone(), text.trim_end().to_owned())
            }
            Self::Parameter(index, _) => {
                let value = row.configuration[*index].clone();
                (results.parameters[*index].clone(), value)
            }
        }
    }

    /// Between 0 (worst, or smallest) and 1; `None` where the row has no such value.
    fn place(&self, analysis: &Analysis, row: &Row) -> Option<f64> {
        match self {
            Self::Objective(index) => {
                let direction = analysis.results.objectives[*index].direction;
                let badness = analysis.ranges[*index].badness(direction, row.objectives[*index]);
                (!badness.is_nan()).then_some(1.0 - badness.clamp(0.0, 1.0))
            }
            Self::Parameter(index, values) => {
                let at = values
                    .iter()
                    .position(|v| *v == row.configuration[*index])?;
                Some(at as f64 / (values.len() - 1) as f64)
            }
        }
    }
}

/// The objectives, then the parameters that vary.
fn scales(analysis: &Analysis) -> Vec<Scale> {
    let results = &analysis.results;
    let objectives = (0..results.objectives.len()).map(Scale::Objective);
    let parameters = (0..results.parameters.len()).filter_map(|index| {
        let mut values: Vec<String> = results
            .rows
            .iter()
            .map(|row| row.configuration[index].clone())
            .filter(|value| !value.is_empty())
            .collect();
        values.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            (Ok(_), Err(_)) => std::cmp::Ordering::Less,
            (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        });
        values.dedup();
        (values.len() > 1).then_some(Scale::Parameter(index, values))
    });
    objectives.chain(parameters).collect()
}

fn radii(analysis: &Analysis, scales: &[Scale], row: &Row) -> Vec<f64> {
    scales
        .iter()
        .map(|scale| {
            let place = scale.place(analysis, row).unwrap_or(0.0);
            FLOOR + (1.0 - FLOOR) * place
        })
        .collect()
}
