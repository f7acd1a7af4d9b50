"""What imports did, for operators to read."""

from django.db import models

from storefront.ids import new_id


def new_import_id() -> str:
    return new_id("imp")


class ImportRun(models.Model):
    """One file, read once."""

    id = models.CharField(max_length=40, primary_key=True, default=new_import_id, editable=False)
    file_name = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return self.file_name


class ImportProblem(models.Model):
    """Something in a line of the file that an operator should know."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    handle = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=60)
    detail = models.TextField()
    is_error = models.BooleanField()

    class Meta:
        ordering = ["line", "id"]

    def __str__(self) -> str:
        return f"Line {self.line}: {self.detail}"
