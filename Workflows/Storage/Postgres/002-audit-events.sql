-- What people did outside of any run: append-only, one version after the other within a subject.
CREATE TABLE audit_events (
  position bigint PRIMARY KEY,
  subject  text   NOT NULL,
  version  bigint NOT NULL,
  kind     text   NOT NULL,
  person   text   NOT NULL,
  at       bigint NOT NULL,
  body     text   NOT NULL
);
CREATE UNIQUE INDEX audit_events_by_subject ON audit_events (subject, version);
