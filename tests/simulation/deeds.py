"""What can be done to the world from outside, each with a weight: users' deeds, faults, time.

A deed draws what it needs from the chance that it is given, which is a seeded `random.Random` in
a walk and Hypothesis's own in the state machine: both do the same things. To add one, write a
function and name it in `DEEDS`.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from holdfast.handlers import Phase, TokenAuth
from tests.simulation.server import Dials, Logins
from tests.simulation.specs import NAMES, TAKEN
from tests.simulation.stream import BadFrame, HalfFrame, Hangup, Stream
from tests.simulation.world import World

__all__ = ["DEEDS", "do"]

Deed = Callable[[World, random.Random, str], None]


def do(world: World, deed: str, chance: random.Random) -> None:
    """Do a deed to a connection that is drawn, as one step.

    Args:
        world: to which.
        deed: its name.
        chance: what all that it needs is drawn from.
    """
    name = chance.choice(NAMES)
    world.do(f"{deed} {name}", lambda: DEEDS[deed][0](world, chance, name))


# What users do.


def start(world: World, _chance: random.Random, name: str) -> None:
    """Add a connection, or add it again after its end."""
    world.start(name)


def stop(world: World, _chance: random.Random, name: str) -> None:
    """Stop a connection for good."""
    world.stop(name)


def restart(world: World, _chance: random.Random, name: str) -> None:
    """Restart a connection."""
    world.restart(name)


def resume(world: World, _chance: random.Random, name: str) -> None:
    """Resume a connection."""
    world.resume(name)


def renew(world: World, chance: random.Random, name: str) -> None:
    """Log in anew, and ask for it again at once now and then."""
    for _ in range(chance.choice((1, 2))):
        world.reauthenticate(name)


def new_credentials(world: World, _chance: random.Random, name: str) -> None:
    """Give new credentials, which the server takes as well as the old ones."""
    world.give_credentials(name)


def reconfigure(world: World, chance: random.Random, name: str) -> None:
    """Have a connection go elsewhere, belong elsewhere, or hold more or less."""
    change = chance.choice(("group", "url", "limits", "auth"))
    spec = world.specs[name]
    values: dict[str, tuple[object, ...]] = {
        "group": ("", "pair", "twins"),
        "url": (f"ws://one/{name}", f"ws://two/{name}"),
        "limits": (spec.limits, replace(spec.limits, mailbox=2), replace(spec.limits, outbox=1)),
        "auth": (TokenAuth("made-up"), TokenAuth("made-up-again")),
    }
    world.reconfigure(name, **{change: chance.choice(values[change])})


def send(world: World, chance: random.Random, name: str) -> None:
    """Send one message or several."""
    for _ in range(chance.choice((1, 1, 3, 8))):
        world.send(name)


def send_for_a_while(world: World, chance: random.Random, name: str) -> None:
    """Send a message that is soon no longer worth it."""
    world.send(name, ttl=chance.choice((0.0, 0.5, 5.0)))


def tell(world: World, chance: random.Random, name: str) -> None:
    """Tell the handler something, or several things."""
    for _ in range(chance.choice((1, 4))):
        world.tell(name)


def tell_to_crash(world: World, _chance: random.Random, name: str) -> None:
    """Tell the handler to crash."""
    world.tell(name, "crash")


def tell_to_close(world: World, _chance: random.Random, name: str) -> None:
    """Tell the handler to close its connection."""
    world.tell(name, "close")


def crash(world: World, chance: random.Random, name: str) -> None:
    """Have a method of the handler crash when it is called next."""
    methods = ("factory", "on_ready", "on_message", "on_down")
    world.moods[name].crashes.add(chance.choice(methods))


# What servers do.


def _on_stream(world: World, name: str, act: Callable[[Stream], None]) -> None:
    stream = world.wire.stream_of(name)
    if stream is not None:
        act(stream)


def push(world: World, chance: random.Random, name: str) -> None:
    """Send messages, more than is read at once now and then."""
    for _ in range(chance.choice((1, 3, 30))):
        _on_stream(world, name, world.wire.far_end.push)


def push_to_crash(world: World, _chance: random.Random, name: str) -> None:
    """Send a message that crashes the handler, and some behind it."""
    for word in ("", "crash", "", ""):
        _on_stream(world, name, partial(world.wire.far_end.push, word=word))


def dial(world: World, chance: random.Random, name: str) -> None:
    """Change what becomes of dials."""
    world.wire.servers[name].dials = chance.choice(list(Dials))


def login(world: World, chance: random.Random, name: str) -> None:
    """Change what becomes of logins."""
    world.wire.servers[name].logins = chance.choice(list(Logins))


def lifetime(world: World, chance: random.Random, name: str) -> None:
    """Change how long a login is good for."""
    world.wire.servers[name].lifetime = chance.choice((2.0, 30.0, 3600.0))


def outage(world: World, chance: random.Random, _name: str) -> None:
    """Have every server fall in the same way, and stay down for a while."""
    mode = chance.choice((Dials.REFUSED, Dials.UNAVAILABLE))
    for each in NAMES:
        world.wire.servers[each].dials = mode
        _on_stream(world, each, world.wire.lose)
    world.advance(chance.choice((0.1, 3.0, 10.0)))


def heal(world: World, _chance: random.Random, name: str) -> None:
    """Have a server behave."""
    world.wire.servers[name].heal()


def heal_all(world: World, chance: random.Random, _name: str) -> None:
    """Have all servers behave, and give them the time to be dialled."""
    for server in world.wire.servers.values():
        server.heal()
    world.advance(chance.choice((1.0, 3.0)))


def close(world: World, chance: random.Random, name: str) -> None:
    """Close with a code, or end the stream without one."""
    code = chance.choice((None, 1000, 1001, 1012, 3000))
    _on_stream(world, name, lambda stream: world.wire.far_end.say(stream, Hangup(code)))


def take(world: World, _chance: random.Random, name: str) -> None:
    """Close because somebody else has the account."""
    _on_stream(world, name, lambda stream: world.wire.far_end.say(stream, Hangup(TAKEN)))


def break_rules(world: World, _chance: random.Random, name: str) -> None:
    """Send a bad frame."""
    _on_stream(world, name, lambda stream: world.wire.far_end.say(stream, BadFrame()))


def stall(world: World, _chance: random.Random, name: str) -> None:
    """Begin a frame and rest."""
    _on_stream(world, name, lambda stream: world.wire.far_end.say(stream, HalfFrame()))


# What the network does.


def reset(world: World, _chance: random.Random, name: str) -> None:
    """Reset the stream."""
    _on_stream(world, name, world.wire.lose)


def silence(world: World, chance: random.Random, name: str) -> None:
    """Let nothing through any more and tell nobody, for longer than anybody waits now and then."""

    def fall_silent(stream: Stream) -> None:
        stream.silent = True

    _on_stream(world, name, fall_silent)
    world.advance(chance.choice((0.0, 0.0, 0.0, 60.0)))


def tear(world: World, chance: random.Random, name: str) -> None:
    """Take half of the next frame, then reset the stream or go on."""
    wire, seconds = world.wire, chance.choice((0.0, 0.5, 5.0))

    def fill(stream: Stream) -> None:
        stream.kernel.full = True
        after = wire.lose if chance.random() < 0.5 else wire.relieve  # noqa: PLR2004  # a coin
        world.network.later(lambda: after(stream), seconds)

    _on_stream(world, name, fill)
    world.send(name)
    world.send(name)


def haunt(world: World, chance: random.Random, name: str) -> None:
    """Deliver a message of a generation that is past."""
    slot = world.book.find(name)
    if slot is not None and slot.incarnation > 1:
        world.wire.haunt(slot.mailbox, chance.randrange(1, slot.incarnation))


# What the machine does.


def crash_the_timer(world: World, _chance: random.Random, _name: str) -> None:
    """Have the timer actor crash: its timers are lost."""
    world.crash_the_timer()


def crash_the_wire(world: World, _chance: random.Random, _name: str) -> None:
    """Have what owns the streams crash: they are lost."""
    world.wire.crash()


# Time.


def wait(world: World, chance: random.Random, _name: str) -> None:
    """Let some time pass."""
    world.advance(chance.choice((0.01, 0.1, 0.5, 2.0)))


def wait_long(world: World, chance: random.Random, _name: str) -> None:
    """Let a good deal of time pass."""
    world.advance(chance.choice((10.0, 30.0)))


def jump(world: World, chance: random.Random, _name: str) -> None:
    """Turn the clock while everybody sleeps."""
    world.jump(chance.choice((0.2, 3.0, 30.0)))


def go_on(world: World, chance: random.Random, _name: str) -> None:
    """Let some things happen without time passing."""
    world.run(chance.choice((1, 5, 20)))


def rest(world: World, _chance: random.Random, _name: str) -> None:
    """Let everything happen that can without time passing."""
    world.rest()


def resume_the_quarantined(world: World, _chance: random.Random, _name: str) -> None:
    """Resume whoever is quarantined."""
    for slot in world.book.all():
        if slot.phase is Phase.QUARANTINED:
            world.resume(slot.spec.name)


DEEDS: Final[Mapping[str, tuple[Deed, int]]] = MappingProxyType(
    {
        "start": (start, 20),
        "stop": (stop, 1),
        "restart": (restart, 3),
        "resume": (resume, 2),
        "renew": (renew, 24),
        "new_credentials": (new_credentials, 2),
        "reconfigure": (reconfigure, 2),
        "send": (send, 20),
        "send_for_a_while": (send_for_a_while, 8),
        "tell": (tell, 10),
        "tell_to_crash": (tell_to_crash, 3),
        "tell_to_close": (tell_to_close, 1),
        "crash": (crash, 3),
        "push": (push, 20),
        "push_to_crash": (push_to_crash, 10),
        "dial": (dial, 3),
        "login": (login, 5),
        "lifetime": (lifetime, 3),
        "outage": (outage, 2),
        "heal": (heal, 8),
        "heal_all": (heal_all, 10),
        "close": (close, 4),
        "take": (take, 4),
        "break_rules": (break_rules, 4),
        "stall": (stall, 2),
        "reset": (reset, 4),
        "silence": (silence, 8),
        "tear": (tear, 12),
        "haunt": (haunt, 32),
        "crash_the_timer": (crash_the_timer, 1),
        "crash_the_wire": (crash_the_wire, 1),
        "wait": (wait, 10),
        "wait_long": (wait_long, 1),
        "jump": (jump, 1),
        "go_on": (go_on, 60),
        "rest": (rest, 10),
        "resume_the_quarantined": (resume_the_quarantined, 6),
    }
)
"""Every deed, and how often it is drawn by a walk."""
