"""Customer ids."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.ids import id_maker, ulid
from customers.values.ids import ID_PREFIX, is_customer_id, new_customer_id


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1))
def test_an_id_is_the_base_32_of_its_number(milliseconds, bits):
    number, letters = milliseconds << 80 | bits, "0123456789abcdefghjkmnpqrstvwxyz"
    assert ulid(milliseconds, bits) == "".join(letters[number >> shift & 31] for shift in range(125, -1, -5))


def test_ids_sort_by_time_and_do_not_repeat():
    ids = [new_customer_id() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    assert all(map(is_customer_id, ids))
    assert [i[:14] for i in ids] == sorted(i[:14] for i in ids)


@given(st.datetimes(datetime(1960, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_ids_made_by_the_thousand_hold_the_same_time_as_one_by_itself(moment):
    make = id_maker(ID_PREFIX)
    ids = [make(moment) for _ in range(600)]
    assert len(set(ids)) == len(ids)
    assert all(map(is_customer_id, ids))
    # cus_ and the ten characters that hold the time
    assert {one[:14] for one in ids} == {new_customer_id(moment)[:14]}
    assert {len(one) for one in ids} == {30}
