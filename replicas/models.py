"""State in the primary, by which all processes on all machines agree on the replica of each reader."""

from django.db import models


class Reader(models.Model):
    """Mixin of everybody who reads: users and API keys. Every request reads the row from the primary in any case.

    replica: the alias of the replica that answers this reader, if it is not that of pins.home_replica().
    replica_from: the beat that a replica must have before it answers this reader, or None if any will do.
    """

    replica = models.CharField(max_length=20, blank=True, default="", editable=False)
    replica_from = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Beat(models.Model):
    """The one row that the primary renews several times a second.

    A replica that has a beat has everything that was committed before it. The timeline changes with the primary.
    """

    moment = models.DateTimeField()
    timeline = models.CharField(max_length=8)

    def __str__(self) -> str:
        return f"{self.moment} on timeline {self.timeline}"
