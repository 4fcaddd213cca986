use clap::Args;

use super::{Session, note};
use crate::failure::Failure;
use crate::station::Station;
use crate::{serve, wiring};

/// Arguments of `pellucid serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address and port instead of the configured ones; loopback only.
    #[arg(long)]
    pub(crate) bind: Option<String>,
}

/// `pellucid serve`.
pub(crate) fn run(session: &Session, args: &ServeArgs) -> Result<(), Failure> {
    let config = session.config.clone().with_bind(args.bind.as_deref())?;
    let config = &config;
    let (toolbox, line) = wiring::toolbox(config, &config.policy)?;
    note(line);
    wiring::block_on(async {
        let listener = serve::bind(config.address()?).await?;
        let station = Station::open(config, toolbox).await?;
        note(format_args!("serving on http://{}", listener.local_addr()?));
        if !pellucid_console::is_built() {
            note("the console is not in this binary; the API is complete");
        }
        let app = serve::app(station.service.clone(), config);
        let result = serve::run(listener, app).await;
        station.close().await;
        result
    })
}

/// `pellucid worker`: jobs of a store that another process serves.
pub(crate) fn run_worker(session: &Session) -> Result<(), Failure> {
    let config = &session.config;
    let (toolbox, line) = wiring::toolbox(config, &config.policy)?;
    note(line);
    wiring::block_on(async {
        let station = Station::open(config, toolbox).await?;
        note(format_args!("{} worker(s) on {}", config.workers, config.records));
        station.work_until(serve::stop_signal()).await;
        Ok(())
    })
}
