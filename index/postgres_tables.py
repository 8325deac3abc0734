"""The catalog's tables on PostgreSQL: those of SQLite, in a schema of their own."""

from __future__ import annotations

# So that Dateline can live in a database beside other things, and be dropped at once.
SCHEMA_NAME = "dateline"
VERSION = "3"

# Text is compared byte by byte, as SQLite does, whatever the database's language.
TABLES = """
CREATE DOMAIN plain AS text COLLATE "C";
CREATE TABLE meta (key plain PRIMARY KEY, value plain NOT NULL);
INSERT INTO meta VALUES ('built', replace(CAST(gen_random_uuid() AS text), '-', ''));
CREATE TABLE revisions (
    id bigint PRIMARY KEY, file plain NOT NULL, digest plain NOT NULL,
    content plain NOT NULL, lost plain NOT NULL, live boolean NOT NULL
);
CREATE UNIQUE INDEX one_live_revision ON revisions (file) WHERE live;
CREATE TABLE notes (
    revision bigint NOT NULL REFERENCES revisions ON DELETE CASCADE, note plain NOT NULL,
    rowid bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX notes_of_revision ON notes (revision);
CREATE TABLE articles (
    id bigint PRIMARY KEY, revision bigint NOT NULL REFERENCES revisions ON DELETE CASCADE,
    article plain NOT NULL, item plain NOT NULL UNIQUE, title plain NOT NULL,
    publisher plain, authors plain NOT NULL, url plain, published plain,
    key bytea, "offset" integer NOT NULL, text bytea NOT NULL
);
CREATE INDEX articles_of_revision ON articles (revision);
CREATE TABLE passages (
    id bigint PRIMARY KEY, article bigint NOT NULL REFERENCES articles ON DELETE CASCADE,
    item plain NOT NULL UNIQUE, start integer NOT NULL, stop integer NOT NULL,
    line_start integer NOT NULL, line_end integer NOT NULL, key bytea NOT NULL
);
CREATE INDEX passages_of_article ON passages (article);
CREATE INDEX passages_by_key ON passages (key);
CREATE TABLE sentences (
    passage bigint NOT NULL REFERENCES passages ON DELETE CASCADE,
    start integer NOT NULL, stop integer NOT NULL, PRIMARY KEY (passage, start)
);
CREATE TABLE vectors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key bytea NOT NULL UNIQUE, vector bytea NOT NULL
);
CREATE TABLE sentence_vectors (
    id bigint PRIMARY KEY REFERENCES vectors ON DELETE CASCADE, codes bytea NOT NULL
);
CREATE TABLE pending (
    collection plain NOT NULL, item plain NOT NULL, op plain NOT NULL,
    PRIMARY KEY (collection, item)
);
CREATE TABLE names (
    term plain PRIMARY KEY, skeleton plain NOT NULL, articles bigint NOT NULL
);
CREATE INDEX names_by_skeleton ON names (skeleton);
CREATE TABLE skipped (
    file plain NOT NULL, reason plain NOT NULL, PRIMARY KEY (file, reason)
);
CREATE TABLE passages_words (
    id bigint PRIMARY KEY REFERENCES passages ON DELETE CASCADE, length integer NOT NULL, words tsvector NOT NULL
);
CREATE INDEX passages_by_word ON passages_words USING gin (words);
-- Unpacking costs more than it saves.
ALTER TABLE articles ALTER COLUMN text SET STORAGE EXTERNAL;
ALTER TABLE vectors ALTER COLUMN vector SET STORAGE EXTERNAL;
ALTER TABLE sentence_vectors ALTER COLUMN codes SET STORAGE EXTERNAL;
CREATE TABLE totals (documents bigint NOT NULL, words bigint NOT NULL, changed bigint NOT NULL);
INSERT INTO totals VALUES (0, 0, 0);
"""
