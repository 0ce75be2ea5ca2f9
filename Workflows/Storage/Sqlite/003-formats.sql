-- The format in force, in which every server writes, and the oldest schema version that a program may know to use this one:
-- programs of two versions work side by side.
CREATE TABLE formats (
  in_force      INTEGER NOT NULL,
  oldest_schema INTEGER NOT NULL
) STRICT;
INSERT INTO formats VALUES (2, 3);
