"""What walks have found, each as a short story that is told for several seeds."""

from holdfast.handlers import Phase
from tests.simulation.server import Logins, Server, answer_of
from tests.simulation.watched import WatchedWorld


def crash_before_the_answer(seed: int) -> bool:
    """Have the handler crash over what came in just before the answer to a renewal.

    Returns:
        Whether the message behind the answer was kept over the crash.
    """
    with WatchedWorld(seed) as world:
        world.start("plain")
        world.advance(5.0)
        stream, wire = world.wire.stream_of("plain"), world.wire
        assert stream is not None
        wire.servers["plain"].logins = Logins.IGNORED
        world.reauthenticate("plain")
        world.rest()
        wire.far_end.push(stream, "crash")
        wire.far_end.say(stream, answer_of(Server()))
        wire.far_end.push(stream)
        wire.servers["plain"].heal()
        world.advance(20.0)
        slot = world.book.named("plain")
        assert (slot.phase, slot.incarnation) == (Phase.READY, 2)
        behind = world.account_of(slot).seen[1:]
        return any(text.startswith("push:1:") for text in behind)


def test_the_answer_to_a_login_stays_inside_when_the_handler_crashes_in_front_of_it() -> None:
    """What lay behind the crash is kept, but for the answer: its stream is gone."""
    kept = [crash_before_the_answer(seed) for seed in range(20)]
    assert any(kept)
