//! Which kernels are timed before forests are grown, as nn-Meter's builder chooses them.

use edgefront_random::{Key, Stream};

use super::configuration::Configuration;
use super::zoo::{self, Frequencies, Histogram};
use crate::kernel::Family;

/// Draws the configurations that a family is first timed with (`prior`), `count` or slightly fewer.
///
/// Channels follow the zoo; so do most maps, windows and strides, each by itself and moved to the
/// nearest of those in use. The rest get large maps and windows, which the zoo has few of.
pub(crate) fn prior(family: Family, count: usize, key: Key) -> Vec<Configuration> {
    let draw = Draw {
        count,
        key: key.with("prior", 0),
    };
    match family {
        Family::Convolution => draw.convolutions(),
        Family::Depthwise => draw.depthwise(),
        Family::FullyConnected => draw.fully_connected(),
        Family::MaxPool | Family::AveragePool => draw.pools(),
        Family::GlobalPool => draw.global_pools(),
        Family::Concat => draw.concats(),
        Family::Split | Family::SqueezeExcite | Family::ChannelShuffle => draw.maps(2),
        _ => draw.maps(1),
    }
}

/// Draws more configurations around one whose time was predicted badly (`finegrained`): the same
/// map, window and stride with up to `count` other channels, between half and 1.2 times its own.
pub(crate) fn around(
    center: &Configuration,
    family: Family,
    count: usize,
    key: Key,
) -> Vec<Configuration> {
    let inputs: Vec<Vec<usize>> = (center.inputs.iter().enumerate())
        .map(|(index, &channels)| nearby(channels, count, key.with("inputs", index as u64)))
        .collect();
    let outputs = nearby(center.outputs, count, key.with("outputs", 0));
    let free = matches!(family, Family::Convolution | Family::FullyConnected);
    let lists = inputs.iter().chain(free.then_some(&outputs));
    let count = lists.map(Vec::len).min().unwrap_or(0);
    (0..count)
        .map(|index| {
            let inputs: Vec<usize> = inputs.iter().map(|list| list[index]).collect();
            Configuration {
                outputs: if free {
                    outputs[index]
                } else {
                    inputs.iter().sum()
                },
                inputs,
                ..center.clone()
            }
        })
        .collect()
}

/// `count` distinct numbers of `[0.5 n, 1.2 n)`, or all of them if there are fewer, in random order.
fn nearby(channels: usize, count: usize, key: Key) -> Vec<usize> {
    let low = (channels / 2).max(1);
    let high = ((channels as f64 * 1.2) as usize).max(low + 1);
    let mut all: Vec<usize> = (low..high).collect();
    key.stream().shuffle(&mut all);
    all.truncate(count);
    all
}

/// The share of convolutions that read an image, 224 x 224 in three colours.
///
/// nn-Meter's builder has no such share, and drawing map and channels independently gives one in
/// ten thousand. Its published predictions of small networks, whose first convolution takes a tenth
/// of their time, are right all the same, so its samples must have had some.
const STEMS: f64 = 0.02;

const MAPS: &[usize] = &[1, 3, 7, 14, 28, 56, 112, 224];

/// So many draws, each list from a stream of its own.
struct Draw {
    count: usize,
    key: Key,
}

impl Draw {
    fn stream(&self, purpose: &str) -> Stream {
        self.key.with(purpose, 0).stream()
    }

    fn channels(&self, purpose: &str, histogram: Histogram) -> Vec<usize> {
        let mut stream = self.stream(purpose);
        (0..self.count)
            .map(|_| histogram.draw(&mut stream))
            .collect()
    }

    /// A share from the zoo, the rest in these proportions; in random order.
    fn mixed(
        &self,
        purpose: &str,
        share: f64,
        mut zoo: impl FnMut(&mut Stream) -> usize,
        rest: &[(usize, f64)],
    ) -> Vec<usize> {
        let mut stream = self.stream(purpose);
        let from_zoo = (self.count as f64 * share) as usize;
        let mut values: Vec<usize> = (0..from_zoo).map(|_| zoo(&mut stream)).collect();
        let left = (self.count - from_zoo) as f64;
        for &(value, share) in rest {
            values.extend(std::iter::repeat_n(value, (left * share) as usize));
        }
        stream.shuffle(&mut values);
        values
    }

