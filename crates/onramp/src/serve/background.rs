//! What the server does beside answering: writing down what devices did, finishing what was interrupted,
//! forgetting what has expired.

use onramp_core::{bootstrap::Devices, service::Service};
use onramp_embedded::{Embedded, PlatformApp};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet, time::interval};

/// How often the tallies of devices are written down.
const FLUSH: Duration = Duration::from_secs(1);
/// How often interrupted work is looked for.
const RECONCILE: Duration = Duration::from_secs(15);
/// How old a reservation must be before it counts as interrupted: far longer than a request may take.
const RESERVATION_AGE_SECONDS: i64 = 60;
/// How often expired tokens are forgotten.
const CLEAN: Duration = Duration::from_secs(600);

/// Everything the background needs.
#[derive(Clone)]
pub struct Background {
    /// Flows of the operator.
    pub service: Service,
    /// Flows of devices.
    pub devices: Arc<Devices>,
    /// The embedded platform.
    pub platform: Arc<PlatformApp>,
}

impl Background {
    /// Applies and finishes what a crash left behind; the server does this before it listens.
    pub async fn recover(&self) {
        if let Err(error) = self.platform.apply_events().await {
            tracing::warn!(%error, "platform events wait to be applied");
        }
        // Nothing is in flight yet: every reservation is an interrupted one.
        match self.service.finish_interrupted(self.service.clock.now()).await {
            Ok(0) => (),
            Ok(finished) => tracing::info!(finished, "finished what an earlier stop had interrupted"),
            Err(error) => tracing::warn!(%error, "interrupted work waits to be finished"),
        }
    }

    /// Runs until told to stop, then writes the last tallies down.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let mut tasks = JoinSet::new();
        let Background { service, devices, platform } = self;
        tasks.spawn(until(stop.clone(), FLUSH, {
            let devices = Arc::clone(&devices);
            move || {
                let devices = Arc::clone(&devices);
                async move { devices.recorder.flush(&*devices.store).await }
            }
        }));
        tasks.spawn(until(stop.clone(), RECONCILE, {
            let platform = Arc::clone(&platform);
            move || {
                let (service, platform) = (service.clone(), Arc::clone(&platform));
                async move { reconcile(&service, &platform).await }
            }
        }));
        tasks.spawn(until(stop, CLEAN, move || {
            let embedded = Arc::clone(&platform.embedded);
            async move { clean(&embedded).await }
        }));
        while tasks.join_next().await.is_some() {}
        devices.recorder.flush_all(&*devices.store).await;
    }
}

async fn reconcile(service: &Service, platform: &PlatformApp) {
    if let Err(error) = platform.apply_events().await {
        tracing::warn!(%error, "platform events wait to be applied");
    }
    let old = service.clock.now().plus_seconds(-RESERVATION_AGE_SECONDS);
    if let Err(error) = service.finish_interrupted(old).await {
        tracing::warn!(%error, "interrupted work waits to be finished");
    }
}

async fn clean(embedded: &Embedded) {
    if let Err(error) = embedded.forget_expired().await {
        tracing::warn!(%error, "expired tokens could not be removed");
    }
}

/// Repeats a piece of work until told to stop.
async fn until<F, W>(mut stop: watch::Receiver<bool>, every: Duration, work: F)
where
    F: Fn() -> W,
    W: Future<Output = ()>,
{
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        tokio::select! {
            _ = ticks.tick() => work().await,
            _ = stop.changed() => return,
        }
    }
}
