"""The values of a customer's fields: what is accepted, in which form it is stored, and how it is shown.

cleaning.py    the rules of all fields, for all code that stores a customer
emails.py      email addresses
phones.py      phone numbers, as E.164
countries.py   the countries of ISO 3166-1, by code and by name
ids.py         customer ids
"""
