"""Prints every border that the tree in the current directory crosses; exits 1 if there is one."""

import sys
from pathlib import Path

from storefront.boundaries.idioms import violations

found = violations(Path.cwd())
sys.stdout.writelines(f"{violation}\n" for violation in found)
sys.stdout.write(f"Borders: {len(found)} crossed.\n")
sys.exit(bool(found))
