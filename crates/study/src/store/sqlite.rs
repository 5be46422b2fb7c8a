use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Header, Store};
use crate::{Error, FoldRecord, Kind, Trial, TrialId};

/// The version of the schema below. A store with a higher one is refused.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE study (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        header TEXT NOT NULL
    );
    CREATE TABLE trial (
        kind TEXT NOT NULL,
        number INTEGER NOT NULL,
        key TEXT NOT NULL,
        architecture TEXT NOT NULL,
        choices TEXT NOT NULL,
        costs TEXT NOT NULL,
        failure TEXT,
        PRIMARY KEY (kind, number)
    );
    CREATE TABLE fold (
        kind TEXT NOT NULL,
        number INTEGER NOT NULL,
        fold INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (kind, number, fold),
        FOREIGN KEY (kind, number) REFERENCES trial (kind, number)
    );
";

/// A store in one SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
}

impl SqliteStore {
    /// Opens a store, creating it where there is none.
    ///
    /// # Errors
    /// If the file is no store, is broken, or was written by a newer program.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )
    }

    /// Opens a store that exists, perhaps while another process writes to it.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and if there is no file.
    pub fn open_existing(path: &Path) -> Result<Self, Error> {
        Self::with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    fn with_flags(path: &Path, flags: OpenFlags) -> Result<Self, Error> {
        let open = || {
            let connection = Connection::open_with_flags(path, flags)?;
            // A commit returns when it is on the disk, and readers never wait for the writer.
            connection.busy_timeout(PATIENCE)?;
            patiently(|| connection.pragma_update(None, "journal_mode", "WAL"))?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            let version = version_of(&connection)?;
            Ok((connection, version))
        };
        let (mut connection, version) = open().map_err(|error| fault(path, &error))?;
        if version > SCHEMA_VERSION {
            let reason = format!(
                "written by a newer program: schema {version}, this one knows {SCHEMA_VERSION}"
            );
            return Err(Error::Store {
                path: path.to_path_buf(),
                reason,
            });
        }
        if version == 0 {
            let mut create = || {
                let begin = TransactionBehavior::Immediate;
                let transaction = connection.transaction_with_behavior(begin)?;
                // Another process may have done it since we looked.
                if version_of(&transaction)? == 0 {
                    transaction.execute_batch(SCHEMA)?;
                    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
                }
                transaction.commit()
            };
            create().map_err(|error| fault(path, &error))?;
        }
        Ok(Self {
            path: path.to_path_buf(),
            connection,
        })
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), Error> {
        let done = self.connection.execute(sql, values);
        done.map(|_| ()).map_err(|error| fault(&self.path, &error))
    }

    fn decode<T: DeserializeOwned>(&self, text: &str) -> Result<T, Error> {
        serde_json::from_str(text).map_err(|error| Error::Store {
            path: self.path.clone(),
            reason: format!("a broken record: {error}"),
        })
    }

    fn folds(&self, id: TrialId) -> Result<Vec<FoldRecord>, Error> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let sql = "SELECT record FROM fold WHERE kind = ?1 AND number = ?2 ORDER BY fold";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![id.kind.name(), id.number], |row| row.get(0))?;
            rows.collect()
        };
        let records = read().map_err(|error| fault(&self.path, &error))?;
        records.iter().map(|record| self.decode(record)).collect()
    }
}

/// How long a connection waits for another to be done.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tries again while another connection is at the same: SQLite says "busy" at once, whatever the
/// busy timeout, where two that wait for each other would wait for ever, as when both switch to
/// WAL.
fn patiently<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && start.elapsed() < PATIENCE =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}

/// A row of the table `trial`, its JSON not yet read.
struct Row {
    kind: String,
    number: usize,
    key: String,
    architecture: String,
    choices: String,
    costs: String,
    failure: Option<String>,
}

impl Store for SqliteStore {
    fn header(&self) -> Result<Option<Header>, Error> {
        let sql = "SELECT header FROM study";
        let text: Option<String> = self
            .connection
            .query_row(sql, [], |row| row.get(0))
            .optional()
            .map_err(|error| fault(&self.path, &error))?;
        text.map(|text| self.decode(&text)).transpose()
    }

