"""Who is asking: the network address a limit is counted for."""

import ipaddress

from django.conf import settings


def address_of(request):
    """The visitor's address: the connection's, or, behind TRUSTED_PROXIES of ours, that many from the right of
    X-Forwarded-For; what stands further left anybody can write (P 54). Of IPv6 the /64, which one household has.
    """
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    trusted = settings.TRUSTED_PROXIES
    text = hops[-1 - trusted].strip() if trusted < len(hops) else hops[-1]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if address.version == 6 and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def address_for_axes(request):
    """The same as django-axes stores it, in a column for single addresses: of an IPv6 network the first; or None."""
    address = address_of(request).partition("/")[0]
    return None if address == "unknown" else address
