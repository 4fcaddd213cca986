//! Temporary.
#[path = "../../server/src/training_set.rs"]
mod training_set;
use training_set::*;
fn main() {
    let a: Vec<u64> = std::env::args().skip(2).map(|a| a.parse().unwrap_or(0)).collect();
    let t = std::time::Instant::now();
    let dir = std::env::args().nth(1).unwrap_or_default();
    let r = export(a[0], a[1], Shard { index: a[2], count: a[3] }, std::path::Path::new(&dir));
    println!("{r:?} {:?}", t.elapsed());
}
