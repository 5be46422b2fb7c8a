//! Checkpoints as bytes.
//!
//! ```text
//! magic       8 bytes, "EDGEFRCP"
//! version     u32
//! fingerprint 32 bytes
//! reports     a list
//! best        a flag, and if it is set: epoch, weights, a list of predictions
//! weights     the network's
//! optimizer   a list of weights
//! steps       u64
//! checksum    SHA-256 of all before, 32 bytes
//! ```
//!
//! All numbers are little-endian: counts u64, measures f64, weights f32. A list begins with its
//! count. Weights are one list in the order of the graph's nodes and their parameters, whose
//! shapes the graph tells.

use edgefront_graph::op::Parameter;
use edgefront_graph::{Graph, Tensor, Weights};
use sha2::{Digest, Sha256};

use super::{Checkpoint, Fingerprint};
use crate::train::Course;
use crate::{EpochReport, Error, NetworkState, Prediction, Quality, Snapshot};

const MAGIC: [u8; 8] = *b"EDGEFRCP";
const VERSION: u32 = 1;
const SUM: usize = 32;

impl Checkpoint {
    /// The checkpoint as a file's content: compact, and with a checksum.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Writer(Vec::new());
        bytes.0.extend(MAGIC);
        bytes.0.extend(VERSION.to_le_bytes());
        bytes.0.extend(self.fingerprint.0);
        bytes.list(&self.course.epochs, Writer::report);
        bytes.option(self.course.best.as_ref(), Writer::snapshot);
        bytes.weights(&self.network.weights);
        bytes.list(&self.network.optimizer, Writer::weights);
        bytes.0.extend(self.steps.to_le_bytes());
        let sum = Sha256::digest(&bytes.0);
        bytes.0.extend_from_slice(&sum);
        bytes.0
    }

    /// Reads what [`to_bytes`](Self::to_bytes) gave for a training of this network.
    ///
    /// # Errors
    /// If the bytes are no checkpoint, were cut off or changed, were written by another version,
    /// or belong to another network.
    pub fn from_bytes(bytes: &[u8], graph: &Graph) -> Result<Self, Error> {
        let (head, version) = (bytes.get(..8), bytes.get(8..12));
        if head != Some(&MAGIC) {
            return Err(Error::BrokenCheckpoint("it begins otherwise"));
        }
        if version != Some(&VERSION.to_le_bytes()) {
            return Err(Error::BrokenCheckpoint("it has another version"));
        }
        let split = bytes.split_last_chunk::<SUM>();
        let whole = split.filter(|(content, sum)| Sha256::digest(content).as_slice() == *sum);
        let Some((content, _)) = whole else {
            return Err(Error::BrokenCheckpoint("its checksum is another"));
        };
        let mut reader = Reader {
            bytes: &content[12..],
            graph,
        };
        let checkpoint = Self {
            fingerprint: Fingerprint(reader.array()?),
            course: Course {
                epochs: reader.list(Reader::report)?,
                best: reader.option(Reader::snapshot)?,
            },
            network: NetworkState {
                weights: reader.weights()?,
                optimizer: reader.list(Reader::weights)?,
            },
            steps: u64::from_le_bytes(reader.array()?),
        };
        if reader.bytes.is_empty() {
            Ok(checkpoint)
        } else {
            Err(Error::BrokenCheckpoint("it goes on after its end"))
        }
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn count(&mut self, count: usize) {
        self.0.extend((count as u64).to_le_bytes());
    }

    fn number(&mut self, number: f64) {
        self.0.extend(number.to_le_bytes());
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.count(items.len());
        items.iter().for_each(|item| write(self, item));
    }

    fn option<T>(&mut self, item: Option<&T>, write: impl Fn(&mut Self, &T)) {
        self.list(item.as_slice(), |writer, item| write(writer, item));
    }

    fn report(&mut self, report: &EpochReport) {
        self.count(report.epoch);
        self.number(report.train_loss);
        self.option(report.validation.as_ref(), Self::quality);
        self.quality(&report.test);
        self.number(report.learning_rate);
    }

    fn quality(&mut self, quality: &Quality) {
        self.number(quality.loss);
        self.number(quality.accuracy);
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        self.count(snapshot.epoch);
        self.weights(&snapshot.weights);
        self.list(&snapshot.predictions, Self::prediction);
    }

    fn prediction(&mut self, prediction: &Prediction) {
        self.count(prediction.index);
        self.count(prediction.label);
        self.count(prediction.predicted);
        self.list(&prediction.probabilities, |writer, &value| {
            writer.number(value);
        });
    }

    fn weights(&mut self, weights: &Weights) {
        self.count(weights.values().count());
        self.0.extend(weights.values().flat_map(f32::to_le_bytes));
    }
}

