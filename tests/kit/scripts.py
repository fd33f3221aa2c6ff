"""Ready-made scripts: the shortest servers that are of use."""

from holdfast.testing.session import Session

__all__ = ["echo", "refuse_auth", "silent"]


async def echo(session: Session) -> None:
    """Send back every message.

    Args:
        session: the connection.
    """
    await session.echo()


async def silent(session: Session) -> None:
    """Open the WebSocket, then never answer anything, pings included.

    Args:
        session: the connection.
    """
    await session.fall_silent()


async def refuse_auth(session: Session) -> None:
    """Refuse every login with the reason "invalid_credentials" and stay open.

    Args:
        session: the connection.
    """
    while True:
        await session.expect_auth()
        await session.refuse("invalid_credentials")
