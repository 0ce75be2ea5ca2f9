-- The format in force, in which every server writes, and the oldest schema version that a program may know to use this one:
-- programs of two versions work side by side.
CREATE TABLE formats (
  in_force      integer NOT NULL,
  oldest_schema integer NOT NULL
);
INSERT INTO formats VALUES (2, 3);
ALTER TABLE servers ADD COLUMN format integer NOT NULL DEFAULT 2;
