"""Customers from a CSV file: reading it, recognising its columns, coercing its values, and writing them in batches.

reading.py   the file as rows, or a sentence about what is wrong with it
columns.py   which column is which field
values.py    a row of texts as a customer; dates.py and phones.py for what is written in many ways
plan.py      what an import of this file into an app will do
batches.py   rows made ready to be written; ahead.py: ahead of time, of a long file by a process of its own
importer.py  doing it: batches to customers.loading.bulk, rejected rows to a file of their own
"""
