//! What `tiles info --json` says: all of it, tiles by their ids.

use edgefront::tiles::{ChannelSummary, Dataset, Summary};
use serde_json::{Map, Value, json};

pub fn report(dataset: &Dataset, summary: &Summary) -> Value {
    let id = |&tile: &usize| dataset.tiles()[tile].id.clone();
    let ids = |tiles: &[usize]| tiles.iter().map(id).collect::<Vec<_>>();
    let bands = dataset.bands();
    let band = |channel: usize| &bands[channel];
    let findings = summary.findings.iter().map(|finding| {
        json!({
            "severity": finding.severity.name(),
            "subject": finding.subject,
            "message": finding.message,
            "tiles": ids(&finding.tiles),
        })
    });
    let regions = summary.regions.iter().map(|region| {
        let counts = dataset.classes().iter().zip(&region.by_class);
        let counts: Map<String, Value> = counts
            .map(|(class, &count)| (class.clone(), json!(count)))
            .collect();
        json!({ "region": region.region, "tiles": counts, "channels": channels(&region.channels) })
    });
    let surveys = summary.surveys.iter().map(|survey| {
        json!({
            "epsg": survey.epsg,
            "pixel": survey.pixel,
            "tiles": survey.tiles,
            "regions": survey.regions,
        })
    });
    let constant = summary.constant.iter();
    let constant = constant.map(|&(tile, channel)| json!([id(&tile), band(channel)]));
    let clipped = summary.clipped.iter().map(|clipped| {
        json!({
            "tile": id(&clipped.tile),
            "band": band(clipped.channel),
            "low": clipped.low,
            "high": clipped.high,
        })
    });
    let folds = summary.folds.iter().map(|report| match &report.outcome {
        Ok(leaks) => json!({
            "rule": report.rule,
            "splits": leaks.splits,
            "overlapping": ids(&leaks.overlapping),
            "equal": ids(&leaks.equal),
            "of_one_group": ids(&leaks.of_one_group),
        }),
        Err(reason) => json!({ "rule": report.rule, "not_possible": reason }),
    });
    json!({
        "tiles": dataset.len(),
        "height": dataset.height(),
        "width": dataset.width(),
        "bands": dataset.bands(),
        "classes": dataset.classes(),
        "normalization": dataset.normalization(),
        "checksum": dataset.checksum(),
        "groups": summary.groups,
        "findings": findings.collect::<Vec<_>>(),
        "regions": regions.collect::<Vec<_>>(),
        "channels": channels(&summary.channels),
        "systems": surveys.collect::<Vec<_>>(),
        "blank": ids(&summary.blank),
        "constant": constant.collect::<Vec<_>>(),
        "non_finite": ids(&summary.non_finite),
        "clipped": clipped.collect::<Vec<_>>(),
        "duplicates": summary.duplicates.iter().map(|set| ids(set)).collect::<Vec<_>>(),
        "folds": folds.collect::<Vec<_>>(),
    })
}

fn channels(channels: &[ChannelSummary]) -> Vec<Value> {
    let channel = |channel: &ChannelSummary| {
        json!({
            "band": channel.band,
            "min": channel.min,
            "mean": channel.mean,
            "max": channel.max,
            "spread": channel.spread,
        })
    };
    channels.iter().map(channel).collect()
}
