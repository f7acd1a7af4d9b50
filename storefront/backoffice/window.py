"""A window on a module's rows, not a back door."""

from typing import Any


class Window:
    """Rows to look at: nothing is added, changed or deleted here. What may be done are actions: commands."""

    show_full_result_count = False
    list_per_page = 50

    @property
    def hide_title(self) -> bool:
        """Of each row below an object, unless its link stands there: the columns say what it is."""
        return not getattr(self, "show_change_link", False)

    def has_add_permission(self, *_: Any) -> bool:
        """Rows come from commands."""
        return False

    def has_change_permission(self, *_: Any) -> bool:
        """Rows change by commands."""
        return False

    def has_delete_permission(self, *_: Any) -> bool:
        """What happened is kept."""
        return False
