use fearless_simd::{Level, dispatch};

/// An instruction set that this processor has. Passes give the same bits with each; only their speed differs.
#[derive(Debug, Clone, Copy)]
pub struct InstructionSet(Level);

impl InstructionSet {
    /// The widest one here.
    pub fn best() -> Self {
        Self(Level::new())
    }

    /// Every one here, from the one that each processor of this architecture has to the widest.
    pub fn all() -> Vec<Self> {
        let best = Level::new();
        let mut all = vec![Self(Level::baseline())];
        #[cfg(target_arch = "x86_64")]
        {
            let wider = [
                best.as_sse4_2().map(Level::Sse4_2),
                best.as_avx2().map(Level::Avx2),
                best.as_avx512().map(Level::Avx512),
            ];
            all.extend(wider.into_iter().flatten().map(Self));
        }
        if all.iter().all(|set| set.name() != Self(best).name()) {
            all.push(Self(best));
        }
        all
    }

    /// Its name, such as `Avx2`.
    pub fn name(self) -> String {
        let name = format!("{:?}", self.0);
        name.split(['(', ' ', '{']).next().unwrap_or_default().to_owned()
    }

    /// For what is written with vector types: `dispatch!(set.level(), simd => ...)`.
    #[inline(always)]
    pub(crate) fn level(self) -> Level {
        self.0
    }

    /// Runs `work` compiled for this set, as far as it is inlined.
    #[inline(always)]
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        dispatch!(self.0, _simd => work())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_different_names_and_all_run() {
        let names: Vec<String> = InstructionSet::all().into_iter().map(InstructionSet::name).collect();
        println!("instruction sets here: {names:?}");
        assert!(!names.is_empty() && names.iter().all(|name| !name.is_empty()));
        assert!(names.iter().enumerate().all(|(i, name)| !names[..i].contains(name)));
        assert!(names.contains(&InstructionSet::best().name()));
        for set in InstructionSet::all() {
            assert_eq!(set.run(|| 6 * 7), 42);
        }
    }
}
