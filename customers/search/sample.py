"""The sample: facts that are read from the database before a way to search is chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from core.db.sql import Sql

from .costs import Costs
from .statements import TABLE, Scope, as_source, read_row
from .words import Word

# (search_text, key) of customers.
Rows = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Sample:
    """Some of the newest customers of an app, and the size of the table.

    table_rows: rows of all apps, as PostgreSQL last counted them; 0 where it never has.
    rows_seen: how many customers the sample has.
    texts: their `search_text`, one a line. ids: their ids, each after a line break, where a word may begin one.
    keys: what the order of the page sorts them by, in an order of texts; None for a customer without such a text.
    """

    table_rows: int
    rows_seen: int
    texts: str
    ids: str
    keys: tuple[str | None, ...]

    @property
    def rows(self) -> Rows:
        """(search_text, key) of each customer; computed each time."""
        texts = self.texts.split("\n") if self.rows_seen else []
        return list(zip_longest(texts, self.keys))


def take_sample(scope: Scope, words: Iterable[Word], costs: Costs) -> Sample:
    """The Sample for a search in the order of `scope`, by one statement of about a millisecond."""
    newest = scope.newest_of_app(costs.sample_rows)
    table_rows = f"(SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = '{TABLE}'::regclass)"
    lists = ["string_agg(search_text, E'\n')"]
    lists.append("string_agg(public_id, E'\n')" if any(word.is_id for word in words) else "NULL")
    lists.append("NULL" if scope.by_created else f"array_agg({scope.column})")
    size, seen, texts, ids, keys = read_row(
        Sql(f"SELECT {table_rows}, count(*), {', '.join(lists)} FROM {as_source(newest).text}", newest.params)
    )
    return Sample(size, seen, texts or "", f"\n{ids or ''}", tuple(keys or ()))


def count_alike_ids(condition: Sql, costs: Costs) -> int:
    """How many customers have an id that passes `condition`, counted up to `costs.few_ids_rows`."""
    found = f"SELECT 1 FROM {TABLE} WHERE {condition.text} LIMIT {costs.few_ids_rows}"
    (number,) = read_row(Sql(f"SELECT count(*) FROM ({found}) AS found", condition.params))
    return int(number)


def with_all_words(words: Iterable[Word], rows: Rows) -> Rows:
    """The rows whose text has all the words."""
    found = rows
    for word in words:
        # Not a function called for each row, which would take three times as long.
        if len(texts := word.texts) == 1:
            (text,) = texts
            found = [row for row in found if text in row[0]]
        else:
            found = [row for row in found if any(text in row[0] for text in texts)]
    return found
