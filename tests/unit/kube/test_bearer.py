"""A token is kept until it is about to expire or is refused."""

from datetime import UTC, datetime, timedelta

from eksgpu.kube.bearer import Bearer

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Source:
    """Numbers its tokens; each lives for 15 minutes."""

    def __init__(self) -> None:
        self.now = START
        self.made = 0

    def __call__(self) -> tuple[str, datetime]:
        self.made += 1
        return f"t{self.made}", self.now + timedelta(minutes=15)


def test_renewed_before_it_expires_and_after_it_was_refused() -> None:
    source = Source()
    bearer = Bearer(source, now=lambda: source.now)
    assert [bearer.token(), bearer.token()] == ["t1", "t1"]
    source.now += timedelta(minutes=13, seconds=59)
    assert bearer.token() == "t1"
    source.now += timedelta(seconds=1)
    assert bearer.token() == "t2"
    bearer.refused("t1")  # an answer that came late
    assert bearer.token() == "t2"
    bearer.refused("t2")
    assert bearer.token() == "t3"
