"""Documents that are written from the code, so that they cannot be wrong: pages, diagrams, schemas, AsyncAPI."""
