"""The one pipeline of every call between modules, whatever carries it."""
