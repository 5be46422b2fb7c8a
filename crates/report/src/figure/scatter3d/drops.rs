//! Lines from points to the floor, without which a point's place in depth cannot be read.

use kuva::render::render::{Scene, TextAnchor};

use super::super::palette::{BASELINE, Style, Theme, member_style};
use super::super::primitives::{Font, Stroke, disc, lines, text, text_width};
use super::{Space, place};
use crate::analysis::Analysis;

/// A front of more members than this is a surface, and their lines would be a curtain before it.
const MOST_MEMBERS: usize = 24;
/// The size of the members' numbers.
const NUMBER_SIZE: u32 = 13;

/// Draws the lines of the front and the baselines and numbers the front's members; `false`, with
/// nothing drawn, if there are too many.
pub(super) fn draw(scene: &mut Scene, analysis: &Analysis, space: &Space, theme: Theme) -> bool {
    if analysis.front.len() > MOST_MEMBERS {
        return false;
    }
    let results = &analysis.results;
    let members = analysis.front.iter().map(|&member| {
        let row = &results.rows[member];
        (row, member_style(analysis, member), Some(row.id))
    });
    let known = |values: &[f64]| values.iter().all(|value| value.is_finite());
    let baselines = results.baselines.iter().map(|row| (row, BASELINE, None));
    let marks: Vec<Mark> = members
        .chain(baselines)
        .filter(|(row, _, _)| known(&row.objectives))
        .map(|(row, style, number)| {
            let place = place(&row.objectives);
            Mark {
                at: space.on_page(place),
                foot: space.on_page(space.below(place)),
                style,
                number,
            }
        })
        .collect();
    for mark in &marks {
        let stroke = Stroke {
            color: mark.style.color,
            width: 1.2,
            dashes: None,
        };
        scene.add(lines(&[vec![mark.at, mark.foot]], stroke));
        scene.add(disc(mark.foot, 2.2, mark.style.color));
    }
    number(scene, &marks, theme);
    true
}

/// A point that has a line, on the page.
struct Mark {
    at: (f64, f64),
    foot: (f64, f64),
    style: Style,
    number: Option<u64>,
}

/// Each number beside its mark, where it covers no mark, line or other number; if there is no such
/// place, it is left out.
fn number(scene: &mut Scene, marks: &[Mark], theme: Theme) {
    let mut taken: Vec<Area> = marks
        .iter()
        .flat_map(|m| [m.area(), m.line_area()])
        .collect();
    let font = Font {
        size: NUMBER_SIZE,
        color: theme.ink(),
        bold: true,
    };
    for mark in marks {
        let Some(number) = mark.number else { continue };
        let number = number.to_string();
        // Digits stand on their line and are lower than the size of the font.
        let (width, height) = (
            text_width(&number, NUMBER_SIZE),
            0.8 * f64::from(NUMBER_SIZE),
        );
        let (x, y) = mark.at;
        let away = mark.style.size + 3.0;
        let free = [
            [x + away, y - height / 2.0],
            [x - away - width, y - height / 2.0],
            [x - width / 2.0, y - away - height],
            [x + away, y - away - height],
            [x - away - width, y - away - height],
        ]
        .into_iter()
        .map(|[left, top]| Area {
            left,
            top,
            right: left + width,
            bottom: top + height,
        })
        .find(|area| !taken.iter().any(|other| area.meets(other)));
        if let Some(area) = free {
            let middle = (f64::midpoint(area.left, area.right), area.bottom);
            scene.add(text(middle, &number, TextAnchor::Middle, font));
            taken.push(area);
        }
    }
}

impl Mark {
    fn area(&self) -> Area {
        let half = self.style.size;
        Area {
            left: self.at.0 - half,
            top: self.at.1 - half,
            right: self.at.0 + half,
            bottom: self.at.1 + half,
        }
    }

    fn line_area(&self) -> Area {
        Area {
            left: self.foot.0 - 1.0,
            top: self.at.1,
            right: self.foot.0 + 1.0,
            bottom: self.foot.1,
        }
    }
}

/// A rectangle of the page, in pixels.
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}
