-- What the embedded platform manages in its domains. Sealed columns as in V1. `tags` is for reading, the
-- tables of tags are for finding.

CREATE TABLE onramp_clients (
    id               TEXT    NOT NULL PRIMARY KEY,
    domain_id        TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    name_folded      TEXT    NOT NULL,
    tags             TEXT    NOT NULL, -- JSON array
    identity         TEXT    NOT NULL,
    secret           BLOB    NOT NULL, -- sealed
    secret_tag       BLOB    NOT NULL, -- keyed hash of domain and secret
    metadata         TEXT,
    private_metadata TEXT,
    enabled          INTEGER NOT NULL,
    -- 1: made by the flow that creates a config, which may take it back
    for_config       INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    -- the same as created_at until updated_by is set
    changed_at       INTEGER NOT NULL,
    updated_by       TEXT
) STRICT;

CREATE UNIQUE INDEX onramp_clients_secret ON onramp_clients (domain_id, secret_tag);
CREATE INDEX onramp_clients_page ON onramp_clients (domain_id, changed_at, id);

CREATE TABLE onramp_client_tags (
    client_id TEXT NOT NULL REFERENCES onramp_clients (id) ON DELETE CASCADE,
    tag       TEXT NOT NULL,
    PRIMARY KEY (client_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE onramp_platform_channels (
    id          TEXT    NOT NULL PRIMARY KEY,
    domain_id   TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    name_folded TEXT    NOT NULL,
    tags        TEXT    NOT NULL, -- JSON array
    route       TEXT,
    metadata    TEXT,
    enabled     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    -- the same as created_at until updated_by is set
    changed_at  INTEGER NOT NULL,
    updated_by  TEXT
) STRICT;

CREATE UNIQUE INDEX onramp_platform_channels_route ON onramp_platform_channels (domain_id, route);
CREATE INDEX onramp_platform_channels_page ON onramp_platform_channels (domain_id, changed_at, id);

CREATE TABLE onramp_channel_tags (
    channel_id TEXT NOT NULL REFERENCES onramp_platform_channels (id) ON DELETE CASCADE,
    tag        TEXT NOT NULL,
    PRIMARY KEY (channel_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE onramp_connections (
    client_id  TEXT    NOT NULL REFERENCES onramp_clients (id) ON DELETE CASCADE,
    channel_id TEXT    NOT NULL REFERENCES onramp_platform_channels (id) ON DELETE CASCADE,
    domain_id  TEXT    NOT NULL,
    -- bits: 1 publish, 2 subscribe
    types      INTEGER NOT NULL,
    PRIMARY KEY (client_id, channel_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX onramp_connections_by_channel ON onramp_connections (channel_id);
