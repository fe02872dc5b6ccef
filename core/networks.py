"""The network that counts as one client, where the requests of a client are counted."""

import ipaddress

# What a provider gives to one household or server at the least (RFC 6177). Its owner may use 2^64 addresses.
IPV6_PREFIX_BITS = 64
# A translator's addresses for IPv4 (RFC 6052): all of them are in one /64.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def network_of(address: str) -> str | None:
    """Return the network of a client with this address, in any form, or None if it is not an address.

    It is the IPv4 address, also where IPv6 contains it, else the first address of the IPv6 network of 64 bits.
    """
    try:
        parsed = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    inner = parsed.ipv4_mapped or parsed.sixtofour
    if parsed in NAT64:
        inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return str(inner or ipaddress.IPv6Address(int(parsed) >> IPV6_PREFIX_BITS << IPV6_PREFIX_BITS))
