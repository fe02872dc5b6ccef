"""The definition of a search in plain Python, against which the SQL is tested."""

from typing import NamedTuple

from core.folding import fold
from core.invisible import tidy


class Places(NamedTuple):
    """The texts of a customer in which a word may be found."""

    public_id: str
    email: str
    name: str
    phone: str

    @classmethod
    def of(cls, customer):
        return cls(customer.public_id, fold(customer.email or ""), fold(customer.name), customer.phone)


def words_of(query):
    return fold(" ".join(map(tidy, query.split()))).split()


def words_and_phones(query):
    """Each word of a query, and the same as it would stand in a phone number."""
    words = words_of(query)
    phone_words = {
        word for word in words if any(c.isdecimal() for c in word) and not set(word) - set("+0123456789().-/")
    }
    whole_number = sum(c in "0123456789" for word in phone_words for c in word) >= 7

    def in_phone(word):
        if word not in phone_words or word.rfind("+") > 0:
            return word
        digits = "".join(c for c in word if c in "0123456789")
        if whole_number and digits.startswith("0"):
            digits = digits.lstrip("0") or digits
        return ("+" if word[0] == "+" else "") + digits

    return [(word, in_phone(word)) for word in words]


def wanted(query):
    """Return a function that tells from the Places of a customer whether a search for `query` finds them.

    Every word has to be in the email address, the name or the phone number, or begin the id.
    """
    both = words_and_phones(query)

    def is_found(word, phone, places):
        return (
            word in places.email
            or word in places.name
            or word in places.phone
            or phone in places.phone
            or (word.startswith("cus_") and places.public_id.startswith(word))
        )

    return lambda places: all(is_found(word, phone, places) for word, phone in both)


def all_wanted(query, texts):
    """The positions of the texts that have the longest word of a query, for wanted() to look at: some more than it
    finds. Each text has all Places of a customer, and nobody's word spans two of them.
    """
    word, phone = max(words_and_phones(query), key=lambda both: len(both[1]))
    return [number for number, text in enumerate(texts) if word in text or phone in text]
