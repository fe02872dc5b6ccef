"""Writing many customers at once.

bulk.py     create_customers(): COPY first, and each row by itself only where an id or email is taken
indexes.py  indexes and pending lists while many rows come: dropped or lengthened before, put back after
"""