/// Reads what a checksum has vouched for; what is not there is an error all the same.
struct Reader<'a> {
    bytes: &'a [u8],
    graph: &'a Graph,
}

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (array, rest) =
            (self.bytes.split_first_chunk()).ok_or(Error::BrokenCheckpoint("it ends too early"))?;
        self.bytes = rest;
        Ok(*array)
    }

    fn count(&mut self) -> Result<usize, Error> {
        let count = u64::from_le_bytes(self.array()?);
        usize::try_from(count).map_err(|_| Error::BrokenCheckpoint("a count is too large"))
    }

    fn number(&mut self) -> Result<f64, Error> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let count = self.count()?;
        // Grows as items are found: a count alone takes no memory.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn option<T>(
        &mut self,
        read: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        Ok(self.list(read)?.pop())
    }

    fn report(&mut self) -> Result<EpochReport, Error> {
        Ok(EpochReport {
            epoch: self.count()?,
            train_loss: self.number()?,
            validation: self.option(Self::quality)?,
            test: self.quality()?,
            learning_rate: self.number()?,
        })
    }

    fn quality(&mut self) -> Result<Quality, Error> {
        Ok(Quality {
            loss: self.number()?,
            accuracy: self.number()?,
        })
    }

    fn snapshot(&mut self) -> Result<Snapshot, Error> {
        Ok(Snapshot {
            epoch: self.count()?,
            weights: self.weights()?,
            predictions: self.list(Self::prediction)?,
        })
    }

    fn prediction(&mut self) -> Result<Prediction, Error> {
        Ok(Prediction {
            index: self.count()?,
            label: self.count()?,
            predicted: self.count()?,
            probabilities: self.list(Self::number)?,
        })
    }

    fn weights(&mut self) -> Result<Weights, Error> {
        let count = self.count()?;
        let graph = self.graph;
        let elements = |node| -> usize {
            let parameters = graph.parameters(node);
            parameters.iter().map(Parameter::elements).sum()
        };
        let expected: usize = graph.ids().map(elements).sum();
        if count != expected {
            return Err(Error::ForeignCheckpoint);
        }
        let len = count * size_of::<f32>();
        let (mut bytes, rest) = (self.bytes.split_at_checked(len))
            .ok_or(Error::BrokenCheckpoint("it ends too early"))?;
        self.bytes = rest;
        Ok(Weights::build(graph, |_, parameter| {
            let (own, rest) = bytes.split_at(parameter.elements() * size_of::<f32>());
            bytes = rest;
            let (numbers, _) = own.as_chunks();
            Tensor {
                dims: parameter.dims.clone(),
                data: numbers
                    .iter()
                    .map(|&bytes| f32::from_le_bytes(bytes))
                    .collect(),
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use edgefront_graph::op::{BatchNorm, Conv2d, GlobalAveragePool, Linear};
    use edgefront_graph::{Shape, Window};
    use edgefront_random::Key;

    use super::*;
    use crate::initial_weights;

    fn graph(channels: usize) -> Graph {
        let mut graph = Graph::new(Shape::new(2, 5, 5)).unwrap();
        let window = Window::square(3, 1, 1);
        let input = graph.input();
        let conv = graph
            .push("conv", Conv2d::new(channels, window), &[input])
            .unwrap();
        let norm = graph.push("norm", BatchNorm, &[conv]).unwrap();
        let mean = graph.push("mean", GlobalAveragePool, &[norm]).unwrap();
        graph
            .push("fc", Linear { out_features: 2 }, &[mean])
            .unwrap();
        graph
    }

    fn checkpoint(graph: &Graph) -> Checkpoint {
        let weights = |seed| initial_weights(graph, Key::new(seed));
        let quality = |loss| Quality {
            loss,
            accuracy: 0.1 + 0.2,
        };
        let report = |epoch, validation| EpochReport {
            epoch,
            train_loss: 1.0 / 3.0,
            validation,
            test: quality(f64::MIN_POSITIVE),
            learning_rate: 1e-3,
        };
        let prediction = Prediction {
            index: 7,
            label: 1,
            predicted: 0,
            probabilities: vec![0.75, 0.25],
        };
        Checkpoint {
            fingerprint: Fingerprint([3; 32]),
            network: NetworkState {
                weights: weights(1),
                optimizer: vec![weights(2), weights(3)],
            },
            steps: 11,
            course: Course {
                epochs: vec![report(1, None), report(2, Some(quality(0.7)))],
                best: Some(Snapshot {
                    epoch: 2,
                    weights: weights(4),
                    predictions: vec![prediction],
                }),
            },
        }
    }

    #[test]
    fn bytes_come_back_as_they_were() {
        let graph = graph(3);
        let mut checkpoint = checkpoint(&graph);
        for best in [checkpoint.course.best.clone(), None] {
            checkpoint.course.best = best;
            let bytes = checkpoint.to_bytes();
            assert_eq!(Checkpoint::from_bytes(&bytes, &graph).unwrap(), checkpoint);
        }
    }

    #[test]
    fn no_bit_can_change_and_no_byte_be_missing() {
        let graph = graph(3);
        let bytes = checkpoint(&graph).to_bytes();
        for place in (0..bytes.len()).step_by(7) {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << (place % 8);
            assert!(Checkpoint::from_bytes(&changed, &graph).is_err(), "{place}");
            assert!(Checkpoint::from_bytes(&bytes[..place], &graph).is_err());
        }
    }

    /// A checksum that is right does not make a content right.
    #[test]
    fn a_content_that_cannot_be_is_refused() {
        let (graph, wider) = (graph(3), graph(4));
        let bytes = checkpoint(&graph).to_bytes();
        let content = &bytes[..bytes.len() - SUM];
        let refused = |content: &[u8], graph: &Graph| {
            let sum = Sha256::digest(content);
            let bytes = [content, &sum].concat();
            Checkpoint::from_bytes(&bytes, graph).unwrap_err()
        };
        let broken = |content: &[u8]| refused(content, &graph).to_string();
        for len in (12..content.len()).step_by(5) {
            assert_eq!(
                broken(&content[..len]),
                "no checkpoint that can be read: it ends too early"
            );
        }
        assert_eq!(
            broken(&[content, &[0]].concat()),
            "no checkpoint that can be read: it goes on after its end"
        );
        // The count of the reports.
        let mut endless = content.to_vec();
        endless[44..52].fill(0xff);
        assert_eq!(
            broken(&endless),
            "no checkpoint that can be read: it ends too early"
        );
        let mut newer = content.to_vec();
        newer[8] = 2;
        assert_eq!(
            broken(&newer),
            "no checkpoint that can be read: it has another version"
        );
        let other = refused(content, &wider);
        assert!(matches!(other, Error::ForeignCheckpoint));
    }
}
