"""The console's commands."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from pathlib import Path
from typing import get_args

from console import chain_commands
from console.accounts.accounts import AccountForm, hash_of, put_account
from console.backups.make import do_backup
from console.backups.manifest import Kept
from console.backups.restore import do_restore
from console.cameras.files import do_import, read_import
from console.factors.factors import needs_factor
from console.factors.links import AT_MACHINE, do_give_at_machine
from console.factors.tables import SecondFactor
from console.footage_exports import verify as export_verify
from console.migrate import head, migrate
from console.seal_rotation import do_new_key, do_reseal, do_seal_at_start, forget_clear
from console.server import serve
from lianqin import audit, logs, outbox, settings
from lianqin.audit import Role
from lianqin.bus import connect
from lianqin.clock import SystemClock
from lianqin.db import Store, open_engine
from lianqin.errors import LianqinError, RecordError
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings
from lianqin.waiting import check_there, database_need, redis_need, schema_need


def main(arguments: list[str]) -> int:
    """Exit status: 0 done, 1 with a message that says what and how to mend it."""
    parser = argparse.ArgumentParser(prog="python -m console", description=__doc__)
    actions = parser.add_subparsers(dest="action")
    actions.add_parser("serve", help="serve the room (the default)")
    actions.add_parser("migrate", help="bring the database to this program's schema")
    file = actions.add_parser("import", help="units, areas, guards and cameras from a JSON file; all or nothing")
    file.add_argument("file", type=Path)
    account = actions.add_parser("account", help="add an account, or change the one of that name")
    account.add_argument("username")
    account.add_argument("role", choices=get_args(Role))
    account.add_argument("--name", default="")
    account.add_argument("--unit")
    account.add_argument("--guard")
    account.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    factor = actions.add_parser(
        "factor", help="a one-time link for a security administrator or an auditor, here at the machine"
    )
    factor.add_argument("username")
    for name, told in (
        ("backup", "copy everything while it runs"),
        ("restore", "from a backup, with everything stopped"),
    ):
        action = actions.add_parser(name, help=told)
        action.add_argument("folder", type=Path)
        action.add_argument("--keys", type=Path, required=True, help="folder of the keys, apart from the data")
        if name == "backup":
            action.add_argument(
                "--evidence",
                choices=get_args(Kept),
                default="files",
                help="the files, or their list with digests alone",
            )
        else:
            action.add_argument("--journal", type=Path, help="certificates.jsonl of the system that was lost")
            action.add_argument(
                "--overwrite",
                action="store_true",
                help="the database, trails and evidence that stand there are put aside",
            )
    actions.add_parser(
        "epoch", help="after a restore by other tools: what processes follow is as this database has it from now on"
    )
    chain_commands.add_parsers(actions)
    export_verify.add_parser(actions)
    seal = actions.add_parser("seal", help="what rests sealed in the database").add_subparsers(
        dest="what", required=True
    )
    rotate = seal.add_parser("rotate", help="seal everything anew with the first key")
    rotate.add_argument("--new-key", action="store_true", help="put a new key first in the file of keys before")
    options = parser.parse_args(arguments)
    try:
        ours = settings.load()
        logs.configure(json=ours.log_json, level=ours.log_level)
        return _run(options, ours)
    except LianqinError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        if options.action not in {"backup", "restore", "audit"}:
            raise
        sys.stderr.write(f"{error.filename or options.folder}: {error.strerror or error}\n")
        return 1


def _run(options: argparse.Namespace, ours: Settings) -> int:
    store = Store(open_engine(ours.database))
    keyring = Keyring(ours, makes=True)
    attach(store.engine, keyring)
    if options.action in {None, "serve"}:
        keyring.sealer()  # not found out by the first who logs in
        return serve(ours, store, connect(ours.redis))
    if options.action == "restore":
        do_restore(ours, store, connect(ours.redis), SystemClock(), options.folder, options.keys, options.journal, _say,
                   overwrite=options.overwrite)  # fmt: skip
        return 0
    check_there(database_need(store.engine))
    if options.action == "backup":
        do_backup(ours, store, connect(ours.redis), SystemClock(), options.folder, options.keys, options.evidence, _say)
        return 0
    if options.action == "epoch":
        check_there(redis_need(connect(ours.redis)))
    if options.action in {"audit", "role", "export"}:
        check_there(schema_need(store.engine))
        run = export_verify.run if options.action == "export" else chain_commands.run
        return run(options, store, _say)
    migrate(store.engine)
    at = SystemClock().now()
    if options.action == "seal":
        return _seal(ours, store, keyring, at, new_key=options.new_key)
    do_seal_at_start(store, keyring, at)
    actor = audit.system("command")
    if options.action == "migrate":
        sys.stdout.write(f"the database is at {head()}\n")
    elif options.action == "factor":
        with store.write() as session:
            made = do_give_at_machine(session, actor, options.username, at)
        sys.stdout.write(
            f"{made.account.username}: open /enrol#{made.code} on the console's page before {time.strftime('%F %T', time.localtime(made.until))}\n"
        )
    elif options.action == "epoch":
        with store.write() as session:
            epoch = outbox.do_begin_epoch(session, connect(ours.redis), at)
            audit.write(
                session, actor, "followed.epoch", "database", head(), at=at, detail={"figures": {"epoch": epoch}}
            )
        sys.stdout.write(f"epoch {epoch}: the console publishes all that is followed anew\n")
    elif options.action == "import":
        raw = read_import(options.file)
        with store.write() as session:
            counts = do_import(session, actor, raw, at)
        sys.stdout.write(f"{counts}\n")
    else:
        form = AccountForm(
            username=options.username, role=options.role, name=options.name or options.username,
            password=_password(from_stdin=options.password_stdin), unit_id=options.unit, guard_id=options.guard,
        )  # fmt: skip
        hashed = hash_of(form)
        with store.write() as session:
            row = put_account(session, actor, form, at, hashed)
            sys.stdout.write(f"{row.id} {row.username} {row.role}\n")
            if needs_factor(ours, row.role) and session.get(SecondFactor, row.id) is None:
                sys.stdout.write(_next_step(row.username, row.role))
    return 0


def _next_step(username: str, role: str) -> str:
    if role in AT_MACHINE:
        return f"it needs a second factor: `python -m console factor {username}` gives the link\n"
    return (
        "it needs a second factor: a security administrator who did not set its password gives the link on the page\n"
    )


def _seal(ours: Settings, store: Store, keyring: Keyring, at: float, *, new_key: bool) -> int:
    if new_key:
        _say(f"a new key stands first in {do_new_key(ours)}; give that file to every machine")
    with store.write() as session:
        count = do_reseal(session, keyring, at)
    forget_clear(store)
    _say(f"{count} texts were sealed anew with the first key; those behind it seal nothing any more")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("password: ")
    if getpass.getpass("again: ") != first:
        raise RecordError("account.password", "the two differ", least=8)
    return first
