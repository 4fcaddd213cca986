//! Without ONNX Runtime: errors that say what to do, no panic. A file of its own, because the first library of a process
//! stays.

use std::fs;
use std::path::Path;

use pellucid_classify::{ClassifyError, LayoutModel, SessionOptions, TrustedKeys, open_package};
use pellucid_core::ErrorKind;

#[test]
fn a_missing_or_broken_library_is_an_error_that_names_the_cure() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let keys = TrustedKeys::parse(&fs::read_to_string(models.join("keys/demo.pub")).unwrap()).unwrap();
    let package = open_package(&models.join("layout/0.1.0"), &keys).unwrap();
    let root = tempfile::tempdir().unwrap();
    let junk = root.path().join("libonnxruntime.so");
    fs::write(&junk, b"not a library").unwrap();
    for library in [None, Some("/nonexistent/libonnxruntime.so".into()), Some(root.path().to_path_buf()), Some(junk)]
    {
        let fault = LayoutModel::load(&package, &SessionOptions { library, ..Default::default() }).unwrap_err();
        assert!(matches!(fault, ClassifyError::RuntimeMissing { .. } | ClassifyError::RuntimeRefused(_)), "{fault}");
        assert_eq!(fault.kind(), ErrorKind::Unavailable);
        let said = fault.to_string();
        assert!(said.contains("ORT_DYLIB_PATH") && said.contains("cargo xtask setup"), "{said}");
    }
}
