"""Ground that every package stands on. Nothing here knows a product, and nothing here imports another package.

environment     settings of the operator, read from environment variables
exceptions      ServiceError and its kinds, which services raise
invisible       characters that nobody sees, removed or made harmless
folding         the folded form in which texts are compared
texts           one bounded text of a field, cleaned
ids             ids of objects: a prefix and a ULID
dates           moments and days: bounds, and how they are written
time_zones      the time zones that a person may choose
languages       the languages that pages are shown in, and their lists of items
filters         form fields and filters of any list
pagination      keyset pages
fair_share      places and connections of a worker, shared between callers and apps
overload        a limit on the requests of a worker
lists           a list page: its state, links, columns and counts
networks        the network that counts as one client
headers         request headers, made safe before Django reads them
slow_clients    request bodies read before the application runs
metrics         metrics of all workers, with metrics_directory, where they share them
once            a value made once per process
db/             everything below the ORM
"""
