"""The Python back-end: a checked policy becomes one generated function that decides a lead."""

from leadpolicy.backends.python.compiled import (
    Consents,
    Program,
    PythonBackend,
    Raw,
    Row,
    SignalsByType,
    compile_policy,
)

__all__ = [
    "Consents",
    "Program",
    "PythonBackend",
    "Raw",
    "Row",
    "SignalsByType",
    "compile_policy",
]
