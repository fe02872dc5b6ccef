"""The customers that an app bills: everything that finds, reads, creates and changes them, and each door to it.

models.py         the table, its constraints and its indexes
services.py       create, get, list and update: the only writer besides loading/
exceptions.py     what the services raise
filters.py        the one FilterSet of all lists, and their sorts
counts.py         how many customers an app has, kept by triggers
values/           what a field may hold: emails, phones, countries, ids
search/           one door to every search: criteria in, a page of customers out
loading/          many customers at once, by COPY
importing/        customers from a CSV file
serialization.py  a customer as the JSON of the API
forms.py views.py urls.py pages/    the panel
api/  admin/  management/           the HTTP API, Django's admin, the commands
samples.py        the API's calls on customers as a developer writes them
demo/             made-up customers
"""
