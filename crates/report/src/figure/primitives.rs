//! Lines, marks and words of the figures that are drawn by hand.

use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, TextAnchor};

/// The width of text in ems per character, on the wide side for the sans-serif used: where text is given
/// room, a little too much does no harm.
const EM: f64 = 0.62;

/// About the width of a text in pixels.
pub(super) fn text_width(text: &str, size: u32) -> f64 {
    EM * f64::from(size) * text.chars().count() as f64
}

/// How a text is set.
#[derive(Clone, Copy)]
pub(super) struct Font<'a> {
    pub(super) size: u32,
    pub(super) color: &'a str,
    pub(super) bold: bool,
}

pub(super) fn text(at: (f64, f64), content: &str, anchor: TextAnchor, font: Font<'_>) -> Primitive {
    Primitive::Text {
        x: at.0,
        y: at.1,
        content: content.to_owned(),
        size: font.size,
        anchor,
        rotate: None,
        bold: font.bold,
        color: Some(font.color.into()),
    }
}

/// How a line is drawn.
#[derive(Clone, Copy)]
pub(super) struct Stroke<'a> {
    pub(super) color: &'a str,
    pub(super) width: f64,
    pub(super) dashes: Option<&'static str>,
}

/// Lines, each through its points.
pub(super) fn lines(lines: &[Vec<(f64, f64)>], stroke: Stroke<'_>) -> Primitive {
    Primitive::Path(Box::new(PathData {
        d: lines.iter().map(|points| path(points)).collect(),
        fill: None,
        stroke: stroke.color.into(),
        stroke_width: stroke.width,
        opacity: None,
        stroke_dasharray: stroke.dashes.map(str::to_owned),
    }))
}

/// The area within a line, with this opacity.
pub(super) fn area(outline: &[(f64, f64)], color: &str, opacity: f64) -> Primitive {
    Primitive::Path(Box::new(PathData {
        d: path(outline),
        fill: Some(color.into()),
        stroke: Color::None,
        stroke_width: 0.0,
        opacity: Some(opacity),
        stroke_dasharray: None,
    }))
}

pub(super) fn disc((cx, cy): (f64, f64), r: f64, color: &str) -> Primitive {
    Primitive::Circle {
        cx,
        cy,
        r,
        fill: color.into(),
        fill_opacity: None,
        stroke: None,
        stroke_width: None,
    }
}

/// A disc of the paper's colour with a coloured edge.
pub(super) fn hollow_disc((cx, cy): (f64, f64), r: f64, color: &str, paper: &str) -> Primitive {
    Primitive::Circle {
        cx,
        cy,
        r,
        fill: paper.into(),
        fill_opacity: None,
        stroke: Some(color.into()),
        stroke_width: Some(1.6),
    }
}

pub(super) fn square(center: (f64, f64), side: f64, color: &str) -> Primitive {
    Primitive::Rect {
        x: center.0 - side / 2.0,
        y: center.1 - side / 2.0,
        width: side,
        height: side,
        fill: color.into(),
        stroke: None,
        stroke_width: None,
        opacity: None,
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
