"""The wait after too many wrong passwords, as a handler of django-axes.

Its own database handler is not used, for three reasons. It counts per user, address and browser, and each failure
renews the whole count, so that ten slips spread over hours lock out as ten in a minute do. A success deletes every
failure of its address, so that a person with an account may guess at other accounts for ever by signing in at every
ninth try. And it cannot tell how long the wait still is.
"""

from datetime import datetime
from typing import Any

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from axes.helpers import get_client_username
from axes.models import AccessFailureLog
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from core.networks import network_of

from .backends import find_user
from .models import User

MAX_COUNTED_NAME_LENGTH = 150


def canonical_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the username under which failures count: the same for all spellings of a name and for the email address.

    Axes asks several times per sign-in. The answer is kept on the request, so it costs one query.
    """
    name = (credentials or request.POST).get("username") or ""
    known = request.__dict__.setdefault("_canonical_usernames", {})
    if name not in known:
        user = find_user(name)
        known[name] = (user.username if user else name).lower()[:MAX_COUNTED_NAME_LENGTH]
    return str(known[name])


def client_network(request: HttpRequest) -> str | None:
    """Return the network under which the failures of the client count, or None for a client without an address."""
    return network_of(request.META.get("REMOTE_ADDR") or "")


class SlidingWindowHandler(AxesBaseHandler, AbstractAxesHandler):
    """Locks out after AXES_FAILURE_LIMIT failures in AXES_COOLOFF_TIME under one username or from one address.

    Tries during the wait are refused unread and do not count, so the wait ends when it was said to. A success deletes
    the failures of that user alone. Failures older than AXES_COOLOFF_TIME are deleted with the next failure.
    """

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        if request is None:
            return
        request.axes_credentials = credentials
        if request.axes_locked_out:
            return
        AccessFailureLog.objects.filter(attempt_time__lte=timezone.now() - settings.AXES_COOLOFF_TIME).delete()
        AccessFailureLog.objects.create(
            username=get_client_username(request, credentials),
            ip_address=request.axes_ip_address or None,
            user_agent=request.axes_user_agent,
            http_accept=request.axes_http_accept,
            path_info=request.axes_path_info,
        )
        request.axes_locked_out = self.is_locked(request, credentials)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        self.reset_attempts(username=user.get_username())

    def user_logged_out(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        pass

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        return max(len(times) for times in self._failure_times(request, credentials))

    def locked_until(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> datetime | None:
        """Return when the wait ends, or None if there is none."""
        limit = settings.AXES_FAILURE_LIMIT
        reached = [times for times in self._failure_times(request, credentials) if len(times) >= limit]
        return max((times[limit - 1] + settings.AXES_COOLOFF_TIME for times in reached), default=None)

    def reset_attempts(
        self, *, ip_address: str | None = None, username: str | None = None, ip_or_username: bool = False
    ) -> int:
        """Delete the failures of an address or a username, without either all of them, and return their number.

        The commands axes_reset, axes_reset_username and axes_reset_ip call this.
        """
        network = ip_address and (network_of(ip_address) or ip_address)
        by = {"ip_address": network, "username": username and username.lower()}
        failures = AccessFailureLog.objects.all()
        deleted: int = failures.filter(**{field: value for field, value in by.items() if value}).delete()[0]
        return deleted

    def _failure_times(self, request: Any, credentials: dict[str, Any] | None) -> list[list[datetime]]:
        """Return the times of the last failures, newest first: of the user, then of the address if it is known."""
        since = timezone.now() - settings.AXES_COOLOFF_TIME
        recent = AccessFailureLog.objects.filter(attempt_time__gt=since).order_by("-attempt_time")
        counts = [recent.filter(username=get_client_username(request, credentials))]
        if request.axes_ip_address:
            counts.append(recent.filter(ip_address=request.axes_ip_address))
        return [list(count.values_list("attempt_time", flat=True)[: settings.AXES_FAILURE_LIMIT]) for count in counts]
