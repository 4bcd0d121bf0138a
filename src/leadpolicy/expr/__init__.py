"""The core language: a small closed set of expressions that knows nothing about leads."""
