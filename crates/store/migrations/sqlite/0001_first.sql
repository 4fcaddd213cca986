-- Times are the database's clock, RFC 3339 UTC; leases are seconds of the same clock.

CREATE TABLE declarations (
    no       TEXT PRIMARY KEY,
    revision INTEGER NOT NULL CHECK (revision >= 1)
) STRICT;

CREATE TABLE declaration_versions (
    no         TEXT NOT NULL REFERENCES declarations (no),
    revision   INTEGER NOT NULL CHECK (revision >= 1),
    version    TEXT NOT NULL CHECK (length(version) = 64),
    document   TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    PRIMARY KEY (no, revision)
) STRICT;
CREATE INDEX declaration_versions_by_version ON declaration_versions (no, version);

CREATE TABLE scans (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    id                TEXT NOT NULL UNIQUE,
    sha256            TEXT NOT NULL CHECK (length(sha256) = 64),
    bytes             INTEGER NOT NULL CHECK (bytes >= 0),
    file_name         TEXT,
    facts             TEXT NOT NULL,
    declaration_no    TEXT NOT NULL REFERENCES declarations (no),
    state             TEXT NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'ready', 'failed')),
    risk_rank         REAL NOT NULL DEFAULT 0,
    latest_evaluation TEXT,
    received_at       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX scans_by_risk ON scans (risk_rank DESC, seq DESC);
CREATE INDEX scans_by_declaration ON scans (declaration_no);

CREATE TABLE evaluations (
    seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
    id                  TEXT NOT NULL UNIQUE,
    scan                TEXT NOT NULL REFERENCES scans (id),
    declaration_no      TEXT NOT NULL,
    declaration_version TEXT NOT NULL,
    models              TEXT NOT NULL,
    policy              TEXT NOT NULL,
    lane                TEXT NOT NULL CHECK (lane IN ('green', 'yellow', 'red')),
    risk_score          REAL NOT NULL CHECK (risk_score BETWEEN 0 AND 100),
    document            TEXT NOT NULL,
    maps                TEXT,
    created_at          TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (scan, declaration_version, models, policy)
) STRICT;
CREATE TRIGGER evaluations_kept BEFORE DELETE ON evaluations BEGIN SELECT RAISE(ABORT, 'evaluations are append-only'); END;
CREATE TRIGGER evaluations_fixed BEFORE UPDATE ON evaluations BEGIN SELECT RAISE(ABORT, 'evaluations are append-only'); END;

CREATE TABLE jobs (
    seq                 INTEGER PRIMARY KEY AUTOINCREMENT,
    id                  TEXT NOT NULL UNIQUE,
    kind                TEXT NOT NULL,
    scan                TEXT NOT NULL REFERENCES scans (id),
    declaration_no      TEXT NOT NULL,
    declaration_version TEXT NOT NULL,
    state               TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'dead')),
    attempts            INTEGER NOT NULL DEFAULT 0,
    fence               INTEGER NOT NULL DEFAULT 0,
    worker              TEXT,
    run_after           REAL NOT NULL DEFAULT 0,
    lease_until         REAL NOT NULL DEFAULT 0,
    evaluation          TEXT,
    error               TEXT,
    created_at          TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at          TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX jobs_open ON jobs (state, seq) WHERE state IN ('queued', 'running');

CREATE TABLE events (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL,
    scan       TEXT,
    evaluation TEXT,
    data       TEXT NOT NULL DEFAULT '{}',
    at         TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE TRIGGER events_kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_fixed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE requests (
    key         TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    is_done     INTEGER NOT NULL DEFAULT 0 CHECK (is_done IN (0, 1)),
    status      INTEGER,
    location    TEXT,
    body        BLOB,
    lease_until REAL NOT NULL,
    created_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

CREATE INDEX requests_by_age ON requests (created_at);

CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    data     TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash     TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;
