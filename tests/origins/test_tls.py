import ssl

import pytest

from edgeproxy.origins.tls import is_legacy, shared_context


@pytest.mark.rule("CF-6")
@pytest.mark.parametrize(
    ("protocols", "legacy"),
    [
        (("TLSv1.2",), False),
        (("TLSv1.1", "TLSv1.2"), True),
        (("TLSv1",), True),
        (("SSLv3", "TLSv1.2"), True),
        ((), False),
    ],
)
def test_the_lowest_protocol_of_the_list_counts(protocols: tuple[str, ...], legacy: bool) -> None:
    assert is_legacy(protocols) is legacy


@pytest.mark.rule("CF-240")
def test_certificates_and_names_are_checked() -> None:
    context = shared_context(verify=True, legacy=False)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_legacy_context_goes_as_low_as_the_library_can() -> None:
    context = shared_context(verify=True, legacy=True)
    assert context.minimum_version is ssl.TLSVersion.MINIMUM_SUPPORTED
    assert context.check_hostname


def test_checking_can_be_left_out() -> None:
    context = shared_context(verify=False, legacy=False)
    assert not context.check_hostname
    assert context.verify_mode is ssl.CERT_NONE


def test_a_context_is_made_once() -> None:
    assert shared_context(verify=True, legacy=False) is shared_context(verify=True, legacy=False)
    assert shared_context(verify=True, legacy=False) is not shared_context(verify=False, legacy=False)
