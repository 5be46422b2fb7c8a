//! Figures, drawn by `kuva`, as SVG and PNG.

mod contact_sheet;
mod palette;
mod primitives;
mod projection;
mod radar;
mod scatter3d;
mod selection;

use std::path::Path;

use kuva::backend::raster::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::render::render::{Primitive, Scene};

pub use contact_sheet::{ContactSheet, Picture, Ramp, SheetRow, contact_sheet};
pub use palette::Theme;

use crate::analysis::Analysis;
use crate::error::Error;
use crate::write::write_file;

/// A drawing with its name and caption.
#[derive(Debug)]
pub struct Figure {
    /// The name of its files, without the ending.
    pub name: String,
    /// What it shows, in a sentence or two.
    pub caption: String,
    scene: Scene,
}

impl Figure {
    /// `kuva` numbers clipping regions through the life of the process. Here they are named after
    /// the figure: equal results give equal bytes, and figures in one page do not mix theirs up.
    fn name_clips(mut self, theme: Theme) -> Self {
        let mut count = 0;
        for element in &mut self.scene.elements {
            if let Primitive::ClipStart { id, .. } = element {
                count += 1;
                let name = format!("{}-{}-clip-{count}", self.name, theme.name());
                for definition in &mut self.scene.defs {
                    *definition =
                        definition.replace(&format!("id=\"{id}\""), &format!("id=\"{name}\""));
                }
                *id = name;
            }
        }
        self
    }

    /// The figure as SVG. Text stays text, in the viewer's sans-serif.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let svg = SvgBackend::new().render_scene(&self.scene);
        // `kuva` gives a size alone; without this a narrower page would clip, not scale.
        let view = format!(
            "<svg viewBox=\"0 0 {} {}\" ",
            self.scene.width, self.scene.height
        );
        svg.replacen("<svg ", &view, 1)
    }

    /// The figure as PNG, at twice the size of the SVG.
    ///
    /// # Errors
    /// If the plotting library cannot draw it.
    pub fn to_png(&self) -> Result<Vec<u8>, Error> {
        let renderer = RasterBackend::new().with_scale(2.0);
        renderer
            .render_scene(&self.scene)
            .map_err(|reason| Error::Figure {
                name: self.name.clone(),
                reason,
            })
    }
}

impl Figure {
    /// Writes the figure as PNG, aside first and then renamed.
    ///
    /// # Errors
    /// As [`Figure::to_png`], and if the file cannot be written.
    pub fn save_png(&self, path: &Path) -> Result<(), Error> {
        write_file(path, &self.to_png()?).map(|_| ())
    }
}

/// Every figure that these results allow: the scatter of the first three objectives, the
/// projections on each pair of them, and the radar of the front's members.
#[must_use]
pub fn figures(analysis: &Analysis, theme: Theme) -> Vec<Figure> {
    let mut figures = Vec::new();
    if analysis.ranges.is_empty() {
        return figures; // No trial has all its objectives: there is nothing to draw.
    }
    let objectives = analysis.results.objectives.len().min(3);
    if objectives == 3 {
        figures.push(scatter3d::scatter3d(analysis, theme));
    }
    for x in 1..objectives {
        for y in 0..x {
            figures.push(projection::projection(analysis, [x, y], theme));
        }
    }
    figures.push(radar::radar(analysis, theme));
    figures
        .into_iter()
        .map(|figure| figure.name_clips(theme))
        .collect()
}
