"""The rows of every table as lines of JSON: how a MySQL database is copied without MySQL's own programs.

The first line of a table is ``{"table", "columns"}``, each other line a list of values in this order. What JSON does not
know is an object of one key: ``{"bytes": base64}``, ``{"time": ISO 8601}``, ``{"number": decimal}``.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db.backends.base.base import BaseDatabaseWrapper

from winnow.errors import UnreadableFile

AT_ONCE = 1000
NOT_COPIED = {"django_migrations"}  # a restore runs the migrations


def write_rows(connection: BaseDatabaseWrapper, file: IO[str]) -> None:
    """Every table, in pieces of a thousand rows by primary key. The caller holds the transaction that freezes them."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in _tables(connection):
            columns, key = _columns(connection, table)
            file.write(json.dumps({"table": table, "columns": columns}) + "\n")
            chosen = ", ".join(quote(column) for column in columns)
            place, last = columns.index(key), None
            while True:
                where = "" if last is None else f"WHERE {quote(key)} > %s"
                command = f"SELECT {chosen} FROM {quote(table)} {where} ORDER BY {quote(key)} LIMIT {AT_ONCE}"  # noqa: S608
                cursor.execute(command, [] if last is None else [last])
                rows = cursor.fetchall()
                file.writelines(json.dumps([_plain(value) for value in row]) + "\n" for row in rows)
                if len(rows) < AT_ONCE:
                    break
                last = rows[-1][place]


def read_rows(connection: BaseDatabaseWrapper, lines: Iterable[str]) -> None:
    """Insert them into tables of the same form, whose rows go. The caller holds the transaction.

    raises : UnreadableFile for a table or column that is not there, or a line that is none of ours
    """
    known = {table: _columns(connection, table)[0] for table in _tables(connection)}
    with connection.cursor() as cursor, connection.constraint_checks_disabled():
        for table in known:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 a name the database gave
        for command, rows in _insertions(connection, lines, known):
            cursor.executemany(command, rows)


def _insertions(
    connection: BaseDatabaseWrapper, lines: Iterable[str], known: dict[str, list[str]]
) -> Iterator[tuple[str, list[list[Any]]]]:
    """Commands, each with a thousand rows at most."""
    quote = connection.ops.quote_name
    command, waiting = "", []
    for line in map(_parse, lines):
        if isinstance(line, list):
            waiting.append([_value(value) for value in line])
        if waiting and (len(waiting) == AT_ONCE or isinstance(line, dict)):
            yield command, waiting
            waiting = []
        if isinstance(line, dict):
            table, columns = line.get("table", ""), line.get("columns", [])
            if not set(columns) <= set(known.get(table, [])):
                raise UnreadableFile(f"The back-up has rows for a table {table} of another form.")
            names, marks = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
            command = f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})"  # noqa: S608 names the database gave
    if waiting:
        yield command, waiting


def _parse(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise UnreadableFile("The rows in the back-up are damaged.") from None


def _tables(connection: BaseDatabaseWrapper) -> list[str]:
    return sorted(set(connection.introspection.table_names()) - NOT_COPIED)


def _columns(connection: BaseDatabaseWrapper, table: str) -> tuple[list[str], str]:
    """The columns of a table, and which of them is its primary key."""
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
        key = connection.introspection.get_primary_key_column(cursor, table)
    return columns, key or columns[0]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    return value


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind, given = next(iter(value.items()))
    return _READ[kind](given)


_READ: dict[str, Callable[[str], Any]] = {"bytes": b64decode, "time": datetime.fromisoformat, "number": Decimal}
