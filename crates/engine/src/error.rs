use edgefront_graph::Shape;

/// What can be wrong with the data, the network or the course of a training.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pixels are not as many as the samples need.
    #[error(
        "{samples} samples of {shape} need {expected} numbers of image data, got {got}",
        expected = samples * shape.elements()
    )]
    ImageData {
        /// Samples, by the number of labels.
        samples: usize,
        /// Bands, rows and columns of a sample.
        shape: Shape,
        /// Numbers that were given.
        got: usize,
    },
    /// The scales are not one for each channel.
    #[error("{scales} scales given for {channels} channels, expected one each")]
    Scales {
        /// Scales that were given.
        scales: usize,
        /// Channels of a sample.
        channels: usize,
    },
    /// A label names no class.
    #[error("sample {sample} has the label {label}, expected 0 to {}", classes - 1)]
    Label {
        /// Index of the sample.
        sample: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A classifier needs at least two classes.
    #[error("{0} class(es) given, expected at least 2")]
    TooFewClasses(usize),
    /// An index of a fold names no sample.
    #[error("index {index} names no sample, there are {samples}")]
    Index {
        /// The index.
        index: usize,
        /// Number of samples.
        samples: usize,
    },
    /// There is nothing to train on.
    #[error("no samples to train on")]
    NoTrainingSamples,
    /// There is nothing to validate with.
    #[error(
        "no samples to hold back for validation: no class has two to train on, or, of samples in \
         groups, every group has the last of a class"
    )]
    NoValidationSamples,
    /// Groups and samples do not belong together.
    #[error("{groups} groups given for {samples} samples, expected one for each")]
    Groups {
        /// How many groups were given.
        groups: usize,
        /// How many samples there are.
        samples: usize,
    },
    /// Samples and network do not belong together.
    #[error("the network takes images of {network}, the samples are {samples}")]
    InputShape {
        /// What the network takes.
        network: Shape,
        /// What the samples are.
        samples: Shape,
    },
    /// The output is no vector with one number per class.
    #[error("the network ends in {network}, expected a vector of {classes} classes")]
    OutputShape {
        /// Shape of the network's output.
        network: Shape,
        /// Number of classes.
        classes: usize,
    },
    /// An option has a value that makes no sense.
    #[error("{option} is {value}, expected {expected}")]
    TrainOption {
        /// The option's name.
        option: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The weights of the classes are not as many as the classes.
    #[error("class_weights has {got} number(s), expected one for each of {classes} classes")]
    ClassWeights {
        /// Weights given.
        got: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A batch is empty or larger than the network was prepared for.
    #[error("a batch of {got} images, expected 1 to {prepared}")]
    BatchSize {
        /// Images given.
        got: usize,
        /// Images that the network was prepared for.
        prepared: usize,
    },
    /// The network uses an operator in a way that this backend does not run.
    #[error("node `{node}`: {reason}")]
    Unsupported {
        /// The node's name.
        node: String,
        /// What is not supported.
        reason: String,
    },
    /// The weights do not belong to the network.
    #[error(transparent)]
    Weights(#[from] edgefront_graph::Error),
    /// The kernels that were asked for do not exist or do not run here.
    #[error("EDGEFRONT_KERNELS is `{name}`, expected one of {available:?} on this processor")]
    Kernels {
        /// The name.
        name: String,
        /// The kernels that run here.
        available: Vec<&'static str>,
    },
    /// The system gives no further thread.
    #[error("a thread for the network cannot be started: {0}")]
    Threads(std::io::Error),
    /// The loss became infinite or no number at all: the training has diverged.
    #[error("the loss is not finite in epoch {epoch}, step {step}")]
    NonFiniteLoss {
        /// Epoch, from 1.
        epoch: usize,
        /// Step within the epoch, from 1.
        step: usize,
    },
    /// The loss of the validation or test samples is infinite or no number at all: the epoch's last
    /// steps have diverged, or one of these samples is not finite.
    #[error("the {samples} loss is not finite after epoch {epoch}")]
    NonFiniteEvaluation {
        /// Which samples: `validation` or `test`.
        samples: &'static str,
        /// Epoch, from 1.
        epoch: usize,
    },
    /// The bytes are no checkpoint, or one that was cut off or changed.
    #[error("no checkpoint that can be read: {0}")]
    BrokenCheckpoint(&'static str),
    /// The checkpoint is that of a training on other samples, of another network, with other
    /// options or another key.
    #[error("the checkpoint belongs to another training")]
    ForeignCheckpoint,
}
