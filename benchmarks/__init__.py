"""How fast the product is, beside something known in the same run. README.md says how to run each.

__main__.py    pages and searches beside Django's own list (make bench)
http.py        the API beside a bare Django view, with http_settings.py and http_urls.py
servers.py     other servers, with server_settings.py
searches.py    the ways to run a search, compared
writes.py      what each index costs when customers are created
imports.py     imports beside a plain COPY
memory.py      what a worker process holds
tricks.py      each trick beside its plain twin in plain_twins.py
documents.py   all of these, their tables put into the documentation
measuring.py   what they share; urls.py: the stock change list
"""
