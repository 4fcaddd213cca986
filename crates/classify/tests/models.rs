//! Models through ONNX Runtime. Needs the library that `cargo xtask setup` puts into `target/setup` (or ORT_DYLIB_PATH).

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use pellucid_classify::{
    CargoModel, Classifier, ClassifyError, LayoutModel, ModelPackage, ModelSigningKey, Provider, SessionOptions,
    TrustedKeys, find_library, open_package, sign_package, suite,
};
use pellucid_core::ErrorKind;
use sha2::{Digest, Sha256};

fn library() -> PathBuf {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH") {
        return path.into();
    }
    let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/setup/onnxruntime");
    find_library(&setup).expect("no ONNX Runtime: run `cargo xtask setup` or set ORT_DYLIB_PATH")
}

fn options(sessions: usize) -> SessionOptions {
    SessionOptions { library: Some(library()), sessions, ..SessionOptions::default() }
}

/// Inputs and outputs of the toy models.
const LAYOUT: &str = include_str!("data/layout.toml");
const CARGO: &str = include_str!("data/cargo.toml");

/// A signed package of a toy model.
fn package(root: &Path, kind: &str, model: &str, tensors: &str) -> ModelPackage {
    let dir = root.join("toy").join("0.1.0");
    fs::create_dir_all(&dir).unwrap();
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(model)).unwrap();
    fs::write(dir.join("model.onnx"), &bytes).unwrap();
    let card = format!(
        "name = \"toy\"\nversion = \"0.1.0\"\nkind = \"{kind}\"\nsha256 = \"{}\"\nlicence = \"Apache-2.0\"\nlimits = []\n\
         {tensors}\n[calibration]\nmethod = \"none\"\ndata = \"none\"\n\
         [training]\nsuite = \"none\"\ntrain_seeds = \"none\"\nvalidation_seeds = \"none\"\ncommit = \"none\"\n",
        hex::encode(Sha256::digest(&bytes))
    );
    fs::write(dir.join("card.toml"), card).unwrap();
    let key = ModelSigningKey::parse(&"42".repeat(32)).unwrap();
    sign_package(&dir, &key).unwrap();
    open_package(&dir, &TrustedKeys::parse(&key.public_hex()).unwrap()).unwrap()
}

#[test]
fn the_suite_holds_for_toys_with_one_session_and_with_several() {
    let root = tempfile::tempdir().unwrap();
    let layout = package(&root.path().join("layout"), "layout", "layout.onnx", LAYOUT);
    let cargo = package(&root.path().join("cargo"), "cargo", "cargo.onnx", CARGO);
    for sessions in [1, 3] {
        let layout = LayoutModel::load(&layout, &options(sessions)).unwrap();
        suite::run(&layout).unwrap();
        let cargo = CargoModel::load(&cargo, &options(sessions)).unwrap();
        suite::run(&cargo).unwrap();
        assert_eq!((layout.provider(), cargo.provider()), ("cpu", "cpu"));
    }
}

#[test]
fn outputs_are_where_the_cargo_output_says() {
    let root = tempfile::tempdir().unwrap();
    let package = package(root.path(), "cargo", "cargo.onnx", CARGO);
    let model = CargoModel::load(&package, &options(1)).unwrap();
    let output = model.run(&[suite::planes(&model, 640, 5)]).unwrap().remove(0);
    let size = |stack: &pellucid_core::PlaneStack| (stack.channels, stack.height, stack.width);
    assert_eq!(size(&output.embedding), (24, 19, 40));
    assert_eq!(size(&output.commodity), (3, 19, 40));
    assert_eq!(size(&output.structure), (2, 38, 80));
    assert_eq!(size(&output.concealment), (1, 38, 80));
    assert_eq!((output.stride, output.headings.len()), (16, 3));
    assert_eq!(output.model_sha256, package.sha256);
}

#[test]
fn outputs_that_are_not_numbers_are_errors() {
    let root = tempfile::tempdir().unwrap();
    let package = package(root.path(), "layout", "layout_not_a_number.onnx", LAYOUT);
    let model = LayoutModel::load(&package, &options(1)).unwrap();
    let fault = model.run(&[suite::planes(&model, 256, 1)]).unwrap_err();
    assert!(matches!(fault, ClassifyError::Output { .. }), "{fault}");
    assert_eq!(fault.kind(), ErrorKind::Internal);
}

#[test]
fn models_of_another_kind_or_with_other_tensors_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let layout = package(&root.path().join("a"), "layout", "layout.onnx", LAYOUT);
    assert!(matches!(CargoModel::load(&layout, &options(1)), Err(ClassifyError::Card { .. })));
    let renamed = LAYOUT.replace("tensor = \"planes\"", "tensor = \"pixels\"");
    let renamed = package(&root.path().join("b"), "layout", "layout.onnx", &renamed);
    let fault = LayoutModel::load(&renamed, &options(1)).unwrap_err();
    assert!(fault.to_string().contains("is not the card's"), "{fault}");
    let broken = package(&root.path().join("c"), "cargo", "layout.onnx", CARGO);
    assert!(CargoModel::load(&broken, &options(1)).is_err());
}

/// The CPU library has no CUDA: asking for it must fail, not run on the CPU.
#[test]
fn a_provider_that_is_not_there_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let package = package(root.path(), "layout", "layout.onnx", LAYOUT);
    let options = SessionOptions { provider: Provider::Cuda, ..options(1) };
    match LayoutModel::load(&package, &options) {
        Err(fault) => assert!(matches!(fault, ClassifyError::Runtime { .. }), "{fault}"),
        Ok(model) => assert_eq!(model.provider(), "cuda"),
    }
}

#[test]
fn the_models_that_ship_pass_the_suite_and_stay_small() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let keys = TrustedKeys::parse(&fs::read_to_string(models.join("keys/demo.pub")).unwrap()).unwrap();
    let layout = open_package(&models.join("layout/0.1.0"), &keys).unwrap();
    let cargo = open_package(&models.join("cargo/0.1.0"), &keys).unwrap();
    let size = |package: &ModelPackage| fs::metadata(package.path.join("model.onnx")).unwrap().len();
    assert!(size(&layout) + size(&cargo) <= 12_000_000);
    suite::run(&LayoutModel::load(&layout, &options(2)).unwrap()).unwrap();
    suite::run(&CargoModel::load(&cargo, &options(2)).unwrap()).unwrap();
}
