"""The chaos test, `make chaos`: the product under load, while its processes, its database and its disk fail at random.

__main__.py      command line: prepares, runs, judges; status 1 if a write was lost, doubled or refused too late
preparation.py   two apps with their API keys, and a person of each role
rehearsal.py     the run: one fault after the other, each until the product has recovered
product.py       the product as `make run` starts it, and its processes
faults.py        what fails, each kind a function
disk.py          a small disk that can be filled
load.py          the threads of the load: start, pace, end
api_load.py      writers and readers by the Python client
browsers.py      signed-in people, with pages.py, which reads forms
journal.py       every write: what was sent, and what was acknowledged
observations.py  answers, errors and outages, and which error belongs to which outage
audit.py         the journal beside the database
report.py        tables and verdict
"""
