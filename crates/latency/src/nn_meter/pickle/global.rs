//! The names that a pickle may use.

/// Something that a pickle calls or makes an object of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nn_meter) enum Global {
    /// A random forest for regression.
    Forest,
    /// The estimator around each tree of a forest.
    TreeEstimator,
    /// A tree's nodes and values.
    Tree,
    /// A `NumPy` array, empty until its state is set.
    Reconstruct,
    /// A `NumPy` array around a buffer (protocol 5).
    FromBuffer,
    /// The class of `NumPy` arrays.
    NdArray,
    /// The type of a `NumPy` array's elements.
    Dtype,
    /// A `NumPy` scalar.
    Scalar,
    /// A text's bytes: how protocol 2 writes bytes.
    Encode,
    /// The class of bytes: how protocol 2 writes none.
    Bytes,
}

/// Modules, names in them, and what they stand for. The modules have moved between versions.
const GLOBALS: &[(&[&str], &str, Global)] = &[
    (
        &["sklearn.ensemble._forest", "sklearn.ensemble.forest"],
        "RandomForestRegressor",
        Global::Forest,
    ),
    (
        &["sklearn.tree._classes", "sklearn.tree.tree"],
        "DecisionTreeRegressor",
        Global::TreeEstimator,
    ),
    (&["sklearn.tree._tree"], "Tree", Global::Tree),
    (
        &["numpy.core.multiarray", "numpy._core.multiarray"],
        "_reconstruct",
        Global::Reconstruct,
    ),
    (
        &["numpy.core.numeric", "numpy._core.numeric"],
        "_frombuffer",
        Global::FromBuffer,
    ),
    (&["numpy"], "ndarray", Global::NdArray),
    (&["numpy"], "dtype", Global::Dtype),
    (
        &["numpy.core.multiarray", "numpy._core.multiarray"],
        "scalar",
        Global::Scalar,
    ),
    (&["_codecs"], "encode", Global::Encode),
    (&["builtins", "__builtin__"], "bytes", Global::Bytes),
];

impl Global {
    /// What this name stands for; `None` of any name that is not listed.
    pub(super) fn find(module: &str, name: &str) -> Option<Self> {
        GLOBALS
            .iter()
            .find(|(modules, known, _)| *known == name && modules.contains(&module))
            .map(|&(_, _, global)| global)
    }
}
