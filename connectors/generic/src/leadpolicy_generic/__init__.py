"""A connector for every CRM that keeps its leads in a SQL database."""
