//! Radar charts, drawn from primitives: the ready-made plot leaves a third of each panel to its
//! shape and draws a comparison with a solid line.

mod panel;
mod scale;

use kuva::render::render::{Scene, TextAnchor};

use super::Figure;
use super::palette::{BASELINE, Theme, member_style};
use super::primitives::{Font, hollow_disc, lines, square, text, text_width};
use crate::analysis::Analysis;
use crate::results::Row;
use panel::{DASHES, Panel};
use scale::{Scale, scales};

/// The most members that are drawn.
const MOST_PANELS: usize = 9;
/// The most panels beside each other.
const COLUMNS: usize = 3;
/// The height of the legend below the panels, in pixels.
const LEGEND: f64 = 34.0;

/// One panel per member of the front: its objectives, the rim the best of all trials, and the
/// configuration, the rim the last of the values that the trials have. A baseline, which is not of
/// the search space, is drawn over the objectives alone.
pub(super) fn radar(analysis: &Analysis, theme: Theme) -> Figure {
    let scales = scales(analysis);
    let members = &analysis.front[..analysis.front.len().min(MOST_PANELS)];
    let row = |member: usize| &analysis.results.rows[member];
    let labels: Vec<Vec<(String, String)>> = members
        .iter()
        .map(|&member| {
            scales
                .iter()
                .map(|s| s.label(analysis, row(member)))
                .collect()
        })
        .collect();
    let places: Vec<Vec<Option<f64>>> = members
        .iter()
        .map(|&member| {
            scales
                .iter()
                .map(|s| s.place(analysis, row(member)))
                .collect()
        })
        .collect();
    let baseline = analysis.results.baselines.first();

    let columns = members.len().clamp(1, COLUMNS);
    let panel_width = Panel::width(labels.iter().flatten());
    let legend_top = Panel::HEIGHT * members.len().div_ceil(columns) as f64;
    let width = panel_width * columns as f64;
    let mut scene = Scene::new(width, legend_top + LEGEND).with_background(Some(theme.paper()));
    scene.font_family = Some("DejaVu Sans, Helvetica, Arial, sans-serif".to_owned());
    for (at, &member) in members.iter().enumerate() {
        let panel = Panel {
            center: (
                panel_width * (0.5 + (at % columns) as f64),
                Panel::HEIGHT * (0.5 + (at / columns) as f64) + 18.0,
            ),
            theme,
        };
        let robust = if analysis.is_robust(member) {
            " (robust)"
        } else {
            ""
        };
        panel.title(&mut scene, &format!("trial {}{robust}", row(member).id));
        panel.grid(&mut scene, scales.len());
        panel.labels(&mut scene, &labels[at]);
        let color = member_style(analysis, member).color;
        panel.member(&mut scene, &places[at], color);
        if let Some(baseline) = baseline {
            panel.baseline(&mut scene, &baseline_places(analysis, &scales, baseline));
        }
    }
    let lacking = places.iter().flatten().any(Option::is_none);
    legend(&mut scene, legend_top + 14.0, theme, baseline, lacking);
    Figure {
        name: "radar".to_owned(),
        caption: caption(analysis, members.len(), baseline, lacking),
        scene,
    }
}

/// The baseline's places among the objectives; it has none among the parameters.
fn baseline_places(analysis: &Analysis, scales: &[Scale], baseline: &Row) -> Vec<Option<f64>> {
    scales
        .iter()
        .map(|scale| {
            let place = || scale.place(analysis, baseline);
            scale.is_objective().then(place).flatten()
        })
        .collect()
}

fn legend(scene: &mut Scene, y: f64, theme: Theme, baseline: Option<&Row>, lacking: bool) {
    let font = Font {
        size: 12,
        color: theme.ink(),
        bold: false,
    };
    let mut x = 20.0;
    if let Some(baseline) = baseline {
        let name = format!("baseline {}, objectives only", baseline.short_name());
        scene.add(lines(&[vec![(x, y), (x + 34.0, y)]], DASHES));
        scene.add(square((x + 17.0, y), 5.0, BASELINE.color));
        scene.add(text((x + 42.0, y + 4.0), &name, TextAnchor::Start, font));
        x += 42.0 + text_width(&name, font.size) + 24.0;
    }
    if lacking {
        scene.add(hollow_disc((x + 4.0, y), 3.6, theme.ink(), theme.paper()));
        let meaning = "parameter without effect";
        scene.add(text((x + 15.0, y + 4.0), meaning, TextAnchor::Start, font));
    }
}

fn caption(analysis: &Analysis, shown: usize, baseline: Option<&Row>, lacking: bool) -> String {
    let mut caption = "The members of the front, one panel each. Objectives: the rim is the best \
                       value of all trials, the innermost ring the worst. Configuration: the rim \
                       is the last of the values that the search tried."
        .to_owned();
    if lacking {
        caption += " A parameter that has no effect on a member (there is no pooling kernel \
                    without pooling) has a dash for its value and a hollow mark in the centre.";
    }
    if baseline.is_some() {
        caption += " The baseline is drawn over the objectives only.";
    }
    match analysis.front.len() - shown {
        0 => {}
        1 => caption += " 1 more member is in the table only.",
        more => caption += &format!(" {more} more members are in the table only."),
    }
    caption
}