    fn convolutions(&self) -> Vec<Configuration> {
        const MAPS: &[usize] = &[1, 3, 7, 8, 13, 14, 27, 28, 32, 56, 112, 224];
        let map = |stream: &mut Stream| nearest(MAPS, zoo::CONVOLUTION_MAP.draw(stream));
        let rest = [(112, 0.2), (56, 0.4), (28, 0.4)];
        let maps = self.mixed("maps", 0.7, map, &rest);
        let window = |stream: &mut Stream| zoo::draw(zoo::CONVOLUTION_WINDOW, stream);
        let windows = self.mixed("windows", 0.7, window, &[(5, 0.4), (7, 0.6)]);
        let stride = |stream: &mut Stream| zoo::draw(zoo::CONVOLUTION_STRIDE, stream);
        let strides = self.mixed("strides", 0.7, stride, &[(2, 0.4), (1, 0.6)]);
        let inputs = self.channels("inputs", zoo::CONVOLUTION_INPUTS);
        let outputs = self.channels("outputs", zoo::CONVOLUTION_OUTPUTS);
        let count = maps.len().min(windows.len()).min(strides.len());
        let mut configurations: Vec<Configuration> = (0..count)
            .map(|i| Configuration {
                map: maps[i],
                inputs: vec![inputs[i]],
                outputs: outputs[i],
                window: windows[i],
                stride: strides[i],
            })
            .collect();
        let stems = (count as f64 * STEMS) as usize;
        let mut stream = self.stream("stems");
        for stem in configurations.iter_mut().take(stems) {
            stem.map = 224;
            stem.inputs = vec![3];
            stem.window = [3, 5, 7][stream.below(3)];
            stem.stride = [1, 2, 4][stream.below(3)];
        }
        configurations
    }

    fn depthwise(&self) -> Vec<Configuration> {
        let map = |stream: &mut Stream| nearest(MAPS, zoo::DEPTHWISE_MAP.draw(stream));
        let maps = self.mixed("maps", 0.8, map, &[(112, 0.4), (56, 0.4), (28, 0.2)]);
        let window = |stream: &mut Stream| zoo::draw(zoo::DEPTHWISE_WINDOW, stream);
        let windows = self.mixed("windows", 0.8, window, &[(5, 0.4), (7, 0.6)]);
        let stride = |stream: &mut Stream| zoo::draw(zoo::DEPTHWISE_STRIDE, stream);
        let strides = self.mixed("strides", 0.8, stride, &[(2, 0.5), (1, 0.5)]);
        let channels = self.channels("channels", zoo::DEPTHWISE_CHANNELS);
        let count = maps.len().min(windows.len()).min(strides.len());
        (0..count)
            .map(|i| Configuration::windowed(maps[i], channels[i], windows[i], strides[i]))
            .collect()
    }

    fn fully_connected(&self) -> Vec<Configuration> {
        let inputs = self.channels("inputs", zoo::CONNECTED_INPUTS);
        let mut outputs = self.channels("outputs", zoo::CONNECTED_OUTPUTS);
        outputs[..self.count / 2].fill(1000);
        (0..self.count)
            .map(|i| Configuration {
                outputs: outputs[i],
                ..Configuration::plain(1, inputs[i])
            })
            .collect()
    }

    fn pools(&self) -> Vec<Configuration> {
        let channels = self.channels("channels", zoo::POOL_CHANNELS);
        let mut stream = self.stream("windows");
        let mut of = |frequencies: Frequencies| zoo::draw(frequencies, &mut stream);
        let windows: Vec<(usize, usize)> = (0..self.count)
            .map(|_| (of(zoo::POOL_WINDOW), of(zoo::POOL_STRIDE)))
            .collect();
        let mut stream = self.stream("maps");
        let mut map = || [14, 28, 56, 112, 224][stream.below(5)];
        (channels.into_iter().zip(windows))
            .map(|(channels, (window, stride))| {
                Configuration::windowed(map(), channels, window, stride)
            })
            .collect()
    }

    fn global_pools(&self) -> Vec<Configuration> {
        let channels = self.channels("channels", zoo::CONVOLUTION_INPUTS);
        let map = |index| if index < self.count / 2 { 3 } else { 7 };
        let numbered = channels.into_iter().enumerate();
        numbered
            .map(|(index, channels)| Configuration::plain(map(index), channels))
            .collect()
    }

    /// Kernels that are told apart by map and channels alone; channels in multiples.
    fn maps(&self, multiple: usize) -> Vec<Configuration> {
        let map = |stream: &mut Stream| nearest(MAPS, zoo::CONVOLUTION_MAP.draw(stream));
        let maps = self.mixed("maps", 0.8, map, &[(112, 0.4), (56, 0.4), (28, 0.2)]);
        let channels = self.channels("channels", zoo::CONVOLUTION_INPUTS);
        (maps.into_iter().zip(channels))
            .map(|(map, channels)| Configuration::plain(map, channels.next_multiple_of(multiple)))
            .collect()
    }

