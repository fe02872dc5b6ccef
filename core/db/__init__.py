"""Everything below the ORM.

sql             conditions and orders as pieces of SQL
prepared        instances of a model from prepared statements
writes          inserts and updates of one row
locks           rows that are waited for without a connection; advisory locks between processes and machines
clearing        deletion of expired rows in batches
connections     connections of the pool: a cheap check before each use, a timeout for replicas
pool            the pool itself
limits          how long a request may wait for a lock, run a statement, or idle in a transaction
postgresql      Django's backend with that pool and these limits
failures        the meaning of each error of the database, for people and for the log
migrated        whether all migrations are applied
write_probe     whether the database takes writes
"""
