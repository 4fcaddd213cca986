//! The library file, policies and profiles.

use pellucid_core::{ErrorKind, Grade};
use pellucid_verify::{
    Context, CoverageState, LIBRARY_FORMAT, Library, LibraryBuilder, Policy, RiskProfile, SampleSource,
    ShipmentSample, VerifyError, verify,
};

use crate::synthetic::*;

#[test]
fn a_library_survives_its_file_byte_for_byte() {
    let bytes = library().save().unwrap();
    let again = Library::load(&bytes).unwrap();
    assert_eq!(&again, library());
    assert_eq!(again.save().unwrap(), bytes);
    assert_eq!(again.header().format, LIBRARY_FORMAT);
    assert_eq!(again.header().grades, [Grade::DualEnergyRaw, Grade::Processed]);
    assert!(
        again.coverage().iter().filter(|r| r.equivalents.is_empty()).all(|r| r.state == CoverageState::PhantomOnly)
    );
}

#[test]
fn the_order_of_shipments_does_not_matter() {
    let container = |heading, s: u64| observe(&[Part { heading, kg: 9_000.0 }], &Look::default(), s);
    let build = |order: &[u64]| {
        let mut builder = LibraryBuilder::new("test", SHA, "x", "2026-11-21T00:00:00Z");
        for s in order {
            for heading in ["0901", "4407"] {
                let sample = ShipmentSample::from_container(
                    heading,
                    Grade::DualEnergyRaw,
                    SampleSource::Phantom,
                    &format!("{s:03}"),
                    &container(heading, *s),
                    None,
                );
                builder.add(sample).unwrap();
            }
        }
        builder.build().unwrap().save().unwrap()
    };
    assert_eq!(build(&[1, 2, 3, 4, 5]), build(&[4, 2, 5, 1, 3]));
}

#[test]
fn damaged_and_foreign_libraries_are_refused_with_their_reason() {
    let bytes = library().save().unwrap();
    let kind = |bytes: &[u8]| Library::load(bytes).unwrap_err().kind();
    assert_eq!(kind(b""), ErrorKind::InvalidInput);
    assert_eq!(kind(b"not zstd at all"), ErrorKind::InvalidInput);
    assert_eq!(kind(&bytes[..bytes.len() / 2]), ErrorKind::InvalidInput);
    let json = zstd::stream::encode_all(&b"{}"[..], 1).unwrap();
    assert_eq!(kind(&json), ErrorKind::InvalidInput);
    // A bomb: 300 MB of zeros.
    let zeros = std::io::Read::take(std::io::repeat(0), 300 << 20);
    let bomb = zstd::stream::encode_all(zeros, 1).unwrap();
    assert!(matches!(Library::load(&bomb), Err(VerifyError::LibraryTooLarge { .. })));
    // Another version is called another version.
    let document = zstd::stream::decode_all(bytes.as_slice()).unwrap();
    let at = document.windows(LIBRARY_FORMAT.len()).position(|w| w == LIBRARY_FORMAT.as_bytes()).unwrap();
    let mut other = document.clone();
    other[at + LIBRARY_FORMAT.len() - 1] = b'9';
    let other = zstd::stream::encode_all(other.as_slice(), 1).unwrap();
    let error = Library::load(&other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("pellucid-library/9"), "{error}");
}

#[test]
fn embeddings_of_another_model_are_refused() {
    let mut observation = load(&[("0901", 18_000.0)], &Look::default(), 1);
    observation.containers[0].embedding_sha256 = "00".repeat(32);
    let declaration = declare(&[("0901", 18_000.0)]);
    let error = verify(&declaration, &observation, library(), &Context::default(), &profile()).unwrap_err();
    assert!(matches!(error, VerifyError::EmbeddingMismatch { .. }), "{error}");
    observation.containers[0].embedding_sha256 = SHA.to_owned();
    observation.containers[0].segments[0].embedding.pop();
    let error = verify(&declaration, &observation, library(), &Context::default(), &profile()).unwrap_err();
    assert!(matches!(error, VerifyError::EmbeddingDimensions { library: 24, observation: 23 }), "{error}");
}

#[test]
fn bad_shipments_are_refused() {
    let container = observe(&[Part { heading: "0901", kg: 9_000.0 }], &Look::default(), 1);
    let sample = || {
        ShipmentSample::from_container(
            "0901",
            Grade::DualEnergyRaw,
            SampleSource::Site,
            "s",
            &container,
            Some(9_000.0),
        )
    };
    let refuse = |change: &dyn Fn(&mut ShipmentSample)| {
        let mut builder = LibraryBuilder::new("test", SHA, "x", "now");
        let mut bad = sample();
        change(&mut bad);
        builder.add(bad).unwrap_err().to_string()
    };
    assert!(refuse(&|s| s.segments.clear()).contains("no segment"));
    assert!(refuse(&|s| s.patches[0].segment = 999).contains("segment 999"));
    assert!(refuse(&|s| s.segments[0].embedding[0] = f32::NAN).contains("not finite"));
    assert!(LibraryBuilder::new("test", SHA, "x", "now").build().is_err());
    let mut builder = LibraryBuilder::new("test", SHA, "x", "now");
    let mut odd = sample();
    odd.heading = "coffee".into();
    builder.add(odd).unwrap();
    assert!(builder.build().unwrap_err().to_string().contains("\"coffee\""));
}

#[test]
fn one_shipment_of_a_heading_is_enough_to_build() {
    let mut builder = LibraryBuilder::new("test", SHA, "x", "now");
    let container = observe(&[Part { heading: "0901", kg: 9_000.0 }], &Look::default(), 1);
    let grade = Grade::DualEnergyRaw;
    builder.add(ShipmentSample::from_container("0901", grade, SampleSource::Site, "s", &container, None)).unwrap();
    let library = builder.build().unwrap();
    assert_eq!(library.coverage()[0].shipments, 1);
}

#[test]
fn shipped_profiles_and_policies_are_valid_and_round_trip() {
    let profile = RiskProfile::parse(include_str!("../../../../models/profile/default.toml")).unwrap();
    assert_eq!(RiskProfile::parse(&profile.to_toml().unwrap()).unwrap(), profile);
    let production = Policy::parse(include_str!("../../../../models/policy/default.toml")).unwrap();
    assert!(!production.lanes.phantom_only_may_accuse && production.random.probability > 0.0);
    assert!(
        Policy::parse(include_str!("../../../../models/policy/demo.toml")).unwrap().lanes.phantom_only_may_accuse
    );
}

#[test]
fn faults_of_profiles_and_policies_are_reported_together() {
    let text = include_str!("profile.toml");
    let bad = text.replace("base_rate = 0.005", "base_rate = 7").replace("temperature = ", "temperature = -");
    let error = RiskProfile::parse(&bad).unwrap_err().to_string();
    assert!(error.contains("prior.base_rate") && error.contains("transport.temperature"), "{error}");
    let unknown = text.replace("[empty]", "[empty]\ncolour = 1");
    assert!(matches!(RiskProfile::parse(&unknown), Err(VerifyError::Parse { .. })));
    let text = include_str!("policy_default.toml");
    let bad =
        text.replace("red_score = 80.0", "red_score = 10.0").replace("\"regular\"\n\n[lanes]", "\"gold\"\n\n[lanes]");
    let error = Policy::parse(&bad).unwrap_err().to_string();
    assert!(error.contains("lanes.red_score") && error.contains("default_tier"), "{error}");
}
