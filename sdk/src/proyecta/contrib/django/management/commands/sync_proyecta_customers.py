from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DEFAULT_DB_ALIAS

from proyecta import APIStatusError, Proyecta, ProyectaError
from proyecta.contrib.django import conf
from proyecta.contrib.django.models import ProyectaCustomerMixin
from proyecta.contrib.django.services import (
    Model,
    create_customer,
    customer_models,
    customer_request,
    store_customer_id,
)

RECORDS_PER_CHUNK = 200
# Refusals that concern one record. Any other would concern every record.
STATUSES_OF_ONE_RECORD = (400, 409, 413)


class Command(BaseCommand):
    help = (
        "Creates the Proyecta customer of every record that has none yet. Safe to run any number of times, also "
        "several at once, and to interrupt: what is done is kept, and the next run goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("models", nargs="*", help="such as shop.User; default: every model with the mixin")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="the alias of the database; default: default")
        parser.add_argument("--workers", type=int, default=4, help="how many calls at a time; default: 4")

    def handle(self, *args: Any, **options: Any) -> None:
        if not conf.is_on():
            raise CommandError("The setting PROYECTA is missing: give it the API_KEY and the BASE_URL.")
        models = _chosen(options["models"])
        if options["workers"] < 1:
            raise CommandError("--workers must be 1 or more.")
        try:
            with conf.sync_client() as client:
                refused = sum(self._sync(model, client, options) for model in models)
        except ProyectaError as error:
            raise CommandError(f"Stopped: {error} What is done is kept; run this again to go on.") from error
        if refused:
            raise CommandError(f"{refused:,} could not be created. Correct these records and run this again.")

    def _sync(self, model: Model, client: Proyecta, options: dict[str, Any]) -> int:
        """Create the customers of this model's records. Returns how many the API refused."""
        using, workers, verbosity = options["database"], options["workers"], options["verbosity"]
        made = refused = 0
        progress = Progress(self.stdout if verbosity else None, model._meta.label, _gaps(model, using).count())
        pool = ThreadPoolExecutor(workers)
        try:
            for records in _chunks(model, using):
                # Threads run only the calls: each thread that reads the database would open a connection.
                requests = [customer_request(record) for record in records]
                outcomes = pool.map(partial(_attempt, client), requests)
                for record, outcome in zip(records, outcomes, strict=True):
                    if isinstance(outcome, APIStatusError):
                        refused += 1
                        progress.clear()
                        self.stderr.write(f"{model._meta.label} {record.pk}: {outcome}")
                    else:
                        store_customer_id(record, outcome, using)
                        made += 1
                    progress.step()
        finally:
            pool.shutdown(cancel_futures=True)
            progress.clear()
        if verbosity:
            self.stdout.write(f"{model._meta.label}: {made:,} done, {refused:,} refused.")
        return refused


class Progress:
    """A progress bar, rewritten in place. It writes nothing if the output is not a terminal."""

    def __init__(self, output: OutputWrapper | None, label: str, total: int) -> None:
        self._output = output if output is not None and output.isatty() else None
        self._label = label
        self._total = total
        self._done = 0
        self._drawn = 0.0

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if self._output and now - self._drawn > 0.1:
            self._drawn = now
            total = max(self._total, self._done)
            bar = ("#" * (30 * self._done // total)).ljust(30, ".")
            self._output.write(f"\r{self._label} [{bar}] {self._done:,} of {total:,}", ending="")
            self._output.flush()

    def clear(self) -> None:
        if self._output and self._drawn:
            self._drawn = 0.0
            self._output.write("\r\033[K", ending="")


def _chosen(labels: list[str]) -> list[Model]:
    known = {model._meta.label_lower: model for model in customer_models()}
    if unknown := [label for label in labels if label.lower() not in known]:
        having = ", ".join(model._meta.label for model in known.values())
        raise CommandError(f"{unknown[0]} has no ProyectaCustomerMixin; these have: {having}.")
    return [known[label.lower()] for label in labels] or list(known.values())


def _attempt(client: Proyecta, request: dict[str, Any]) -> str | APIStatusError:
    """Return the id of the customer, or the refusal if it concerns this record alone."""
    try:
        return create_customer(client, request)
    except APIStatusError as error:
        if error.status in STATUSES_OF_ONE_RECORD:
            return error
        raise


def _gaps(model: Model, using: str) -> Any:
    return model._base_manager.using(using).filter(proyecta_customer_id="").order_by("pk")


def _chunks(model: Model, using: str) -> Iterator[list[ProyectaCustomerMixin]]:
    """Yield the records without a customer by primary key. Each comes once, also if it is refused."""
    rows = _gaps(model, using)
    while records := list(rows[:RECORDS_PER_CHUNK]):
        yield records
        rows = _gaps(model, using).filter(pk__gt=records[-1].pk)
