"""The console's commands."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import get_args

from console import chain_commands
from console.accounts import AccountForm, put_account
from console.backups.make import do_backup
from console.backups.manifest import Kept
from console.backups.restore import do_restore
from console.imports import do_import, read_import
from console.migrate import head, migrate
from console.seal_rotation import do_new_key, do_reseal, do_seal_at_start, forget_clear
from console.server import serve
from lianqin import audit, logs, settings
from lianqin.audit import Role
from lianqin.bus import connect
from lianqin.clock import SystemClock
from lianqin.db import Store, open_engine
from lianqin.errors import LianqinError, RecordError
from lianqin.sealed import Keyring, attach
from lianqin.settings import Settings
from lianqin.waiting import check_there, database_need, schema_need


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
    chain_commands.add_parsers(actions)
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
        return serve(ours, store, connect(ours.redis))
    if options.action == "restore":
        do_restore(ours, store, connect(ours.redis), SystemClock(), options.folder, options.keys, options.journal, _say,
                   overwrite=options.overwrite)  # fmt: skip
        return 0
    check_there(database_need(store.engine))
    if options.action == "backup":
        do_backup(ours, store, connect(ours.redis), SystemClock(), options.folder, options.keys, options.evidence, _say)
        return 0
    if options.action in {"audit", "role"}:
        check_there(schema_need(store.engine))
        return chain_commands.run(options, store, _say)
    migrate(store.engine)
    at = SystemClock().now()
    if options.action == "seal":
        return _seal(ours, store, keyring, at, new_key=options.new_key)
    do_seal_at_start(store, keyring, at)
    actor = audit.system("command")
    if options.action == "migrate":
        sys.stdout.write(f"the database is at {head()}\n")
    elif options.action == "import":
        with store.write() as session:
            counts = do_import(session, actor, read_import(options.file), at)
        sys.stdout.write(f"{counts}\n")
    else:
        form = AccountForm(
            username=options.username, role=options.role, name=options.name or options.username,
            password=_password(from_stdin=options.password_stdin), unit_id=options.unit, guard_id=options.guard,
        )  # fmt: skip
        with store.write() as session:
            row = put_account(session, actor, form, at)
            sys.stdout.write(f"{row.id} {row.username} {row.role}\n")
    return 0


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