    fn set_header(&mut self, header: &Header) -> Result<(), Error> {
        let sql = "INSERT INTO study (only, header) VALUES (1, ?1)
                   ON CONFLICT (only) DO UPDATE SET header = excluded.header";
        self.execute(sql, [encode(header)])
    }

    fn trials(&self) -> Result<Vec<Trial>, Error> {
        let read = || -> rusqlite::Result<Vec<Row>> {
            let sql = "SELECT kind, number, key, architecture, choices, costs, failure FROM trial";
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| {
                Ok(Row {
                    kind: row.get(0)?,
                    number: row.get(1)?,
                    key: row.get(2)?,
                    architecture: row.get(3)?,
                    choices: row.get(4)?,
                    costs: row.get(5)?,
                    failure: row.get(6)?,
                })
            })?;
            rows.collect()
        };
        let rows = read().map_err(|error| fault(&self.path, &error))?;
        let header = self.header()?;
        let trials = rows.into_iter().map(|row| {
            let kind = Kind::by_name(&row.kind).ok_or_else(|| Error::Store {
                path: self.path.clone(),
                reason: format!("a broken record: a trial of kind `{}`", row.kind),
            })?;
            let id = TrialId {
                kind,
                number: row.number,
            };
            let trial = Trial {
                id,
                key: row.key,
                architecture: row.architecture,
                choices: self.decode(&row.choices)?,
                costs: self.decode(&row.costs)?,
                folds: self.folds(id)?,
                failure: row.failure,
            };
            if header.as_ref().is_some_and(|header| !trial.suits(header)) {
                return Err(Error::Store {
                    path: self.path.clone(),
                    reason: format!("a broken record: trial {id} is not of this study"),
                });
            }
            Ok(trial)
        });
        let mut trials = trials.collect::<Result<Vec<_>, Error>>()?;
        trials.sort_by_key(|trial| trial.id);
        Ok(trials)
    }

    fn add_trial(&mut self, trial: &Trial) -> Result<(), Error> {
        self.execute(
            "INSERT INTO trial (kind, number, key, architecture, choices, costs)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                trial.id.kind.name(),
                trial.id.number,
                trial.key,
                trial.architecture,
                encode(&trial.choices),
                encode(&trial.costs),
            ],
        )
    }

    fn add_fold(&mut self, id: TrialId, record: &FoldRecord) -> Result<(), Error> {
        self.execute(
            "INSERT INTO fold (kind, number, fold, record) VALUES (?1, ?2, ?3, ?4)",
            params![id.kind.name(), id.number, record.fold, encode(record)],
        )
    }

    fn fail(&mut self, id: TrialId, fold: usize, reason: &str) -> Result<(), Error> {
        let kind = id.kind.name();
        let mut fail = || {
            let begin = TransactionBehavior::Immediate;
            let transaction = self.connection.transaction_with_behavior(begin)?;
            let sql = "DELETE FROM fold WHERE kind = ?1 AND number = ?2 AND fold >= ?3";
            transaction.execute(sql, params![kind, id.number, fold])?;
            let sql = "UPDATE trial SET failure = ?3 WHERE kind = ?1 AND number = ?2";
            transaction.execute(sql, params![kind, id.number, reason])?;
            transaction.commit()
        };
        fail().map_err(|error| fault(&self.path, &error))
    }
}

