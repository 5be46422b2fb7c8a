//! Tables, figures and the HTML report of a study.
//!
//! [`Results`] is plain data: a study fills it, and so can any file of results. [`Analysis`] takes
//! it and computes, once, all that the outputs share: the front, the robust front, ranges,
//! hypervolume, membership probabilities. Each [`Exporter`] then writes its files into a folder.
//!
//! The output depends on the results alone: no clock, no machine, no order of anything but the
//! rows. Files are written aside and renamed, so that no reader sees half a file.

mod analysis;
mod error;
mod exporter;
mod figure;
mod results;
mod table;
mod tables;
mod write;

pub use analysis::Analysis;
pub use error::Error;
pub use exporter::{Csv, Exporter, Figures, Html, Json, Markdown, export, exporters};
pub use figure::{ContactSheet, Figure, Picture, Ramp, SheetRow, Theme, contact_sheet, figures};
pub use results::{Device, Epoch, Fact, Fold, Results, Row, Score};
pub use table::{Cell, Column, Table};
pub use tables::{
    constant_parameters, device_table, epoch_table, fold_table, front_summary, front_table,
    range_table, trial_table,
};
