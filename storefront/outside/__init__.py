"""Asking servers that somebody else has named: at public addresses only, and at the one that was looked at."""
