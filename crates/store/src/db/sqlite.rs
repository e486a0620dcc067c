//! The embedded engine: one writer thread that commits in groups, and readers that never wait for it.

use super::point::PointReaders;
use super::{Arg, Row, Sql, Tx, Work};
use crate::dialect;
use onramp_core::port::StoreError;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    task::{Context, Poll, Waker},
    thread::JoinHandle,
    time::Instant,
};
use tokio::sync::oneshot;

/// Changes that may wait for the writer; more are told to come back later.
const QUEUE: usize = 4096;
/// Changes that share one commit at most.
const GROUP: usize = 256;
/// Pages of the write-ahead log from which on it is folded back into the file: SQLite's own default.
const LONG_LOG: i32 = 1000;
/// Part of the file that readers see through the page table instead of copying.
const MMAP_BYTES: i64 = 1 << 28;

/// A change on its way to the writer; without a connection it is given up untried.
type Job = Box<dyn FnOnce(Option<&mut Connection>) -> Finish + Send>;
/// Tells whoever waits for a change, once it is known whether the group was committed.
type Finish = Box<dyn FnOnce(Result<(), String>) + Send>;

/// A SQLite database in one file, in WAL mode.
pub(crate) struct Sqlite {
    path: PathBuf,
    points: Arc<PointReaders>,
    scanners: Arc<Mutex<Vec<Connection>>>,
    jobs: Option<SyncSender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl Sqlite {
    /// Opens the file for writing, creating it when absent. Nothing in it is changed yet.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
        Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
    }

    /// Prepares the writing connection. Migrations run on it, before [`start`](Self::start).
    pub(crate) fn tune_writer(connection: &Connection) -> rusqlite::Result<()> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // FULL is what survives a power cut; groups make it affordable.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        tune(connection)
    }

    /// Takes the writing connection over and starts the writer thread.
    pub(crate) fn start(path: &Path, connection: Connection) -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(QUEUE);
        let points = Arc::new(PointReaders::new(path));
        let readers = Arc::clone(&points);
        let writer = std::thread::Builder::new()
            .name("onramp-writer".into())
            .spawn(move || write_in_groups(connection, &queue, &readers))?;
        Ok(Sqlite {
            path: path.to_owned(),
            points,
            scanners: Arc::default(),
            jobs: Some(jobs),
            writer: Some(writer),
        })
    }

    pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(dialect::sqlite_error)?;
        tune(&connection).map_err(dialect::sqlite_error)?;
        Ok(connection)
    }

    pub(super) fn point(
        &self,
        sql: &Sql,
        args: &[Arg<'_>],
        each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
        now: Instant,
    ) -> Result<(), StoreError> {
        self.points.each_row(sql, args, each, now)
    }

    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T> + Send + 'static,
    {
        let (path, scanners) = (self.path.clone(), Arc::clone(&self.scanners));
        let task = tokio::task::spawn_blocking(move || {
            let idle = scanners.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = idle.map_or_else(|| Self::reader(&path), Ok)?;
            connection.execute_batch("BEGIN").map_err(dialect::sqlite_error)?;
            let result = poll_once(work(&mut Tx::Sqlite(&mut connection)));
            connection.execute_batch("COMMIT").map_err(dialect::sqlite_error)?;
            scanners.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        task.await.map_err(|error| StoreError::Unavailable(format!("reader: {error}")))?
    }

    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = match connection {
                Some(connection) => in_savepoint(connection, work),
                None => Err(StoreError::Unavailable("no transaction could be started".into())),
            };
            Box::new(move |committed| {
                // A conflict with a row that was never committed is none.
                let result = committed.map_err(StoreError::Unavailable).and(result);
                // Nobody waits any more when the request was dropped; the change stands.
                let _ = answer.send(result);
            })
        });
        let jobs = self.jobs.as_ref().expect("the queue is only closed by drop");
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Unavailable("too many changes are waiting".into()),
            TrySendError::Disconnected(_) => StoreError::Unavailable("the writer has stopped".into()),
        })?;
        answered.await.map_err(|_| StoreError::Unavailable("the writer has stopped".into()))?
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // Whoever closes last folds the write-ahead log into the file, and only the writer can.
        self.points.close();
        self.scanners.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Settings that every connection needs.
fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "mmap_size", MMAP_BYTES)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(128);
    // Without it a bound parameter that the planner looked at makes SQLite compile the statement anew on
    // every call.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

pub(super) fn each_row(
    connection: &mut Connection,
    sql: &Sql,
    args: &[Arg<'_>],
    mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql.sqlite()).map_err(dialect::sqlite_error)?;
    let mut rows = statement.query(rusqlite::params_from_iter(args)).map_err(dialect::sqlite_error)?;
    while let Some(row) = rows.next().map_err(dialect::sqlite_error)? {
        each(&Row::Sqlite(row))?;
    }
    Ok(())
}

