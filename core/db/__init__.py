"""Everything below the ORM.

sql             conditions and orders as pieces of SQL
prepared        instances of a model from prepared statements
writes          inserts and updates of one row
locks           advisory locks that hold between processes and machines
connections     connections of the pool: a cheap check before each use, a timeout for replicas
"""
