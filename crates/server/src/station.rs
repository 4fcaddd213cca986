//! A running station: store, toolbox, service and workers, put together.

use std::sync::Arc;
use std::time::Duration;

use pellucid_pipeline::{Bell, Toolbox, WorkerOptions, work};
use pellucid_store::{Blobs, Records, open_blobs, open_records};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::failure::Failure;
use crate::service::LocalService;

/// The parts of a service in this process.
pub(crate) struct Station {
    pub(crate) service: Arc<LocalService>,
    stop: watch::Sender<bool>,
    workers: JoinSet<()>,
}

impl Station {
    /// Opens the stores and starts the workers.
    ///
    /// # Errors
    /// When a store cannot be opened.
    pub(crate) async fn open(config: &Config, toolbox: Toolbox) -> Result<Self, Failure> {
        let (records, blobs) = stores(config).await?;
        let bell = Arc::new(Bell::default());
        let (stop, stopped) = watch::channel(false);
        let mut workers = JoinSet::new();
        for number in 0..config.workers {
            let options = WorkerOptions {
                name: format!("{}-{number}", std::process::id()),
                lease: Duration::from_secs(u64::from(config.lease_s)),
                ..WorkerOptions::default()
            };
            workers.spawn(work(
                Arc::clone(&records),
                Arc::clone(&blobs),
                toolbox.clone(),
                options,
                Arc::clone(&bell),
                stopped.clone(),
            ));
        }
        Ok(Self { service: Arc::new(LocalService::new(records, blobs, toolbox, bell)), stop, workers })
    }

    /// Lets the workers finish what they began, and stops them.
    pub(crate) async fn close(mut self) {
        // No receiver is left when every worker ended already.
        let _ = self.stop.send(true);
        while self.workers.join_next().await.is_some() {}
    }

    /// Ends when the workers end.
    pub(crate) async fn work_until(mut self, stop: impl Future<Output = ()>) {
        stop.await;
        let _ = self.stop.send(true);
        while self.workers.join_next().await.is_some() {}
    }
}

/// The stores of a configuration.
async fn stores(config: &Config) -> Result<(Arc<dyn Records>, Arc<dyn Blobs>), Failure> {
    Ok((open_records(&config.records).await?, open_blobs(&config.blobs)?))
}
