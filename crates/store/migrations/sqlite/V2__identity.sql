-- The embedded platform's people: users, sessions, personal access tokens, domains, roles, members. Of tokens
-- only keyed hashes are stored, of passwords argon2id hashes. Tags are JSON arrays, metadata JSON objects.

CREATE TABLE onramp_users (
    id               TEXT    NOT NULL PRIMARY KEY,
    username         TEXT    NOT NULL,
    email            TEXT    NOT NULL,
    password         TEXT    NOT NULL,
    first_name       TEXT    NOT NULL,
    last_name        TEXT    NOT NULL,
    tags             TEXT    NOT NULL,
    metadata         TEXT,
    private_metadata TEXT,
    profile_picture  TEXT    NOT NULL,
    admin            INTEGER NOT NULL,
    enabled          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER,
    updated_by       TEXT
) STRICT;

CREATE UNIQUE INDEX onramp_users_username ON onramp_users (username);
CREATE UNIQUE INDEX onramp_users_email ON onramp_users (email);

-- A login; all its tokens go with it.
CREATE TABLE onramp_sessions (
    id          TEXT    NOT NULL PRIMARY KEY,
    user_id     TEXT    NOT NULL REFERENCES onramp_users (id) ON DELETE CASCADE,
    description TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX onramp_sessions_by_user ON onramp_sessions (user_id, created_at);
CREATE INDEX onramp_sessions_by_end ON onramp_sessions (expires_at);

CREATE TABLE onramp_session_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    session_id TEXT    NOT NULL REFERENCES onramp_sessions (id) ON DELETE CASCADE,
    -- 0 access, 1 refresh, 2 refresh that was exchanged already
    kind       INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX onramp_session_tokens_by_session ON onramp_session_tokens (session_id);
CREATE INDEX onramp_session_tokens_by_end ON onramp_session_tokens (expires_at);

CREATE TABLE onramp_pats (
    id           TEXT    NOT NULL PRIMARY KEY,
    user_id      TEXT    NOT NULL REFERENCES onramp_users (id) ON DELETE CASCADE,
    hash         BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    issued_at    INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    updated_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE UNIQUE INDEX onramp_pats_hash ON onramp_pats (hash);
CREATE INDEX onramp_pats_by_user ON onramp_pats (user_id, issued_at);

CREATE TABLE onramp_pat_scopes (
    id          TEXT NOT NULL PRIMARY KEY,
    pat_id      TEXT NOT NULL REFERENCES onramp_pats (id) ON DELETE CASCADE,
    domain_id   TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id   TEXT NOT NULL,
    operation   TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX onramp_pat_scopes_once
    ON onramp_pat_scopes (pat_id, domain_id, entity_type, entity_id, operation);

CREATE TABLE onramp_domains (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    route      TEXT    NOT NULL,
    tags       TEXT    NOT NULL,
    metadata   TEXT,
    -- 0 enabled, 1 disabled, 2 frozen
    status     INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_by TEXT,
    updated_at INTEGER
) STRICT;

CREATE UNIQUE INDEX onramp_domains_route ON onramp_domains (route);

CREATE TABLE onramp_roles (
    id         TEXT    NOT NULL PRIMARY KEY,
    domain_id  TEXT    NOT NULL REFERENCES onramp_domains (id) ON DELETE CASCADE,
    -- 1 viewer, 2 operator, 3 administrator
    level      INTEGER NOT NULL,
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX onramp_roles_once ON onramp_roles (domain_id, level);

-- Domain and level are those of the role, so that one probe tells how a user stands to a domain.
CREATE TABLE onramp_role_members (
    user_id   TEXT    NOT NULL REFERENCES onramp_users (id) ON DELETE CASCADE,
    domain_id TEXT    NOT NULL REFERENCES onramp_domains (id) ON DELETE CASCADE,
    level     INTEGER NOT NULL,
    role_id   TEXT    NOT NULL REFERENCES onramp_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, domain_id, level)
) STRICT, WITHOUT ROWID;

CREATE INDEX onramp_role_members_by_role ON onramp_role_members (role_id, user_id);
CREATE INDEX onramp_role_members_by_domain ON onramp_role_members (domain_id, user_id);
