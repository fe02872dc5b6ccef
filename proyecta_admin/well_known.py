"""Files that other programs look for at the same address of every site: security.txt and robots.txt."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from .health import plain_answer

# RFC 9116, section 2.5.5, recommends less than a year.
EXPIRES_AFTER_DAYS = 180


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Tell finders of a weakness whom to write to (RFC 9116). Raises Http404 while SECURITY_CONTACT is unset."""
    if not settings.SECURITY_CONTACTS:
        raise Http404(_("There is no such page."))
    expires = timezone.now() + timedelta(days=EXPIRES_AFTER_DAYS)
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACTS]
    lines.append(f"Expires: {expires:%Y-%m-%d}T00:00:00Z")
    if request.is_secure():
        # Only then is the address known under which others find it.
        lines.append(f"Canonical: {request.build_absolute_uri(request.path)}")
    return plain_answer("\n".join(lines))


@require_safe
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Ask search engines to leave every page alone."""
    return plain_answer("User-agent: *\nDisallow: /")