/// Runs one change so that it can be undone alone.
fn in_savepoint<T, F>(connection: &mut Connection, work: F) -> Result<T, StoreError>
where
    F: for<'t> FnOnce(&'t mut Tx<'t>) -> Work<'t, T>,
{
    connection.execute_batch("SAVEPOINT job").map_err(dialect::sqlite_error)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| poll_once(work(&mut Tx::Sqlite(connection)))));
    let result = outcome.unwrap_or_else(|_| Err(StoreError::Corrupt("a unit of work panicked".into())));
    // A full disk ends the whole transaction by itself; then there is no savepoint to go back to.
    if connection.is_autocommit() {
        return result.and(Err(StoreError::Unavailable("the transaction was rolled back".into())));
    }
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end).map_err(dialect::sqlite_error)?;
    result
}

fn poll_once<T>(mut work: Work<'_, T>) -> Result<T, StoreError> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(StoreError::Corrupt("a unit of work waited on the embedded engine".into())),
    }
}

thread_local! {
    /// Length of the write-ahead log after the last commit of this thread, in pages.
    static LOG_PAGES: Cell<i32> = const { Cell::new(0) };
}

/// The writer: whatever queued up while the last commit was syncing shares the next one.
fn write_in_groups(mut connection: Connection, queue: &Receiver<Job>, readers: &PointReaders) {
    // SQLite's own checkpoint would come inside the commit, before the readers have let go.
    connection.wal_hook(Some(|_, pages| {
        LOG_PAGES.set(pages);
        Ok(())
    }));
    while let Ok(first) = queue.recv() {
        let mut finishes: Vec<Finish> = Vec::new();
        let mut outcome = connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| error.to_string());
        let mut next = Some(first);
        while let Some(job) = next.take() {
            finishes.push(job(outcome.is_ok().then_some(&mut connection)));
            if outcome.is_ok() && connection.is_autocommit() {
                outcome = Err("the database ended the transaction".into());
            }
            if outcome.is_ok() && finishes.len() < GROUP {
                next = queue.try_recv().ok();
            }
        }
        if outcome.is_ok() {
            outcome = connection.execute_batch("COMMIT").map_err(|error| error.to_string());
        }
        if !connection.is_autocommit() {
            // Not even undoing may work on a dying disk; the next BEGIN will tell.
            let _ = connection.execute_batch("ROLLBACK");
        }
        // Before anybody hears of the change: what they ask next must see it.
        readers.renew();
        for finish in finishes {
            finish(outcome.clone());
        }
        if LOG_PAGES.get() >= LONG_LOG {
            fold_back(&connection, readers);
        }
    }
}

/// Copies the write-ahead log into the file, so that the next commit starts the log anew.
fn fold_back(connection: &Connection, readers: &PointReaders) {
    // Slow scanners, or a full disk, leave some of it for the next time.
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log could not be folded back");
    }
    // Readers that began meanwhile still need the log; after this they need only the file.
    readers.renew();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    static PUT: Sql =
        Sql::new("INSERT INTO t (id, v) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET v = excluded.v");
    static GET: Sql = Sql::new("SELECT v FROM t WHERE id = 1");
    static LENGTH: Sql = Sql::new("SELECT length(v) FROM t WHERE id = 1");

    fn open(folder: &Path) -> (Sqlite, PathBuf) {
        let path = folder.join("t.db");
        let connection = Sqlite::open(&path).unwrap();
        Sqlite::tune_writer(&connection).unwrap();
        connection.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)").unwrap();
        (Sqlite::start(&path, connection).unwrap(), path)
    }

    async fn put(db: &Sqlite, value: String) {
        db.write(move |tx| Box::pin(async move { tx.execute(&PUT, &[Arg::from(&value)]).await }))
            .await
            .unwrap();
    }

    fn get(db: &Sqlite) -> String {
        let mut value = String::new();
        db.point(
            &GET,
            &[],
            |row| {
                value = row.text(0)?;
                Ok(())
            },
            Instant::now(),
        )
        .unwrap();
        value
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_seen_by_the_next_question() {
        let folder = tempfile::tempdir().unwrap();
        let (db, _) = open(folder.path());
        for n in 0..200 {
            put(&db, n.to_string()).await;
            assert_eq!(get(&db), n.to_string());
            assert_eq!(get(&db), n.to_string(), "and again from the snapshot that is kept");
        }
    }

    #[tokio::test]
    async fn another_process_is_noticed_soon() {
        let folder = tempfile::tempdir().unwrap();
        let (db, path) = open(folder.path());
        put(&db, "ours".into()).await;
        assert_eq!(get(&db), "ours");
        Sqlite::open(&path).unwrap().execute("UPDATE t SET v = 'theirs'", []).unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(get(&db), "theirs");
    }

    #[tokio::test]
    async fn kept_snapshots_do_not_let_the_log_grow() {
        let folder = tempfile::tempdir().unwrap();
        let (db, path) = open(folder.path());
        let big = "x".repeat(400_000);
        let length = |db: &Sqlite| db.point(&LENGTH, &[], |_| Ok(()), Instant::now()).unwrap();
        for n in 0..100 {
            put(&db, format!("{big}{n}")).await;
            length(&db);
            // A second reader that asks once and then holds what it has.
            std::thread::scope(|threads| {
                threads.spawn(|| length(&db));
            });
        }
        let log = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
        assert!(log < 12_000_000, "40 MB went through a log of {log} bytes");
    }
}
