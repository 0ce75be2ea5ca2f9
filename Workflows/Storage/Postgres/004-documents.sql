-- Texts for whoever works on them, one at a time: each change counts the version up, and is refused when another was first.
CREATE TABLE documents (
  key     text   PRIMARY KEY,
  version bigint NOT NULL,
  holder  text,
  body    text   NOT NULL
);
