"""People buy while processes are killed, requests lost and the database restarted: `make chaos`."""
