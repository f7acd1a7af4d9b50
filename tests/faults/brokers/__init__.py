"""Facts through real brokers to real workers, while brokers, workers and relays fail."""
