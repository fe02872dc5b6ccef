"""What the primary keeps, so that all processes on all machines agree on who may read from a replica."""

from django.db import models


class Reader(models.Model):
    """Mixed into whoever reads: a person, an API key. Its row is read from the primary with every request anyway.

    replica: the one that answers this reader, where it is not the reader's own by pins.home().
    replica_from: a beat that a replica must have before it answers this reader; None: any will do.
    """

    replica = models.CharField(max_length=20, blank=True, default="", editable=False)
    replica_from = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Beat(models.Model):
    """The one row that the primary renews all the time: a replica that shows it has all that was committed before."""

    moment = models.DateTimeField()
    timeline = models.CharField(max_length=8)

    def __str__(self):
        return f"{self.moment} on timeline {self.timeline}"
