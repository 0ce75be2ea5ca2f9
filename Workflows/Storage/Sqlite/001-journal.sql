-- Times are UTC in ticks of 100 ns since 0001-01-01. Run ids are the 16 bytes of the id, big-endian, so that they sort by time.
CREATE TABLE transitions (
  position INTEGER PRIMARY KEY,
  run      BLOB    NOT NULL,
  version  INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  facts    INTEGER NOT NULL,
  events   TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX transitions_by_run ON transitions (run, version);
CREATE INDEX transitions_with_facts ON transitions (position) WHERE facts = 1;
CREATE INDEX transitions_with_facts_by_run ON transitions (run, position) WHERE facts = 1;

CREATE TABLE runs (
  sequence    INTEGER PRIMARY KEY,
  run         BLOB    NOT NULL UNIQUE,
  root        BLOB    NOT NULL,
  runbook     TEXT    NOT NULL,
  digest      TEXT    NOT NULL,
  status      TEXT    NOT NULL,
  lane        TEXT    NOT NULL,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER,
  started_by  TEXT    NOT NULL,
  parent_run  BLOB,
  parent_path TEXT,
  error       TEXT,
  labels      TEXT
) STRICT;
CREATE INDEX runs_by_root ON runs (root);
CREATE INDEX runs_open ON runs (sequence) WHERE ended_at IS NULL;

CREATE TABLE snapshots (
  run     BLOB    PRIMARY KEY,
  version INTEGER NOT NULL,
  state   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tasks (
  run         BLOB    NOT NULL,
  path        TEXT    NOT NULL,
  undo        INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,
  activity    TEXT    NOT NULL,
  arguments   TEXT    NOT NULL,
  key         TEXT    NOT NULL,
  lane        INTEGER NOT NULL,
  owner       TEXT    NOT NULL,
  token       INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (run, path, undo)
) STRICT, WITHOUT ROWID;

CREATE TABLE timers (
  run     BLOB    NOT NULL,
  path    TEXT    NOT NULL,
  purpose TEXT    NOT NULL,
  due     INTEGER NOT NULL,
  PRIMARY KEY (run, path, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  run  BLOB NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, path, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE locks (
  sequence INTEGER PRIMARY KEY,
  body     TEXT    NOT NULL
) STRICT;

CREATE TABLE counters (
  name  TEXT    PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runbooks (
  digest    TEXT    PRIMARY KEY,
  name      TEXT    NOT NULL,
  source    TEXT    NOT NULL,
  published INTEGER NOT NULL
) STRICT;
CREATE INDEX runbooks_by_name ON runbooks (name, published);
