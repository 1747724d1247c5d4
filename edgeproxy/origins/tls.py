"""SSL contexts, each made once: reading the bundle of certificate authorities takes about 20 ms."""

from __future__ import annotations

import ssl
import threading

_lock = threading.Lock()
_contexts: dict[tuple[bool, bool], ssl.SSLContext] = {}

_LEGACY_CIPHERS = "DEFAULT:@SECLEVEL=0"


def is_legacy(protocols: tuple[str, ...]) -> bool:
    """Whether an origin's list of protocols (CF-6) begins below TLS 1.2."""
    return any(name in ("SSLv3", "TLSv1", "TLSv1.1") for name in protocols)


def shared_context(verify: bool, legacy: bool) -> ssl.SSLContext:
    """The context for origins, with the machine's certificate authorities.

    :param verify: check the certificate and its name (CF-240).
    :param legacy: accept whatever the TLS library still has below TLS 1.2. The list of an origin is taken as its lowest
        entry; newer protocols, TLS 1.3 included, are always offered.
    """
    with _lock:
        context = _contexts.get((verify, legacy))
        if context is None:
            context = ssl.create_default_context()
            if not verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if legacy:
                context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
                context.set_ciphers(_LEGACY_CIPHERS)
            _contexts[verify, legacy] = context
        return context
