"""`make fuzz`: hostile requests at a running product. None may be answered by a 5xx or not at all.

python -m fuzz [--seed N] [--requests N] [--minutes M] [--only NUMBER]

- `__main__.py`: the order of a run, and its exit status
- `schemas.py`: the first part, schemathesis over the OpenAPI document
- `addresses.py`: every address of the URLconf, and every parameter that the code behind it reads
- `values.py`: hostile texts, numbers, dates, JSON, charsets and headers
- `compose.py`: the second part, a request of a role to a page, the Django admin or the API, made from a seed
- `framing.py`: the third part, what is wrong in the framing of HTTP itself: smuggling, halves, other protocols
- `wire.py`: sends bytes as they are and reads the answer
- `world.py`: the server, two apps with customers, people of every role and keys; what is stored of them
- `judge.py`: what is wrong with an answer, with the log, and with what is stored
- `report.py`: the findings and the table

Every request has a number, and is made from the seed and this number alone. `--only` sends one again.
"""
