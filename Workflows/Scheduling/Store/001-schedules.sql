-- The same for SQLite and PostgreSQL. Times are UTC in ticks of 100 ns since 0001-01-01, on the environment clock. Nothing that
-- people decided is deleted: it is closed by its last columns.
CREATE TABLE schedule_triggers (
  id        TEXT   PRIMARY KEY,
  runbook   TEXT   NOT NULL,
  cron      TEXT   NOT NULL,
  time_zone TEXT   NOT NULL,
  misfire   TEXT   NOT NULL,
  timeline  TEXT   NOT NULL,
  since     BIGINT NOT NULL,
  removed   BIGINT
);

CREATE TABLE schedule_fires (
  timeline   TEXT    NOT NULL,
  trigger_id TEXT    NOT NULL,
  scheduled  BIGINT  NOT NULL,
  decided    BIGINT  NOT NULL,
  outcome    TEXT    NOT NULL,
  run        TEXT,
  windows    TEXT,
  overrides  TEXT,
  missed     INTEGER NOT NULL,
  server       TEXT    NOT NULL,
  detail     TEXT,
  PRIMARY KEY (timeline, trigger_id, scheduled)
);
CREATE INDEX schedule_fires_by_time ON schedule_fires (timeline, scheduled);

CREATE TABLE schedule_pauses (
  trigger_id     TEXT   NOT NULL,
  paused_at      BIGINT NOT NULL,
  paused_by      TEXT   NOT NULL,
  reason         TEXT   NOT NULL,
  resumed_at     BIGINT,
  resumed_by     TEXT,
  resumed_reason TEXT,
  PRIMARY KEY (trigger_id, paused_at)
);
CREATE UNIQUE INDEX schedule_pauses_open ON schedule_pauses (trigger_id) WHERE resumed_at IS NULL;

CREATE TABLE schedule_freezes (
  id             TEXT   PRIMARY KEY,
  name           TEXT   NOT NULL,
  kind           TEXT   NOT NULL,
  ranges         TEXT   NOT NULL,
  runbooks       TEXT   NOT NULL,
  reason         TEXT   NOT NULL,
  created_by     TEXT   NOT NULL,
  created_at     BIGINT NOT NULL,
  removed_by     TEXT,
  removed_at     BIGINT,
  removed_reason TEXT
);
CREATE UNIQUE INDEX schedule_freezes_open ON schedule_freezes (name) WHERE removed_at IS NULL;

CREATE TABLE schedule_overrides (
  id           TEXT   PRIMARY KEY,
  timeline     TEXT   NOT NULL,
  trigger_id   TEXT   NOT NULL,
  freeze_id    TEXT   NOT NULL,
  fire         BIGINT,
  reason       TEXT   NOT NULL,
  requested_by TEXT   NOT NULL,
  requested_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  status       TEXT   NOT NULL,
  decided_by   TEXT,
  decided_as   TEXT,
  decided_at   BIGINT,
  comment      TEXT
);
CREATE INDEX schedule_overrides_by_time ON schedule_overrides (timeline, expires_at);
