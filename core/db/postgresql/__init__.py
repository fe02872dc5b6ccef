"""Django's database backend for PostgreSQL, with the pool of core/db/pool.py and the limits of core/db/limits.py."""
