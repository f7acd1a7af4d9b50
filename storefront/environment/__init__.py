"""What the environment may say, and what becomes of a variable that says something else."""
