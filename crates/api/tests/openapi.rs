//! The published document is a golden file: a change of the contract shows as a change of this file.

#![allow(clippy::unwrap_used)]

use std::path::Path;

#[test]
fn the_document_is_the_golden_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut document = serde_json::to_string_pretty(&pellucid_api::openapi()).unwrap();
    document.push('\n');
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(document == golden, "crates/api/openapi.json is out of date: run with BLESS=1 and review the difference");
}

#[test]
fn every_operation_lists_its_problems_or_has_none() {
    let document = serde_json::to_value(pellucid_api::openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 14, "{}", paths.len());
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let is_problem = status.starts_with('4') || (status == "503" && path != "/readyz");
                if is_problem {
                    let content = &response["content"]["application/problem+json"]["schema"]["$ref"];
                    assert_eq!(content, "#/components/schemas/Problem", "{method} {path} {status}");
                }
            }
        }
    }
}

#[test]
fn every_reference_resolves() {
    let text = serde_json::to_string(&pellucid_api::openapi()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let names = text.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap());
    for name in names {
        assert!(schemas.contains_key(name), "{name} is referred to but not described");
    }
}
