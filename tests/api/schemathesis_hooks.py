"""Values of the formats in the OpenAPI document that schemathesis does not know. It loads this file itself."""

import phonenumbers
import schemathesis
from hypothesis import strategies as st


def _example_of(region):
    number = phonenumbers.example_number(region)
    return number and phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_possible = sorted(filter(None, map(_example_of, phonenumbers.SUPPORTED_REGIONS)))
schemathesis.openapi.format("e164", st.sampled_from(_possible))
