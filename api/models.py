"""The table of the HTTP API."""

from django.db import models

from accounts.models import App


class IdempotencyRecord(models.Model):
    """The answer to a request with an Idempotency-Key, for the repeats of the request.

    It holds personal data as of then, so it is kept no longer than repeats may come.
    """

    app = models.ForeignKey(App, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255, db_collation="C")
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField()
    created = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "key"], name="api_idempotency_key_unique")]
        indexes = [models.Index(fields=["created"], name="api_idempotency_by_age")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status}"
