"""What imports did, kept for the operators."""

from collections.abc import Sequence

from modules.catalog.importing.problem import Problem
from modules.catalog.importing.run import Report
from modules.catalog.models import ImportProblem, ImportRun
from storefront import clock

BATCH = 200


class History:
    """Writes an import into the operators' log as it goes."""

    def __init__(self, report: Report, file_name: str) -> None:
        self._report = report
        self._run = ImportRun.objects.create(id=report.id, file_name=file_name[:255], started_at=clock.now())
        self._waiting: list[ImportProblem] = []

    def note(self, problems: Sequence[Problem]) -> None:
        """Keep what is wrong with a product."""
        self._waiting += [
            ImportProblem(
                run=self._run, line=found.line, handle=found.handle[:255], code=found.code, detail=found.detail,
                is_error=found.is_error,
            )
            for found in problems
        ]
        if len(self._waiting) >= BATCH:
            self._flush()

    def finish(self) -> None:
        """Close the run with its counts."""
        self._flush()
        for name in ("created", "updated", "unchanged", "failed"):
            setattr(self._run, name, getattr(self._report, name))
        self._run.finished_at = clock.now()
        self._run.save()

    def _flush(self) -> None:
        ImportProblem.objects.bulk_create(self._waiting)
        self._waiting.clear()
