"""Customers from a CSV file: its columns are recognised, its values coerced, and the customers written in batches.

reading.py        the file as rows of texts, or a sentence that says why it cannot be read
columns.py        which column is which field
values.py         a row of texts as the columns of a customer
dates.py          dates as other systems write them
phones.py         phone numbers as lists have them; plain_phones.py: the usual ones, ten times as fast
plan.py           the plan of an import, shown before it runs
batches.py        the rows, ready to be written
ahead.py          the batches, made ahead of time; for a long file by a process of its own
repeats.py        how often each row has come
importer.py       the import: batches to customers.loading.bulk, rejected rows to a file of their own
"""
