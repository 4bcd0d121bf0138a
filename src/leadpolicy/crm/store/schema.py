"""The tables of a store.

In `outbox`, a message is at first ready, waits for its time (later) or stands behind another
message of the same lead that is in flight. At most one of a lead is ready, later, behind or dead,
and at most one is in flight. What has arrived is swept away when the outbox is empty.
"""

from __future__ import annotations

import secrets
from enum import IntEnum
from typing import Final

from leadpolicy.crm.store.driver import Driver

FORMAT: Final = 2
MARK: Final = "leadpolicy_store"


class State(IntEnum):
    """Where a message of the outbox is; statements and indexes spell the numbers out."""

    READY = 0
    FLYING = 1
    DEAD = 2
    LATER = 3
    BEHIND = 4
    ARRIVED = 5


TABLES: Final = """
CREATE TABLE leadpolicy_store (
    format INTEGER NOT NULL, salt TEXT NOT NULL, to_forget INTEGER NOT NULL DEFAULT 0);
CREATE TABLE crm (
    id {serial}, target {text} NOT NULL UNIQUE, lineage {text} NOT NULL,
    serial INTEGER NOT NULL DEFAULT 0, basis {text} NOT NULL DEFAULT '');
CREATE TABLE locks (
    crm {integer} NOT NULL, work {text} NOT NULL, fence {integer} NOT NULL, held INTEGER NOT NULL,
    account {text} NOT NULL, host {text} NOT NULL, pid {integer} NOT NULL, mark {text} NOT NULL,
    since {integer} NOT NULL, PRIMARY KEY (crm, work));
CREATE TABLE outbox (
    seq {serial}, crm {integer} NOT NULL, lead {text} NOT NULL, digest {text} NOT NULL,
    payload {text} NOT NULL, checksum {integer} NOT NULL, state INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, doubted INTEGER NOT NULL DEFAULT 0,
    doomed INTEGER NOT NULL DEFAULT 0, intent {integer}, ticket {text} NOT NULL DEFAULT '',
    moment {integer}, code {text} NOT NULL DEFAULT '', field {text} NOT NULL DEFAULT '',
    message {text} NOT NULL DEFAULT '');
CREATE INDEX outbox_lead ON outbox (crm, lead);
CREATE INDEX outbox_ready ON outbox (crm, seq) WHERE state = 0;
CREATE INDEX outbox_flying ON outbox (crm, intent) WHERE state = 1;
CREATE INDEX outbox_dead ON outbox (crm, seq) WHERE state = 2;
CREATE INDEX outbox_later ON outbox (crm, moment) WHERE state = 3;
CREATE INDEX outbox_behind ON outbox (crm, lead) WHERE state = 4;
CREATE TABLE intents (id {counter}, crm {integer} NOT NULL, sent_at {integer} NOT NULL);
CREATE TABLE cursors (
    crm {integer} NOT NULL, stream {text} NOT NULL, cursor {text} NOT NULL,
    PRIMARY KEY (crm, stream));
CREATE TABLE events (
    crm {integer} NOT NULL, trace {bytes} NOT NULL, PRIMARY KEY (crm, trace)){compact};
CREATE TABLE foreign_events (
    seq {serial}, crm {integer} NOT NULL, lead {text} NOT NULL, event {text} NOT NULL,
    kind {text} NOT NULL, moment {integer} NOT NULL, author {text} NOT NULL,
    content {text} NOT NULL);
CREATE INDEX foreign_events_lead ON foreign_events (crm, lead);
CREATE TABLE feedback (
    crm {integer} NOT NULL, lead {text} NOT NULL, fingerprint {text} NOT NULL,
    content {text} NOT NULL, moment {integer} NOT NULL, PRIMARY KEY (crm, lead)){compact};
CREATE TABLE consents (
    crm {integer} NOT NULL, lead {text} NOT NULL, purpose {text} NOT NULL, channel {text} NOT NULL,
    status {text} NOT NULL, moment {integer} NOT NULL, source {text} NOT NULL,
    PRIMARY KEY (crm, lead, purpose, channel)){compact};
CREATE TABLE leads (
    crm {integer} NOT NULL, lead {text} NOT NULL, touched INTEGER NOT NULL DEFAULT 0,
    due_at {integer}, digest {text}, restored_at {integer}, PRIMARY KEY (crm, lead)){compact};
CREATE TABLE aliases (
    crm {integer} NOT NULL, loser {text} NOT NULL, winner {text} NOT NULL,
    moment {integer} NOT NULL, PRIMARY KEY (crm, loser)){compact};
CREATE INDEX aliases_winner ON aliases (crm, winner);
CREATE TABLE erased (
    crm {integer} NOT NULL, trace {bytes} NOT NULL, PRIMARY KEY (crm, trace)){compact};
CREATE TABLE owned (
    crm {integer} NOT NULL, address {text} NOT NULL, part {text} NOT NULL,
    imported INTEGER NOT NULL, PRIMARY KEY (crm, address));
CREATE TABLE begun (
    crm {integer} NOT NULL, address {text} NOT NULL, part {text}, imported INTEGER NOT NULL,
    PRIMARY KEY (crm, address));
CREATE TABLE plans (
    crm {integer} NOT NULL, plan {text} NOT NULL, moment {integer} NOT NULL,
    PRIMARY KEY (crm, plan));
CREATE TABLE applied (
    crm {integer} NOT NULL, serial INTEGER NOT NULL, policy {text} NOT NULL,
    version {text} NOT NULL, content_hash {text} NOT NULL, moment {integer} NOT NULL,
    changes INTEGER NOT NULL, desired {text} NOT NULL, PRIMARY KEY (crm, serial));
CREATE TABLE runs (
    seq {serial}, crm {integer} NOT NULL, policy {text} NOT NULL, version {text} NOT NULL,
    content_hash {text} NOT NULL, moment {integer} NOT NULL, counts {text} NOT NULL,
    error {text} NOT NULL);
CREATE INDEX runs_crm ON runs (crm, seq)
"""


def create(db: Driver) -> None:
    """Make the tables of an empty store, inside a transaction."""
    for statement in TABLES.format_map(db.types).split(";\n"):
        db.run(statement)
    db.run(f"INSERT INTO {MARK} (format, salt) VALUES (?, ?)", (FORMAT, secrets.token_hex(16)))


def crm_id(db: Driver, target: str) -> int:
    """Return the number of a CRM, inside a transaction that then is the only one on it."""
    known = db.rows("SELECT id FROM crm WHERE target = ? FOR UPDATE", (target,))
    if not known:
        db.run(
            "INSERT INTO crm (target, lineage) VALUES (?, ?) ON CONFLICT (target) DO NOTHING",
            (target, secrets.token_hex(8)),
        )
        known = db.rows("SELECT id FROM crm WHERE target = ? FOR UPDATE", (target,))
    return int(known[0][0])
