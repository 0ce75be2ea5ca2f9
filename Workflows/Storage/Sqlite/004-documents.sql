-- Texts for whoever works on them, one at a time: each change counts the version up, and is refused when another was first.
CREATE TABLE documents (
  key     TEXT    PRIMARY KEY,
  version INTEGER NOT NULL,
  holder  TEXT,
  body    TEXT    NOT NULL
) STRICT;
