"""Pages and pictures for people: glossary and lifecycle."""
