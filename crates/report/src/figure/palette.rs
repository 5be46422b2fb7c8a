//! Colours that the colour-blind can tell apart (Okabe and Ito, "Color universal design", 2008),
//! each with a marker of its own, so that nothing hangs on colour alone.

use kuva::plot::scatter::MarkerShape;

use crate::analysis::Analysis;

/// What the figures are drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white, for print.
    Light,
    /// Light ink on near black.
    Dark,
}

impl Theme {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What is drawn on.
    pub(super) fn paper(self) -> &'static str {
        match self {
            Self::Light => "#ffffff",
            Self::Dark => "#16191d",
        }
    }

    /// Text and lines that matter.
    pub(super) fn ink(self) -> &'static str {
        match self {
            Self::Light => "#1d2126",
            Self::Dark => "#e4e7eb",
        }
    }

    /// Text that matters less.
    pub(super) fn muted(self) -> &'static str {
        match self {
            Self::Light => "#5b626c",
            Self::Dark => "#9aa3ae",
        }
    }

    /// Grid lines.
    pub(super) fn grid(self) -> &'static str {
        match self {
            Self::Light => "#d9dce1",
            Self::Dark => "#3a414a",
        }
    }

    /// The same for the ready-made plots.
    pub(super) fn kuva(self) -> kuva::Theme {
        let base = match self {
            Self::Light => kuva::Theme::light(),
            Self::Dark => kuva::Theme::dark(),
        };
        kuva::Theme {
            background: self.paper().into(),
            grid_color: self.grid().into(),
            axis_color: self.ink().into(),
            tick_color: self.ink().into(),
            text_color: self.ink().into(),
            ..base
        }
    }
}

/// How a group of points is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) color: &'static str,
    pub(super) marker: MarkerShape,
    pub(super) size: f64,
    pub(super) opacity: f64,
}

/// The room for a legend's entries, in pixels.
pub(super) const LEGEND_WIDTH: f64 = 225.0;

/// Trials that others dominate: the background, the finer the more there are.
pub(super) fn dominated(theme: Theme, count: usize) -> Style {
    Style {
        color: match theme {
            Theme::Light => "#8a8f98",
            Theme::Dark => "#7d8590",
        },
        marker: MarkerShape::Circle,
        size: if count > 300 { 2.6 } else { 4.0 },
        opacity: 0.5,
    }
}

/// Members of the front: vermilion.
pub(super) const FRONT: Style = Style {
    color: "#d55e00",
    marker: MarkerShape::Diamond,
    size: 6.0,
    opacity: 1.0,
};

/// Members that stay within the tolerances: bluish green.
pub(super) const ROBUST: Style = Style {
    color: "#009e73",
    marker: MarkerShape::Star,
    size: 8.0,
    opacity: 1.0,
};

/// Baselines: sky blue.
pub(super) const BASELINE: Style = Style {
    color: "#56b4e9",
    marker: MarkerShape::Square,
    size: 6.0,
    opacity: 1.0,
};

/// How a member of the front is drawn.
pub(super) fn member_style(analysis: &Analysis, row: usize) -> Style {
    if analysis.is_robust(row) {
        ROBUST
    } else {
        FRONT
    }
}
