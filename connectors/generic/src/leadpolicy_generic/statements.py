"""Statements that SQLAlchemy has no words for."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler


class Statement(ExecutableDDLElement):
    """A statement in the words of one database."""

    def __init__(self, text: str) -> None:
        self.text: Final = text


@compiles(Statement)
def _statement(element: Statement, compiler: DDLCompiler, **_: object) -> str:
    doubles = compiler.dialect.paramstyle in {"format", "pyformat"}
    return element.text.replace("%", "%%") if doubles else element.text


def run(connection: sa.Connection, text: str) -> None:
    """Carry out a statement as it is written."""
    connection.execute(Statement(text))
