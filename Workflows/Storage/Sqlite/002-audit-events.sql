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
