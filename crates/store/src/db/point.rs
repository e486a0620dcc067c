//! Connections for queries that touch few rows, one for each thread that asks.
//!
//! Each keeps its snapshot from one query to the next: to take one anew costs two system calls under a mutex
//! of the whole process, which is a good part of what a device's request costs. Who keeps a snapshot must know
//! when it is out of date, so the writer counts its commits.

use super::{Arg, Row, Sql, Sqlite, sqlite};
use crate::dialect;
use onramp_core::port::StoreError;
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use thread_local::ThreadLocal;

/// Changes of other processes (`onramp admin reset`) are seen after this time at the latest.
const MAX_AGE: Duration = Duration::from_millis(100);

/// The connections of all threads.
pub(super) struct PointReaders {
    path: PathBuf,
    of_thread: ThreadLocal<Mutex<Option<Reader>>>,
    commits: AtomicU64,
}

struct Reader {
    connection: Connection,
    snapshot: Option<Snapshot>,
}

struct Snapshot {
    /// Commits that it certainly holds.
    commits: u64,
    taken: Instant,
}

impl PointReaders {
    pub(super) fn new(path: &Path) -> Self {
        PointReaders { path: path.to_owned(), of_thread: ThreadLocal::new(), commits: AtomicU64::new(0) }
    }

    /// Shows each row of a query; everything that was committed before this call is in them.
    pub(super) fn each_row(
        &self,
        sql: &Sql,
        args: &[Arg<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut slot = lock(self.of_thread.get_or_default());
        let reader = match &mut *slot {
            Some(reader) => reader,
            empty => empty.insert(Reader { connection: Sqlite::reader(&self.path)?, snapshot: None }),
        };
        reader.begin(self.commits.load(SeqCst), now)?;
        let result = sqlite::each_row(&mut reader.connection, sql, args, each);
        if result.is_err() {
            reader.end();
        }
        result
    }

    /// Something was committed, or folded back: nobody keeps what is older.
    pub(super) fn renew(&self) {
        self.commits.fetch_add(1, SeqCst);
        for slot in &self.of_thread {
            if let Some(reader) = &mut *lock(slot) {
                reader.end();
            }
        }
    }

    /// Closes all connections; a later query would open its own again.
    pub(super) fn close(&self) {
        for slot in &self.of_thread {
            *lock(slot) = None;
        }
    }
}

impl Reader {
    fn begin(&mut self, commits: u64, now: Instant) -> Result<(), StoreError> {
        if let Some(snapshot) = &self.snapshot {
            if snapshot.commits == commits && now.duration_since(snapshot.taken) < MAX_AGE {
                return Ok(());
            }
            self.end();
        }
        self.run("BEGIN").map_err(dialect::sqlite_error)?;
        self.snapshot = Some(Snapshot { commits, taken: now });
        Ok(())
    }

    fn end(&mut self) {
        if self.snapshot.take().is_some() {
            // A transaction that only read has nothing that could be lost.
            let _ = self.run("ROLLBACK");
        }
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

/// A query that panicked leaves at worst a transaction open, which the next one ends.
fn lock(slot: &Mutex<Option<Reader>>) -> MutexGuard<'_, Option<Reader>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
