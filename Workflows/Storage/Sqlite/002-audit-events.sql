-- What people did outside of any run: append-only, one version after the other within a subject.
CREATE TABLE audit_events (
  position INTEGER PRIMARY KEY,
  subject  TEXT    NOT NULL,
  version  INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  person   TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  body     TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX audit_events_by_subject ON audit_events (subject, version);

-- What people did to runs, written with the transition that holds the event: an index into the journal, from which nothing goes.
CREATE TABLE run_audit (
  position INTEGER NOT NULL,
  number   INTEGER NOT NULL,
  run      BLOB    NOT NULL,
  at       INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  person   TEXT    NOT NULL,
  PRIMARY KEY (position, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_audit_by_run ON run_audit (run, position);
CREATE INDEX run_audit_by_kind ON run_audit (kind, position);
CREATE INDEX run_audit_by_person ON run_audit (person, position);
CREATE INDEX audit_events_by_kind ON audit_events (kind, position);
CREATE INDEX audit_events_by_person ON audit_events (person, position);
