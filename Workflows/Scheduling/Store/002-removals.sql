-- Who asked to remove a freeze window, and what somebody else decided about it. One at a time is open for a window.
CREATE TABLE schedule_removals (
  id           TEXT   PRIMARY KEY,
  freeze_id    TEXT   NOT NULL,
  reason       TEXT   NOT NULL,
  requested_by TEXT   NOT NULL,
  requested_at BIGINT NOT NULL,
  status       TEXT   NOT NULL,
  decided_by   TEXT,
  decided_as   TEXT,
  decided_at   BIGINT,
  comment      TEXT
);
CREATE UNIQUE INDEX schedule_removals_open ON schedule_removals (freeze_id) WHERE status = 'Requested';
