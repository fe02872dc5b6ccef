"""Every Proyecta customer of this app, for its staff: a list, page by page, and a page for each."""

from functools import cache, wraps

from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404
from django.shortcuts import render
from proyecta import APIStatusError, BadRequestError, NotFoundError, Proyecta, ProyectaError


@cache
def proyecta():
    """One client for all threads; the key and the address come from PROYECTA_API_KEY and PROYECTA_BASE_URL."""
    return Proyecta(timeout=5, max_retries=1, max_retry_wait=1)


def for_staff(view):
    @staff_member_required
    @wraps(view)
    def guarded(request, **kwargs):
        try:
            return view(request, **kwargs)
        except NotFoundError as error:
            raise Http404(error.message) from error
        except BadRequestError as error:
            return render(request, "customers/problem.html", {"problem": error.message}, status=400)
        except ProyectaError as error:
            problem = error.message if isinstance(error, APIStatusError) else "Proyecta cannot be reached. Try again."
            return render(request, "customers/problem.html", {"problem": problem}, status=503)

    return guarded


@for_staff
def customer_list(request):
    after, before = request.GET.get("after"), request.GET.get("before")
    page = proyecta().commerce.customers.list(limit=50, starting_after=after, ending_before=before)
    # Who came back from a later page can go on to it again; who came from an earlier one can go back.
    context = {
        "customers": page.data,
        "previous": page.data[0].id if page.data and (page.has_more if before else after) else None,
        "next": page.data[-1].id if page.data and (before or page.has_more) else None,
    }
    return render(request, "customers/list.html", context)


@for_staff
def customer_detail(request, customer_id):
    try:
        customer = proyecta().commerce.customers.get(customer_id=customer_id)
    except ValueError as error:  # what can be no customer's id, such as one with a backslash in it
        raise Http404(str(error)) from error
    return render(request, "customers/detail.html", {"customer": customer})
