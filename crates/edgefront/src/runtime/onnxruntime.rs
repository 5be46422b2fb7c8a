//! ONNX Runtime, from a library that is loaded when it is asked for.

use std::error::Error as _;
use std::fmt::Debug;
use std::path::Path;

use edgefront::latency::{Error, ModelFile, Runtime, Session};
use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::value::{
    DynValue, Outlet, PrimitiveTensorElementType, Tensor, TensorElementType, ValueType,
};

use super::image;

/// The environment variable that names the library where the command line does not.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";

const NAME: &str = "onnxruntime";

/// The setting that says where tensors lie that are not in the model's file; old versions
/// do not know it, and run only models in one file.
const TENSOR_FOLDER: &str = "session.model_external_initializers_file_folder_path";

/// The largest input that is made up, in numbers: 1 GiB of 32 bits.
const MAX_ELEMENTS: usize = 1 << 28;

pub struct OnnxRuntime {
    environment: Environment,
    threads: usize,
}

impl OnnxRuntime {
    /// Loads the library at this path. A process can have but one.
    ///
    /// # Errors
    /// [`Error::Runtime`] of a file that is not there, is no library of ONNX Runtime, or an older
    /// one than is needed.
    pub fn open(library: &Path, threads: usize) -> Result<Self, Error> {
        // A relative path would be sought beside the program, and a bare name in the system.
        let absolute = library.canonicalize().map_err(|source| Error::File {
            action: "read",
            path: library.to_owned(),
            source,
        })?;
        let builder = ort::init_from(absolute).map_err(|error| not_loaded(&error))?;
        let environment = builder
            .with_telemetry(false)
            .build()
            .map_err(|e| failed(&e))?;
        // What fails comes back as an error; the library is not to write about it as well.
        environment.set_log_level(LogLevel::Fatal);
        Ok(Self {
            environment,
            threads,
        })
    }

    fn session(&self, model: ModelFile<'_>) -> ort::Result<ort::session::Session> {
        let mut builder = ort::session::Session::builder(&self.environment)?
            .with_intra_threads(self.threads)?
            .with_inter_threads(1)?;
        // The folder of a bare name is empty, which the library takes for none.
        let folder = model.folder.map(|folder| Path::new(".").join(folder));
        if let Some(folder) = folder.as_deref().and_then(Path::to_str) {
            builder = builder.with_config_entry(TENSOR_FOLDER, folder)?;
        }
        builder.commit_from_memory(model.bytes)
    }
}

impl Runtime for OnnxRuntime {
    fn name(&self) -> &'static str {
        NAME
    }

    fn load(&self, model: ModelFile<'_>, batch: usize) -> Result<Box<dyn Session>, Error> {
        let session = self.session(model).map_err(|e| failed(&e))?;
        let inputs: Vec<_> = session
            .inputs()
            .iter()
            .map(|input| Ok((input.name().to_owned(), made_up(input, batch)?)))
            .collect::<Result<_, Error>>()?;
        Ok(Box::new(Loaded { session, inputs }))
    }
}

struct Loaded {
    session: ort::session::Session,
    inputs: Vec<(String, DynValue)>,
}

impl Session for Loaded {
    fn run(&mut self) -> Result<(), Error> {
        let inputs = self.inputs.iter();
        let inputs: Vec<_> = inputs.map(|(name, value)| (name.as_str(), value)).collect();
        self.session.run(inputs).map_err(|e| failed(&e))?;
        Ok(())
    }
}

/// Something to run a model on: an image where it takes 32-bit floats, else zeros.
fn made_up(input: &Outlet, batch: usize) -> Result<DynValue, Error> {
    let name = input.name();
    let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
        let found = input.dtype();
        return Err(fault(format!(
            "input `{name}` is {found}, expected a tensor"
        )));
    };
    let shape = sizes(shape, batch).map_err(|reason| fault(format!("input `{name}` {reason}")))?;
    let numbers = shape.iter().product();
    match ty {
        TensorElementType::Float32 => tensor(shape, image(numbers)),
        TensorElementType::Float64 => tensor(shape, vec![0.0_f64; numbers]),
        TensorElementType::Int64 => tensor(shape, vec![0_i64; numbers]),
        TensorElementType::Int32 => tensor(shape, vec![0_i32; numbers]),
        TensorElementType::Int8 => tensor(shape, vec![0_i8; numbers]),
        TensorElementType::Uint8 => tensor(shape, vec![0_u8; numbers]),
        TensorElementType::Bool => tensor(shape, vec![false; numbers]),
        other => Err(fault(format!(
            "input `{name}` is of {other}, expected f32, f64, i64, i32, i8, u8 or bool"
        ))),
    }
}

fn tensor<T>(shape: Vec<usize>, data: Vec<T>) -> Result<DynValue, Error>
where
    T: PrimitiveTensorElementType + Debug + Clone + 'static,
{
    let tensor = Tensor::from_array((shape, data)).map_err(|e| failed(&e))?;
    Ok(tensor.into_dyn())
}

/// The sizes of an input, of which -1 is one that the model leaves open, with the batch in place.
fn sizes(shape: &[i64], batch: usize) -> Result<Vec<usize>, String> {
    let fixed = shape.iter().enumerate().map(|(axis, &size)| {
        match (axis, usize::try_from(size)) {
            (0, Err(_)) => Ok(batch),
            // An image's first size is the batch; what has fewer may be a setting.
            (0, Ok(size)) if shape.len() == 4 && size != batch => Err(format!(
                "takes batches of {size} alone, expected `--batch {size}` or another model"
            )),
            (_, Ok(size)) => Ok(size),
            (_, Err(_)) => Err(format!(
                "has the shape {shape:?}, expected a model that leaves no size open but the first"
            )),
        }
    });
    let sizes: Vec<usize> = fixed.collect::<Result<_, _>>()?;
    let numbers = sizes
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size));
    match numbers {
        Some(numbers) if numbers <= MAX_ELEMENTS => Ok(sizes),
        _ => Err(format!(
            "has {sizes:?} numbers, expected at most {MAX_ELEMENTS}"
        )),
    }
}

/// Why there is no library. What the system says of a file is the cause of the error.
fn not_loaded(error: &LoadDynamicError) -> Error {
    let cause = match error {
        LoadDynamicError::Dlopen { error, .. } => error.source(),
        _ => None,
    };
    let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
    fault(format!("{error}{cause}"))
}

fn failed(error: &ort::Error) -> Error {
    fault(error.to_string())
}

fn fault(reason: String) -> Error {
    Error::Runtime {
        runtime: NAME,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_batch_takes_the_first_place() {
        assert_eq!(sizes(&[-1, 3, 8, 8], 4), Ok(vec![4, 3, 8, 8]));
        assert_eq!(sizes(&[4, 3, 8, 8], 4), Ok(vec![4, 3, 8, 8]));
        assert_eq!(sizes(&[], 4), Ok(vec![]));
        assert_eq!(sizes(&[2], 4), Ok(vec![2]));
        for (wrong, expected) in [
            (&[1, 3, 8, 8][..], "`--batch 1`"),
            (&[-1, 3, -1, -1], "[-1, 3, -1, -1]"),
            (&[-1, 1 << 40, 1 << 40], "at most"),
        ] {
            let reason = sizes(wrong, 4).unwrap_err();
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
