//! Counts what devices do, and finds out why they were refused: all of it off their path.

use crate::model::{ClientId, DomainId, ExternalId, Timestamp};
use crate::port::store::{Attempts, Holder};
use crate::port::{Store, StoreError};
use crate::refusal::{Reason, Switch};
use std::collections::HashMap;
use std::mem::take;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Configs counted between two commits; what is beyond is served, but not counted.
const MAX_CLIENTS: usize = 200_000;
/// So few are written down with every flush; more wait for [`SEVERAL`] flushes, or until they are [`MANY`].
const FEW: usize = 1_000;
const MANY: usize = 100_000;
const SEVERAL: u32 = 5;
/// Refusals looked at between two flushes: they cost a search over all domains, and anybody can cause them.
const MAX_REFUSALS: usize = 64;
/// Configs written down in one transaction. Each commit makes every reader map the database anew, so one large
/// group costs devices less than many small ones; a full group holds the writer for about a tenth of a second.
const GROUP: usize = 50_000;

/// Collects attempts until [`flush`](Self::flush) writes them down. A crash loses what was collected.
#[derive(Default)]
pub struct Recorder {
    tallies: Mutex<Tallies>,
    refusals: Mutex<Refusals>,
}

#[derive(Default)]
struct Tallies {
    of: HashMap<ClientId, Tally>,
    uncounted: u64,
    /// Flushes that let them wait.
    waited: u32,
}

/// Small: each request of a device looks one up, and few are in a processor's cache.
#[derive(Default)]
struct Tally {
    served: Count,
    refused: Option<Box<(Count, &'static str)>>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    number: u64,
    last: Timestamp,
}

#[derive(Default)]
struct Refusals {
    waiting: HashMap<Refusal, Count>,
    dropped: u64,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Refusal {
    id: ExternalId,
    reason: Reason,
    /// Known when the device proved its key.
    owner: Option<(DomainId, ClientId)>,
}

impl Recorder {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A device got its configuration.
    pub fn served(&self, client: &ClientId, at: Timestamp) {
        lock(&self.tallies).change(client, |tally| tally.served.add(1, at));
    }

    /// A device was refused. Only counted when too many wait already.
    pub fn refused(&self, id: &ExternalId, reason: Reason, at: Timestamp) {
        lock(&self.refusals).add(Refusal { id: id.clone(), reason, owner: None }, at);
    }

    /// A device proved its key and was refused because a switch is off.
    pub fn switched_off(
        &self,
        id: &ExternalId,
        domain: &DomainId,
        client: &ClientId,
        switch: Switch,
        at: Timestamp,
    ) {
        let reason = Reason::Disabled(switch);
        lock(&self.tallies).change(client, |tally| tally.refuse(1, at, reason.as_str()));
        let owner = Some((domain.clone(), client.clone()));
        lock(&self.refusals).add(Refusal { id: id.clone(), reason, owner }, at);
    }

    /// Finds out about refusals and writes down what was collected, now or, while many devices ask, within the
    /// next flushes. Call it every second.
    pub async fn flush(&self, store: &dyn Store) {
        self.investigate(store).await;
        if lock(&self.tallies).are_due() {
            self.write_down(store).await;
        }
    }

    /// [`flush`](Self::flush) without delay, for the end.
    pub async fn flush_all(&self, store: &dyn Store) {
        self.investigate(store).await;
        self.write_down(store).await;
    }

    async fn investigate(&self, store: &dyn Store) {
        let Refusals { waiting, dropped } = take(&mut *lock(&self.refusals));
        if dropped > 0 {
            tracing::warn!(target: "onramp::refused", dropped, "too many refused attempts to look at all of them");
        }
        for (refusal, count) in waiting {
            let holders = match &refusal.owner {
                Some(_) => Ok(vec![]),
                None => store.holders(&refusal.id).await,
            };
            match holders {
                Ok(holders) => self.explain(&refusal, count, &holders),
                Err(error) => {
                    tracing::warn!(target: "onramp::refused", %error, "could not find out about a refused attempt");
                    break;
                }
            }
        }
    }

    /// Tells the log, and the config if there is only one that can be meant: where several domains hold the
    /// id, none of them learns about devices that may be another's.
    fn explain(&self, refusal: &Refusal, count: Count, holders: &[Holder]) {
        let Refusal { id, reason, owner } = refusal;
        let attempts = count.number;
        let reason = match (*reason, holders.is_empty()) {
            (Reason::Unrecognised, true) => Reason::UnknownId,
            (Reason::Unrecognised, false) => Reason::WrongKey,
            (known, _) => known,
        };
        let why = reason.as_str();
        match (owner, holders) {
            (Some((domain, client)), _) => {
                tracing::warn!(target: "onramp::refused", external_id = %id, reason = why, %domain, %client, attempts, "device refused");
            }
            (None, []) => {
                tracing::info!(target: "onramp::refused", external_id = %id, reason = why, attempts, "device refused");
            }
            (None, [Holder { domain, client, .. }]) => {
                tracing::warn!(target: "onramp::refused", external_id = %id, reason = why, %domain, %client, attempts, "device refused");
                lock(&self.tallies).change(client, |tally| tally.refuse(attempts, count.last, why));
            }
            (None, several) => {
                for Holder { domain, client, .. } in several {
                    tracing::warn!(target: "onramp::refused", external_id = %id, reason = why, %domain, %client, attempts, holders = several.len(), "device refused");
                }
            }
        }
    }

