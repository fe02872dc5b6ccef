"""Reading from streaming replicas without ever showing a reader something older than they have seen.

models       Reader, mixed into users and API keys; Beat, the row that measures how far a replica is
watch        how far each replica is, as this process sees it
pins         which server answers which reader
reading      one request: from where it reads, and what the primary must know about it afterwards
router       Django's database router
middleware   the pages of the panel and of Django's admin; the API calls `reading` itself

In use only if DATABASE_REPLICA_URL is set.
"""
