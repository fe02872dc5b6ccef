"""Deletion of what has expired: sessions, and failures to sign in."""

from axes.models import AccessFailureLog
from django.conf import settings
from django.utils import timezone

from core.db.clearing import delete_in_batches

from .models import Session


def clear_expired_sessions() -> int:
    """Delete the sessions that have expired, and return how many."""
    return delete_in_batches(Session.objects.filter(expire_date__lt=timezone.now()))


def clear_old_failures() -> int:
    """Delete the failures to sign in that no longer count, and return how many."""
    counted_since = timezone.now() - settings.AXES_COOLOFF_TIME
    return delete_in_batches(AccessFailureLog.objects.filter(attempt_time__lte=counted_since))