    async fn write_down(&self, store: &dyn Store) {
        let Tallies { of, uncounted, .. } = take(&mut *lock(&self.tallies));
        if uncounted > 0 {
            tracing::warn!(uncounted, "too many devices at once to count all attempts");
        }
        // In the order of the table: neighbours share pages.
        let mut all: Vec<_> = of.into_iter().collect();
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut rest = all.into_iter();
        loop {
            let group: Vec<_> = rest.by_ref().take(GROUP).collect();
            if group.is_empty() {
                return;
            }
            let attempts = group.iter().flat_map(|(client, tally)| tally.attempts(client)).collect();
            match store.record(attempts).await {
                Ok(()) => {}
                Err(error @ StoreError::Unavailable(_)) => {
                    tracing::warn!(%error, "attempts could not be written down yet");
                    lock(&self.tallies).put_back(group.into_iter().chain(rest));
                    return;
                }
                Err(error) => tracing::error!(%error, "attempts could not be written down"),
            }
        }
    }
}

impl Tallies {
    fn are_due(&mut self) -> bool {
        self.waited += 1;
        self.of.len() <= FEW || self.of.len() >= MANY || self.waited >= SEVERAL
    }

    fn change(&mut self, client: &ClientId, change: impl FnOnce(&mut Tally)) {
        if let Some(tally) = self.of.get_mut(client) {
            change(tally);
        } else if self.of.len() < MAX_CLIENTS {
            change(self.of.entry(client.clone()).or_default());
        } else {
            self.uncounted += 1;
        }
    }

    fn put_back(&mut self, tallies: impl Iterator<Item = (ClientId, Tally)>) {
        for (client, tally) in tallies {
            self.change(&client, |now| {
                now.served.add(tally.served.number, tally.served.last);
                if let Some((earlier, reason)) = tally.refused.as_deref() {
                    now.refuse(earlier.number, earlier.last, reason);
                }
            });
        }
    }
}

impl Tally {
    fn refuse(&mut self, number: u64, at: Timestamp, reason: &'static str) {
        let refused = self.refused.get_or_insert_default();
        let (count, last_reason) = &mut **refused;
        if at >= count.last {
            *last_reason = reason;
        }
        count.add(number, at);
    }

    /// One for what was served and one for what was refused: each has a moment of its own.
    fn attempts(&self, client: &ClientId) -> impl Iterator<Item = Attempts> {
        let attempts = |served, refused, last, reason: Option<&str>| Attempts {
            client: client.clone(),
            served,
            refused,
            last,
            reason: reason.map(Into::into),
        };
        let count = self.served;
        let served = (count.number > 0).then(|| attempts(count.number, 0, count.last, None));
        let refused = self.refused.as_deref();
        let refused = refused.map(|(count, reason)| attempts(0, count.number, count.last, Some(reason)));
        served.into_iter().chain(refused)
    }
}

impl Refusals {
    fn add(&mut self, refusal: Refusal, at: Timestamp) {
        if let Some(count) = self.waiting.get_mut(&refusal) {
            count.add(1, at);
        } else if self.waiting.len() < MAX_REFUSALS {
            self.waiting.insert(refusal, Count { number: 1, last: at });
        } else {
            self.dropped += 1;
        }
    }
}

impl Count {
    fn add(&mut self, number: u64, at: Timestamp) {
        self.number += number;
        self.last = self.last.max(at);
    }
}

/// A panic elsewhere leaves counts that are at worst one short.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    fn client(name: &str) -> ClientId {
        ClientId::parse(name).unwrap()
    }

    fn id(name: &str) -> ExternalId {
        ExternalId::parse(name).unwrap()
    }

    fn holder(name: &str) -> Holder {
        Holder {
            domain: DomainId::parse("d1").unwrap(),
            client: client(name),
            status: Status::Enabled,
            client_enabled: true,
            domain_enabled: true,
        }
    }

    /// All that would be written down: client, served, refused, last, reason.
    fn counted(recorder: &Recorder) -> Vec<(String, u64, u64, i64, Option<String>)> {
        let tallies = lock(&recorder.tallies);
        let mut all: Vec<_> = tallies
            .of
            .iter()
            .flat_map(|(client, tally)| tally.attempts(client))
            .map(|a| (a.client.to_string(), a.served, a.refused, a.last.0, a.reason))
            .collect();
        all.sort();
        all
    }

