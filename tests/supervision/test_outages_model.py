"""Outages against a naive model: nobody is forgotten, and one at a time probes."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from holdfast.actors.supervision.outages import Outages
from holdfast.handlers import Cause, CauseKind, OutagePolicy

NAMES = [f"c{number}" for number in range(6)]
HOST = "example.com:443"
LOST = Cause(CauseKind.NETWORK, "connection_lost", "cut")
REFUSED = Cause(CauseKind.NETWORK, "connection_refused", "nobody listens")
REJECTED = Cause(CauseKind.AUTH, "http_401", "the handshake was answered with HTTP 401")

CRASH = Cause(CauseKind.CRASH, "handler_crash", "ValueError in the handler's factory")

UP, DIALING, TIMED, HELD, FOLLOWING = "up", "dialing", "timed", "held", "following"


class OutageMachine(RuleBasedStateMachine):
    """Does what a supervisor does, and knows of each connection what it is up to."""

    def __init__(self) -> None:
        super().__init__()
        self.outages = Outages(OutagePolicy(connections=3))
        self.state: dict[str, str] = {}
        self.now = 0.0

    def some(self, *states: str) -> list[str]:
        """Return the connections in one of these states."""
        return [name for name, state in self.state.items() if state in states]

    def set_free(self, names: list[str]) -> None:
        """Dial a probe, or start the delay of those that return, as a supervisor does."""
        for name in names:
            assert self.state[name] == HELD
            self.state[name] = DIALING if self.outages.of(name) is not None else TIMED

    @rule(name=st.sampled_from(NAMES))
    def join(self, name: str) -> None:
        """A connection is started."""
        if name not in self.state:
            self.outages.joined(name, HOST)
            self.state[name] = DIALING

    @precondition(lambda self: self.some(UP, DIALING))
    @rule(data=st.data(), cause=st.sampled_from([LOST, LOST, REFUSED, REJECTED, CRASH]))
    def fail(self, data: st.DataObject, cause: Cause) -> None:
        """A connection fails, and its delay begins."""
        name = data.draw(st.sampled_from(self.some(UP, DIALING)))
        self.state[name] = TIMED
        self.set_free(self.outages.failed(name, cause, self.now))

    @precondition(lambda self: self.some(DIALING))
    @rule(data=st.data())
    def become_ready(self, data: st.DataObject) -> None:
        """A dial succeeds."""
        name = data.draw(st.sampled_from(self.some(DIALING)))
        self.state[name] = UP
        self.set_free(self.outages.ready(name, self.now))

    @precondition(lambda self: self.some(TIMED))
    @rule(data=st.data())
    def come_due(self, data: st.DataObject) -> None:
        """A delay is over."""
        name = data.draw(st.sampled_from(self.some(TIMED)))
        chosen = self.outages.due(name)
        self.state[name] = HELD
        if chosen is not None:
            assert self.state[chosen] == HELD
            self.state[chosen] = DIALING

    @precondition(lambda self: self.some(TIMED, HELD))
    @rule(data=st.data())
    def order(self, data: st.DataObject) -> None:
        """Somebody has a connection dialled by hand."""
        name = data.draw(st.sampled_from(self.some(TIMED, HELD)))
        self.state[name] = DIALING
        self.set_free(self.outages.dialled(name))

    @precondition(lambda self: self.some(UP, DIALING))
    @rule(data=st.data())
    def follow(self, data: st.DataObject) -> None:
        """A connection goes down with its group, and is dialled again with it."""
        name = data.draw(st.sampled_from(self.some(UP, DIALING)))
        self.state[name] = FOLLOWING
        self.set_free(self.outages.left(name))

    @precondition(lambda self: self.some(FOLLOWING))
    @rule(data=st.data())
    def come_along(self, data: st.DataObject) -> None:
        """The group comes back."""
        name = data.draw(st.sampled_from(self.some(FOLLOWING)))
        self.outages.joined(name, HOST)
        self.state[name] = DIALING

    @precondition(lambda self: self.state)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        """A connection is stopped or quarantined."""
        name = data.draw(st.sampled_from(sorted(self.state)))
        if self.state.pop(name) != FOLLOWING:
            self.set_free(self.outages.left(name))

    @invariant()
    def who_is_held_will_be_woken(self) -> None:
        """Somebody's dial or delay is under way for whom others wait."""
        if self.some(HELD):
            assert self.some(DIALING, TIMED)

    @invariant()
    def those_that_are_held_are_those_that_wait(self) -> None:
        """What it says of an outage is what is so."""
        _, _, outage = self.outages.all().get(HOST, (0, 0, None))
        held = [] if outage is None else list(outage.held)
        assert sorted(held) == sorted(self.some(HELD))

    @invariant()
    def nobody_is_held_without_an_outage(self) -> None:
        """Only an outage holds anybody."""
        if self.some(HELD):
            assert self.outages.all()[HOST][2] is not None


OutageMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40)
TestOutages = OutageMachine.TestCase
