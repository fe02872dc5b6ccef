"""The samples of customers in the API's documentation."""

from django.utils.html import format_html
from django.utils.translation import gettext

from accounts.models import App
from api.resources import ResourceSamples
from customers import services
from customers.samples import call_samples


def resource_samples(base_url: str, app: App | None) -> ResourceSamples:
    """The calls on customers; with the id of the app's newest customer, where there is an App and it has one."""
    if app is None:
        return ResourceSamples(call_samples(base_url))
    newest = services.list_customers(app=app, limit=1).data
    if newest:
        note = gettext("The id in the examples is that of your newest customer.")
        return ResourceSamples(call_samples(base_url, newest[0].public_id), note)
    # HTML: the name's letters may run from right to left.
    note = gettext("The id in the examples is made up: <bdi>{app}</bdi> has no customers yet.")
    return ResourceSamples(call_samples(base_url), format_html(note, app=app.name))
