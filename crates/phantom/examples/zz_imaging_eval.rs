//! Temporary.
#![allow(clippy::unwrap_used)]
use pellucid_core::*;
use pellucid_imaging::*;
use pellucid_phantom::*;
use std::sync::Arc;
fn main() {
    let engine = CpuEngine::new();
    for recipe in sample_recipes().unwrap() {
        let case = make_case_of(&recipe, recipe.seed).unwrap();
        let scan = Arc::new(case.scan.clone());
        let plan = Plan::for_scan(&scan).unwrap();
        let im = Arc::new(engine.submit(&plan, scan).unwrap().wait().unwrap());
        let v = &im.views[0];
        let (w, h) = v.size();
        println!(
            "== {} {}x{} grade {:?} sigma {:?} {:?} floor {} q {:?}",
            recipe.name,
            w,
            h,
            im.grade,
            plan.views()[0].high.air_sigma,
            plan.views()[0].low.as_ref().map(|l| l.air_sigma),
            plan.views()[0].high.attenuate.floor,
            im.quality
        );
        if let (Some(ad), Some(z)) = (&v.areal_density, &v.z_class) {
            for comp in 0..7u8 {
                let (mut t, mut m, mut n, mut zc, mut pen) = (0.0, 0.0, 0u64, [0u64; 6], 0u64);
                let mut bins = [(0.0f64, 0.0f64, 0u64); 6];
                for i in 0..w * h {
                    if case.component.pixels()[i] != comp {
                        continue;
                    }
                    n += 1;
                    let tr = f64::from(case.areal_density.pixels()[i]);
                    let me = f64::from(ad.pixels()[i]);
                    zc[z.pixels()[i] as usize] += 1;
                    if v.validity.pixels()[i] & 4 != 0 {
                        pen += 1;
                        continue;
                    }
                    t += tr;
                    m += me;
                    let b = match tr {
                        x if x < 1.0 => 0,
                        x if x < 10.0 => 1,
                        x if x < 40.0 => 2,
                        x if x < 80.0 => 3,
                        x if x < 140.0 => 4,
                        _ => 5,
                    };
                    bins[b].0 += tr;
                    bins[b].1 += me;
                    bins[b].2 += 1;
                }
                if n == 0 {
                    continue;
                }
                println!(
                    "  comp {comp} n {n} ratio {:.4} mean true {:.2} pen {pen} class {:?} bins {:?}",
                    m / t.max(1e-9),
                    t / n as f64,
                    zc.map(|c| (c * 100 / n) as u32),
                    bins.map(|b| if b.2 > 50 { format!("{:.3}", b.1 / b.0.max(1e-9)) } else { "-".into() })
                );
            }
        }
        for preset in [Preset::Grey, Preset::Material] {
            if let Ok(t) = engine.submit_display(&im, 0, &DisplayParams::preset(preset)) {
                let img = t.wait().unwrap();
                let mut e = png::Encoder::new(
                    std::io::BufWriter::new(
                        std::fs::File::create(format!("/tmp/w/imaging_ex/{}-{}.png", recipe.name, preset.as_str()))
                            .unwrap(),
                    ),
                    img.width as u32,
                    img.height as u32,
                );
                e.set_color(png::ColorType::Rgba);
                e.set_depth(png::BitDepth::Eight);
                e.write_header().unwrap().write_image_data(&img.rgba).unwrap();
            }
        }
    }
}
