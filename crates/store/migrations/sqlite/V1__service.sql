-- What the service itself owns. Sealed columns hold: version, key id, nonce, AES-256-GCM ciphertext and tag.

CREATE TABLE onramp_meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- Small columns first: what stands behind content is read through its overflow pages.
CREATE TABLE onramp_configs (
    -- 63 bits of a keyed hash over external id and key: a device is found with one probe. Negative, and of no
    -- meaning, once removed.
    tag               INTEGER NOT NULL PRIMARY KEY,
    client_id         TEXT    NOT NULL UNIQUE,
    domain_id         TEXT    NOT NULL,
    -- 0 reserved (no device and no list sees it), 1 complete, 2 removed (channels still to be disconnected)
    phase             INTEGER NOT NULL,
    state             INTEGER NOT NULL,
    enabled           INTEGER NOT NULL,
    client_enabled    INTEGER NOT NULL,
    creates_client    INTEGER NOT NULL,
    -- 1 while connections are to be brought in line with the wish
    links_due         INTEGER NOT NULL DEFAULT 0,
    -- attempts that failed in a row: who failed less often is tried first, so that nobody starves
    links_failed      INTEGER NOT NULL DEFAULT 0,
    links_error       TEXT,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    created_by        TEXT    NOT NULL,
    fingerprint       BLOB    NOT NULL,
    -- NULL once removed, so that a new config may take them
    external_id       TEXT,
    idempotency_key   TEXT,
    name              TEXT,
    name_folded       TEXT,
    external_key      BLOB    NOT NULL, -- sealed
    client_secret     BLOB,             -- sealed; NULL until the platform has told it
    content           BLOB    NOT NULL, -- sealed
    client_cert       TEXT,
    client_key        BLOB,             -- sealed
    ca_cert           TEXT
) STRICT;

CREATE UNIQUE INDEX onramp_configs_external_id ON onramp_configs (domain_id, external_id);
CREATE UNIQUE INDEX onramp_configs_name ON onramp_configs (domain_id, name) WHERE name IS NOT NULL;
CREATE UNIQUE INDEX onramp_configs_idempotency ON onramp_configs (domain_id, created_by, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
-- Holds all that lists filter by, so that counting and skipping never touch the rows.
CREATE INDEX onramp_configs_page ON onramp_configs (domain_id, phase, client_id, state, enabled, name_folded);
CREATE INDEX onramp_configs_holders ON onramp_configs (external_id, domain_id);
CREATE INDEX onramp_configs_unfinished ON onramp_configs (links_failed, created_at)
    WHERE phase <> 1 OR links_due = 1;

CREATE TABLE onramp_config_channels (
    client_id  TEXT    NOT NULL REFERENCES onramp_configs (client_id) ON DELETE CASCADE,
    channel_id TEXT    NOT NULL,
    -- NULL: no longer listed, still to be disconnected
    position   INTEGER,
    -- for publish and subscribe, as far as is known: 0 no, 1 yes, 2 perhaps (a connect is due and may have
    -- happened already)
    connected  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (client_id, channel_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX onramp_config_channels_listed ON onramp_config_channels (client_id, position);
CREATE INDEX onramp_config_channels_by_channel ON onramp_config_channels (channel_id);

-- The channels that configs use, as the platform last described them.
CREATE TABLE onramp_channels (
    domain_id  TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    metadata   TEXT,
    PRIMARY KEY (domain_id, channel_id)
) STRICT, WITHOUT ROWID;

-- Domains whose devices are refused; a domain that is not here is enabled.
CREATE TABLE onramp_domains_off (
    domain_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- What devices did; written in groups.
CREATE TABLE onramp_seen (
    client_id      TEXT    NOT NULL PRIMARY KEY REFERENCES onramp_configs (client_id) ON DELETE CASCADE,
    last           INTEGER,
    count          INTEGER NOT NULL,
    last_refused   INTEGER,
    refused        INTEGER NOT NULL,
    refused_reason TEXT
) STRICT, WITHOUT ROWID;

-- What happened on the embedded platform and was not yet applied to the configs.
CREATE TABLE onramp_platform_events (
    -- never used twice: whoever handled an event deletes it by its number
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT NOT NULL,
    domain_id TEXT NOT NULL,
    object_id TEXT NOT NULL
) STRICT;