    /// Explains the only waiting refusal as if these held its id.
    fn explain(recorder: &Recorder, holders: &[Holder]) {
        let Refusals { waiting, .. } = take(&mut *lock(&recorder.refusals));
        let [(refusal, count)] = waiting.into_iter().collect::<Vec<_>>().try_into().ok().unwrap();
        recorder.explain(&refusal, count, holders);
    }

    #[test]
    fn attempts_add_up_and_the_last_one_counts() {
        let recorder = Recorder::new();
        recorder.served(&client("a"), Timestamp(5));
        recorder.served(&client("a"), Timestamp(3));
        recorder.served(&client("b"), Timestamp(1));
        let domain = DomainId::parse("d1").unwrap();
        recorder.switched_off(&id("x"), &domain, &client("a"), Switch::Client, Timestamp(9));
        let want = [
            ("a".into(), 0, 1, 9, Some("client disabled".into())),
            ("a".into(), 2, 0, 5, None),
            ("b".into(), 1, 0, 1, None),
        ];
        assert_eq!(counted(&recorder), want);
    }

    #[test]
    fn a_refusal_counts_on_the_only_config_that_can_be_meant() {
        let recorder = Recorder::new();
        recorder.refused(&id("x"), Reason::Unrecognised, Timestamp(1));
        recorder.refused(&id("x"), Reason::Unrecognised, Timestamp(2));
        explain(&recorder, &[holder("a")]);
        assert_eq!(counted(&recorder), [("a".into(), 0, 2, 2, Some("wrong external key".into()))]);
    }

    #[test]
    fn a_refusal_counts_nowhere_when_nobody_or_several_hold_the_id() {
        for holders in [vec![], vec![holder("a"), holder("b")]] {
            let recorder = Recorder::new();
            recorder.refused(&id("x"), Reason::NotHex, Timestamp(1));
            explain(&recorder, &holders);
            assert_eq!(counted(&recorder), []);
        }
    }

    #[test]
    fn a_proven_owner_is_counted_once() {
        let recorder = Recorder::new();
        let domain = DomainId::parse("d1").unwrap();
        recorder.switched_off(&id("x"), &domain, &client("a"), Switch::Config, Timestamp(1));
        explain(&recorder, &[]);
        assert_eq!(counted(&recorder), [("a".into(), 0, 1, 1, Some("config disabled".into()))]);
    }

    #[test]
    fn the_queue_drops_what_is_too_much() {
        let recorder = Recorder::new();
        for n in 0..MAX_REFUSALS + 10 {
            recorder.refused(&id(&format!("x{n}")), Reason::Unrecognised, Timestamp(1));
        }
        recorder.refused(&id("x0"), Reason::Unrecognised, Timestamp(2));
        let refusals = lock(&recorder.refusals);
        assert_eq!((refusals.waiting.len(), refusals.dropped), (MAX_REFUSALS, 10));
    }

    #[test]
    fn the_tallies_are_bounded() {
        let recorder = Recorder::new();
        for n in 0..MAX_CLIENTS + 5 {
            recorder.served(&client(&n.to_string()), Timestamp(1));
        }
        recorder.served(&client("0"), Timestamp(2));
        let tallies = lock(&recorder.tallies);
        assert_eq!((tallies.of.len(), tallies.uncounted), (MAX_CLIENTS, 5));
    }

    #[test]
    fn few_are_written_at_once_and_many_wait_a_little() {
        let recorder = Recorder::new();
        let count_up_to = |n| (0..n).for_each(|n| recorder.served(&client(&n.to_string()), Timestamp(1)));
        let due = || lock(&recorder.tallies).are_due();
        count_up_to(FEW);
        assert!(due());
        count_up_to(FEW + 1);
        assert_eq!([due(), due(), due(), due()], [false, false, false, true]);
        take(&mut *lock(&recorder.tallies));
        count_up_to(FEW + 1);
        assert!(!due());
        count_up_to(MANY);
        assert!(due());
    }

    #[test]
    fn what_could_not_be_written_is_added_to_what_came_meanwhile() {
        let recorder = Recorder::new();
        recorder.served(&client("a"), Timestamp(1));
        lock(&recorder.tallies).change(&client("a"), |t| t.refuse(1, Timestamp(1), "old"));
        let failed = take(&mut *lock(&recorder.tallies)).of;
        recorder.served(&client("a"), Timestamp(7));
        lock(&recorder.tallies).change(&client("a"), |t| t.refuse(1, Timestamp(8), "new"));
        lock(&recorder.tallies).put_back(failed.into_iter());
        let want = [("a".into(), 0, 2, 8, Some("new".into())), ("a".into(), 2, 0, 7, None)];
        assert_eq!(counted(&recorder), want);
    }
}
