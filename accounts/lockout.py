"""The wait after too many wrong passwords, as a handler of django-axes.

Its own database handler is left aside for three reasons. It counts per row of user, address and browser, and each new
failure renews the whole row, so ten slips spread over hours lock as ten in a minute do. A success wipes every failure
of its address, so whoever has an account may guess at others for ever, signing in as themselves every ninth try. And it
cannot say how long the wait still is.
"""

from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from axes.helpers import get_client_username
from axes.models import AccessFailureLog
from django.conf import settings
from django.utils import timezone

from .backends import find_user

LONGEST_NAME = 150


def canonical_username(request, credentials=None):
    """The username that failures are counted under: one for all spellings of a user's name and email address.

    Axes asks several times per sign-in; the answer is kept on the request, so it costs one query.
    """
    name = (credentials or request.POST).get("username") or ""
    known = request.__dict__.setdefault("_canonical_usernames", {})
    if name not in known:
        user = find_user(name)
        known[name] = (user.username if user else name).lower()[:LONGEST_NAME]
    return known[name]


class SlidingWindowHandler(AxesBaseHandler, AbstractAxesHandler):
    """Locked out is who has AXES_FAILURE_LIMIT failures, under one username or from one address, in AXES_COOLOFF_TIME.

    Tries during the wait are refused unread and not counted, so the wait ends when it was said to. A success forgets
    the failures of that user alone. Failures older than the window are deleted with the next one.
    """

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
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

    def user_logged_in(self, sender, request, user, **kwargs):
        self.reset_attempts(username=user.get_username())

    def user_logged_out(self, sender, request, user, **kwargs):
        pass

    def get_failures(self, request, credentials=None):
        return max(len(times) for times in self._failure_times(request, credentials))

    def locked_until(self, request, credentials=None):
        """When the wait ends, or None where there is none."""
        limit = settings.AXES_FAILURE_LIMIT
        reached = [times for times in self._failure_times(request, credentials) if len(times) >= limit]
        return max((times[limit - 1] + settings.AXES_COOLOFF_TIME for times in reached), default=None)

    def reset_attempts(self, *, ip_address=None, username=None, ip_or_username=False):
        """Forget failures, of everybody without an argument; for the commands axes_reset, axes_reset_username, …"""
        by = {"ip_address": ip_address, "username": username and username.lower()}
        failures = AccessFailureLog.objects.all()
        return failures.filter(**{field: value for field, value in by.items() if value}).delete()[0]

    def _failure_times(self, request, credentials):
        """When the last failures were, newest first: those of the user, and those of the address where it is known."""
        since = timezone.now() - settings.AXES_COOLOFF_TIME
        recent = AccessFailureLog.objects.filter(attempt_time__gt=since).order_by("-attempt_time")
        whose = [recent.filter(username=get_client_username(request, credentials))]
        if request.axes_ip_address:
            whose.append(recent.filter(ip_address=request.axes_ip_address))
        return [list(times.values_list("attempt_time", flat=True)[: settings.AXES_FAILURE_LIMIT]) for times in whose]