    /// Two inputs, three, four: shares of 0.4, 0.2, 0.4.
    fn concats(&self) -> Vec<Configuration> {
        let mut stream = self.stream("concats");
        (0..self.count)
            .map(|index| {
                let inputs = match index * 10 / self.count {
                    0..4 => 2,
                    4..6 => 3,
                    _ => 4,
                };
                let map = [7, 14, 28, 56][stream.below(4)];
                let mut channels = || zoo::CONVOLUTION_INPUTS.draw(&mut stream);
                let inputs: Vec<usize> = (0..inputs).map(|_| channels()).collect();
                Configuration {
                    outputs: inputs.iter().sum(),
                    inputs,
                    ..Configuration::plain(map, 0)
                }
            })
            .collect()
    }
}

/// The allowed value that is nearest, the lower of two.
fn nearest(allowed: &[usize], value: usize) -> usize {
    let distance = |&&other: &&usize| other.abs_diff(value);
    allowed
        .iter()
        .min_by_key(distance)
        .copied()
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(configurations: &[Configuration], is: impl Fn(&Configuration) -> bool) -> f64 {
        let count = configurations.iter().filter(|c| is(c)).count();
        count as f64 / configurations.len() as f64
    }

    #[test]
    fn convolutions_come_in_the_proportions_of_the_builder() {
        let drawn = prior(Family::Convolution, 10_000, Key::new(0));
        assert!((9_990..=10_000).contains(&drawn.len()), "{}", drawn.len());
        // 0.7 from the zoo, where two thirds and one third are 1 and 3; 0.3 shared by 5 and 7.
        for (window, low, high) in [
            (1, 0.42, 0.48),
            (3, 0.2, 0.25),
            (5, 0.11, 0.14),
            (7, 0.18, 0.22),
        ] {
            let found = share(&drawn, |c| c.window == window);
            assert!((low..high).contains(&found), "{window}: {found}");
        }
        let strides = share(&drawn, |c| c.stride == 1);
        assert!((0.78..0.86).contains(&strides), "{strides}");
        for c in &drawn {
            assert!(
                [1, 3, 7, 8, 13, 14, 27, 28, 32, 56, 112, 224].contains(&c.map),
                "{c:?}"
            );
            assert!(
                (3..=2160).contains(&c.inputs[0]) && (4..=2048).contains(&c.outputs),
                "{c:?}"
            );
        }
        assert_eq!(drawn, prior(Family::Convolution, 10_000, Key::new(0)));
        assert_ne!(drawn, prior(Family::Convolution, 10_000, Key::new(1)));
    }

    #[test]
    fn other_kernels_keep_to_their_maps() {
        let of = |family| prior(family, 3_000, Key::new(0));
        assert!(of(Family::Split).iter().all(|c| c.inputs[0] % 2 == 0));
        assert_eq!(share(&of(Family::GlobalPool), |c| c.map == 3), 0.5);
        let ordered = share(&of(Family::FullyConnected), |c| c.outputs == 1000);
        assert!((0.5..0.9).contains(&ordered), "{ordered}");
        let concats = of(Family::Concat);
        for (inputs, expected) in [(2, 0.4), (3, 0.2), (4, 0.4)] {
            assert_eq!(share(&concats, |c| c.inputs.len() == inputs), expected);
        }
        for family in [
            Family::Relu,
            Family::AddRelu,
            Family::HardSwish,
            Family::Depthwise,
        ] {
            assert!(of(family).iter().all(|c| MAPS.contains(&c.map)), "{family}");
        }
        assert!(
            of(Family::MaxPool)
                .iter()
                .all(|c| c.map >= 14 && c.outputs == c.inputs[0])
        );
    }

    #[test]
    fn more_samples_lie_around_the_one_that_was_off() {
        let center = Configuration {
            outputs: 64,
            ..Configuration::windowed(14, 100, 3, 2)
        };
        let drawn = around(&center, Family::Convolution, 20, Key::new(3));
        assert_eq!(drawn.len(), 20);
        for c in &drawn {
            assert_eq!((c.map, c.window, c.stride), (14, 3, 2));
            assert!(
                (50..120).contains(&c.inputs[0]) && (32..76).contains(&c.outputs),
                "{c:?}"
            );
        }
        // As many as there are; a depthwise convolution writes what it reads.
        let few = Configuration::windowed(14, 10, 3, 2);
        let drawn = around(&few, Family::Depthwise, 20, Key::new(3));
        let mut channels: Vec<usize> = drawn.iter().map(|c| c.outputs).collect();
        channels.sort_unstable();
        assert_eq!(channels, (5..12).collect::<Vec<_>>());
        assert!(drawn.iter().all(|c| c.inputs == [c.outputs]));
        assert_eq!(
            around(&Configuration::plain(1, 1), Family::Relu, 20, Key::new(3)).len(),
            1
        );
    }
}
