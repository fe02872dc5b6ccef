"""Customers of an app, and the counts of them that the database keeps."""

from functools import reduce
from operator import and_

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone

from accounts.models import App

EMAIL_LENGTH = 320  # RFC 3696, errata 1690 aside: 64 octets, the @, 255 octets (RFC 5321, 4.5.3.1)
NAME_LENGTH = 200
ADDRESS_LENGTH = 200
ADDRESS_PARTS = ("line1", "line2", "city", "state", "postal_code", "country")

# Trigrams are made of letters and digits only: "t.j" would be found in any word that begins with j. In `search_text`,
# letters that no folded text has stand for the punctuation of emails and phones.
PUNCTUATION = "@._+-"
PUNCTUATION_AS_LETTERS = "đøłħß"
# The characters of plain Latin rows. Any other is indexed by itself as well, see `proyecta_unusual` in the migrations.
USUAL_LETTERS = f"abcdefghijklmnopqrstuvwxyz0123456789 {PUNCTUATION_AS_LETTERS}"
USUAL = f"a-z0-9 {PUNCTUATION_AS_LETTERS}"
HANGUL = "가-힣"
# The search indexes. Each row is in one of them, by the letters of its `search_text`, so that an index in which nobody
# has a word says so at once. {part: regular expressions that none of its rows match}: PostgreSQL would extract
# trigrams from one that rows must match, and look for them.
SEARCH_PARTS = {
    "usual": (f"[^{USUAL}]",),
    "hangul": (f"^[^{HANGUL}]*$",),
    "other": (f"[{HANGUL}]", f"^[{USUAL}]*$"),
}
# New rows go to a pending list first, which saves a sixth of a row's cost. This is the shortest that PostgreSQL allows.
# The create that fills it sorts it in, in 8 ms. Each search reads the whole list for each stretch: at 256 KB that took
# up to 1.3 ms, as long as the rest of the search.
PENDING_LIST_KB = 64

BUCKETS = Func(*map(F, ("app", "created", "email_key", "name_key", "email_domain")), function="proyecta_buckets")


def generated(function: str, *fields: str, output: models.Field) -> models.GeneratedField:
    """A stored column that PostgreSQL computes by a SQL function of these fields."""
    return models.GeneratedField(
        expression=Func(*map(F, fields), function=function), output_field=output, db_persist=True
    )


def search_index(part: str) -> GinIndex:
    """The index of the rows of one of SEARCH_PARTS by their trigrams, unusual characters and buckets."""
    unusual = OpClass(Func(F("search_text"), function="proyecta_unusual"), "array_ops")
    return GinIndex(
        OpClass(F("search_text"), "gin_trgm_ops"),
        *([] if part == "usual" else [unusual]),
        OpClass(BUCKETS, "array_ops"),
        name=f"customers_search_{part}",
        condition=reduce(and_, [~Q(search_text__regex=pattern) for pattern in SEARCH_PARTS[part]]),
        fastupdate=True,
        gin_pending_list_limit=PENDING_LIST_KB,
    )


class Customer(models.Model):
    """One customer of one app.

    PostgreSQL computes the columns after `version`, so that they are right for rows written by COPY or by hand too. The
    first migration has their functions.
    """

    key = models.BigAutoField(primary_key=True)
    app = models.ForeignKey(App, models.CASCADE, related_name="customers", db_index=False)
    public_id = models.CharField("id", max_length=64, db_collation="C")
    email = models.CharField(max_length=EMAIL_LENGTH, null=True, blank=True)  # noqa: DJ001 (NULLs are not duplicates)
    name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    phone = models.CharField(max_length=16, blank=True, default="", help_text="E.164, such as +14155552671.")
    address_line1 = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    address_line2 = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    address_city = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    address_state = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    address_postal_code = models.CharField(max_length=ADDRESS_LENGTH, blank=True, default="")
    address_country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1 alpha-2.")
    created = models.DateTimeField(default=timezone.now)
    updated = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    email_key = generated("proyecta_email_key", "email", output=models.TextField(null=True, db_collation="C"))
    email_domain = generated("proyecta_email_domain", "email", output=models.TextField(null=True, db_collation="C"))
    name_key = generated("proyecta_name_key", "name", output=models.TextField(null=True, db_collation="C"))
    search_text = generated("proyecta_search_text", "email", "name", "phone", output=models.TextField())

    class Meta:
        # The columns limit the lengths of ids and phones: a count in the expression, {1,60}, costs 70 µs a row.
        constraints = [
            models.UniqueConstraint(fields=["app", "public_id"], name="customers_id_unique"),
            models.UniqueConstraint(fields=["app", "email_key"], name="customers_email_unique"),
            models.CheckConstraint(condition=Q(public_id__regex=r"^cus_[A-Za-z0-9_]+$"), name="customers_id_form"),
            models.CheckConstraint(
                condition=Q(email=None) | Q(email__regex=r"^[^\s@]([^\s]*[^\s@])?@[^\s@]+$"),
                name="customers_email_form",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]+$"), name="customers_phone_form"
            ),
            models.CheckConstraint(
                condition=Q(address_country="")
                | Q(Func(F("address_country"), function="proyecta_is_country", output_field=models.BooleanField())),
                name="customers_country_of_iso",
            ),
        ]
        # Every order of a page has an index that ends with the key, so that a page costs the same at any depth. What
        # each index takes and saves: docs/decisions/0010-indexes-of-customers.md.
        indexes = [
            models.Index(fields=["app", "created", "key"], name="customers_by_created"),
            models.Index(fields=["app", "name_key", "key"], name="customers_by_name"),
            models.Index(
                fields=["app", "email_key", "key"], condition=Q(email_key=None), name="customers_without_email"
            ),
            models.Index(fields=["app", "email_domain", "created", "key"], name="customers_by_domain"),
            models.Index(fields=["app", "email_domain", "email_key"], name="customers_by_domain_email"),
            models.Index(fields=["app", "email_domain", "name_key", "key"], name="customers_by_domain_name"),
            *map(search_index, SEARCH_PARTS),
        ]

    def __str__(self) -> str:
        return self.name or self.email or self.public_id

    @property
    def address(self) -> dict[str, str | None] | None:
        """The address as a dict of all ADDRESS_PARTS, None for an empty one; None where all are empty."""
        parts = {part: getattr(self, f"address_{part}") or None for part in ADDRESS_PARTS}
        return parts if any(parts.values()) else None


class CustomerCount(models.Model):
    """A part of the number of an app's customers: the sum of such rows is the number. Triggers append them.

    start: the begin of the quarter hour in which they were created, or, after 40 days, of the day in UTC. None: at any
        time, for the total.
    """

    # Without a constraint: deleting an app's customers appends rows that refer to an app that is gone.
    app = models.ForeignKey(App, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    start = models.DateTimeField(null=True)
    number = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["app", "start"], include=["number"], name="customers_count_by_start")]

    def __str__(self) -> str:
        return f"{self.number:+} from {self.start or 'any time'}"
