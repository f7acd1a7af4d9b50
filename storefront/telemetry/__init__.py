"""What an operator can see of a request: its ids in every problem, log line and event."""
