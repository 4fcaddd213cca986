use std::time::Instant;

use pellucid_core::StageTimes;

/// Milliseconds per stage, in monotonic time.
#[derive(Debug)]
pub struct Stopwatch {
    begin: Instant,
    lap: Instant,
    times: StageTimes,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self::start()
    }
}

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        let now = Instant::now();
        Self { begin: now, lap: now, times: StageTimes::new() }
    }

    /// Ends a stage; the next one begins here.
    pub fn lap(&mut self, stage: &str) {
        let now = Instant::now();
        *self.times.entry(stage.to_owned()).or_default() += milliseconds(now - self.lap);
        self.lap = now;
    }

    /// All stages so far and `total`.
    pub fn times(&self) -> StageTimes {
        let mut times = self.times.clone();
        times.insert("total".to_owned(), milliseconds(self.begin.elapsed()));
        times
    }
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    // Microseconds are all that is meant; more digits would only make documents longer.
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
