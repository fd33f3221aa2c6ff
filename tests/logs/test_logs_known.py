"""Secrets that are known by value: masked wherever they stand, forgotten when released."""

import base64
import gc
import json
import threading
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.logs.known import KnownSecrets
from holdfast.handlers.secret import Secret

TRICKY = 'a/b+c "d"\\é\n&e'
SECRETS = st.text(min_size=6, max_size=20)


@pytest.mark.parametrize(
    "text",
    [
        TRICKY,
        json.dumps({"frame": TRICKY}),
        json.dumps({"frame": TRICKY}, ensure_ascii=False),
        repr(TRICKY),
        repr(TRICKY.encode()),
        f"/ws?x={quote(TRICKY, safe='')}",
        f"/ws?x={quote_plus(TRICKY)}",
        base64.b64encode(TRICKY.encode()).decode(),
        base64.urlsafe_b64encode(TRICKY.encode()).decode(),
    ],
)
def test_a_secret_is_masked_however_it_is_written(text: str) -> None:
    known = KnownSecrets()
    known.register(Secret(TRICKY))
    masked = known.mask(f"<{text}>")
    assert "***" in masked
    assert all(form not in masked for form in ("a/b", "a%2Fb", '"d"', "YS9i"))


def test_only_the_secret_is_masked(known: KnownSecrets) -> None:
    known.register("hunter2")
    assert known.mask("hunter2 and hunter3, xhunter2x") == "*** and hunter3, x***x"


def test_overlapping_secrets_are_masked_as_one(known: KnownSecrets) -> None:
    known.register("abcdefgh")
    known.register("efghijkl")
    known.register("abcdef")
    assert known.mask("-abcdefghijkl-abcdefgh-abcdefx-") == "-***-***-***x-"


def test_what_masks_leave_behind_is_masked_as_well(known: KnownSecrets) -> None:
    known.register("hunter2")
    known.register("x***yz")
    assert known.mask("<xhunter2yz>") == "<***>"


def test_a_secret_file_s_last_line_feed_does_not_hide_the_secret(known: KnownSecrets) -> None:
    known.register("hunter2\n")
    assert known.mask("got hunter2.") == "got ***."


def test_bytes_are_known_as_text(known: KnownSecrets) -> None:
    known.register(b"hunter\xff")
    assert known.mask(repr(b"hunter\xff")) == "b'***'"


def test_a_short_value_is_no_known_secret(known: KnownSecrets) -> None:
    known.register("abc")
    assert known.mask("abc abcdef") == "abc abcdef"


def test_a_secret_stays_known_until_everybody_released_it(known: KnownSecrets) -> None:
    first, second = known.register("hunter2"), known.register(Secret("hunter2"))
    first()
    first()
    assert known.mask("hunter2") == "***"
    second()
    assert known.mask("hunter2") == "hunter2"


def test_nothing_is_left_of_released_secrets(known: KnownSecrets) -> None:
    """A fleet that stops leaves no secret in memory, neither whole nor in pieces."""
    releases = [known.register(f"secret-{number}-of-the-fleet") for number in range(1000)]
    known.remember(known.clean, "a harmless text")
    while releases:
        releases.pop()()
    gc.collect()
    assert len(known) == 0
    assert vars(known)["_index"] == {}
    assert known.clean == set()


def test_a_text_judged_before_a_secret_came_is_judged_again(known: KnownSecrets) -> None:
    """The judgement of a text that was under way while a secret came must not be remembered."""
    judging = known.clean
    known.register("hunter2")
    known.remember(judging, "hunter2")
    assert "hunter2" not in known.clean


def test_the_memory_of_clean_texts_is_bounded(known: KnownSecrets) -> None:
    for number in range(10_000):
        known.remember(known.clean, str(number))
    assert len(known.clean) <= 4096


@given(
    st.lists(SECRETS, min_size=1, max_size=5), st.lists(st.text(max_size=8), max_size=6), st.data()
)
def test_no_secret_is_left_in_any_text(
    secrets: list[str], pieces: list[str], data: st.DataObject
) -> None:
    known = KnownSecrets()
    releases = [known.register(secret) for secret in secrets]
    text = "".join(piece + data.draw(st.sampled_from(secrets)) for piece in pieces)
    masked = known.mask(text)
    assert [secret for secret in secrets if secret in masked] == []
    for release in releases:
        release()
    assert known.mask(text) == text


def test_threads_may_register_mask_and_release_at_once(known: KnownSecrets) -> None:
    """A secret is masked from the moment that its registration returned, whoever else is busy."""
    leaks: list[str] = []
    together = threading.Barrier(4)

    def work(number: int) -> None:
        together.wait()
        for turn in range(300):
            secret = f"same-head-{number}-{turn}"
            release = known.register(secret)
            if secret in known.mask(f"x{secret}y"):
                leaks.append(secret)
            release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaks == []
    assert len(known) == 0
