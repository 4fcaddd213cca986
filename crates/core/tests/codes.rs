//! The closed lists on the wire are golden: a change here is a change of the API.

use pellucid_core::{FindingKind, MapKind, Preset, TamperingKind};

fn joined<T: std::fmt::Display>(codes: &[T]) -> String {
    codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn tampering_kinds_are_golden() {
    assert_eq!(
        joined(TamperingKind::ALL),
        "substitution empty short_weight over_weight concealed_organic concealed_metal concealed_dense \
         concealed_goods person false_structure vehicle_hide reefer_hide rip_on"
    );
}

#[test]
fn finding_kinds_are_golden() {
    assert_eq!(
        joined(FindingKind::ALL),
        "undeclared_goods missing_goods mass_mismatch infeasible_volume empty not_empty material_mismatch \
         concealed_object structure_change unit_count goods_count odd_patch lot_outlier container_number \
         declaration_inconsistent changed_since scan_quality"
    );
}

#[test]
fn map_kinds_are_golden() {
    assert_eq!(joined(MapKind::ALL), "undeclared missing concealment material areal_density assurance change");
}

#[test]
fn presets_are_golden() {
    assert_eq!(
        joined(Preset::ALL),
        "grey material high_penetration low_penetration super_enhance organic inorganic edge local_contrast \
         density_sweep"
    );
}

#[test]
fn codes_read_what_they_write() {
    for code in FindingKind::ALL {
        assert_eq!(code.as_str().parse::<FindingKind>(), Ok(*code));
        assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
    }
    let error = "loot".parse::<FindingKind>().unwrap_err();
    assert!(error.contains("loot") && error.contains("undeclared_goods"), "{error}");
}
