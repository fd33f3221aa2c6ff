"""What every test run shares: how hard Hypothesis tries."""

import os

from hypothesis import settings

# No deadline an example: a shared machine's pauses say nothing about the code, and a hang is
# caught by pytest-timeout. The examples are derived from each test, so a run is a run anywhere.
settings.register_profile("holdfast", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "holdfast"))
