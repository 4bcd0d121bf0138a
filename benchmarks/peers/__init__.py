"""The benchmark policy in every engine a Python developer could pick, one file each.

A peer is a module with `TITLE`, `LEFT_TO_HOST` (what its language cannot express, or only so slowly
that plain Python is the fairer way), and `build()`, which returns the deciding function.
"""

PACKAGES = {
    "pydantic_then_python": "pydantic",
    "zen_expression": "zen-engine",
    "zen_graph": "zen-engine",
    "zen_graph_trace": "zen-engine",
    "cel_expr": "cel-expr-python",
    "cel_rust": "common-expression-language",
    "cel_python": "cel-python",
    "rule_engine_rules": "rule-engine",
    "business_rules_json": "business-rules",
    "json_logic": "panzi-json-logic",
    "cedar": "cedarpy",
    "durable_rules": "durable-rules",
}
"""Module of each peer, and the package it needs."""
