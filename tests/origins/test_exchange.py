from edgeproxy.origins.exchange import Payload


def test_a_payload_that_can_be_read_again_is_never_used_up() -> None:
    payload = Payload([b"a", b"b"], replayable=True)
    assert [list(payload), list(payload)] == [[b"a", b"b"]] * 2
    assert not payload.used_up


def test_a_payload_that_streams_is_used_up_as_soon_as_it_is_touched() -> None:
    payload = Payload(iter([b"a"]), replayable=False)
    assert not payload.used_up
    iter(payload)
    assert payload.used_up
