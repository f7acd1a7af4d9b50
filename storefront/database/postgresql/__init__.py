"""Django's backend for PostgreSQL, with what the shop knows of servers that fail over and that fill up."""
