"""Creating the Proyecta customer of a record, for the signal and for the sync."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from django.apps import apps
from django.db import transaction

from ... import ConflictError, Proyecta, ProyectaError
from . import conf
from .models import ProyectaCustomerMixin

logger = logging.getLogger("proyecta.django")

Model = type[ProyectaCustomerMixin]


def customer_models(*, with_children: bool = False) -> Iterator[Model]:
    """Yield the models that have the mixin's column. with_children: also their proxies and child models."""
    for model in apps.get_models():
        if issubclass(model, ProyectaCustomerMixin) and (with_children or _owner(model) is model):
            yield model


def customer_request(record: ProyectaCustomerMixin) -> dict[str, Any]:
    """Return the arguments of `customers.create()` for this record. They are the same at every call.

    The email makes a call safe to repeat. A record without one gets an id and an Idempotency-Key that are computed from
    its model and primary key.
    """
    request = {name: value for name, value in record.proyecta_customer_details().items() if value is not None}
    if not request.get("email"):
        label = _owner(type(record))._meta.label_lower
        request["id"] = f"cus_{_digest(f'{label} {record.pk}')}"
        request["idempotency_key"] = f"{request['id']}-{_digest(json.dumps(request, sort_keys=True))}"
    return request


def create_customer(client: Proyecta, request: dict[str, Any]) -> str:
    """Create the customer of customer_request(), and return its id. Raises as `customers.create()`."""
    try:
        return client.commerce.customers.create(**request).id
    except ConflictError as error:
        # An earlier call created it, its answer was lost, and it has been given an email in Proyecta since.
        if error.existing_customer_id and error.existing_customer_id == request.get("id"):
            return error.existing_customer_id
        raise


def store_customer_id(record: ProyectaCustomerMixin, customer_id: str, using: str | None) -> None:
    """Store the id in the record's row, unless another process has. Sends no signals and changes no other column."""
    rows = _owner(type(record))._base_manager.using(using).filter(pk=record.pk)
    rows.filter(proyecta_customer_id="").update(proyecta_customer_id=customer_id)
    record.proyecta_customer_id = customer_id


def create_after_commit(
    sender: Model, instance: ProyectaCustomerMixin, created: bool, raw: bool, using: str, **kwargs: Any
) -> None:
    """Receive post_save: create the customer after the commit. Records of fixtures (`raw`) are left to the sync."""
    if created and not raw and not instance.proyecta_customer_id and conf.is_on():
        transaction.on_commit(partial(_create_now, instance, using), using=using, robust=True)


def _create_now(instance: ProyectaCustomerMixin, using: str) -> None:
    # Read again: the instance may have been changed after it was saved, or its row deleted.
    record = _owner(type(instance))._base_manager.using(using).filter(pk=instance.pk, proyecta_customer_id="").first()
    if record is None:
        return
    try:
        customer_id = create_customer(conf.signup_client(), customer_request(record))
    except ProyectaError as error:
        logger.warning(
            "%s %s has no Proyecta customer yet; sync_proyecta_customers will create it. %s",
            record._meta.label,
            record.pk,
            error,
        )
        return
    store_customer_id(record, customer_id, using)
    instance.proyecta_customer_id = customer_id


def _owner(model: Model) -> Model:
    """Return the model whose table has the column: for a proxy or a multi-table child, its parent."""
    return cast(Model, model._meta.get_field("proyecta_customer_id").model)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