/// The version of a store's schema, 0 of a new file.
fn version_of(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn encode(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("records hold no map with keys other than text")
}

fn fault(path: &Path, error: &rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly};
    let reason = match error.sqlite_error_code() {
        Some(NotADatabase) => "not a study's store".to_owned(),
        Some(DatabaseCorrupt) => format!("the file is damaged ({error})"),
        Some(DatabaseBusy) => "another process holds the store".to_owned(),
        Some(DiskFull) => "the disk is full; what was acknowledged is kept".to_owned(),
        Some(ReadOnly) => "the store cannot be written".to_owned(),
        _ => error.to_string(),
    };
    Error::Store {
        path: path.to_path_buf(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Costs, EpochRecord};

    fn trial(number: usize) -> Trial {
        Trial {
            id: TrialId {
                kind: Kind::Searched,
                number,
            },
            key: format!("width={number}"),
            architecture: "0123456789abcdef".into(),
            choices: vec![
                ("width".into(), Some(number.to_string())),
                ("pool".into(), None),
            ],
            costs: Costs {
                latency: Vec::new(),
                onnx_bytes: 11,
                macs: 12,
                parameters: 13,
            },
            folds: Vec::new(),
            failure: None,
        }
    }

    fn record(fold: usize) -> FoldRecord {
        let epoch = EpochRecord {
            train_loss: 0.1 + 0.2,
            test_loss: 1.0 / 3.0,
            test_accuracy: 75.0,
            validation_loss: Some(2.0 / 3.0),
            validation_accuracy: None,
        };
        let confusion = vec![vec![3, 1], vec![0, 4]];
        FoldRecord {
            fold,
            name: fold.to_string(),
            confusion,
            roc_auc: Some(1.0 / 3.0),
            best_epoch: Some(1),
            epochs: vec![epoch],
        }
    }

    #[test]
    fn what_is_acknowledged_is_there_when_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.sqlite");
        let mut store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.header().unwrap(), None);
        store.add_trial(&trial(10)).unwrap();
        store.add_trial(&trial(9)).unwrap();
        store.add_fold(trial(9).id, &record(1)).unwrap();
        store.add_fold(trial(9).id, &record(0)).unwrap();
        for fold in [2, 0] {
            store.add_fold(trial(10).id, &record(fold)).unwrap();
        }
        store.fail(trial(10).id, 1, "no good").unwrap();
        drop(store);
        let trials = SqliteStore::open_existing(&path).unwrap().trials().unwrap();
        let first = Trial {
            folds: vec![record(0), record(1)],
            ..trial(9)
        };
        // Of a trial that failed, what comes before the failure.
        let second = Trial {
            folds: vec![record(0)],
            failure: Some("no good".into()),
            ..trial(10)
        };
        assert_eq!(trials, [first, second]);
    }

    /// Every number comes back to the last bit, and a loss that is none does not break its record.
    #[test]
    fn numbers_come_back_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("study.sqlite")).unwrap();
        store.add_trial(&trial(0)).unwrap();
        let mut draws = edgefront_random::Key::new(1).stream();
        let epoch = |train_loss| EpochRecord {
            train_loss,
            ..record(0).epochs[0]
        };
        let mut losses: Vec<f64> = (0..10_000).map(|_| draws.unit()).collect();
        losses.extend([f64::NAN, f64::INFINITY]);
        let epochs = losses.iter().map(|&loss| epoch(loss)).collect();
        let written = FoldRecord {
            epochs,
            ..record(0)
        };
        store.add_fold(trial(0).id, &written).unwrap();
        let read = &store.trials().unwrap()[0].folds[0];
        for (epoch, &loss) in read.epochs.iter().zip(&losses) {
            let same = epoch.train_loss == loss;
            assert!(
                same || epoch.train_loss.is_nan() && !loss.is_finite(),
                "{loss}"
            );
        }
    }

    #[test]
    fn a_store_can_be_created_by_two_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let path = folder.path().join(format!("{round}.sqlite"));
            thread::scope(|scope| {
                let open = || SqliteStore::open(&path).map(|_| ());
                let both = [scope.spawn(open), scope.spawn(open)];
                for one in both {
                    one.join().unwrap().unwrap();
                }
            });
        }
    }

    #[test]
    fn what_is_there_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("study.sqlite")).unwrap();
        store.add_trial(&trial(1)).unwrap();
        assert!(store.add_trial(&trial(1)).is_err());
        assert!(
            store.add_fold(trial(2).id, &record(0)).is_err(),
            "a fold without its trial"
        );
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("study.sqlite");
        let reason = |path: &Path| SqliteStore::open(path).err().unwrap().to_string();
        std::fs::write(&path, "name,region\n".repeat(1000)).unwrap();
        assert!(
            reason(&path).ends_with("not a study's store"),
            "{}",
            reason(&path)
        );
        std::fs::remove_file(&path).unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(reason(&path).contains("schema 99, this one knows 1"));
    }
}
