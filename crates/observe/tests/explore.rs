mod common;
use common::*;
use pellucid_core::IsoSize;
use pellucid_phantom::Conveyance;

#[test]
fn explore() {
    let sizes = [IsoSize::Twenty, IsoSize::Forty, IsoSize::FortyHigh];
    let conv = [Conveyance::Truck, Conveyance::Trailer, Conveyance::Box];
    for (k, h) in ["empty", "0901", "1202", "2204", "4011", "4407", "6109", "7208", "8418"].iter().enumerate() {
        for seed in 1..4_u64 {
            let r = recipe(&[h], sizes[(k + seed as usize) % 3], conv[seed as usize % 3]);
            let t = std::time::Instant::now();
            let c = case(&r, seed * 13 + k as u64);
            let t1 = t.elapsed();
            let im = image(&c);
            let t2 = t.elapsed();
            let f = found(&c, &im);
            let t3 = t.elapsed();
            let outs: Vec<_> = f.iter().map(|g| cargo_of(&c, g)).collect();
            let t4 = t.elapsed();
            let o = pellucid_observe::observe_with(&im, &beams(&c), &f, &outs).unwrap();
            let t5 = t.elapsed();
            let truth: f64 = c.truth.items.iter().map(|i| i.mass_kg).sum();
            print!("{h} {:?} seed {seed} {}x{}", r.containers[0].size, c.component.width(), c.component.height());
            for (g, tc) in f.iter().zip(&c.truth.containers) {
                let a = g.region; let b = tc.box_px;
                print!(" iou {:.3} dl {} dr {} dt {} db {} {:?} c {:.2}", a.iou(b), a.x as i32 - b.x as i32, a.right() as i32 - b.right() as i32, a.y as i32 - b.y as i32, a.bottom() as i32 - b.bottom() as i32, g.size, g.confidence);
            }
            println!(" n={}", f.len());
            for (ci, q) in o.containers.iter().enumerate() {
                let m = q.cargo_mass.unwrap();
                let mut sh = [0.0; 5];
                for s in &q.segments { let w = s.attenuation_area_m2; for (x, v) in sh.iter_mut().zip([s.material.organic, s.material.light_inorganic, s.material.metal, s.material.heavy, s.material.undecidable]) { *x += w * v as f64; } }
                let tot: f64 = sh.iter().sum::<f64>().max(1e-9);
                println!("   [{ci}] best {:.0} [{:.0}, {:?}] truth {truth:.0} err {:+.1}% opaque {:.3} fill {:.2} empty {:.3} segs {} sizes {:?} mat {:?}", m.best_kg, m.kg.lo, m.kg.hi.map(|v| v.round()), 100.0*(m.best_kg/truth.max(1.0)-1.0), m.opaque_share, q.fill_share, q.empty_probability, q.segments.len(), q.segments.iter().map(|s| s.patches.len()).collect::<Vec<_>>(), sh.map(|v| (100.0*v/tot).round()));
            }
            println!("   t render {:?} image {:?} find {:?} model {:?} observe {:?}", t1, t2-t1, t3-t2, t4-t3, t5-t4);
        }
    }
}
