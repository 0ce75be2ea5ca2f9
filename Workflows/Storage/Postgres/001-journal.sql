-- The journal's times are UTC in ticks of 100 ns since 0001-01-01, as exact as in the events; those of servers are the server's own.

-- Gives up the transaction. OR001: not this writer's turn. OR002: another version than expected.
-- OR003: locks have changed. OR004: a task is not where it was.
CREATE FUNCTION journal_refuse(code text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the journal refuses the transaction (%)', code USING ERRCODE = code;
END $$;

-- One row, updated by each transaction that appends: whoever has it gives the next positions, so they have no gaps
-- and are in the order of the commits.
CREATE TABLE journal_head (
  position bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO journal_head VALUES (0);

-- One row a process that appends, deleted when it is declared dead. Its batch tells whether a transaction whose answer was lost is in.
CREATE TABLE writers (
  id        text        PRIMARY KEY,
  batch     bigint      NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);

CREATE TABLE transitions (
  position bigint   PRIMARY KEY,
  run      uuid     NOT NULL,
  version  bigint   NOT NULL,
  at       bigint   NOT NULL,
  facts    smallint NOT NULL,
  events   text     NOT NULL
);
CREATE UNIQUE INDEX transitions_by_run ON transitions (run, version);
CREATE INDEX transitions_with_facts ON transitions (position) WHERE facts = 1;
CREATE INDEX transitions_with_facts_by_run ON transitions (run, position) WHERE facts = 1;

CREATE TABLE runs (
  sequence    bigint NOT NULL,
  run         uuid   PRIMARY KEY,
  root        uuid   NOT NULL,
  runbook     text   NOT NULL,
  digest      text   NOT NULL,
  status      text   NOT NULL,
  lane        text   NOT NULL,
  started_at  bigint NOT NULL,
  ended_at    bigint,
  started_by  text   NOT NULL,
  parent_run  uuid,
  parent_path text,
  error       text,
  labels      text
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX runs_by_sequence ON runs (sequence);
CREATE INDEX runs_by_root ON runs (root);
CREATE INDEX runs_by_runbook ON runs (runbook, sequence);
CREATE INDEX runs_open ON runs (sequence) WHERE ended_at IS NULL;

CREATE TABLE snapshots (
  run     uuid   PRIMARY KEY,
  version bigint NOT NULL,
  state   text   NOT NULL
);

-- The place is a number for the block that the step is in. A block does one thing after the other, so a task mostly comes in the
-- place of the one before: its row is updated where it is, and no index knows.
CREATE TABLE tasks (
  run         uuid     NOT NULL,
  place       integer  NOT NULL,
  path        text     NOT NULL,
  undo        smallint NOT NULL,
  attempt     integer  NOT NULL,
  activity    text     NOT NULL,
  arguments   text     NOT NULL,
  key         text     NOT NULL,
  lane        smallint NOT NULL,
  owner       text     NOT NULL,
  token       bigint   NOT NULL,
  lease_until bigint   NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX tasks_by_place ON tasks (run, place);

CREATE TABLE timers (
  run     uuid   NOT NULL,
  path    text   NOT NULL,
  purpose text   NOT NULL,
  due     bigint NOT NULL,
  PRIMARY KEY (run, path, purpose)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE messages (
  run  uuid NOT NULL,
  path text NOT NULL,
  kind text NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (run, path, kind)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);

-- One row: the version rises with each change of the locks, by whichever server.
CREATE TABLE lock_head (
  version bigint NOT NULL,
  token   bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO lock_head VALUES (0, 0);

CREATE TABLE locks (
  sequence bigint PRIMARY KEY,
  run      uuid   NOT NULL,
  body     text   NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX locks_by_run ON locks (run);

CREATE TABLE runbooks (
  digest    text   PRIMARY KEY,
  name      text   NOT NULL,
  source    text   NOT NULL,
  published bigint NOT NULL
);
CREATE INDEX runbooks_by_name ON runbooks (name, published);

CREATE TABLE servers (
  instance  text        PRIMARY KEY,
  name      text        NOT NULL UNIQUE,
  roles     integer     NOT NULL,
  tags      text[]      NOT NULL,
  slots     integer     NOT NULL,
  version   text        NOT NULL,
  origin    text        NOT NULL,
  joined_at timestamptz NOT NULL,
  seen_at   timestamptz NOT NULL,
  draining  boolean     NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE shards (
  shard integer PRIMARY KEY,
  owner text
) WITH (fillfactor = 50);
INSERT INTO shards SELECT shard, NULL FROM generate_series(0, 63) AS shard;
