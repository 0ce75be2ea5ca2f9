-- Tells a message from the one whose place it took: an answer removes only what it answers. 0: by a version that did not number them.
ALTER TABLE messages ADD COLUMN number bigint NOT NULL DEFAULT 0;
