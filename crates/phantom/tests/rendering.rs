//! Counts against the full-spectrum forward model, and what the switches of a scanner do.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use pellucid_core::RawBand;
use pellucid_imaging::physics::{BandResponse, material};
use pellucid_phantom::{Fan, Imperfections, Rendered, Scanner, Scene, Shape, component, render};

/// A machine without flaws, or with those that `change` brings in.
fn machine(change: impl FnOnce(&mut Imperfections)) -> Scanner {
    let mut scanner = Scanner::preset("relocatable_6_3p5").unwrap();
    scanner.imperfections = Imperfections::none();
    change(&mut scanner.imperfections);
    scanner
}

/// A plate of `thickness_mm` across the beam over columns 5 to 15 of 20.
fn plate(name: &str, thickness_mm: f64, scanner: &Scanner) -> Rendered {
    let mut scene = Scene::default();
    let substance = scene.substance(name, None).unwrap();
    scene.paint(component::CARGO, 3);
    scene.block([60.0, 1500.0, 3500.0], [180.0, 2500.0, 3500.0 + thickness_mm], substance);
    render(&scene, scanner, 20, 1).unwrap()
}

fn transmission(band: &RawBand, x: usize, y: usize) -> f64 {
    let (dark, air) = (f64::from(band.dark[y]), f64::from(band.air[y]));
    (f64::from(band.counts.at(x, y)) - dark) / (air - dark)
}

#[test]
fn a_plate_attenuates_as_the_full_spectrum_says() {
    let scanner = machine(|_| {});
    let fan = Fan::new(&scanner.geometry(), scanner.fan.rows);
    // The level ray through the plate.
    let row = fan.row_at(scanner.fan.source_height_mm, 3500.0).round() as usize;
    for (name, thickness) in
        [("steel", 20.0), ("steel", 120.0), ("water", 600.0), ("polyethylene", 80.0), ("lead", 50.0)]
    {
        let rendered = plate(name, thickness, &scanner);
        let found = material(name).unwrap();
        let areal_density = found.density_g_per_cm3 * thickness / 10.0;
        assert!((f64::from(rendered.areal_density.at(10, row)) / areal_density - 1.0).abs() < 2e-3, "{name}");
        for (band, setting) in rendered.view.bands.iter().zip(&scanner.bands) {
            let expected = BandResponse::new(setting.endpoint_mev).attenuation(&[(found, areal_density)]);
            let measured = -transmission(band, 10, row).ln();
            assert!((measured / expected - 1.0).abs() < 0.01, "{name} {thickness} mm: {measured} {expected}");
        }
        assert_eq!((rendered.component.at(10, row), rendered.item.at(10, row)), (component::CARGO, 3));
        assert_eq!((rendered.component.at(2, row), rendered.item.at(2, row)), (component::AIR, 0));
    }
}

#[test]
fn an_interlaced_low_band_looks_half_a_pitch_aside() {
    let rendered = plate("steel", 60.0, &machine(|flaws| flaws.interlace = 0.5));
    let row = rendered.component.height() / 2 + 30;
    let rows = (0..rendered.component.height()).filter(|y| rendered.component.at(10, *y) == component::CARGO);
    let row = rows.min_by_key(|y| y.abs_diff(row)).unwrap();
    let [high, low] = &rendered.view.bands[..] else { panic!("two bands") };
    assert!(transmission(high, 4, row) > 0.999 && transmission(high, 15, row) > 0.999);
    // The low band's strip ends half a pitch earlier, so it still meets the plate where the high one has left it.
    let (inside, edge) = (transmission(low, 10, row), transmission(low, 15, row));
    assert!(transmission(low, 5, row) > inside + 0.05, "the first column is met half");
    assert!(edge < 0.99 && edge > inside + 0.05, "{edge} {inside}");
}

#[test]
fn metal_edge_on_does_not_blacken_its_column() {
    // A 2 mm sheet along the beam fills a sixth of a column: at most a sixth of the beam is lost there.
    let scanner = machine(|_| {});
    let sheet = |is_marked: bool| {
        let mut scene = Scene::default();
        let steel = scene.substance("steel", None).unwrap();
        scene.add(Shape::Block { min: [122.0, 1500.0, 3000.0], max: [124.0, 2500.0, 5000.0] }, steel);
        if is_marked {
            scene.mark_fine(122.0, 124.0);
        }
        let rendered = render(&scene, &scanner, 20, 1).unwrap();
        let row = (0..rendered.component.height()).find(|y| rendered.areal_density.at(10, *y) > 200.0).unwrap() + 20;
        transmission(&rendered.view.bands[0], 10, row)
    };
    let through = sheet(true);
    assert!((0.74..0.88).contains(&through), "{through}");
    // Unmarked, areal density is averaged over the half of the column that it stands in.
    let unmarked = sheet(false);
    assert!((0.45..0.55).contains(&unmarked), "{unmarked}");
}

#[test]
fn scatter_limits_penetration() {
    let opaque = |share: f64| {
        let scanner = machine(|flaws| flaws.scatter = [share, share]);
        let rendered = plate("steel", 900.0, &scanner);
        let row = (0..rendered.component.height()).find(|y| rendered.areal_density.at(10, *y) > 600.0).unwrap();
        transmission(&rendered.view.bands[0], 10, row)
    };
    assert!(opaque(0.0) < 2e-4);
    let lit = opaque(3e-3);
    assert!((1e-3..3.2e-3).contains(&lit), "{lit}");
}
